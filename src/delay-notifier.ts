import { defaultIfEmpty, from, type ObservableInput, take } from 'rxjs'
import type { SseError } from './errors/sse-error.ts'
import type { DelayNotifier } from './session/backoff.ts'

/** What `retry.delay` may be in RxJS's manner: the first value of what it returns is the next attempt. */
export type DelayFunction = (error: SseError, retryCount: number) => ObservableInput<unknown>

const NEVER_AGAIN: unique symbol = Symbol('never again')

/** For the session, which knows no RxJS. What the function throws is an error of what it returns. */
export const delayNotifier =
  (delay: DelayFunction): DelayNotifier =>
  (error, failures, on) => {
    try {
      const subscription = from(delay(error, failures))
        .pipe(take(1), defaultIfEmpty(NEVER_AGAIN))
        .subscribe({
          next: (value) => (value === NEVER_AGAIN ? on.complete() : on.next()),
          error: (thrown: unknown) => on.error(thrown),
        })
      return () => subscription.unsubscribe()
    } catch (thrown) {
      on.error(thrown)
      return () => {}
    }
  }
