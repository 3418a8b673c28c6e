import { errorInPayload } from '../envelope.ts'
import type { UpstreamError } from '../failure.ts'
import type { ForeignCodes } from './foreign-codes.ts'

export const googleCodes: ForeignCodes = {
  // google.rpc.Code, as `status` of an error: https://cloud.google.com/apis/design/errors,
  // https://ai.google.dev/gemini-api/docs/troubleshooting
  CANCELLED: 'stream_error',
  UNKNOWN: 'model_server_error',
  INVALID_ARGUMENT: 'invalid_argument',
  DEADLINE_EXCEEDED: 'model_timeout',
  NOT_FOUND: 'not_found',
  ALREADY_EXISTS: 'conflict',
  PERMISSION_DENIED: 'unauthorized',
  RESOURCE_EXHAUSTED: 'rate_limit_exceeded',
  FAILED_PRECONDITION: 'invalid_request',
  ABORTED: { code: 'conflict', retryable: true },
  OUT_OF_RANGE: 'invalid_argument',
  UNIMPLEMENTED: 'unsupported_interface',
  INTERNAL: 'model_server_error',
  UNAVAILABLE: 'model_overloaded',
  DATA_LOSS: { code: 'model_server_error', retryable: false },
  UNAUTHENTICATED: 'invalid_api_key',
  // google.api.ErrorReason, as `reason` of an ErrorInfo: https://cloud.google.com/apis/docs/reference/rest/Shared.Types/ErrorReason
  API_KEY_INVALID: 'invalid_api_key',
  CREDENTIALS_MISSING: 'missing_api_key',
  ACCESS_TOKEN_EXPIRED: 'invalid_api_key',
  API_KEY_SERVICE_BLOCKED: 'unauthorized',
  SERVICE_DISABLED: 'unauthorized',
  BILLING_DISABLED: 'unauthorized',
  RATE_LIMIT_EXCEEDED: 'rate_limit_exceeded',
  // Interactions: https://ai.google.dev/gemini-api/docs/api-errors, https://ai.google.dev/gemini-api/docs/streaming#error
  failed_precondition: 'invalid_request',
  out_of_range: 'invalid_argument',
  parameter_unknown: 'invalid_argument',
  authentication: 'invalid_api_key',
  payment_required: { code: 'rate_limit_exceeded', retryable: false },
  permission_denied: 'unauthorized',
  gateway_timeout: 'model_timeout',
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** `17s`, `0.5s`: a google.protobuf.Duration as JSON. */
function durationMs(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(value)?.[1] : undefined
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1_000)
}

/**
 * What the `details` of a google.rpc.Status say beyond its fields: the `reason` of its ErrorInfo, where that is a name with
 * a row, instead of the broader `status`, and the delay of its RetryInfo.
 */
export function googleDetails(error: unknown): Pick<UpstreamError, 'type' | 'retryAfterMs'> {
  const details = isObject(error) && Array.isArray(error.details) ? (error.details as unknown[]) : []
  let type: string | undefined
  let retryAfterMs: number | undefined
  for (const detail of details) {
    if (!isObject(detail)) continue
    const { reason } = detail
    if (typeof reason === 'string' && Object.hasOwn(googleCodes, reason)) type ??= reason
    retryAfterMs ??= durationMs(detail.retryDelay)
  }
  return { ...(type && { type }), ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** The error in a payload of a Google API, or nothing. Some come in an array of one: that of a stream without `alt=sse`. */
export function googleError(payload: unknown): UpstreamError | undefined {
  const inner: unknown = Array.isArray(payload) ? payload[0] : payload
  const upstream = errorInPayload(inner)
  return upstream && { ...upstream, ...googleDetails((inner as Json).error), payload }
}
