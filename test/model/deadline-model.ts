import type { Setup } from './setup.ts'

export type DeadlineName = 'connect' | 'first' | 'idle' | 'stall'

interface Deadline {
  readonly name: DeadlineName
  /** By the time of the attempt. */
  readonly at: number
}

/** The time of one attempt, which stands still while it is paused, and the deadlines by it. */
export class DeadlineModel {
  readonly #timeout: Setup['timeout']
  readonly #now: () => number
  readonly #startedAt: number
  #connectingAt: number | undefined
  #headAt: number | undefined
  #byteAt: number
  #contentAt: number | undefined
  #pausedSince: number | undefined
  #pausedFor = 0
  #isOff = false

  constructor(timeout: Setup['timeout'], now: () => number) {
    this.#timeout = timeout
    this.#now = now
    this.#startedAt = now()
    this.#connectingAt = now()
    this.#byteAt = now()
  }

  get time(): number {
    return (this.#pausedSince ?? this.#now()) - this.#pausedFor
  }

  get isPaused(): boolean {
    return this.#pausedSince !== undefined
  }

  pause(): void {
    this.#pausedSince ??= this.#now()
  }

  resume(): void {
    if (this.#pausedSince === undefined) return
    this.#pausedFor += this.#now() - this.#pausedSince
    this.#pausedSince = undefined
  }

  connecting(): void {
    this.#connectingAt = this.time
  }

  connected(): void {
    this.#connectingAt = undefined
  }

  head(): void {
    this.connected()
    this.#headAt = this.time
    this.#byteAt = this.time
  }

  byte(): void {
    this.#byteAt = this.time
  }

  /** With the last byte. */
  content(): void {
    this.#contentAt = this.#byteAt
  }

  /** None counts any more. */
  stop(): void {
    this.#isOff = true
  }

  /** Those that run, the nearest first. */
  get running(): readonly Deadline[] {
    if (this.isPaused || this.#isOff) return []
    const found: Deadline[] = []
    const run = (name: DeadlineName, since: number | undefined): void => {
      const limit = this.#timeout[name]
      if (limit > 0 && since !== undefined) found.push({ name, at: since + limit })
    }
    run('connect', this.#connectingAt)
    if (this.#contentAt === undefined) run('first', this.#startedAt)
    if (this.#headAt !== undefined) run('idle', this.#byteAt)
    run('stall', this.#contentAt ?? (this.#timeout.first === 0 ? this.#headAt : undefined))
    return found.sort((a, b) => a.at - b.at)
  }
}
