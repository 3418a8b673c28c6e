import type { ForeignCodes } from './foreign-codes.ts'

/** What will not come back by waiting: it has to be paid for, or a limit raised. */
const SPENT = { code: 'rate_limit_exceeded', retryable: false } as const

/** Names of servers that speak Chat Completions. Where one of them uses [openai]'s names, those hold. */
export const openaiCompatibleCodes: ForeignCodes = {
  // OpenRouter: `ApiErrorType` of @openrouter/sdk, in `error.metadata.error_type`
  max_tokens_exceeded: 'invalid_argument',
  token_limit_exceeded: 'invalid_argument',
  string_too_long: 'invalid_argument',
  authentication: 'invalid_api_key',
  permission_denied: 'unauthorized',
  payment_required: SPENT,
  provider_overloaded: 'model_overloaded',
  provider_unavailable: { code: 'model_unavailable', retryable: true },
  precondition_failed: 'invalid_request',
  payload_too_large: 'invalid_request',
  unprocessable: 'invalid_argument',
  refusal: 'unsafe_content',
  unsupported_image_format: 'invalid_content_media',
  image_not_found: 'unavailable_content_media',
  image_download_failed: 'unavailable_content_media',
  server: 'model_server_error',
  timeout: 'model_timeout',

  // LiteLLM: `ProxyErrorTypes` of litellm/proxy/_types.py
  budget_exceeded: SPENT,
  auth_error: 'invalid_api_key',
  expired_key: 'invalid_api_key',
  token_not_found_in_db: 'invalid_api_key',
  key_model_access_denied: 'unauthorized',
  team_model_access_denied: 'unauthorized',
  user_model_access_denied: 'unauthorized',
  org_model_access_denied: 'unauthorized',
  bad_request_error: 'invalid_request',
  no_db_connection: 'internal_error',

  // vLLM (vllm/entrypoints/openai), SGLang (srt/entrypoints/openai/serving_base.py): names of Python exceptions
  BadRequestError: 'invalid_request',
  NotFoundError: 'unknown_model',
  NotImplementedError: 'unsupported_interface',
  UnprocessableEntityError: 'invalid_argument',

  // TGI: `InferError::error_type` of router/src/infer/mod.rs
  generation: 'model_server_error',
  incomplete_generation: 'model_server_error',
  overloaded: 'model_overloaded',
  validation: 'invalid_argument',
  template_error: 'invalid_argument',
  missing_template_variable: 'invalid_argument',
  tool_error: 'invalid_argument',

  // llama.cpp: `format_error_response` of tools/server/server-common.cpp
  unavailable_error: { code: 'model_unavailable', retryable: true },
  not_supported_error: 'unsupported_interface',
  exceed_context_size_error: 'invalid_argument',

  // Groq: https://console.groq.com/docs/errors, https://console.groq.com/docs/deprecations
  // Of the flex tier: https://console.groq.com/docs/flex-processing, with the HTTP status 498
  capacity_exceeded: 'model_overloaded',
  model_decommissioned: 'unknown_model',
  model_terms_required: 'unauthorized',
  model_not_active: 'unknown_model',
  json_validate_failed: 'failed_request',
  tool_use_failed: 'failed_request',

  // Mistral
  service_tier_capacity_exceeded: 'model_overloaded',
  rate_limited: 'rate_limit_exceeded',
  invalid_model: 'unknown_model',
}
