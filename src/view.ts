import type { SseError } from './errors/sse-error.ts'

/**
 * `idle`: not begun; `connecting`: the request is being made, no answer yet; `streaming`: the answer has begun; `stalled`: it has, and
 * nothing has come of it for a while; `waiting`: an attempt has failed, the next one is due at `retryAt`; `done`: whole, and
 * only then; `failed`: why is in `error`; `cancelled`: stopped by hand.
 */
export type ViewStatus =
  | 'idle'
  | 'connecting'
  | 'streaming'
  | 'stalled'
  | 'waiting'
  | 'done'
  | 'failed'
  | 'cancelled'

/** An error of rx-sse; or another, of the caller's own code, which has no `code` and no `kind`. */
export type ViewError = SseError | (Error & { readonly code?: undefined; readonly kind?: undefined })

/** What a UI shows of a stream at one moment. A new object for each moment. */
export interface ViewState<V> {
  readonly status: ViewStatus
  /** What `reduce` has made of the values. It stands, whatever the ending. */
  readonly value: V
  /**
   * While waiting: the failure that is waited out. Once failed: why. No `SseError` only where the caller's own code has thrown,
   * `reduce` or an operator in between.
   */
  readonly error: ViewError | undefined
  /** 1 for the first request; 0: there was none yet. */
  readonly attempt: number
  /** When the next attempt is due, in milliseconds since 1970, while waiting. */
  readonly retryAt: number | undefined
  /** What the `lastEventId` of a config takes to begin right after `value`, after a reload say: at first the config's own. `undefined` where the wire has no such ID. */
  readonly lastEventId: string | undefined
  /** How often the stream went on after values had come. */
  readonly resumed: number
  /** How many values are in `value`. */
  readonly values: number
  /** The server's ID of the last request that was answered. */
  readonly requestId: string | undefined
  /** Something is under way. */
  readonly canStop: boolean
  /** There is a wait to be ended. */
  readonly canRetryNow: boolean
  /**
   * Stopped or failed after some values or an ID, all that were delivered are in `value`, and the resume strategy may know a way to go
   * on.
   */
  readonly canContinue: boolean
  /** Nothing is under way. */
  readonly canStart: boolean
}

/** What a UI can do. Plain functions, to be passed as they are; each but `startAgain` does nothing where the state says that it cannot be done. */
export interface ViewActions {
  /** Ends the request at once. What is shown stands. */
  stop(): void
  /** Ends the wait for the next attempt. */
  retryNow(): void
  /** From the beginning, with a new request. What is shown is gone; what is under way is ended. */
  startAgain(): void
  /** After `cancelled` or `failed`: goes on after what is shown, by the config's resume strategy. Goes round the operators between stream and view. */
  continue(): void
}

export interface ViewOptions<T, V> {
  /** The value before the first, and after a `reset`. On a page that was reloaded: what was shown, with its `lastEventId` in the config. */
  seed: V
  /** The next value of what is shown. Does not change `value`: it returns another. */
  reduce(value: V, next: T): V
  /**
   * `'value'`: a state with each value. `'frame'`: at most one a frame, for a model that is faster than the screen; it loses
   * nothing, and every change of `status` is told at once. In a page that is hidden, four a second; without a screen, one in 16 ms.
   * Default: `'value'`.
   */
  emit?: 'value' | 'frame' | undefined
  /** After how many milliseconds without a value, once the answer has begun, it counts as `stalled`. Does not end it: that is `timeout.stall`. 0: never. Default: 10,000. */
  stalledAfter?: number | undefined
  /** `'later'`: begins `idle`, and `startAgain()` makes the first request. Default: `'now'`. */
  start?: 'now' | 'later' | undefined
}
