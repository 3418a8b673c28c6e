import type { ForeignCodes } from './foreign-codes.ts'

/** What will not come back by waiting: it has to be paid for, or a limit raised. */
const SPENT = { code: 'rate_limit_exceeded', retryable: false } as const

/**
 * [openai] Codes and types of Chat Completions: https://platform.openai.com/docs/guides/error-codes, and what the API
 * answers to single parameters. Azure OpenAI: https://learn.microsoft.com/azure/foundry/openai/reference.
 */
export const openaiCodes: ForeignCodes = {
  invalid_organization: 'unauthorized',
  mismatched_organization: 'unauthorized',
  account_deactivated: 'unauthorized',
  insufficient_permissions: 'unauthorized',
  unsupported_country_region_territory: 'unauthorized',
  // Without `insufficient_quota` the two below would be rate limits that pass.
  insufficient_quota: SPENT,
  billing_hard_limit_reached: SPENT,
  billing_not_active: SPENT,
  rate_limit: 'rate_limit_exceeded',
  // Which limit it was: the `type` beside the code `rate_limit_exceeded`.
  tokens: 'rate_limit_exceeded',
  requests: 'rate_limit_exceeded',
  server_error: 'model_server_error',
  internal_server_error: 'model_server_error',
  engine_overloaded: 'model_overloaded',
  model_not_found: 'unknown_model',
  unsupported_model: 'unsupported_interface',
  context_length_exceeded: 'invalid_argument',
  string_above_max_length: 'invalid_argument',
  array_above_max_length: 'invalid_argument',
  integer_above_max_value: 'invalid_argument',
  integer_below_min_value: 'invalid_argument',
  invalid_type: 'invalid_argument',
  invalid_value: 'invalid_argument',
  invalid_function_parameters: 'invalid_argument',
  unsupported_parameter: 'invalid_argument',
  unsupported_value: 'invalid_argument',
  unknown_parameter: 'invalid_argument',
  missing_required_parameter: 'invalid_argument',
  content_policy_violation: 'unsafe_content',

  // Azure
  content_filter: 'unsafe_content',
  ResponsibleAIPolicyViolation: 'unsafe_content',
  DeploymentNotFound: 'unknown_model',
  OperationNotSupported: 'unsupported_interface',
  unsupported_api_version: 'invalid_request',
  InvalidApiVersionParameter: 'invalid_request',
  PermissionDenied: 'unauthorized',
  too_many_requests: 'rate_limit_exceeded',
  NoCapacity: 'model_overloaded',
  InternalServerError: 'model_server_error',
}
