import type { Failure } from '../errors/failure.ts'
import { countAtCursor, countOf, fingerprint, type Progress } from './progress.ts'
import { mismatch } from './termination.ts'

/**
 * Watches an attempt that was asked to continue after a cursor: a server that ignores it, or goes back too far, would
 * double what was delivered; one that goes on too far ahead would leave a hole in it.
 */
export class Resumption {
  readonly #cursor: string
  readonly #progress: Progress
  readonly #mayBeginAnew: boolean
  readonly #known: ReadonlySet<number>
  /** The cursor, where IDs count the events. */
  readonly #count: number | undefined
  /** The number before the next: the cursor's, or that of a ping which follows it without a gap. */
  #before: number | undefined
  #first = true

  /**
   * @param mayBeginAnew - whether the request is of a kind that a server may carry out again under new IDs, as one that
   * knows no `Last-Event-ID` does with every POST.
   */
  constructor(progress: Progress, mayBeginAnew: boolean) {
    this.#mayBeginAnew = mayBeginAnew
    this.#cursor = progress.cursor
    this.#count = countAtCursor(progress)
    this.#before = countOf(progress.cursor)
    this.#progress = progress
    // As of now: several new events may share an ID among themselves.
    this.#known = new Set(progress.ids)
  }

  /** An event with an ID gave no value: a ping, say. */
  pass(id: string): void {
    if (this.#isNext(id)) this.#before = countOf(id)
  }

  /** Looks at an event before it becomes a value. Says what is wrong with it, or nothing. */
  check(id: string | undefined, data: string): Failure | undefined {
    const first = this.#first
    this.#first = false
    if (id !== undefined && id !== '') {
      if (this.#known.has(fingerprint(id))) return mismatch(this.#cursor, `sent event ${quoted(id)} again`)
      if (!first || this.#isNext(id)) return undefined
      return this.#mayBeginAnew && this.#isFirstEvent(data) ? this.#begunAnew() : this.#checkCount(id)
    }
    if (!first) return undefined
    const { withoutId } = this.#progress
    if (withoutId === 0)
      return mismatch(this.#cursor, 'sent an event without an ID, though all before it had one')
    return this.#isFirstEvent(data) ? this.#begunAnew() : undefined
  }

  /** The same for an end marker, which is no value: with an ID it tells of a hole before it. */
  checkMarker(id: string): Failure | undefined {
    return this.#first ? this.#checkCount(id, 0) : undefined
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

const quoted = (id: string): string => JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}…` : id)
