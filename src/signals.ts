import { filter, map, type OperatorFunction } from 'rxjs'
import type { StreamSignal, ValueSignal } from './session/signal.ts'

/** From signals to their values: `eventStreamSignals(…).pipe(values())` is `fromEventStream(…)`. */
export const values =
  <T>(): OperatorFunction<StreamSignal<T>, T> =>
  (source) =>
    source.pipe(
      filter((signal): signal is ValueSignal<T> => signal.type === 'value'),
      map((signal) => signal.value),
    )
