import type { Clock } from './clock.ts'
import type { Wakeup, Wakeups } from './wakeups.ts'

/** After a sleep, or a time offline, a connection that is alive says so within this many milliseconds. */
export const SIGN_OF_LIFE_MS = 10_000

export interface WakeHandler {
  /** A reason to try again sooner. */
  onWake(): void
  /** How often the connection has shown that it is alive; `undefined`: there is none. */
  heard(): number | undefined
  /** Nothing came of the connection that was doubted. `false`: nobody was reading. */
  onSilence(): boolean
}

/** What a session makes of wake-ups: it need not wait any longer, and its open connection may be dead. */
export class WakeWatch {
  readonly #wakeups: Wakeups | undefined
  readonly #clock: Clock
  readonly #handler: WakeHandler
  #stopListening: (() => void) | undefined
  #timer: unknown
  /** What was heard before the doubt. */
  #before: number | undefined
  #isPending = false

  constructor(wakeups: Wakeups | undefined, clock: Clock, handler: WakeHandler) {
    this.#wakeups = wakeups
    this.#clock = clock
    this.#handler = handler
  }

  /** @param doubts - whether a connection that is silent after a sleep counts as dead */
  listen(doubts: boolean): void {
    this.#stopListening ??= this.#wakeups?.((wakeup) => this.#on(wakeup, doubts))
  }

  /** The connection is gone, or another one is made. */
  endDoubt(): void {
    if (this.#timer !== undefined) this.#clock.stop(this.#timer)
    this.#timer = undefined
    this.#isPending = false
  }

  /** Is read again, so that its silence counts. */
  resumed(): void {
    if (this.#isPending) this.#begin(this.#before)
  }

  stop(): void {
    this.endDoubt()
    this.#stopListening?.()
  }

  #on(wakeup: Wakeup, doubts: boolean): void {
    this.#handler.onWake()
    if (!doubts || wakeup === 'visible') return
    const heard = this.#handler.heard()
    // Doubted anew it would never be found out by a network that comes and goes.
    if (heard === undefined || (this.#timer !== undefined && heard === this.#before)) return
    this.#begin(heard)
  }

  #begin(heard: number | undefined): void {
    this.endDoubt()
    this.#before = heard
    this.#timer = this.#clock.start(() => {
      this.#timer = undefined
      if (this.#handler.heard() === this.#before) this.#isPending = !this.#handler.onSilence()
    }, SIGN_OF_LIFE_MS)
  }
}
