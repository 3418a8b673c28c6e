import { errorView } from './error-view.ts'
import type { StreamSignal } from './library.ts'
import type { Attempt, Beat, Timeline, TimelineInput, TraceEntry } from './types.ts'
import { visibleText } from './visible-text.ts'

/** More attempts than this are forgotten, the oldest first. */
export const MAX_ATTEMPTS = 50

/** More beats than this are drawn together. */
export const MAX_BEATS = 300
const FIRST_BIN_MS = 10

export const emptyTimeline: Timeline = {
  attempts: [],
  dropped: 0,
  ending: undefined,
  bytes: 0,
  values: 0,
  lastEventId: undefined,
  resumed: 0,
}

const newAttempt = (number: number, startedAt: number): Attempt => ({
  number,
  startedAt,
  from: undefined,
  resumes: undefined,
  request: undefined,
  connectedAt: undefined,
  headAt: undefined,
  status: undefined,
  contentType: undefined,
  requestId: undefined,
  firstByteAt: undefined,
  lastByteAt: undefined,
  bytes: 0,
  chunks: 0,
  values: 0,
  lastEventId: undefined,
  reset: false,
  beats: [],
  unexplained: 0,
  ended: undefined,
  error: undefined,
  wait: undefined,
})

const withAttempt = (timeline: Timeline, attempt: Attempt): Timeline => {
  const attempts = [...timeline.attempts, attempt]
  const extra = Math.max(0, attempts.length - MAX_ATTEMPTS)
  return {
    ...timeline,
    ending: undefined,
    attempts: attempts.slice(extra),
    dropped: timeline.dropped + extra,
  }
}

const shown = (text: string | undefined): string | undefined => text && visibleText(text)

/** Changes the last attempt. */
function withLast(timeline: Timeline, change: (attempt: Attempt) => Attempt): Timeline {
  const last = timeline.attempts.at(-1)
  if (last === undefined) return timeline
  return { ...timeline, attempts: [...timeline.attempts.slice(0, -1), change(last)] }
}

const STEPS: Readonly<Record<string, string>> = {
  continue: 'asks for what follows the cursor',
  replay: 'asks for all of it again, and passes over what it has',
  append: 'asks for the rest',
  reset: 'begins anew, and takes back what was shown',
}

/** Counted through: what is continued by hand counts its own attempts from 1. */
const numberAfter = ({ attempts }: Timeline): number => (attempts.at(-1)?.number ?? 0) + 1

const joined = (one: Beat, other: Beat): Beat => ({
  at: one.at,
  bytes: one.bytes + other.bytes,
  values: one.values + other.values,
  passed: one.passed + other.passed,
})

/** Half as many, two by two. */
function halved(beats: readonly Beat[]): Beat[] {
  const half: Beat[] = []
  for (let index = 0; index < beats.length; index += 2) {
    const one = beats[index] as Beat
    const other = beats[index + 1]
    half.push(other === undefined ? one : joined(one, other))
  }
  return half
}

/** What has come goes to the last beat, or to a new one; the longer an attempt takes, the more a beat spans. */
function withBeat({ beats, startedAt }: Attempt, beat: Beat): readonly Beat[] {
  const last = beats.at(-1)
  const span = Math.max(FIRST_BIN_MS, ((beat.at - startedAt) / MAX_BEATS) * 2)
  if (last !== undefined && beat.at - last.at < span) return [...beats.slice(0, -1), joined(last, beat)]
  const all = [...beats, beat]
  return all.length > MAX_BEATS ? halved(all) : all
}

/** One of the events that were taken for passed over was a value. */
function withValue({ beats, unexplained }: Attempt): Pick<Attempt, 'beats' | 'unexplained'> {
  const last = beats.at(-1)
  if (last === undefined) return { beats, unexplained }
  const explained = Math.min(1, unexplained)
  const beat = { ...last, values: last.values + 1, passed: last.passed - explained }
  return { beats: [...beats.slice(0, -1), beat], unexplained: unexplained - explained }
}

/** Before the first value of an attempt that goes on, what comes is what the client has already. */
function withChunk(attempt: Attempt, at: number, bytes: Uint8Array): Pick<Attempt, 'beats' | 'unexplained'> {
  const { resumes, values, reset } = attempt
  const isNew = resumes === undefined || resumes.step === 'append' || reset || values > 0
  const passed = isNew ? 0 : blocksIn(bytes)
  return { beats: withBeat(attempt, { at, bytes: bytes.length, values: 0, passed }), unexplained: passed }
}

const LF = 0x0a

