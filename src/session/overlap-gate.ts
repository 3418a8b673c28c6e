import type { Dialect } from '../dialects/dialect.ts'
import type { Failure } from '../errors/failure.ts'
import type { Deliver, Gate } from './gate.ts'
import { advanceAlone, type Progress } from './progress.ts'
import type { Overlap } from './strategy.ts'

interface Held<T> {
  readonly value: T
  readonly id: string | undefined
  readonly data: string
  readonly isContent: boolean
}

/** Most of them have no text, so that the length of the tail is no limit. */
const MAX_HELD = 1_024

/**
 * A continuation that may begin with what the text so far ends with: held back until it is known how much of it repeats,
 * then delivered without that.
 */
export class OverlapGate<T> implements Gate<T> {
  readonly #progress: Progress
  readonly #deliver: Deliver<T>
  readonly #text: (value: T) => string
  readonly #withText: (value: T, text: string) => T
  /** The end of the text so far: as much of it as may be repeated. */
  readonly #tail: string
  readonly #min: number
  #held: Held<T>[] = []
  #seen = ''
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
    this.#text = (value) => dialect.text?.(value) ?? ''
    this.#withText = (value, shorter) => dialect.withText?.(value, shorter) ?? value
    this.#tail = text.slice(-max)
    this.#min = min
  }

  get held(): number {
    return this.#held.length
  }

  get lastEventId(): string {
    return this.#progress.cursor
  }

  admit(value: T, id: string | undefined, data: string, isContent: boolean): Failure | undefined {
    this.#held.push({ value, id, data, isContent })
    this.#hasContent ||= isContent
    this.#seen += this.#text(value)
    if (this.#held.length === MAX_HELD || (this.#hasContent && !mayGrow(this.#tail, this.#seen))) this.#open()
    return undefined
  }

  passOver(id: string): void {
    this.#open()
    advanceAlone(this.#progress, id)
  }

  finish(): undefined {
    this.#open()
  }

  release(): void {
    this.#open()
  }

  #open(): void {
    if (this.isOpen) return
    this.isOpen = true
    const held = this.#held
    this.#held = []
    let surplus = overlapOf(this.#tail, this.#seen)
    if (surplus < this.#min) surplus = 0
    for (const { value, id, data, isContent } of held) {
      const text = surplus === 0 ? '' : this.#text(value)
      const cut = Math.min(surplus, text.length)
      surplus -= cut
      if (!isContent || (cut > 0 && cut === text.length)) this.#progress.idle++
      if (!this.#deliver(cut === 0 ? value : this.#withText(value, text.slice(cut)), id, data)) return
    }
  }
}

/** Could more text make the repetition longer? As long as all of it stands in the tail, and the tail goes on after it. */
export function mayGrow(tail: string, seen: string): boolean {
  const at = tail.indexOf(seen)
  return at !== -1 && at + seen.length < tail.length
}

/** The length of the longest end of `tail` that `seen` begins with. */
export function overlapOf(tail: string, seen: string): number {
  for (let length = Math.min(tail.length, seen.length); length > 0; length--) {
    if (tail.endsWith(seen.slice(0, length))) return length
  }
  return 0
}
