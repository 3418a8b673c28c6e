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
  readonly #known: ReadonlySet<number>
  /** Where IDs count the events: the one before the next. An endless feed may have forgotten some meanwhile. */
  readonly #count: number | undefined
  #first = true

  constructor(progress: Progress, endless: boolean) {
    this.#cursor = progress.cursor
    this.#count = endless ? undefined : countAtCursor(progress)
    this.#progress = progress
    // As of now: several new events may share an ID among themselves.
    this.#known = new Set(progress.ids)
  }

  /** Looks at an event before it becomes a value. Says what is wrong with it, or nothing. */
  check(id: string | undefined, data: string): Failure | undefined {
    const first = this.#first
    this.#first = false
    if (id !== undefined && id !== '') {
      if (this.#known.has(fingerprint(id))) return mismatch(this.#cursor, `sent event ${quoted(id)} again`)
      return first ? this.#checkCount(id) : undefined
    }
    if (!first) return undefined
    const { withoutId, firstEvent } = this.#progress
    if (withoutId === 0)
      return mismatch(this.#cursor, 'sent an event without an ID, though all before it had one')
    return firstEvent === fingerprint(data) ? mismatch(this.#cursor, 'sent the first event again') : undefined
  }

  #checkCount(id: string): Failure | undefined {
    const count = countOf(id)
    if (this.#count === undefined || count === undefined || count <= this.#count + 1) return undefined
    return mismatch(
      this.#cursor,
      `went on with event ${quoted(id)}, though until then no number was left out`,
    )
  }
}

const quoted = (id: string): string => JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}…` : id)
