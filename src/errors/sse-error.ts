import { rowOf, type SseErrorCode } from './codes.ts'
import { type Failure, isRetryable, type TerminationReason, type UpstreamError } from './failure.ts'

const BRAND = Symbol.for('rx-sse.error')

interface SseErrorFields extends Error {
  readonly name: 'SseError'
  /** A row of the error table. */
  readonly code: SseErrorCode
  /** The server's own `type` where it sent one, else the row's. */
  readonly type: string
  /** May the same request be tried again, by the row's verdict and the server's word. */
  readonly retryable: boolean
  /** Can this very stream be continued: nothing was delivered yet, or a cursor stands at the last delivered event. */
  readonly resumable: boolean
  /** HTTP status, where there was a response. */
  readonly status: number | undefined
  /** The server's ID for the request, from the payload or a header. */
  readonly requestId: string | undefined
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Which attempt failed; the first is 1. */
  readonly attempt: number
  /** Values delivered by all attempts before the failure. They stand. */
  readonly events: number
  /** Bytes of decoded body received by all attempts. */
  readonly bytes: number
  /** The cursor: the last event ID that was delivered, to begin again with (`lastEventId`). */
  readonly lastEventId: string | undefined
  /** What the server said, as it said it. */
  readonly upstream: UpstreamError | undefined
  /** The transport's own error, untouched. Not part of {@link toJSON}. */
  readonly cause: unknown
  /** Everything above but `cause` and `stack`, for logs. Holds no header, no more of the URL than its origin, no request body. */
  toJSON(): Record<string, unknown>
}

/** No stream began: refused, unreachable, an HTTP error, or an answer that is not an event stream. */
export interface RequestFailed extends SseErrorFields {
  readonly kind: 'request_failed'
}

/** The server reported an error inside the 200 stream. */
export interface StreamError extends SseErrorFields {
  readonly kind: 'stream_error'
}

/** The stream ended, or was ended, without its end marker. */
export interface StreamTerminated extends SseErrorFields {
  readonly kind: 'stream_terminated'
  /** How it ended. */
  readonly reason: TerminationReason
  /** What stood unfinished or foreign at the end of the body: at most 200 characters. */
  readonly leftover: string | undefined
}

/**
 * The one error type of rx-sse, a union on `kind`.
 * Recognise it with {@link isSseError}; catch some of it with {@link catchStreamError}.
 */
export type SseError = RequestFailed | StreamError | StreamTerminated

/** What the session knows beyond one attempt. */
export interface FailureContext {
  readonly attempt: number
  readonly events: number
  readonly bytes: number
  readonly lastEventId: string | undefined
  readonly resumable: boolean
}

class SseErrorImpl extends Error {
  static {
    // On the prototype: an own field would be set too late for the first line of the stack.
    Object.defineProperty(SseErrorImpl.prototype, 'name', { value: 'SseError' })
    // Node prints the name of the class where the two differ.
    Object.defineProperty(SseErrorImpl, 'name', { value: 'SseError' })
  }

  readonly kind: Failure['kind']
  readonly code: SseErrorCode
  readonly type: string
  readonly retryable: boolean
  readonly resumable: boolean
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined
  readonly attempt: number
  readonly events: number
  readonly bytes: number
  readonly lastEventId: string | undefined
  readonly upstream: UpstreamError | undefined
  // `declare`: a field that would exist as `undefined` on kinds that do not have it.
  declare readonly reason?: TerminationReason
  declare readonly leftover?: string | undefined

  constructor(failure: Failure, context: FailureContext) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.kind = failure.kind
    this.code = failure.code
    this.type = failure.type ?? rowOf(failure.code).type
    if (failure.kind === 'stream_terminated') {
      this.reason = failure.reason ?? 'unknown'
      this.leftover = failure.leftover
    }
    this.retryable = isRetryable(failure)
    this.resumable = context.resumable
    this.status = failure.status
    this.requestId = failure.requestId
    this.retryAfterMs = failure.retryAfterMs
    this.attempt = context.attempt
    this.events = context.events
    this.bytes = context.bytes
    this.lastEventId = context.lastEventId
    this.upstream = failure.upstream
    // Not enumerable, so that printing the error does not print its brand.
    Object.defineProperty(this, BRAND, { value: true })
  }

  toJSON(): Record<string, unknown> {
    const { cause: _, ...fields } = this
    return Object.assign({ name: this.name, message: this.message }, fields)
  }
}

export const createSseError = (failure: Failure, context: FailureContext): SseError =>
  new SseErrorImpl(failure, context) as unknown as SseError

/**
 * Is this an error of rx-sse?
 *
 * Works across bundles, duplicated packages and realms: the brand is `Symbol.for('rx-sse.error')`,
 * not a class. Does not look at `name` or `message`.
 */
export const isSseError = (value: unknown): value is SseError =>
  typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
