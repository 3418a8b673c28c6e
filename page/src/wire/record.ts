import { fixtureRecorder } from './fixture.ts'
import { isSseError, type StreamSignal } from './library.ts'
import { plainLoop } from './plain-loop.ts'
import { emptyTimeline, timelineAfter } from './timeline.ts'
import type { DialectName, RunRecord, RunSnapshot, TimelineInput, Trace } from './types.ts'
import { createWireLog } from './wire-log.ts'

/** A record that can be written to. */
export interface WritableRecord extends RunRecord {
  readonly trace: Trace
  /** Milliseconds since the run began. */
  now(): number
  signal(signal: StreamSignal<unknown>): void
  complete(): void
  error(error: unknown): void
  /** Unsubscribed before its end. */
  stop(): void
}

export interface RecordOptions {
  readonly dialect: DialectName
  /** Where the bytes come from, for the fixtures. */
  readonly source: string
  readonly now: () => number
  /** Milliseconds since 1970, at the same moment. */
  readonly epoch: number
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** All that the wire does and that the library says of it, told to everything that is made of it. */
export function createRecord({ dialect, source, now: clock, epoch }: RecordOptions): WritableRecord {
  const startedAt = clock()
  const now = (): number => clock() - startedAt
  const log = createWireLog()
  const loop = plainLoop(dialect)
  const recorder = fixtureRecorder(dialect, source)
  const listeners = new Set<() => void>()
  let timeline = emptyTimeline
  let snapshot: RunSnapshot | undefined
  let requests = 0

  const attempt = (): number => timeline.attempts.at(-1)?.number ?? 0
  const changed = (): void => {
    if (snapshot === undefined) return
    snapshot = undefined
    for (const listener of [...listeners]) listener()
  }
  const add = (input: TimelineInput): void => {
    timeline = timelineAfter(timeline, input)
  }
  /** The loop asks once: how its only attempt came out is known when the library fails, waits or completes. */
  const settleLoop = (error: unknown): void => {
    if (requests > 1) return
    const inBand = isSseError(error) && error.kind === 'stream_error'
    loop.settle(inBand ? 'failed-in-band' : 'failed', now())
  }
  const noteSignal = (signal: StreamSignal<unknown>, at: number): void => {
    if (signal.type === 'waiting') {
      settleLoop(signal.error)
      log.note(
        at,
        attempt(),
        'waiting',
        `${signal.error.message}; the next request in ${seconds(signal.delayMs)}`,
      )
    } else if (signal.type === 'reset') {
      log.note(at, attempt(), 'reset', 'begins anew: what was shown before is void')
    } else if (signal.type === 'connecting') {
      const resumes = timeline.attempts.at(-1)?.resumes
      if (resumes !== undefined) log.note(at, attempt(), 'resume', `${resumes.strategy}: ${resumes.words}`)
    }
  }

  return {
    now,
    trace(entry) {
      add({ from: 'wire', entry })
      if (entry.type === 'request') requests++
      log.take(entry, attempt())
      if (requests === 1) loop.take(entry)
      recorder.take(entry)
      changed()
    },
    signal(signal) {
      const at = now()
      add({ from: 'library', at, signal })
      noteSignal(signal, at)
      changed()
    },
    complete() {
      const at = now()
      add({ from: 'library', at, ending: 'complete' })
      if (requests <= 1) loop.settle('complete', at)
      log.note(at, attempt(), 'complete', 'complete: the end marker came')
      changed()
    },
    error(error) {
      const at = now()
      settleLoop(error)
      add({ from: 'library', at, ending: 'error', error })
      log.note(at, attempt(), 'error', error instanceof Error ? error.message : String(error))
      changed()
    },
    stop() {
      const at = now()
      add({ from: 'library', at, ending: 'stopped' })
      if (requests <= 1) loop.settle('stopped', at)
      changed()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    snapshot() {
      const { first, end } = log
      snapshot ??= { epoch, timeline, loop: loop.state, log: { first, end, slice: log.slice } }
      return snapshot
    },
    fixtures: recorder.fixtures,
  }
}
