import type { Failure } from '../errors/failure.ts'
import type { Deliver, Gate } from './gate.ts'
import { advanceAlone, type Progress, passOver } from './progress.ts'

/** More than any API sends before its first token. */
const MAX_HELD = 64
/** Characters of their events' data. */
const MAX_SIZE = 1024 * 1024

/**
 * Until the first content nothing is delivered that could not be asked for again: a failure between the 200 and the first
 * token is then retried without doubling the role, or the start of the message. Values with an ID pass: those can be
 * resumed from.
 */
export class PreludeGate<T> implements Gate<T> {
  readonly #progress: Progress
  readonly #deliver: Deliver<T>
  readonly #anew: { readonly voids: () => void; readonly lastEventId: string } | undefined
  #held: { readonly value: T; readonly data: string }[] = []
  #size = 0
  #pendingId: string | undefined
  isOpen = false

  /** @param anew - for an answer that voids what was delivered: called before its first value */
  constructor(
    progress: Progress,
    deliver: Deliver<T>,
    anew?: { readonly voids: () => void; readonly lastEventId: string },
  ) {
    this.#progress = progress
    this.#deliver = deliver
    this.#anew = anew
  }

  get position(): number {
    return (this.#anew === undefined ? this.#progress.events : 0) + this.#held.length
  }

  get lastEventId(): string {
    return this.#pendingId ?? this.#anew?.lastEventId ?? this.#progress.cursor
  }

  admit(value: T, id: string | undefined, data: string, isContent: boolean): Failure | undefined {
    const isHeld = !isContent && id === undefined && this.#pendingId === undefined
    if (isHeld && this.#held.length < MAX_HELD && this.#size + data.length <= MAX_SIZE) {
      this.#size += data.length
      this.#held.push({ value, data })
    } else if (this.#open()) {
      this.#deliver(value, id, data)
    }
    return undefined
  }

  passOver(id: string, data: string | undefined): void {
    if (this.#anew !== undefined) {
      // What was delivered stands until there is something in its place.
      this.#pendingId = id
    } else if (this.#held.length === 0 || this.#open()) {
      if (data !== undefined) passOver(this.#progress, id, data)
      advanceAlone(this.#progress, id)
    }
  }

  remembered(): boolean {
    return this.#anew === undefined || this.isOpen
  }

  finish(): undefined {
    this.#open()
  }

  release(): void {
    // A beginning without content is less than what it would void.
    if (this.#anew === undefined) this.#open()
  }

  #open(): boolean {
    if (this.isOpen) return true
    this.isOpen = true
    this.#anew?.voids()
    if (this.#pendingId !== undefined) advanceAlone(this.#progress, this.#pendingId)
    const held = this.#held
    this.#held = []
    return held.every(({ value, data }) => this.#deliver(value, undefined, data))
  }
}
