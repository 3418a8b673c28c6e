import type { Clock } from '../session/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Time that passes when it is told to, timer by timer. */
export class VirtualClock implements Clock {
  #now: number
  readonly #wallAhead: number
  readonly #timers = new Map<object, Timer>()

  constructor(now = 0, wallAhead = 0) {
    this.#now = now
    this.#wallAhead = wallAhead
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#wallAhead + this.#now
  }

  start(callback: () => void, ms: number): object {
    const timer = {}
    this.#timers.set(timer, { at: this.#now + ms, callback })
    return timer
  }

  stop(timer: unknown): void {
    this.#timers.delete(timer as object)
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** When the next timer is due. */
  get nextAt(): number | undefined {
    return this.#next()?.[1].at
  }

  /** Goes to the next timer and calls it; `false` if there is none. Of two that are due together the older one is first. */
  step(): boolean {
    const next = this.#next()
    if (next === undefined) return false
    this.#timers.delete(next[0])
    this.#now = Math.max(this.#now, next[1].at)
    next[1].callback()
    return true
  }

  /** Goes to a time before which no timer is due. */
  moveTo(time: number): void {
    this.#now = Math.max(this.#now, time)
  }

  #next(): [object, Timer] | undefined {
    let next: [object, Timer] | undefined
    for (const entry of this.#timers) if (next === undefined || entry[1].at < next[1].at) next = entry
    return next
  }
}
