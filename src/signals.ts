import { Observable, type OperatorFunction } from 'rxjs'
import type { StreamSignal } from './stream-signal.ts'

/**
 * From signals to their values: `eventStreamSignals(…).pipe(values())` is `fromEventStream(…)`.
 *
 * Values alone cannot tell that those before are void: a `reset` signal errors with a `TypeError`.
 */
export const values =
  <T>(): OperatorFunction<StreamSignal<T>, T> =>
  (source) =>
    new Observable((subscriber) =>
      source.subscribe({
        next(signal) {
          if (signal.type === 'value') subscriber.next(signal.value)
          else if (signal.type === 'reset') subscriber.error(new TypeError(RESET))
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    )

const RESET = 'values(): a "reset" signal voids the values so far, which values alone cannot tell.'
