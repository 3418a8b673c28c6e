import type { ForeignCodes } from './foreign-codes.ts'

/** `finish_reason` of a `message-end`: https://docs.cohere.com/reference/chat-stream; the last two of API v1. */
export const cohereCodes: ForeignCodes = {
  ERROR: 'model_server_error',
  TIMEOUT: 'model_timeout',
  ERROR_TOXIC: 'unsafe_content',
  ERROR_LIMIT: 'invalid_argument',
}
