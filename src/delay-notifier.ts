import { from, type ObservableInput } from 'rxjs'
import type { SseError } from './errors/sse-error.ts'
import type { DelayNotifier } from './session/backoff.ts'

/** What `retry.delay` may be in RxJS's manner: the first value of what it returns is the next attempt. */
export type DelayFunction = (error: SseError, retryCount: number) => ObservableInput<unknown>

/** For the session, which knows no RxJS. What the function throws is an error of what it returns. */
export const delayNotifier =
  (delay: DelayFunction): DelayNotifier =>
  (error, failures, on) => {
    try {
      const subscription = from(delay(error, failures)).subscribe(on)
      return () => subscription.unsubscribe()
    } catch (thrown) {
      on.error(thrown)
      return () => {}
    }
  }
