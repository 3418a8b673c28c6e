import type { Failure } from '../errors/failure.ts'
import type { Deliver, Gate } from './gate.ts'
import { advance, advanceAlone, type Progress } from './progress.ts'
import { notTheSame } from './termination.ts'

/** A stream that begins anew: what was delivered of it is passed over, value by value, if it is the same. */
export class ReplayGate<T> implements Gate<T> {
  readonly held = 0
  readonly #progress: Progress
  readonly #deliver: Deliver<T>
  readonly #delivered: readonly T[]
  /** As of the beginning: the array grows with what is delivered after it. */
  readonly #count: number
  readonly #isSame: (delivered: T, again: T) => boolean
  #index = 0
  #lastId: string | undefined
  /** Values since the event with the last ID. */
  #sinceId = 0

  constructor(
    progress: Progress,
    deliver: Deliver<T>,
    delivered: readonly T[],
    isSame: (delivered: T, again: T) => boolean,
  ) {
    this.#progress = progress
    this.#deliver = deliver
    this.#delivered = delivered
    this.#count = delivered.length
    this.#isSame = isSame
  }

  get isOpen(): boolean {
    return this.#index === this.#count
  }

  get lastEventId(): string {
    return this.#lastId ?? (this.isOpen ? this.#progress.cursor : '')
  }

  admit(value: T, id: string | undefined, data: string): Failure | undefined {
    if (this.isOpen) {
      this.#deliver(value, id, data)
      return undefined
    }
    const index = this.#index
    const delivered = this.#delivered[index] as T
    try {
      if (!this.#isSame(delivered, value)) return notTheSame({ index, delivered, received: value })
    } catch (cause) {
      return notTheSame({ index, delivered, received: value }, cause)
    }
    this.#index++
    this.#sinceId++
    if (id !== undefined) {
      this.#lastId = id
      this.#sinceId = 0
    }
    if (this.isOpen) this.#takeOverCursor()
    return undefined
  }

  passOver(id: string): void {
    if (this.isOpen) {
      advanceAlone(this.#progress, id)
    } else if (id !== this.#lastId) {
      this.#lastId = id
      this.#sinceId = 0
    }
  }

  finish(): Failure | undefined {
    const index = this.#index
    return this.isOpen
      ? undefined
      : notTheSame({ index, delivered: this.#delivered[index], received: undefined })
  }

  release(): void {}

  /** The same events may have come under other IDs: from here on those of this answer count. */
  #takeOverCursor(): void {
    if (this.#lastId === undefined) return
    advance(this.#progress, this.#lastId)
    this.#progress.sinceCursor = this.#sinceId
  }
}
