import type { ForeignCodes } from './foreign-codes.ts'

/** Names of exceptions: of LangGraph, and of the SDKs whose errors a node most often passes on. */
export const langGraphCodes: ForeignCodes = {
  // https://docs.langchain.com/oss/python/langgraph/errors/GRAPH_RECURSION_LIMIT and its neighbours
  GraphRecursionError: 'invalid_argument',
  InvalidUpdateError: 'failed_request',
  EmptyInputError: 'invalid_argument',
  // The run was cancelled by a request of its own.
  UserInterrupt: { code: 'stream_error', retryable: false },
  UserRollback: { code: 'stream_error', retryable: false },
  // https://github.com/openai/openai-python/blob/main/src/openai/_exceptions.py, and the same in anthropic-sdk-python
  RateLimitError: 'rate_limit_exceeded',
  AuthenticationError: 'invalid_api_key',
  PermissionDeniedError: 'unauthorized',
  APITimeoutError: 'model_timeout',
  APIConnectionError: { code: 'model_unavailable', retryable: true },
  OverloadedError: 'model_overloaded',
}
