import type { DelayFunction } from './delay-notifier.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { AttemptInfo } from './session/plan.ts'
import type { ResumeStrategy } from './session/strategy.ts'
import type { HeadersInput } from './transport/headers.ts'
import type { Transport, UndiciDispatcher } from './transport/transport.ts'

/**
 * Deadlines, in milliseconds. 0 (or `Infinity`) switches one off. They replace undici's own 300 s timeouts.
 * Time during which a slow consumer has paused the stream does not count, except for `total`. On an endless feed `first`,
 * `idle` and `stall` are off by default.
 */
export interface TimeoutConfig {
  /** Until the connection (TCP, TLS) stands; to wait for a free one of a limited dispatcher counts. Default: 10,000. Does not cover the response. */
  connect?: number | undefined
  /** From the start of an attempt until the first content; also for a headers function, or a resume strategy, to settle. Default: 300,000. */
  first?: number | undefined
  /** Longest silence, comments and pings counted as sound, once the response has begun. Default: 120,000. */
  idle?: number | undefined
  /** Longest time between two pieces of content, however chatty the comments. Default: 300,000. */
  stall?: number | undefined
  /** From subscribe to the end, all attempts and waits included. Default: off. */
  total?: number | undefined
}

/**
 * When to try again. Only failures that may be tried again are. What the server asks for is a floor of the wait:
 * `Retry-After`, `retry-after-ms`, `x-ratelimit-reset*` where the limit is used up, and `retry:` fields.
 */
export interface RetryConfig {
  /** Failures in a row without progress that are forgiven. A value that was never delivered before refills it, an accepted connection does not. Default: 3, and without a limit for an endless feed. */
  count?: number | undefined
  /**
   * First wait in milliseconds, doubled with each failure in a row. Default: 500; for an endless feed 3,000. Or, as for
   * RxJS's `retry`, a function whose Observable, promise, … decides: its first value is the next attempt, but not below
   * the server's floor; if it completes without one, or errors with the error it was given, that error is emitted; what
   * else it throws is a `request_setup_failed`. `retryCount` is the failures in a row without progress, from 1 up. It is
   * not called beyond `count`.
   */
  delay?: number | DelayFunction | undefined
  /** Longest wait in milliseconds. A server that asks for more by a header gets no further request: the error's `retryAfterMs` says when; a longer `retry:` is cut to it. Does not bound a `delay` function. Default: 60,000. */
  maxDelay?: number | undefined
  /** `'full'`: a random share of the wait, on top of the server's floor, so that many clients do not come back at once. `'none'`: all of the wait, or the floor if that is longer. Default: `'full'`. */
  jitter?: 'full' | 'none' | undefined
}

export interface EventStreamConfig<T> {
  /** Default: `POST` with a body, else `GET`. */
  method?: string | undefined
  /** Sent with every attempt; a function is called for each (fresh tokens), and may be async. */
  headers?: HeadersInput | ((info: AttemptInfo) => HeadersInput | PromiseLike<HeadersInput>) | undefined
  /** A plain object or array is sent as JSON; text, bytes and `URLSearchParams` as they are. Not a stream: attempts repeat it. */
  body?: unknown
  /** How the wire is read. Default: raw events, `[DONE]` completes. */
  dialect?: Dialect<T> | undefined
  /** How requests are sent. Default: {@link undiciTransport} under Node, elsewhere {@link fetchTransport}. */
  transport?: Transport | undefined
  /**
   * An undici dispatcher (`Agent`, `ProxyAgent`, `MockAgent`, …). Default: an Agent of rx-sse's own. With another one a
   * request that is unsubscribed while it still connects is dropped once the connection stands: undici has no way to
   * end it sooner. Under Node only: elsewhere a `TypeError` at the call.
   */
  dispatcher?: UndiciDispatcher | undefined
  /** Aborting it errors the stream with the code `aborted`. To end without an error, unsubscribe. */
  signal?: AbortSignal | undefined
  /** Begin after this event: `Last-Event-ID` of the first request, or as the dialect says. A page that was reloaded takes it from the last `value` or `cursor` signal that had one. */
  lastEventId?: string | undefined
  timeout?: TimeoutConfig | undefined
  /** `false`: never; a number: the `count`. Default: 3, and without a limit for an endless feed. */
  retry?: false | number | RetryConfig | undefined
  /**
   * How to go on once a value was delivered. `'auto'`: {@link fromCursor}, and an endless feed is asked again in any case;
   * `'never'`: not at all, the failure is emitted; or a strategy: {@link fromCursor}, {@link replay}, {@link continueWith},
   * {@link restart} (for signals only), your own. Default: `'auto'`. Does not affect failures before the first value:
   * those repeat the request.
   */
  resume?: 'auto' | 'never' | ResumeStrategy<NoInfer<T>> | undefined
  /** Most characters of one event. Default: 16 Mi. A larger one ends the stream with `event_too_large`. */
  maxEventSize?: number | undefined
  /** Most bytes read of an error response. Default: 64 KiB. */
  maxErrorBody?: number | undefined
  /**
   * `true`: one random `Idempotency-Key` for all attempts at the same request; or the key itself. The request for
   * the rest of an answer ({@link continueWith}), one with another body, or with a body to another URL, is another one: its key
   * has a suffix. Default: none.
   */
  idempotencyKey?: boolean | string | undefined
  /** Further request headers that must not go to another origin, by a redirect or a changed request, beside `authorization`, `cookie`, `x-api-key` and their like. */
  sensitiveHeaders?: readonly string[] | undefined
}