/** Blank lines at the ends of blocks: as many as there are whole blocks, but for those that a chunk's end cuts. */
function blocksIn(bytes: Uint8Array): number {
  let blocks = 0
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF || (at > 1 && bytes[at - 1] === 0x0d && bytes[at - 2] === LF)) blocks++
  }
  return blocks
}

type Connecting = Extract<StreamSignal<unknown>, { readonly type: 'connecting' }>

function connecting(timeline: Timeline, at: number, signal: Connecting): Timeline {
  const { lastEventId, resume, step } = signal
  const waited = withLast(timeline, (last) =>
    last.wait === undefined || last.wait.endedAt !== undefined
      ? last
      : { ...last, wait: { ...last.wait, endedAt: at } },
  )
  const resumes =
    resume === undefined
      ? undefined
      : { strategy: resume, step: step ?? '', words: STEPS[step ?? ''] ?? resume }
  return {
    ...withAttempt(waited, { ...newAttempt(numberAfter(waited), at), from: lastEventId, resumes }),
    resumed: waited.resumed + (resumes === undefined ? 0 : 1),
  }
}

function afterSignal(timeline: Timeline, at: number, signal: StreamSignal<unknown>): Timeline {
  switch (signal.type) {
    case 'connecting':
      return connecting(timeline, at, signal)
    case 'open':
      return withLast(timeline, (last) => ({ ...last, requestId: shown(signal.requestId) }))
    case 'value': {
      const lastEventId = signal.lastEventId
      const changed = withLast(timeline, (last) => ({
        ...last,
        values: last.values + 1,
        ...withValue(last),
        lastEventId: lastEventId ?? last.lastEventId,
      }))
      return { ...changed, values: changed.values + 1, lastEventId: lastEventId ?? changed.lastEventId }
    }
    case 'cursor': {
      const { lastEventId } = signal
      return { ...withLast(timeline, (last) => ({ ...last, lastEventId })), lastEventId }
    }
    case 'reset':
      return { ...withLast(timeline, (last) => ({ ...last, reset: true })), values: 0 }
    case 'waiting': {
      const { delayMs, error } = signal
      const wait = { from: at, until: at + delayMs, delayMs, endedAt: undefined }
      return withLast(timeline, (last) => ({ ...last, error: errorView(error), wait }))
    }
  }
}

/** The first of an attempt's endings counts. */
const ended = (timeline: Timeline, end: NonNullable<Attempt['ended']>): Timeline =>
  withLast(timeline, (last) => (last.ended === undefined ? { ...last, ended: end } : last))

function afterEntry(timeline: Timeline, entry: TraceEntry): Timeline {
  const { at } = entry
  switch (entry.type) {
    case 'request': {
      const last = timeline.attempts.at(-1)
      const current =
        last === undefined || last.request !== undefined
          ? withAttempt(timeline, newAttempt(numberAfter(timeline), at))
          : timeline
      return withLast(current, (attempt) => ({ ...attempt, request: entry.request }))
    }
    case 'connecting':
      return withLast(timeline, (last) => ({ ...last, connectedAt: undefined }))
    case 'connected':
      return withLast(timeline, (last) => ({ ...last, connectedAt: at }))
    case 'head': {
      const { status } = entry
      const contentType = shown(entry.contentType)
      return withLast(timeline, (last) => ({ ...last, headAt: at, status, contentType }))
    }
    case 'chunk': {
      const { length } = entry.bytes
      const changed = withLast(timeline, (last) => ({
        ...last,
        firstByteAt: last.firstByteAt ?? at,
        lastByteAt: at,
        bytes: last.bytes + length,
        chunks: last.chunks + 1,
        ...withChunk(last, at, entry.bytes),
      }))
      return { ...changed, bytes: changed.bytes + length }
    }
    case 'failure': {
      const { code, reason, message } = entry.failure
      return ended(timeline, { at, how: 'failure', failure: { code, reason, message } })
    }
    case 'end':
    case 'abort':
    case 'release':
      return ended(timeline, { at, how: entry.type })
  }
}

/** The timeline after one more thing has happened. Pure; what it returns shares what has not changed. */
export function timelineAfter(timeline: Timeline, input: TimelineInput): Timeline {
  if (input.from === 'wire') return afterEntry(timeline, input.entry)
  if ('signal' in input) return afterSignal(timeline, input.at, input.signal)
  const { at, ending } = input
  const waitOver = withLast(timeline, (last) =>
    last.wait === undefined || last.wait.endedAt !== undefined
      ? last
      : { ...last, wait: { ...last.wait, endedAt: at } },
  )
  if (ending !== 'error') return { ...waitOver, ending: { type: ending, at } }
  const error = errorView(input.error)
  return { ...withLast(waitOver, (last) => ({ ...last, error })), ending: { type: 'error', at, error } }
}
