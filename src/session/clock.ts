/** Time as an argument. */
export interface Clock {
  /** Milliseconds that only go forward. */
  now(): number
  /** Milliseconds since 1970, for dates that a server sends and a page shows. */
  wall(): number
  /** Calls back once, after `ms` milliseconds. */
  start(callback: () => void, ms: number): unknown
  stop(timer: unknown): void
}

/** Longer than this a platform timer fires at once: the delay is a signed 32-bit integer. */
export const MAX_TIMER_MS = 2_147_483_647

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  start: (callback, ms) => setTimeout(callback, Math.min(ms, MAX_TIMER_MS)),
  stop: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
}
