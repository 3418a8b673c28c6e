import type { SseError } from '../errors/sse-error.ts'

/** Whoever decides when to try again: `next` once, or `error`, or `complete` for never. Returns how to stop listening. */
export type DelayNotifier = (error: SseError, failures: number, on: NotifierHandler) => () => void

export interface NotifierHandler {
  next(): void
  error(error: unknown): void
  complete(): void
}

/** How long to wait, in milliseconds; `maxDelay` bounds every wait, whoever asks for it, but those that a notifier decides. */
export interface RetryPolicy {
  readonly count: number
  readonly delay: number
  readonly maxDelay: number
  readonly jitter: 'full' | 'none'
  /** In place of delay and jitter. */
  readonly notifier?: DelayNotifier | undefined
}

/**
 * Full jitter on exponential backoff: a random share of `delay · 2^(failures − 1)`.
 *
 * Full, not equal, since clients that were cut together must not come back together.
 *
 * @param failures - failures in a row, this one included: 1 for the first
 * @param random - a number from 0 to 1
 */
export function backoff(failures: number, policy: RetryPolicy, random: number): number {
  const ceiling = Math.min(policy.maxDelay, policy.delay * 2 ** Math.min(failures - 1, 50))
  return policy.jitter === 'full' ? Math.round(random * ceiling) : ceiling
}

/**
 * The wait that a server asks for is a floor. With jitter the random share comes on top of it: clients that were sent
 * away together, with the same answer, would come back together otherwise.
 */
export function aboveFloor(floor: number, wait: number, policy: RetryPolicy): number {
  return Math.min(policy.maxDelay, policy.jitter === 'full' ? floor + wait : Math.max(floor, wait))
}
