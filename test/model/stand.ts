import type { ErrorEntry } from './log.ts'
import { isSendable, type ModelFailure, terminated } from './rules.ts'
import { isFeed, type Setup } from './setup.ts'
import type { Sent } from './wire.ts'

/** An event that a server may go back to. */
export interface Known extends Sent {
  /** Else it was passed over, as a ping is. */
  readonly isValue: boolean
}

/** What the dialect remembers of an answer. */
export interface Memory {
  /** It has had its `finish_reason`. */
  finished: boolean
}

export interface Delivered extends Sent {
  readonly value: unknown
}

/** How far the consumer has come, by all attempts. */
export class Stand {
  cursor: string
  bytes = 0
  reconnectionTime: number | undefined
  firstData: string | undefined
  /** The events since the first that had an ID. */
  known: Known[] = []
  /** Since the last reset. */
  delivered: Delivered[] = []
  withoutId = 0
  /** How often what was delivered became void. */
  voids = 0
  /** The places from which the rest was asked for. */
  readonly #continuedAt = new Set<string>()
  /** Where it stands is known by the answer to another request than the config's, whose IDs mean nothing to that. */
  isForeign = false
  memory: Memory = { finished: false }
  /** The other requests that were made from the last place that had any. */
  #others: string[] = []
  #othersAt = ''
  readonly #begin: string
  readonly #maxKept: number
  #sinceCursor = 0

  constructor(lastEventId: string, maxKept: number) {
    this.#begin = lastEventId
    this.#maxKept = maxKept
    this.cursor = lastEventId
  }

  get events(): number {
    return this.delivered.length
  }

  get ids(): readonly string[] {
    return this.known.filter(({ id, isValue }) => id !== undefined && isValue).map(({ id }) => id as string)
  }

  moveTo(id: string): void {
    this.cursor = id
    this.#sinceCursor = 0
  }

  /**
   * An ID without a value; with the data of its event, if it was one. That of the cursor itself says nothing of the values
   * that have followed it.
   */
  pass(id: string, data: string | undefined, isForeign: boolean): void {
    if (data !== undefined) this.known.push({ id, data, isValue: false })
    if (id === this.cursor) return
    this.isForeign ||= isForeign
    this.moveTo(id)
  }

  /** @param isForeign - of the answer to another request than the config's */
  deliver({ id, data, value }: Delivered, isForeign: boolean): void {
    this.isForeign ||= isForeign
    if (id === undefined) {
      this.#sinceCursor++
      this.withoutId++
    } else {
      this.moveTo(id)
    }
    if (id !== undefined || this.known.length > 0) this.known.push({ id, data, isValue: true })
    this.firstData ??= data
    this.delivered.push({ id, data, value })
  }

  /** What was delivered has come once more, with this cursor and these IDs. */
  takeOver(again: Stand, isForeign: boolean): void {
    this.cursor = again.cursor
    this.#sinceCursor = again.#sinceCursor
    this.known = again.known
    this.withoutId = again.withoutId
    this.firstData = again.firstData
    this.isForeign = isForeign
  }

  /** At the beginning of the same stream. */
  anew(): Stand {
    return new Stand(this.#begin, this.#maxKept)
  }

  /** What was delivered is void. */
  clear(isForeign: boolean): void {
    this.voids++
    this.moveTo(this.#begin)
    this.firstData = undefined
    this.known = []
    this.delivered = []
    this.withoutId = 0
    this.isForeign = isForeign
  }

  /** The values, as long as their data is not too much to keep. */
  get kept(): readonly Delivered[] | undefined {
    const size = this.delivered.reduce((sum, { data }) => sum + data.length, 0)
    return size > this.#maxKept ? undefined : this.delivered
  }

  /** Does the cursor name the last value, in a way that a header can carry? */
  get isExact(): boolean {
    return this.isAtCursor && !this.isForeign
  }

  /** The same, whichever request the cursor is of. */
  get isAtCursor(): boolean {
    return this.cursor !== '' && this.#sinceCursor === 0 && isSendable(this.cursor)
  }

  askForRest(): void {
    this.#continuedAt.add(this.place)
  }

  /** The how manieth of the other requests that were made from here this is. */
  numberOf(body: string): number {
    const { place } = this
    if (this.#othersAt !== place) this.#others = []
    this.#othersAt = place
    if (!this.#others.includes(body)) this.#others.push(body)
    return 1 + this.#others.indexOf(body)
  }

  /** From how many places before this one the rest was asked for. */
  get continuations(): number {
    return this.#continuedAt.size - (this.#continuedAt.has(this.place) ? 1 : 0)
  }

  /** As an idempotency key says it. */
  get place(): string {
    return this.voids === 0 ? `${this.events}` : `${this.voids}.${this.events}`
  }

  /** With what the stream can be begun right after the last value. */
  get exactCursor(): string | undefined {
    return this.isExact ? this.cursor : undefined
  }

  /** What a header can say. */
  get sendableCursor(): string | undefined {
    return this.cursor !== '' && isSendable(this.cursor) ? this.cursor : undefined
  }

  /** The next request repeats the first. */
  get isAtBeginning(): boolean {
    return this.events === 0 && this.cursor === this.#begin
  }
}

/** A failure, and where the stream stands then. */
export function errorEntryOf(
  failure: ModelFailure,
  attempt: number,
  { events, bytes, cursor, isExact, isForeign, sendableCursor }: Stand,
  { dialect, strategy }: Setup,
): ErrorEntry {
  const isPart = failure.kind === 'request_failed' && events > 0
  // Who gives up on a request must not take half an answer for none.
  const { kind, reason } = isPart ? terminated('not_resumed') : failure
  const { code, retryable, status, requestId, retryAfterMs, mismatch } = failure
  const hasCursor = isFeed(dialect) ? sendableCursor !== undefined && !isForeign : isExact
  const isResumable = events === 0 || (isFeed(dialect) && strategy.name === 'auto') || hasCursor
  const resumable = isResumable && code !== 'resume_mismatch' && code !== 'replay_mismatch'
  const place = { attempt, events, bytes, lastEventId: cursor || undefined, resumable }
  const isCallers = code === 'aborted'
  return { kind, code, reason, retryable, status, requestId, retryAfterMs, mismatch, isCallers, ...place }
}
