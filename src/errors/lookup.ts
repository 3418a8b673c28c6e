import { isCode, type SseErrorCode } from './codes.ts'
import type { UpstreamError } from './failure.ts'
import type { ForeignCodes } from './foreign/foreign-codes.ts'

/** The row for what a server said, and a verdict on trying again where it is not the row's. */
export interface NearestRow {
  readonly code: SseErrorCode
  readonly retryable?: boolean | undefined
}

/** Of other APIs. The original stays readable in `upstream`. */
const APIS: readonly ForeignCodes[] = [
  {
    // [anthropic] https://docs.claude.com/en/api/errors
    authentication_error: 'invalid_api_key',
    permission_error: 'unauthorized',
    not_found_error: 'not_found',
    request_too_large: 'invalid_request',
    invalid_request_error: 'invalid_request',
    rate_limit_error: 'rate_limit_exceeded',
    api_error: 'model_server_error',
    timeout_error: 'model_timeout',
    overloaded_error: 'model_overloaded',
    // [openai] https://platform.openai.com/docs/guides/error-codes
    server_error: 'model_server_error',
    model_not_found: 'unknown_model',
    context_length_exceeded: 'invalid_argument',
    invalid_value: 'invalid_argument',
    unknown_parameter: 'invalid_argument',
    missing_required_parameter: 'invalid_argument',
    content_policy_violation: 'unsafe_content',
    content_filter: 'unsafe_content',
    rate_limit: 'rate_limit_exceeded',
    tokens: 'rate_limit_exceeded',
    requests: 'rate_limit_exceeded',
    internal_server_error: 'model_server_error',
    InternalServerError: 'model_server_error',
  },
]

/** A map, since names come from the wire: `__proto__` is none. */
const nearest: ReadonlyMap<string, NearestRow> = new Map(
  APIS.flatMap((codes) =>
    Object.entries(codes).map(([name, row]) => [name, typeof row === 'string' ? { code: row } : row]),
  ),
)

/** Names so broad that a number beside them, or the HTTP status, says more. */
const BROAD: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'api_error',
  'server_error',
  'internal_server_error',
  'InternalServerError',
])

const byStatus: Readonly<Record<number, SseErrorCode>> = {
  400: 'invalid_request',
  401: 'invalid_api_key',
  403: 'unauthorized',
  404: 'not_found',
  408: 'request_timeout',
  409: 'conflict',
  422: 'invalid_argument',
  425: 'service_unavailable',
  429: 'rate_limit_exceeded',
  500: 'internal_error',
  502: 'service_unavailable',
  503: 'service_unavailable',
  504: 'model_timeout',
  529: 'model_overloaded',
}

/** The row for an HTTP status that came without a readable envelope. */
export function codeOfStatus(status: number): SseErrorCode {
  const exact = byStatus[status]
  if (exact !== undefined) return exact
  if (status >= 400 && status < 500) return 'invalid_request'
  if (status >= 500 && status < 600) return 'internal_error'
  return 'unexpected_status'
}

type Name = string | number | undefined

/** A number that is an HTTP status, as one or as text. */
function rowOfNumber(name: Name): NearestRow | undefined {
  const status = Number(name)
  return Number.isInteger(status) && status >= 400 && status < 600
    ? { code: codeOfStatus(status) }
    : undefined
}

/** Its own name if the table has it, else the nearest row for another API's name. */
function rowOfName(name: Name): NearestRow | undefined {
  if (name === undefined) return undefined
  return isCode(name) ? { code: name } : nearest.get(String(name))
}

/**
 * The row for the error that a server described: by its code; else by its type, unless that is a broad one and there
 * is a number; else nothing.
 *
 * @param status - the HTTP status that it came with, if it was no stream
 */
export function rowOfUpstream({ code, type }: UpstreamError, status?: number): NearestRow | undefined {
  const named = rowOfName(code)
  if (named !== undefined) return named
  const typed = rowOfName(type)
  const isBroad = BROAD.has(type as string)
  if (typed !== undefined && !isBroad) return typed
  const numbered = rowOfNumber(code)
  if (numbered !== undefined) return numbered
  return status === undefined || BROAD_STATUS.has(codeOfStatus(status)) ? typed : undefined
}

/** Statuses so broad that even a broad type says more. */
const BROAD_STATUS: ReadonlySet<SseErrorCode> = new Set([
  'invalid_request',
  'internal_error',
  'service_unavailable',
  'unexpected_status',
])
