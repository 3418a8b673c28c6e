import type { Clock } from './clock.ts'
import type { Wakeup, Wakeups } from './wakeups.ts'

/** After a sleep, or a time offline, a connection that is alive says so within this many milliseconds. */
export const SIGN_OF_LIFE_MS = 10_000

export interface WakeHandler {
  /** A reason to try again sooner. */
  onWake(): void
  /** Bytes received so far, by which a connection shows that it is alive. */
  bytes(): number
  /** Nothing came of the connection that was {@link WakeWatch.doubt doubted}. */
  onSilence(): void
}

/** What a session makes of wake-ups: it need not wait any longer, and its open connection may be dead. */
export class WakeWatch {
  readonly #wakeups: Wakeups | undefined
  readonly #clock: Clock
  readonly #handler: WakeHandler
  #stopListening: (() => void) | undefined
  #timer: unknown

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
  }

  stop(): void {
    this.endDoubt()
    this.#stopListening?.()
  }

  #on(wakeup: Wakeup, doubts: boolean): void {
    this.#handler.onWake()
    if (!doubts || wakeup === 'visible') return
    const before = this.#handler.bytes()
    this.endDoubt()
    this.#timer = this.#clock.start(() => {
      this.#timer = undefined
      if (this.#handler.bytes() === before) this.#handler.onSilence()
    }, SIGN_OF_LIFE_MS)
  }
}
