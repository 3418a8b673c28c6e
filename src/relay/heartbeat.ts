/** Calls back after each span of silence. */
export class Heartbeat {
  readonly #ms: number
  readonly #beat: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #quietSince = 0

  /** @param ms - 0: never */
  constructor(ms: number, beat: () => void) {
    this.#ms = ms
    this.#beat = beat
  }

  start(): void {
    this.heard()
    if (this.#ms > 0) this.#wait(this.#ms)
  }

  /** Something was written. Only moves a number: a timer that fires too early is set again. */
  heard(): void {
    this.#quietSince = performance.now()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#quietSince + this.#ms - performance.now()
      // A timer may fire a little early.
      if (left <= 1) {
        this.heard()
        this.#wait(this.#ms)
        this.#beat()
      } else {
        this.#wait(left)
      }
    }, ms)
  }
}
