import type { Failure } from '../errors/failure.ts'
import { fingerprint, type Progress } from './progress.ts'
import { mismatch } from './termination.ts'

/**
 * Watches an attempt that was asked to continue after a cursor: a server that ignores it, or goes back too far, would
 * double what was delivered.
 */
export class Resumption {
  readonly #cursor: string
  readonly #progress: Progress
  readonly #known: ReadonlySet<number>
  #first = true

  constructor(progress: Progress) {
    this.#cursor = progress.cursor
    this.#progress = progress
    // As of now: several new events may share an ID among themselves.
    this.#known = new Set(progress.ids)
  }

  /** Looks at an event before it becomes a value. Says what is wrong with it, or nothing. */
  check(id: string | undefined, data: string): Failure | undefined {
    const first = this.#first
    this.#first = false
    if (id !== undefined && id !== '') {
      return this.#known.has(fingerprint(id))
        ? mismatch(this.#cursor, `sent event ${quoted(id)} again`)
        : undefined
    }
    if (!first) return undefined
    const { withoutId, firstEvent } = this.#progress
    if (withoutId === 0)
      return mismatch(this.#cursor, 'sent an event without an ID, though all before it had one')
    return firstEvent === fingerprint(data) ? mismatch(this.#cursor, 'sent the first event again') : undefined
  }
}

const quoted = (id: string): string => JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}…` : id)
