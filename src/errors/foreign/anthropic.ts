import type { ForeignCodes } from './foreign-codes.ts'

/** [anthropic] https://platform.claude.com/docs/en/api/errors, and `ErrorType` of @anthropic-ai/sdk. */
export const anthropicCodes: ForeignCodes = {
  invalid_request_error: 'invalid_request',
  authentication_error: 'invalid_api_key',
  // 402: the key is good, the account has to be paid for.
  billing_error: 'unauthorized',
  permission_error: 'unauthorized',
  not_found_error: 'not_found',
  conflict_error: 'conflict',
  request_too_large: 'invalid_request',
  rate_limit_error: 'rate_limit_exceeded',
  api_error: 'model_server_error',
  timeout_error: 'model_timeout',
  overloaded_error: 'model_overloaded',
}
