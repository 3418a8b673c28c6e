import type { SseError } from '../errors/sse-error.ts'
import type { ResumeStep } from './strategy.ts'

/** A request is being made. */
export interface Connecting {
  readonly type: 'connecting'
  /** 1 for the first request. */
  readonly attempt: number
  /** The cursor that the request resumes from, if any. */
  readonly lastEventId: string | undefined
  /** The {@link ResumeStrategy.name} by which it goes on after values; `undefined`: it is the first, or the first repeated. */
  readonly resume: string | undefined
  /** What the strategy has it do. */
  readonly step: ResumeStep<unknown>['type'] | undefined
}

/** The response is an event stream. */
export interface OpenSignal {
  readonly type: 'open'
  readonly attempt: number
  readonly status: number
  readonly requestId: string | undefined
  /** A field of the response's head, by its name in any case. */
  readonly header: (name: string) => string | undefined
}

/** A value of the stream. */
export interface ValueSignal<T> {
  readonly type: 'value'
  readonly value: T
  /**
   * What the `lastEventId` of a config takes to begin right after this value, on another page say. `undefined` where
   * the wire gave no ID, this event had none, or it is of an answer to another request ({@link continueWith}).
   */
  readonly lastEventId: string | undefined
}

/** The cursor has moved without a value: by an ID alone, on a ping, or by a repetition under other IDs. */
export interface CursorSignal {
  readonly type: 'cursor'
  /** As in {@link ValueSignal}. */
  readonly lastEventId: string | undefined
}

/**
 * What was delivered so far is void: the stream has begun anew, and its first value, or its end, follows. Only with a resume strategy
 * that does so, {@link restart} say.
 */
export interface ResetSignal {
  readonly type: 'reset'
  readonly attempt: number
}

/** An attempt has failed, or a response of an endless feed is over; another follows, unless a `delay` function or an async strategy decides otherwise. */
export interface WaitingSignal {
  readonly type: 'waiting'
  readonly error: SseError
  /** The attempt that failed. */
  readonly attempt: number
  /** Milliseconds until the next one. Where `retry.delay` is a function, which alone knows: the least, as the server asks. */
  readonly delayMs: number
  /** When the next one is due, in milliseconds since 1970. It may be sooner: once the machine has woken up or is online again, or the page is visible again. */
  readonly until: number
  /**
   * Ends the wait: for a button. Whoever presses it knows better than any floor of the server's. Does nothing once the wait is over.
   * Not enumerable: neither printed nor compared.
   */
  readonly retryNow: () => void
}

/** What a session tells of its life. */
export type SessionSignal<T> =
  | Connecting
  | OpenSignal
  | ValueSignal<T>
  | CursorSignal
  | ResetSignal
  | WaitingSignal

/** Adds to a signal what is no data of it: neither printed, nor compared, nor part of its JSON. */
export function withHidden<S extends object, H extends object>(signal: S, hidden: H): S & H {
  for (const [key, value] of Object.entries(hidden)) Object.defineProperty(signal, key, { value })
  return signal as S & H
}
