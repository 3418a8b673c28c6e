import { wordsOf } from '../errors/code-table.ts'
import { type GatewayCode, isCode, type OwnCode, rowOf, type SseErrorCode } from '../errors/codes.ts'
import { isSseError } from '../errors/sse-error.ts'

/** The codes that a reader takes from the wire as they are. */
export type PublicCode = GatewayCode | 'conflict' | 'service_unavailable' | 'request_timeout'

/**
 * The relay is its readers' gateway, and these rows tell of its own way to the model: a reader would take them for
 * something about the reader's own connection or options. What they are one hop further.
 */
const onward: Readonly<Record<OwnCode, PublicCode>> = {
  conflict: 'conflict',
  service_unavailable: 'service_unavailable',
  request_timeout: 'request_timeout',
  connection_failed: 'service_unavailable',
  connect_timeout: 'model_timeout',
  response_timeout: 'model_timeout',
  tls_failed: 'model_unavailable',
  unexpected_status: 'failed_request',
  no_content: 'failed_request',
  not_event_stream: 'failed_request',
  unsupported_encoding: 'failed_request',
  redirect_refused: 'failed_request',
  request_setup_failed: 'failed_request',
  malformed_event: 'failed_request',
  event_too_large: 'failed_request',
  resume_mismatch: 'failed_request',
  replay_mismatch: 'failed_request',
  deadline_exceeded: 'model_timeout',
  aborted: 'stream_terminated',
}

/** A 401 or 403 would be about the reader's own login; it is the relay's key that was refused. */
const statuses: Readonly<Record<PublicCode, number>> = {
  missing_api_key: 502,
  invalid_api_key: 502,
  unauthorized: 502,
  rate_limit_exceeded: 429,
  invalid_request: 400,
  invalid_argument: 400,
  not_found: 404,
  unknown_model: 404,
  invalid_content_media: 400,
  unavailable_content_media: 400,
  unsafe_content: 400,
  unknown_app: 502,
  invalid_app: 502,
  unsupported_interface: 400,
  unknown_workspace: 502,
  failed_request: 502,
  internal_error: 500,
  model_server_error: 502,
  model_overloaded: 503,
  model_unavailable: 502,
  model_timeout: 504,
  stream_error: 502,
  stream_terminated: 502,
  conflict: 409,
  service_unavailable: 503,
  request_timeout: 504,
}

/** What a reader is told of an error, and no more. */
export interface PublicError {
  readonly code: PublicCode
  readonly type: string
  readonly message: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  /** For an answer that is no stream. */
  readonly status: number
}

/** More to say of an error than the meaning of its row; `undefined`: no more. */
export type MessageOf = (error: unknown) => string | undefined

const isOwn = (code: SseErrorCode): code is OwnCode => Object.hasOwn(onward, code)

function codeOf(error: unknown): PublicCode {
  if (!isSseError(error)) return 'internal_error'
  // Another copy of the package may have rows that this one does not.
  if (!isCode(error.code)) return 'stream_error'
  return isOwn(error.code) ? onward[error.code] : error.code
}

/** The words of its row: an error's own may name hosts, accounts or what a prompt says. */
export function publicErrorOf(
  error: unknown,
  messageOf?: MessageOf,
  code: PublicCode = codeOf(error),
): PublicError {
  const { type, retryable } = rowOf(code)
  const { meaning } = wordsOf(code)
  const known = isSseError(error)
  return {
    code,
    type,
    message: said(messageOf, error) ?? meaning,
    retryable: known ? error.retryable : retryable,
    retryAfterMs: known ? error.retryAfterMs : undefined,
    status: statuses[code],
  }
}

/** A message that cannot be made must not hide that there was an error. */
function said(messageOf: MessageOf | undefined, error: unknown): string | undefined {
  try {
    const message = messageOf?.(error)
    return typeof message === 'string' && message !== '' ? message : undefined
  } catch {
    return undefined
  }
}

/** The gateway's envelope; with a verdict only where it is not the row's own. */
export function envelopeOf({ code, type, message, retryable, retryAfterMs }: PublicError): string {
  return JSON.stringify({
    error: {
      type,
      code,
      message,
      ...(retryable === rowOf(code).retryable ? undefined : { retryable }),
      ...(retryAfterMs === undefined ? undefined : { retry_after_ms: retryAfterMs }),
    },
  })
}

/** What the head of an answer that is no stream says of it. */
export function errorHeaders({ retryable, retryAfterMs }: PublicError): Record<string, string> {
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-should-retry': String(retryable),
    // [rfc9110 section 10.2.3] in seconds, rounded up: too early would be too early
    ...(retryAfterMs === undefined ? undefined : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
  }
}
