/** How long to wait, in milliseconds; `maxDelay` bounds every wait, whoever asks for it. */
export interface RetryPolicy {
  readonly count: number
  readonly delay: number
  readonly maxDelay: number
  readonly jitter: 'full' | 'none'
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
