import type { Observable } from 'rxjs'
import type {
  Connecting,
  CursorSignal,
  OpenSignal,
  ResetSignal,
  ValueSignal,
  WaitingSignal,
} from './session/signal.ts'

export interface ConnectingSignal<T = unknown> extends Connecting {
  /** How to go on by hand, once this subscription has ended. Not enumerable: neither printed nor compared. */
  readonly continuation: Continuation<T>
}

/**
 * The rest of a stream that was unsubscribed, or has failed, by the config's resume strategy: what was delivered stands, what is
 * missing follows. Retries begin to count anew, and so does `timeout.total`.
 *
 * Can be subscribed once, when the subscription it belongs to has ended; its own `connecting` signals have the next one.
 * Errors with a `TypeError` if it is too early, or too late: the stream is whole, or was continued before.
 */
export interface Continuation<T> extends Observable<StreamSignal<T>> {
  /**
   * The stream has ended here after some values, or an ID, is not whole, and its strategy knows a way to go on. Of a strategy of
   * one's own, `replay()` or `continueWith()` it is assumed: those are only asked when it is subscribed.
   */
  readonly isPossible: boolean
  /** How many values it goes on after: those that were delivered, since the last `reset`. */
  readonly after: number
}

/** The life of a stream. Its end is the Observable's own: complete, or one {@link SseError}. */
export type StreamSignal<T> =
  | ConnectingSignal<T>
  | OpenSignal
  | ValueSignal<T>
  | CursorSignal
  | ResetSignal
  | WaitingSignal
