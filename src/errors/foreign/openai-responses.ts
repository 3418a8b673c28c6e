import type { ForeignCodes } from './foreign-codes.ts'

/** What will not come back by waiting: it has to be paid for, or a limit raised. */
const SPENT = { code: 'rate_limit_exceeded', retryable: false } as const

/**
 * [openai] `ResponseError.code` of the Responses API (resources/responses in the openai package), the codes of
 * https://platform.openai.com/docs/guides/error-codes that come inside its streams, and what Azure sends there.
 */
export const openaiResponsesCodes: ForeignCodes = {
  server_error: 'model_server_error',
  server_is_overloaded: 'model_overloaded',
  slow_down: 'model_overloaded',
  service_unavailable_error: 'model_overloaded',
  too_many_requests: 'rate_limit_exceeded',
  insufficient_quota: SPENT,
  credit_balance_exhausted: SPENT,
  organization_spend_limit_exceeded: SPENT,
  project_spend_limit_exceeded: SPENT,
  organization_usage_limit_exceeded: SPENT,
  usage_limit_reached: SPENT,
  usage_not_included: 'unauthorized',
  data_residency_mismatch: 'invalid_request',
  invalid_prompt: 'invalid_argument',
  context_length_exceeded: 'invalid_argument',
  previous_response_not_found: 'not_found',
  vector_store_timeout: 'model_timeout',
  bio_policy: 'unsafe_content',
  cyber_policy: 'unsafe_content',
  misalignment_policy_violation: 'unsafe_content',
  image_content_policy_violation: 'unsafe_content',
  invalid_image: 'invalid_content_media',
  invalid_image_format: 'invalid_content_media',
  invalid_base64_image: 'invalid_content_media',
  invalid_image_mode: 'invalid_content_media',
  unsupported_image_media_type: 'invalid_content_media',
  image_too_large: 'invalid_content_media',
  image_too_small: 'invalid_content_media',
  image_file_too_large: 'invalid_content_media',
  image_parse_error: 'invalid_content_media',
  empty_image_file: 'invalid_content_media',
  invalid_image_url: 'unavailable_content_media',
  failed_to_download_image: 'unavailable_content_media',
  image_file_not_found: 'unavailable_content_media',
}
