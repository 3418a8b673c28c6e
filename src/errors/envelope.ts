import type { UpstreamError } from './failure.ts'
import { googleDetails } from './google-details.ts'
import { isObject, type Json } from './json.ts'

/** LiteLLM writes Python's None as the string "None". */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value !== 'None' ? value : undefined

/** NestJS tells what is wrong with a request as a list, beside the name of the status. */
const listed = (value: unknown): string | undefined =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')
    ? value.join('; ')
    : undefined

const codeOf = (value: unknown): string | number | undefined =>
  typeof value === 'number' ? value : text(value)

const milliseconds = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : undefined

function fields(error: Json, payload: unknown, outer: Json = error): UpstreamError {
  return {
    type: text(error.type) ?? text(error.error_type) ?? openRouterType(error.metadata) ?? text(error.status),
    code: codeOf(error.code),
    message: text(error.message) ?? text(error.errorText) ?? text(error.detail),
    param: text(error.param),
    requestId: text(outer.request_id) ?? text(error.request_id),
    // A relay's word where it is not the row's own.
    retryable: typeof error.retryable === 'boolean' ? error.retryable : undefined,
    retryAfterMs: milliseconds(error.retry_after_ms),
    payload,
    ...googleDetails(error),
  }
}

/** OpenRouter: {"code":502,"metadata":{"error_type":"provider_overloaded"}}. */
const openRouterType = (metadata: unknown): string | undefined =>
  isObject(metadata) ? text(metadata.error_type) : undefined

/** The value of an `error` key: an object, a text, or nothing (`null`, `false`, `""`) that does not count. */
function ofErrorKey(error: unknown, outer: Json, payload: unknown): UpstreamError | undefined {
  if (isObject(error)) return fields(error, payload, outer)
  if (typeof error === 'string' && error !== '') {
    // LangGraph: {"error":"ValueError","message":"…"}; TGI: {"error":"…","error_type":"…"}
    const message = text(outer.message) ?? listed(outer.message)
    return message === undefined
      ? { type: text(outer.error_type), message: error, code: codeOf(outer.code), payload }
      : { type: error, message, code: codeOf(outer.code), payload }
  }
  if (typeof error === 'number' && error !== 0) return { code: error, message: text(outer.message), payload }
  return error === true ? fields(outer, payload) : undefined
}

/**
 * The error in a parsed payload, in every shape that servers are known to use for one inside a 200
 * stream, or nothing. Looks at the top level only: the word error inside content, tool arguments or
 * tool results is content.
 */
export function errorInPayload(payload: unknown): UpstreamError | undefined {
  // [gemini] sends an array of one envelope where the request did not say `alt=sse`, and on its OpenAI-compatible endpoint.
  if (Array.isArray(payload) && payload.length === 1 && isObject(payload[0]?.error)) {
    return { ...fields(payload[0].error, payload, payload[0]), payload }
  }
  if (!isObject(payload)) return undefined
  if (payload.error !== undefined && payload.error !== null) {
    const found = ofErrorKey(payload.error, payload, payload)
    if (found !== undefined) return found
  }
  const { type } = payload
  // OpenAI Responses: flat {"type":"error","code","message"}; AI SDK: {"type":"error","errorText"}; AG-UI: RUN_ERROR
  if (type === 'error' || type === 'RUN_ERROR') return { ...fields(payload, payload), type: undefined }
  if (type === 'response.failed' && isObject(payload.response)) {
    const { error } = payload.response
    return isObject(error) ? fields(error, payload) : { payload }
  }
  // vLLM and its forks: {"object":"error","message","type","code"}
  if (payload.object === 'error') return fields(payload, payload)
  if (payload.event_type === 'error') return { ...fields(payload, payload), type: undefined }
  if (isObject(payload.x_groq)) {
    const found = ofErrorKey(payload.x_groq.error, payload.x_groq, payload)
    if (found !== undefined) return found
  }
  if (Array.isArray(payload.choices)) {
    // OpenRouter without its top-level `error`
    for (const choice of payload.choices) {
      if (!isObject(choice)) continue
      if (isObject(choice.error)) return fields(choice.error, payload)
      if (choice.finish_reason === 'error') return { payload }
    }
  }
  return undefined
}

/** Parsed JSON, or `undefined` for anything else. */
export function tryParse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

/**
 * The error of an event or body that is known to be one (`event: error`, an HTTP error status):
 * as {@link errorInPayload}, else the fields of whatever object it is, else its text.
 */
export function errorOfText(data: string): UpstreamError {
  const payload = tryParse(data)
  const found = errorInPayload(payload)
  if (found !== undefined) return found
  if (isObject(payload)) return fields(payload, payload)
  const message = typeof payload === 'string' ? payload : data
  return { message: text(message.trim()), payload: payload ?? data }
}
