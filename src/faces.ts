import type { Observable } from 'rxjs'
import { iterateValues } from './async-iterable.ts'
import type { EventStreamConfig } from './config.ts'
import type { Dialect, ServerSentEvent } from './dialects/dialect.ts'
import { observeSignals, observeValues, type Surroundings, streamSource } from './event-stream.ts'
import type { StreamSignal } from './stream-signal.ts'

/** A config that names a dialect: values are what it reads. */
export type DialectConfig<T> = EventStreamConfig<T> & { dialect: Dialect<T> }
/** A config without a dialect: values are raw events. */
export type RawConfig = EventStreamConfig<ServerSentEvent> & { dialect?: undefined }

/** {@link fromEventStream} */
export interface FromEventStream {
  /**
   * A server-sent event stream as an Observable that never lies about how it ended.
   *
   * Cold: each subscription makes its own request; unsubscribing ends it at once. Completes only after the dialect's
   * end marker; every other ending is one {@link SseError}. Retries and resumes as `retry` and `resume` say, without
   * losing, doubling or mixing an event.
   *
   * @param url - http or https. Absolute; on a page it may be relative, to the page's own. User name and password in it become an `authorization` header.
   * @throws TypeError at the call, for a wrong URL or option.
   *
   * Does not buffer: values are delivered as they arrive, whatever the consumer's pace ({@link toAsyncIterable} waits for it).
   */
  <T>(url: string | URL, config: DialectConfig<T>): Observable<T>
  (url: string | URL, config?: RawConfig): Observable<ServerSentEvent>
  <T>(url: string | URL, config: EventStreamConfig<T>): Observable<T | ServerSentEvent>
}

/** {@link eventStreamSignals} */
export interface EventStreamSignals {
  /**
   * The same stream with its life: `connecting`, `open`, `value`, `waiting` signals, for UIs and logs.
   * `eventStreamSignals(…).pipe(values())` is `fromEventStream(…)`; {@link viewState} folds them into what a UI shows.
   *
   * @throws TypeError at the call, for a wrong URL or option.
   */
  <T>(url: string | URL, config: DialectConfig<T>): Observable<StreamSignal<T>>
  (url: string | URL, config?: RawConfig): Observable<StreamSignal<ServerSentEvent>>
  <T>(url: string | URL, config: EventStreamConfig<T>): Observable<StreamSignal<T | ServerSentEvent>>
}

/** {@link toAsyncIterable} */
export interface ToAsyncIterable {
  /**
   * The same stream, pulled: the consumer's pace reaches the socket, so a slow reader of an endless stream holds little
   * more than one chunk. `break` ends the request; an {@link SseError} is thrown out of the loop.
   *
   * Does not begin before the first `next()`. Each iteration makes its own request. Does not save what a reset takes with
   * it: events that the socket still held unread are gone then, and the cursor stands at the last one that was taken.
   *
   * @throws TypeError at the call, for a wrong URL or option.
   */
  <T>(url: string | URL, config: DialectConfig<T>): AsyncIterable<T>
  (url: string | URL, config?: RawConfig): AsyncIterable<ServerSentEvent>
  <T>(url: string | URL, config: EventStreamConfig<T>): AsyncIterable<T | ServerSentEvent>
}

export const fromEventStreamIn =
  (surroundings: Surroundings): FromEventStream =>
  <T>(url: string | URL, config: EventStreamConfig<T> = {}): Observable<T> =>
    observeValues(streamSource(url, config, surroundings, 'values'))

export const eventStreamSignalsIn =
  (surroundings: Surroundings): EventStreamSignals =>
  <T>(url: string | URL, config: EventStreamConfig<T> = {}): Observable<StreamSignal<T>> =>
    observeSignals(streamSource(url, config, surroundings, 'signals'))

export const toAsyncIterableIn =
  (surroundings: Surroundings): ToAsyncIterable =>
  <T>(url: string | URL, config: EventStreamConfig<T> = {}): AsyncIterable<T> =>
    iterateValues(streamSource(url, config, surroundings, 'values'))
