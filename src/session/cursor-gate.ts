import type { Failure } from '../errors/failure.ts'
import type { Deliver, Gate } from './gate.ts'
import {
  advance,
  advanceAlone,
  countAtCursor,
  countOf,
  type EventRecord,
  fingerprint,
  type Progress,
  passOver,
  REMEMBERED,
} from './progress.ts'
import { mismatch, quoted } from './termination.ts'

/** The place of an ID among the events that are remembered; `ambiguous` if several have it. */
type Place = number | 'ambiguous'

/**
 * Watches an attempt that was asked to continue after a cursor. A server that goes back is followed up to the cursor, as
 * long as it sends just what it sent before; one that begins something else, or leaps, is found out.
 */
export class CursorGate<T> implements Gate<T> {
  readonly isOpen = false
  readonly #progress: Progress
  readonly #deliver: Deliver<T>
  readonly #mayBeginAnew: boolean
  readonly #cursor: string
  readonly #lastEventId: string
  /** The cursor, where IDs count the events. */
  readonly #count: number | undefined
  /** The number before the next: the cursor's, or that of a ping which follows it without a gap. */
  #before: number | undefined
  /** As of the beginning: several new events may share an ID among themselves. */
  readonly #places: ReadonlyMap<number, Place>
  readonly #remembered: readonly EventRecord[]
  /** Where among the remembered the server is that has gone back: the next one that it has to send. */
  #next: number | undefined
  #isFirst = true
  #pendingId: string | undefined

  /**
   * @param mayBeginAnew - whether the request is of a kind that a server may carry out again under new IDs, as one that
   * knows no `Last-Event-ID` does with every POST
   * @param lastEventId - of the config: an event before the first one
   */
  constructor(progress: Progress, deliver: Deliver<T>, mayBeginAnew: boolean, lastEventId = '') {
    this.#progress = progress
    this.#deliver = deliver
    this.#mayBeginAnew = mayBeginAnew
    this.#lastEventId = lastEventId
    this.#cursor = progress.cursor
    this.#count = countAtCursor(progress)
    this.#before = countOf(progress.cursor)
    this.#remembered = inOrder(progress)
    const places = new Map<number, Place>()
    this.#remembered.forEach(({ id }, place) => {
      if (id !== 0) places.set(id, places.has(id) ? 'ambiguous' : place)
    })
    this.#places = places
  }

  get position(): number {
    return this.#progress.events
  }

  get lastEventId(): string {
    return this.#pendingId ?? this.#progress.cursor
  }

  admit(value: T, id: string | undefined, data: string): Failure | undefined {
    const failure = this.#next === undefined ? this.#check(id, data) : this.#follow(id, data)
    if (failure !== undefined) return failure
    if (this.#next !== undefined) {
      this.#passValuesOf(this.#next)
      return undefined
    }
    if (this.#pendingId !== undefined && id === undefined) advance(this.#progress, this.#pendingId)
    this.#pendingId = undefined
    this.#isFirst = false
    this.#deliver(value, id, data)
    return undefined
  }

  /**
   * Before this attempt has given a value, an ID without one may be old (a greeting's, a ping's), so it counts only with
   * the event that it then stands for [whatwg].
   */
  passOver(id: string, data: string | undefined): void {
    if (!this.#isFirst) {
      if (data !== undefined) passOver(this.#progress, id, data)
      advanceAlone(this.#progress, id)
    } else if (this.#next === undefined && !this.#places.has(fingerprint(id))) {
      if (this.#isNext(id)) this.#before = countOf(id)
      this.#pendingId = id
    }
  }

  /** For an end marker, which is no value: with an ID it tells of a hole before it. */
  finish(id: string | undefined): Failure | undefined {
    if (this.#next !== undefined)
      return mismatch(this.#cursor, 'went back, and ended before it was there again')
    if (id === undefined || id === '') return undefined
    if (id !== this.#cursor && this.#places.has(fingerprint(id)))
      return mismatch(this.#cursor, `went back to event ${quoted(id)}, and ended`)
    return this.#isFirst ? this.#checkCount(id, 0) : undefined
  }

  release(): void {}

  settle(): void {
    if (this.#pendingId === undefined || this.#next !== undefined) return
    advanceAlone(this.#progress, this.#pendingId)
    this.#pendingId = undefined
  }

  isRepeat(id: string | undefined): boolean {
    return this.#next !== undefined || (id !== undefined && id !== '' && this.#places.has(fingerprint(id)))
  }

  /** A value while the server is where it was asked to be, or claims to. */
  #check(id: string | undefined, data: string): Failure | undefined {
    if (id !== undefined && id !== '') {
      const place = this.#places.get(fingerprint(id))
      if (place === undefined) {
        if (id === this.#lastEventId) return mismatch(this.#cursor, `went back to event ${quoted(id)}`)
        if (!this.#isFirst || this.#isNext(id)) return undefined
        return this.#mayBeginAnew && this.#isFirstEvent(data) ? this.#begunAnew() : this.#checkCount(id)
      }
      if (!this.#isFirst || place === 'ambiguous')
        return mismatch(this.#cursor, `sent event ${quoted(id)} again`)
      this.#next = place
      return this.#follow(id, data)
    }
    if (!this.#isFirst) return undefined
    if (this.#progress.withoutId === 0)
      return mismatch(this.#cursor, 'sent an event without an ID, though all before it had one')
    return this.#isFirstEvent(data) ? this.#begunAnew() : undefined
  }

  /** A value while the server sends again what was delivered: it has to be the next of that. */
  #follow(id: string | undefined, data: string): Failure | undefined {
    const place = this.#next as number
    const due = this.#remembered[place] as EventRecord
    const name = id === undefined ? 'an event without an ID' : `event ${quoted(id)}`
    if (due.id !== (id === undefined ? 0 : fingerprint(id)))
      return mismatch(this.#cursor, `went back, and sent ${name} where it was another`)
    if (due.data !== fingerprint(data)) return mismatch(this.#cursor, `sent ${name} again, with other data`)
    this.#next = place + 1
    return undefined
  }

  /** On to the next that became a value; beyond the last of them the server is where it was asked to be. */
  #passValuesOf(place: number): void {
    let next = place
    while (next < this.#remembered.length && this.#remembered[next]?.isValue !== true) next++
    this.#next = next < this.#remembered.length ? next : undefined
  }

  #isNext(id: string): boolean {
    return this.#before !== undefined && countOf(id) === this.#before + 1
  }

  #isFirstEvent(data: string): boolean {
    return this.#progress.firstEvent === fingerprint(data)
  }

  #begunAnew(): Failure {
    return mismatch(this.#cursor, 'sent the first event again')
  }

  /** @param least - how far above the cursor the ID must be at least. */
  #checkCount(id: string, least = 1): Failure | undefined {
    const count = countOf(id)
    if (this.#count === undefined || this.#before === undefined || count === undefined) return undefined
    if (count > this.#before + 1) {
      return mismatch(
        this.#cursor,
        `went on with event ${quoted(id)}, though until then no number was left out`,
      )
    }
    return count < this.#count + least
      ? mismatch(this.#cursor, `went back to event ${quoted(id)}`)
      : undefined
  }
}

/** The oldest first. Copies: the ring goes on turning. */
function inOrder({ ring = [], recorded }: Progress): EventRecord[] {
  const from = recorded > REMEMBERED ? recorded % REMEMBERED : 0
  return [...ring.slice(from), ...ring.slice(0, from)].map((record) => ({ ...record }))
}
