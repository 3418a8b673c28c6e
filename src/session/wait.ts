import type { SseError } from '../errors/sse-error.ts'
import type { DelayNotifier } from './backoff.ts'
import type { Clock } from './clock.ts'

export interface WaitHandler {
  /** It is time. */
  over(): void
  /** The notifier says that there shall be no other attempt. */
  never(): void
  /** The notifier has failed. */
  failed(error: unknown): void
}

/** One wait between two attempts. Tells once how it ended, and nothing after it was stopped. */
export class Wait {
  readonly #clock: Clock
  readonly #handler: WaitHandler
  /** Not sooner: the server's word. */
  readonly #floorAt: number
  #endsAt = Number.POSITIVE_INFINITY
  #timer: unknown
  #stopNotifier: (() => void) | undefined
  #stopped = false
  /** Nobody waits for the notifier any more. */
  #isHurried = false

  constructor(clock: Clock, floorMs: number, handler: WaitHandler) {
    this.#clock = clock
    this.#handler = handler
    this.#floorAt = clock.now() + floorMs
  }

  forMs(ms: number): void {
    if (this.#stopped) return
    if (this.#timer !== undefined) this.#clock.stop(this.#timer)
    this.#endsAt = this.#clock.now() + ms
    this.#timer = this.#clock.start(() => this.#end(() => this.#handler.over()), ms)
  }

  forNotifier(notifier: DelayNotifier, error: SseError, failures: number): void {
    let told = false
    const first = (then: () => void): void => {
      if (told || this.#stopped || this.#isHurried) return
      told = true
      then()
    }
    const stop = notifier(error, failures, {
      next: () => first(() => this.#endAtFloor()),
      complete: () => first(() => this.#end(() => this.#handler.never())),
      // Passing the failure on is how a notifier says "not again".
      error: (thrown) =>
        first(() =>
          this.#end(() => (thrown === error ? this.#handler.never() : this.#handler.failed(thrown))),
        ),
    })
    if (told || this.#stopped) stop()
    else this.#stopNotifier = stop
  }

  /** There is reason to believe that it would work now: what is left of the wait shrinks to `ms`, on top of the floor. */
  shorten(ms: number): void {
    const now = this.#clock.now()
    const left = Math.max(0, this.#floorAt - now) + ms
    if (this.#timer !== undefined && now + left < this.#endsAt) this.forMs(left)
  }

  /** Nobody wants to wait any longer, whatever the floor. */
  endSoon(): void {
    this.#isHurried = true
    this.forMs(0)
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#clock.stop(this.#timer)
    this.#stopNotifier?.()
  }

  #endAtFloor(): void {
    // A timer also where nothing is left: attempts that fail at once would pile up on the stack.
    this.forMs(Math.max(0, this.#floorAt - this.#clock.now()))
  }

  #end(tell: () => void): void {
    if (this.#stopped) return
    this.stop()
    tell()
  }
}
