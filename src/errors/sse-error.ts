import type { Message } from '../messages/message.ts'
import { rowOf, type SseErrorCode } from './codes.ts'
import {
  type Failure,
  isRetryable,
  preview,
  type ReplayMismatch,
  type TerminationReason,
  type UpstreamError,
} from './failure.ts'

const BRAND = Symbol.for('rx-sse.error')

interface SseErrorFields extends Error {
  readonly name: 'SseError'
  /** A row of the error table. */
  readonly code: SseErrorCode
  /** The server's own `type` where it sent one, else the row's. */
  readonly type: string
  /** What to look at, where the message alone cannot tell: of a browser that does not say why there was no answer. */
  readonly hint?: string | undefined
  /** May the same request be tried again, by the row's verdict and the server's word. */
  readonly retryable: boolean
  /**
   * Can this very stream be continued by its IDs: nothing was delivered yet, or a cursor stands at the last delivered
   * value, or it is a feed, which is asked again in any case. Not after a `resume_mismatch` or `replay_mismatch`. Does not say
   * whether another strategy could continue it.
   */
  readonly resumable: boolean
  /** HTTP status, where there was a response. */
  readonly status: number | undefined
  /** The server's ID for the request, from the payload or a header. */
  readonly requestId: string | undefined
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Which attempt failed; the first is 1. 0: the caller's signal was aborted before it. */
  readonly attempt: number
  /** Values delivered by all attempts before the failure, after a `reset` those since it. They stand. */
  readonly events: number
  /** Bytes of decoded body received by all attempts. */
  readonly bytes: number
  /** The last event ID that was delivered. To begin again with it doubles nothing only if the stream is `resumable`, and no feed: values without an ID may have followed. */
  readonly lastEventId: string | undefined
  /** Both sides of the first difference; only with the code `replay_mismatch`. */
  readonly mismatch?: ReplayMismatch | undefined
  /** What the server said, as it said it. */
  readonly upstream: UpstreamError | undefined
  /**
   * The message as far as it came, where `accumulate()` has put it together. Neither printed nor part of {@link toJSON}: it may be
   * long, and no log's business.
   */
  readonly partial?: Message | undefined
  /**
   * The transport's own error, or what the caller's own code threw, untouched; where the transport's quotes the request, a copy
   * without its headers, its body and more of its URL than the origin. Not part of {@link toJSON}.
   */
  readonly cause: unknown
  /**
   * Everything above but `partial`, `cause` and `stack`, for logs; of a `mismatch` at most 200 characters a side. Holds no header, no
   * more of the URL than its origin, no request body.
   */
  toJSON(): Record<string, unknown>
}

/** No stream began, or none of which a value was delivered: refused, unreachable, an HTTP error, or an answer that is not an event stream. */
export interface RequestFailed extends SseErrorFields {
  readonly kind: 'request_failed'
}

/** The server reported an error inside the 200 stream. */
export interface StreamError extends SseErrorFields {
  readonly kind: 'stream_error'
}

/** The stream ended, or was ended, without its end marker; or the request to go on with it has failed (reason `not_resumed`). */
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

const fieldsOf = (failure: Failure, context: FailureContext): Record<string, unknown> => ({
  kind: failure.kind,
  code: failure.code,
  type: failure.type ?? rowOf(failure.code).type,
  // Only a stream that was terminated has these, not even as `undefined` has any other.
  ...(failure.kind === 'stream_terminated'
    ? {
        reason: failure.reason ?? 'unknown',
        leftover: failure.leftover,
        ...(failure.mismatch === undefined ? undefined : { mismatch: failure.mismatch }),
      }
    : undefined),
  ...(failure.hint === undefined ? undefined : { hint: failure.hint }),
  retryable: isRetryable(failure),
  resumable: context.resumable,
  status: failure.status,
  requestId: failure.requestId,
  retryAfterMs: failure.retryAfterMs,
  attempt: context.attempt,
  events: context.events,
  bytes: context.bytes,
  lastEventId: context.lastEventId,
  upstream: failure.upstream,
})

class SseErrorImpl extends Error {
  constructor(failure: Failure, context: FailureContext) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause })
    Object.assign(this, fieldsOf(failure, context))
    // Not enumerable, so that printing the error does not print its brand.
    Object.defineProperty(this, BRAND, { value: true })
  }

  toJSON(): Record<string, unknown> {
    const start = { name: this.name, message: this.message }
    const fields: Record<string, unknown> = Object.assign<object, object>(start, this) as Record<
      string,
      unknown
    >
    const { mismatch, upstream } = this as unknown as SseError
    // A dialect may put in anything.
    fields.type = sayable(fields.type)
    if (upstream !== undefined) {
      const entries = Object.entries(upstream).map(([key, value]) => [key, sayable(value)])
      fields.upstream = Object.fromEntries(entries)
    }
    if (mismatch !== undefined) {
      const { index, delivered, received } = mismatch
      fields.mismatch = { index, delivered: brief(delivered), received: brief(received) }
    }
    return fields
  }
}

/** By a function, since no bundler leaves out a class with a static block: a program of guards alone needs no errors. */
function named<C extends typeof SseErrorImpl>(errorClass: C): C {
  // On the prototype: an own field would be set too late for the first line of the stack.
  Object.defineProperty(errorClass.prototype, 'name', { value: 'SseError' })
  // Node prints the name of the class where the two differ.
  return Object.defineProperty(errorClass, 'name', { value: 'SseError' })
}

const NamedError = /* @__PURE__ */ named(SseErrorImpl)

/** JSON of more levels is not written again: `JSON.stringify` may run out of stack where another one did not. */
const MAX_DEPTH = 200

/** What `JSON.stringify` would throw at, a circle, a bigint or an abyss, by its type alone: a log must not fail. */
function sayable(value: unknown): unknown {
  try {
    const text: string | undefined = JSON.stringify(value)
    return text === undefined || depthOf(text) <= MAX_DEPTH ? value : `[${typeof value}]`
  } catch {
    return `[${typeof value}]`
  }
}

/** Levels of a JSON text. By hand: a regular expression runs out of stack at a long string. */
function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') {
      while (json[++at] !== '"') if (json[at] === '\\') at++
    } else if (char === '[' || char === '{') {
      deepest = Math.max(deepest, ++depth)
    } else if (char === ']' || char === '}') {
      depth--
    }
  }
  return deepest
}

/** A value may be as large as an event. */
function brief(value: unknown): unknown {
  const said = sayable(value)
  const text: string | undefined = JSON.stringify(said)
  return text === undefined || text.length <= 200 ? said : preview(text)
}

export const createSseError = (failure: Failure, context: FailureContext): SseError =>
  new NamedError(failure, context) as unknown as SseError

/** The same error, with the message as far as it came. Another object: an error may have several consumers. */
export function withPartial(error: SseError, partial: Message): SseError {
  const copy = new NamedError(error, error)
  // What others have noted on it goes along, and what another copy of the package knows beyond this one.
  Object.defineProperties(copy, {
    ...Object.getOwnPropertyDescriptors(error),
    stack: { value: error.stack, writable: true, configurable: true },
    partial: { value: partial },
  })
  return copy as unknown as SseError
}

/**
 * Is this an error of rx-sse?
 *
 * Works across bundles, duplicated packages and realms: the brand is `Symbol.for('rx-sse.error')`,
 * not a class. Does not look at `name` or `message`.
 */
export const isSseError = (value: unknown): value is SseError =>
  typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
