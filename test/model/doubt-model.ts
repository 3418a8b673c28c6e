import type { Wakeup } from './log.ts'
import { SIGN_OF_LIFE_MS } from './rules.ts'

/** What there is to be known of a connection. */
interface Connection {
  /** How often it has shown that it is alive. */
  readonly heard: number
  readonly errorBody: object | undefined
}

/** After a sleep, or a time offline, an open connection is dead if nothing more is heard of it. */
export class DoubtModel {
  #dueAt: number | undefined
  #heard = 0
  /** It was not read when the doubt was over. */
  #isPending = false

  wake(wakeup: Wakeup, now: number, { heard }: Connection): void {
    if (wakeup === 'visible') return
    // A network that comes and goes does not put off the day.
    if (this.#dueAt !== undefined && this.#heard === heard) return
    this.#begin(now, heard)
  }

  /** It is read again. */
  resumed(now: number): void {
    if (this.#isPending) this.#begin(now, this.#heard)
  }

  /** The connection is gone. */
  end(): void {
    this.#dueAt = undefined
    this.#isPending = false
  }

  isDead(now: number, isPaused: boolean, { heard, errorBody }: Connection): boolean {
    if (this.#dueAt === undefined || now < this.#dueAt || heard !== this.#heard) return false
    return errorBody === undefined && !isPaused
  }

  /** Nothing has come of it that is due by now. */
  settle(now: number, isPaused: boolean, connection: Connection | undefined): void {
    if (this.#dueAt === undefined || now < this.#dueAt) return
    this.#dueAt = undefined
    this.#isPending = isPaused && connection?.heard === this.#heard
  }

  get timers(): number {
    return this.#dueAt === undefined ? 0 : 1
  }

  #begin(now: number, heard: number): void {
    this.#heard = heard
    this.#dueAt = now + SIGN_OF_LIFE_MS
    this.#isPending = false
  }
}
