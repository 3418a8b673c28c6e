import type { Failure } from '../errors/failure.ts'
import type { Deliver, Gate } from './gate.ts'
import { advanceAlone, deliver as count, createProgress, type Progress, passOver } from './progress.ts'
import { notTheSame } from './termination.ts'

/** A stream that begins anew: what was delivered of it is passed over, value by value, if it is the same. */
export class ReplayGate<T> implements Gate<T> {
  readonly #progress: Progress
  readonly #deliver: Deliver<T>
  readonly #delivered: readonly T[]
  /** As of the beginning: the array grows with what is delivered after it. */
  readonly #count: number
  readonly #isSame: (delivered: T, again: T) => boolean
  readonly #onCaughtUp: () => void
  #index = 0
  /** How far this answer has come by itself: its IDs may be others. */
  readonly #again: Progress

  constructor(
    progress: Progress,
    deliver: Deliver<T>,
    delivered: readonly T[],
    isSame: (delivered: T, again: T) => boolean,
    lastEventId: string,
    onCaughtUp: () => void,
  ) {
    this.#onCaughtUp = onCaughtUp
    this.#again = createProgress(lastEventId, progress.remembers)
    this.#progress = progress
    this.#deliver = deliver
    this.#delivered = delivered
    this.#count = delivered.length
    this.#isSame = isSame
  }

  get isOpen(): boolean {
    return this.#index === this.#count
  }

  get position(): number {
    return this.isOpen ? this.#progress.events : this.#index
  }

  get lastEventId(): string {
    return this.isOpen ? this.#progress.cursor : this.#again.cursor
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
    count(this.#again, id, data)
    if (this.isOpen) this.#takeOver()
    return undefined
  }

  passOver(id: string, data: string | undefined): void {
    const progress = this.isOpen ? this.#progress : this.#again
    if (data !== undefined) passOver(progress, id, data)
    advanceAlone(progress, id)
  }

  remembered(): boolean {
    if (!this.isOpen) this.#again.sinceCursor++
    return this.isOpen
  }

  finish(): Failure | undefined {
    const index = this.#index
    return this.isOpen
      ? undefined
      : notTheSame({ index, delivered: this.#delivered[index], received: undefined })
  }

  release(): void {}

  /** The same events may have come under other IDs: from here on those of this answer count. */
  #takeOver(): void {
    const { cursor, sinceCursor, withoutId, firstEvent, count, ring, recorded } = this.#again
    Object.assign(this.#progress, { cursor, sinceCursor, withoutId, firstEvent, count, ring, recorded })
    this.#onCaughtUp()
  }
}
