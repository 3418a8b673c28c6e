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
