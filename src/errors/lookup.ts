import { isCode, type SseErrorCode } from './codes.ts'

/** Rows of other APIs' codes and types: the nearest row of ours. The original stays readable in `upstream`. */
const aliases: Readonly<Record<string, SseErrorCode>> = {
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
}

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

/**
 * The row for a code or type that a server sent: its own name if the table has it, else the nearest
 * row for another API's name, else for a number that is an HTTP status, else nothing.
 */
export function codeOfName(name: string | number | undefined): SseErrorCode | undefined {
  if (name === undefined) return undefined
  if (isCode(name)) return name
  if (Object.hasOwn(aliases, name)) return aliases[name as string]
  const status = Number(name)
  return Number.isInteger(status) && status >= 400 && status < 600 ? codeOfStatus(status) : undefined
}
