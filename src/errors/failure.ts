import { rowOf, type SseErrorCode } from './codes.ts'

/**
 * Why a stream without an end marker is known to have ended.
 *
 * `socket_closed`, `socket_reset`: the TCP connection; `stream_reset`, `goaway`: HTTP/2;
 * `clean_end`: the transport says "whole", the end marker says otherwise;
 * `cut_event`, `cut_character`: a clean end inside an event or a UTF-8 character;
 * `content_length`: fewer bytes than promised; `bad_framing`: broken chunked framing;
 * `bad_encoding`: a broken or truncated content coding;
 * `connection_lost`: one of the above, and `fetch` does not tell which;
 * `first`, `idle`, `stalled`, `total`: the deadline of that name;
 * `event_too_large`, `malformed_event`, `resume_mismatch`, `replay_mismatch`: what arrived could not be used;
 * `not_resumed`: values were delivered, and the request to go on after them has failed, as `code` and `status` say;
 * `aborted`: the caller's signal; `unknown`: a transport's word that this version does not know.
 */
export type TerminationReason =
  | 'socket_closed'
  | 'socket_reset'
  | 'stream_reset'
  | 'goaway'
  | 'clean_end'
  | 'cut_event'
  | 'cut_character'
  | 'content_length'
  | 'bad_framing'
  | 'bad_encoding'
  | 'connection_lost'
  | 'first'
  | 'idle'
  | 'stalled'
  | 'total'
  | 'event_too_large'
  | 'malformed_event'
  | 'resume_mismatch'
  | 'replay_mismatch'
  | 'not_resumed'
  | 'aborted'
  | 'unknown'

/** What the server said of its error, field by field, and the whole payload as it came. */
export interface UpstreamError {
  readonly type?: string | undefined
  readonly code?: string | number | undefined
  readonly message?: string | undefined
  readonly param?: string | undefined
  readonly requestId?: string | undefined
  /** Overrules the row's verdict on trying again. */
  readonly retryable?: boolean | undefined
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** The payload of the event or body, parsed if it was JSON. */
  readonly payload: unknown
}

/** Where a stream that was sent again was first not the same. */
export interface ReplayMismatch {
  /** Which value, from 0 up. */
  readonly index: number
  /** What was delivered there. */
  readonly delivered: unknown
  /** What came in its place; `undefined` if the stream ended before it. Not delivered. */
  readonly received: unknown
}

/** One attempt's failure as plain data; the session adds what it alone knows and makes it an error. */
export interface Failure {
  readonly kind: 'request_failed' | 'stream_error' | 'stream_terminated'
  readonly code: SseErrorCode
  readonly message: string
  /** What to look at, where the message alone does not tell. */
  readonly hint?: string | undefined
  readonly type?: string | undefined
  /** Overrules the row's verdict: `x-should-retry`. */
  readonly retryable?: boolean | undefined
  readonly reason?: TerminationReason | undefined
  readonly leftover?: string | undefined
  readonly mismatch?: ReplayMismatch | undefined
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly upstream?: UpstreamError | undefined
  readonly cause?: unknown
}

export const isRetryable = (failure: Failure): boolean => failure.retryable ?? rowOf(failure.code).retryable

const PREVIEW = 200

/** At most 200 characters, control characters made visible, so that no log or terminal is steered by it. */
export function preview(text: string): string {
  const short = text.length > PREVIEW ? `${text.slice(0, PREVIEW)}…` : text
  return short.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
