import type { SseError } from '../errors/sse-error.ts'

/**
 * One subscription. The same object in all of its messages, and so the key of a `WeakMap`.
 *
 * Holds no header, no body, and of the URL neither user, password, query nor fragment.
 */
export interface DiagnosedStream {
  /** Origin and path of the config's URL. */
  readonly url: string
  readonly method: string
  /** The dialect's name, such as `openai-chat`; `raw` where the config has none. */
  readonly dialect: string
}

/** Of the channel `rx-sse:start`: a stream was subscribed. Published inside the call that subscribes. */
export interface StreamStartMessage {
  readonly stream: DiagnosedStream
  /** The first request's number: 1, or for a {@link Continuation} the one after those made so far. */
  readonly attempt: number
  /** It goes on where another subscription has ended. */
  readonly isContinuation: boolean
  /** What it is to begin after, if anything: the config's, or where the subscription before it has ended. */
  readonly lastEventId: string | undefined
}

/** Of the channel `rx-sse:open`: the response to an attempt is an event stream. */
export interface StreamOpenMessage {
  readonly stream: DiagnosedStream
  /** Which request it answers; 1 is the first. */
  readonly attempt: number
  readonly status: number
  readonly requestId: string | undefined
  /** Milliseconds since the attempt began, its `headers` function included. */
  readonly elapsedMs: number
}

/** Of the channel `rx-sse:retry`: an attempt has failed, or a response of an endless feed is over, and a wait begins. */
export interface StreamRetryMessage {
  readonly stream: DiagnosedStream
  /** The attempt that failed. */
  readonly attempt: number
  readonly error: SseError
  /** Milliseconds until the next attempt. Where `retry.delay` is a function: the least, as the server asks. */
  readonly delayMs: number
  /** Values delivered by all attempts of this subscription. */
  readonly events: number
  /** Of these, by the attempt that failed. */
  readonly attemptEvents: number
  /** The `name` of the resume strategy by which it goes on; `undefined`: no value has come yet, the request is repeated. */
  readonly resume: string | undefined
}

/** Of the channel `rx-sse:end`: the last message of a stream, published before the subscriber is told. */
export interface StreamEndMessage {
  readonly stream: DiagnosedStream
  /** `unsubscribed`: by the subscriber, so that it is no failure. An abort by the config's `signal` is an `error`. */
  readonly outcome: 'complete' | 'error' | 'unsubscribed'
  /** What the subscriber is told; only with the outcome `error`. */
  readonly error: SseError | undefined
  /** Requests of this subscription. 0 where it ended before the first. */
  readonly attempts: number
  /** Values delivered by all attempts of this subscription, a `reset` or not. */
  readonly events: number
  /** Of these, by the last attempt. */
  readonly attemptEvents: number
  /** Milliseconds from the start until the first value was delivered, retries included; `undefined`: none was. */
  readonly timeToFirstValueMs: number | undefined
  /** Milliseconds since the start. */
  readonly durationMs: number
}

/** What is published on which channel of `node:diagnostics_channel`. */
export interface StreamMessages {
  readonly 'rx-sse:start': StreamStartMessage
  readonly 'rx-sse:open': StreamOpenMessage
  readonly 'rx-sse:retry': StreamRetryMessage
  readonly 'rx-sse:end': StreamEndMessage
}
