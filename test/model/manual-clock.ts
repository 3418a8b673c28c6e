import type { Clock } from '../../src/session/clock.ts'

/** Not 0, so that a time is not taken for a span; nor is the wall clock the other one. */
const START = 7_000
const WALL = 1_700_000_000_000

/** Time that passes when it is told to, timer by timer. */
export class ManualClock implements Clock {
  #now = START
  readonly #timers = new Map<object, { readonly at: number; readonly callback: () => void }>()

  now(): number {
    return this.#now
  }

  wall(): number {
    return WALL + this.#now
  }

  start(callback: () => void, ms: number): object {
    if (!(ms >= 0 && ms <= 2_147_483_647)) throw new Error(`a timer of ${ms} ms fires at once, or never`)
    const timer = {}
    this.#timers.set(timer, { at: this.#now + ms, callback })
    return timer
  }

  stop(timer: unknown): void {
    this.#timers.delete(timer as object)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** When the next timer is due. */
  get nextAt(): number | undefined {
    return this.#next()?.[1].at
  }

  /** Goes to the next timer and calls it. Of two that are due together the older one is first. */
  fireNext(): void {
    const next = this.#next()
    if (next === undefined) return
    this.#timers.delete(next[0])
    this.#now = Math.max(this.#now, next[1].at)
    next[1].callback()
  }

  /** Goes to a time before which no timer is due. */
  moveTo(time: number): void {
    this.#now = Math.max(this.#now, time)
  }

  #next(): [object, { readonly at: number; readonly callback: () => void }] | undefined {
    let next: [object, { readonly at: number; readonly callback: () => void }] | undefined
    for (const entry of this.#timers) if (next === undefined || entry[1].at < next[1].at) next = entry
    return next
  }
}
