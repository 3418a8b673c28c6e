import type { Dialect } from '../dialects/dialect.ts'
import type { Failure } from '../errors/failure.ts'
import type { Deliver, Gate } from './gate.ts'
import { advanceAlone, type Progress } from './progress.ts'
import type { Overlap } from './strategy.ts'

/** A value; or an ID that came without one. */
type Held<T> =
  | {
      readonly value: T
      readonly id: string | undefined
      readonly data: string
      readonly text: string
      readonly isContent: boolean
    }
  | { readonly value?: never; readonly id: string; readonly data: undefined; readonly text: '' }

/** Most of them have no text, so that the length of the tail is no limit. */
const MAX_HELD = 1_024
/** Characters of their events' data. */
const MAX_SIZE = 1024 * 1024

/**
 * A continuation that may begin with what the text so far ends with: held back until it is known how much of it repeats,
 * then delivered without that.
 */
export class OverlapGate<T> implements Gate<T> {
  readonly #progress: Progress
  readonly #deliver: Deliver<T>
  readonly #dialect: Dialect<T>
  /** The end of the text so far: as much of it as may be repeated. */
  readonly #tail: string
  readonly #min: number
  #held: Held<T>[] = []
  #seen = ''
  #size = 0
  #hasContent = false
  isOpen = false

  constructor(
    progress: Progress,
    deliver: Deliver<T>,
    dialect: Dialect<T>,
    text: string,
    { min, max }: Overlap,
  ) {
    this.#progress = progress
    this.#deliver = deliver
    this.#dialect = dialect
    this.#tail = text.slice(-max)
    this.#min = min
  }

  get position(): number {
    return this.#progress.events + this.#held.filter(({ data }) => data !== undefined).length
  }

  get lastEventId(): string {
    return this.#held.findLast(({ id }) => id !== undefined)?.id ?? this.#progress.cursor
  }

  admit(value: T, id: string | undefined, data: string, isContent: boolean): Failure | undefined {
    const text = this.#dialect.text?.(value) ?? ''
    this.#held.push({ value, id, data, text, isContent })
    this.#hasContent ||= isContent
    this.#seen += text
    // Content without text, reasoning say, before any text is no repetition of it.
    if (isContent && this.#seen === '') {
      this.#flush(0)
      return undefined
    }
    const isNew = this.#hasContent && !this.#tail.includes(this.#seen)
    this.#size += data.length
    if (isNew || this.#held.length >= MAX_HELD || this.#size > MAX_SIZE) this.#open()
    return undefined
  }

  passOver(id: string): void {
    // Of several in a row the last alone counts; there may be any number of them.
    if (this.#held.at(-1)?.data === undefined) this.#held.pop()
    this.#held.push({ id, data: undefined, text: '' })
  }

  finish(): undefined {
    this.#open()
  }

  /** Text that stands in the tail may be a repetition that was cut: what comes before it is all that is new for certain. */
  release(): void {
    const from = this.#held.findIndex(({ text }) => text !== '')
    if (from !== -1) this.#held.length = from
    this.#seen = ''
    this.#open()
  }

  #open(): void {
    if (this.isOpen) return
    this.isOpen = true
    const overlap = overlapOf(this.#tail, this.#seen)
    this.#flush(overlap < this.#min ? 0 : overlap)
  }

  /** @param overlap - characters at the beginning of what is held that repeat */
  #flush(overlap: number): void {
    const held = this.#held
    this.#held = []
    let surplus = overlap
    for (const one of held) {
      if (one.data === undefined) {
        advanceAlone(this.#progress, one.id)
        continue
      }
      const { text } = one
      const cut = Math.min(surplus, text.length)
      surplus -= cut
      // What says nothing new is no progress.
      if (!one.isContent || (cut > 0 && cut === text.length)) this.#progress.idle++
      const value = cut === 0 ? one.value : this.#shortened(one.value, text.slice(cut))
      if (!this.#deliver(value, one.id, one.data)) return
    }
  }

  #shortened(value: T, text: string): T {
    return this.#dialect.withText?.(value, text) ?? value
  }
}

/** The length of the longest end of `tail` that `seen` begins with. */
export function overlapOf(tail: string, seen: string): number {
  for (let length = Math.min(tail.length, seen.length); length > 0; length--) {
    if (tail.endsWith(seen.slice(0, length))) return length
  }
  return 0
}
