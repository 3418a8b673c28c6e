import type { Clock } from './clock.ts'

export const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/**
 * Waits for what a function of the caller's has returned, but not for ever. Calls back once, or never after it was
 * cancelled.
 *
 * @returns how to cancel
 */
export function settleWithin<T>(
  promise: PromiseLike<T>,
  clock: Clock,
  ms: number,
  late: string,
  on: { value(value: T): void; error(error: unknown): void },
): () => void {
  let over = false
  let timer: unknown
  const cancel = (): void => {
    over = true
    if (timer !== undefined) clock.stop(timer)
  }
  const settle = (next: () => void): void => {
    if (over) return
    cancel()
    next()
  }
  if (ms !== Number.POSITIVE_INFINITY) {
    timer = clock.start(() => settle(() => on.error(new Error(`${late} (${ms} ms)`))), ms)
  }
  // Also one that calls back at once, before it is known how to cancel.
  Promise.resolve(promise).then(
    (value) => settle(() => on.value(value)),
    (error: unknown) => settle(() => on.error(error)),
  )
  return cancel
}
