import { isSendable } from '../transport/headers.ts'

/**
 * What outlives an attempt: how far the consumer has come. The cursor is the last event that was
 * delivered (or passed over as a ping), never one of an unfinished block or of a reported error.
 */
export interface Progress {
  /** The last event ID; `''` for none [whatwg]. */
  cursor: string
  /** Values delivered since the event that the cursor names: those a server would send again. */
  sinceCursor: number
  /** Values delivered that had no ID of their own. */
  withoutId: number
  /** The {@link fingerprint} of the first value's event. */
  firstEvent: number | undefined
  /** The last value's ID as a number, as long as each was the one after that of the value before it. */
  count: number | undefined
  /** Whether to remember events, for an attempt that has to continue after them. */
  readonly remembers: boolean
  /** The last events, once one has had an ID: a ring of {@link REMEMBERED}. `undefined` until then: most streams have none. */
  ring: EventRecord[] | undefined
  /** Events that were put into the ring. */
  recorded: number
  /** Of the values delivered those that say nothing new, and so are no progress. */
  idle: number
  /** Values delivered, by all attempts. */
  events: number
  bytes: number
  /** The server's reconnection time, in milliseconds [whatwg]. */
  reconnectionTime: number | undefined
}

/** What is remembered of an event: numbers, not texts, which would keep whole chunks alive. */
export interface EventRecord {
  /** The {@link fingerprint} of its own ID; 0 if it has none. */
  id: number
  /** That of its data. */
  data: number
  /** Whether it became a value; else it was passed over, as a ping is. */
  isValue: boolean
}

/** How far back a server may replay and still be found out. */
export const REMEMBERED = 1_024

export const createProgress = (lastEventId: string, remembers = true): Progress => ({
  cursor: lastEventId,
  sinceCursor: 0,
  withoutId: 0,
  firstEvent: undefined,
  count: undefined,
  remembers,
  ring: undefined,
  idle: 0,
  recorded: 0,
  events: 0,
  bytes: 0,
  reconnectionTime: undefined,
})

/** What was delivered is void; what the server told of itself stays. */
export function voidProgress(progress: Progress, lastEventId: string): void {
  const { bytes, reconnectionTime, remembers } = progress
  Object.assign(progress, createProgress(lastEventId, remembers), { bytes, reconnectionTime })
}

/** A block with an `id` field has been passed on to the consumer, or counts without data. */
export function advance(progress: Progress, id: string): void {
  progress.cursor = id
  progress.sinceCursor = 0
}

/** An ID has come without a value. That of the cursor itself says nothing new: what came since has come after it. */
export function advanceAlone(progress: Progress, id: string): void {
  if (id !== progress.cursor) advance(progress, id)
}

/** A value is being delivered. `id` is its event's own. */
export function deliver(progress: Progress, id: string | undefined, data: string): void {
  if (id === undefined) {
    progress.sinceCursor++
    progress.withoutId++
  } else {
    deliverId(progress, id)
  }
  if (id !== undefined || progress.recorded > 0) record(progress, id, data, true)
  if (progress.events === 0) progress.firstEvent = fingerprint(data)
  progress.events++
}

/** There is a value, and no ID so far: of the next value without one there is nothing to note but {@link deliverBare}. */
export const isBare = ({ cursor, recorded, events }: Progress): boolean =>
  cursor === '' && recorded === 0 && events > 0

export function deliverBare(progress: Progress): void {
  progress.sinceCursor++
  progress.withoutId++
  progress.events++
}

function deliverId(progress: Progress, id: string): void {
  advance(progress, id)
  if (progress.events === 0) progress.count = countOf(id)
  else if (progress.count !== undefined)
    progress.count = Number(id) === progress.count + 1 ? Number(id) : undefined
}

/** An event with an ID was read and gave no value. */
export const passOver = (progress: Progress, id: string, data: string): void =>
  record(progress, id, data, false)

function record(progress: Progress, id: string | undefined, data: string, isValue: boolean): void {
  if (!progress.remembers) return
  progress.ring ??= []
  const { ring } = progress
  const at = progress.recorded++ % REMEMBERED
  const idMark = id === undefined ? 0 : fingerprint(id)
  const dataMark = fingerprint(data)
  const old = ring[at]
  if (old === undefined) {
    ring[at] = { id: idMark, data: dataMark, isValue }
  } else {
    old.id = idMark
    old.data = dataMark
    old.isValue = isValue
  }
}

/** Can the stream be continued exactly where the consumer stands? Not with an ID that no header can carry. */
export const hasExactCursor = ({ cursor, sinceCursor }: Progress): boolean =>
  cursor !== '' && sinceCursor === 0 && isSendable(cursor)

const COUNT = /^\d{1,15}$/

/** The ID as a number, if it is one. */
export const countOf = (id: string): number | undefined => (COUNT.test(id) ? Number(id) : undefined)

/** From so many values on, that their IDs count them is no chance. */
const COUNTED = 5

/** The number that the cursor is, if every value so far had the number after that of the value before it. */
export function countAtCursor({ cursor, count, withoutId, events }: Progress): number | undefined {
  const isCounting = withoutId === 0 && events >= COUNTED && countOf(cursor) === count
  return isCounting ? count : undefined
}

/** 53 bits of a text, enough to know it again without keeping it: two 32-bit FNV-1a hashes with their own seeds. */
export function fingerprint(text: string): number {
  let low = 0x811c9dc5
  let high = 0x01234567 ^ text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x85ebca6b)
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
}
