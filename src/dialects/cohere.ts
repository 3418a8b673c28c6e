import { errorInPayload } from '../errors/envelope.ts'
import type { UpstreamError } from '../errors/failure.ts'
import { isObject } from '../errors/json.ts'
import {
  type AnyEvent,
  accumulateCohere,
  argumentsIn,
  type CohereEvent,
  type CohereResponse,
  contentIn,
  planIn,
} from './cohere-message.ts'
import { done, failed, type LlmDialect, ping, type Verdict } from './dialect.ts'
import { failedEvent, isDone, readErrorField } from './in-band.ts'
import { isSameStructure } from './same.ts'

export type { CohereEvent, CohereResponse } from './cohere-message.ts'

/**
 * Cohere's chat, API v2 [cohere]: `message-end` is delivered and completes; with a `finish_reason` of ERROR or TIMEOUT, or
 * an `error`, it is a `stream_error`.
 *
 * @typeParam T - the event, if it is to be another type than ours
 */
export function cohere<T = CohereEvent>(): LlmDialect<NoInfer<T>, CohereResponse> {
  return dialect as unknown as LlmDialect<T, CohereResponse>
}

const dialect: LlmDialect<AnyEvent, CohereResponse> = {
  name: 'cohere',
  facts: {
    api: 'Cohere Chat v2',
    end: [
      'event: message-end\ndata: {"delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":9,"output_tokens":2}}},"type":"message-end"}',
    ],
    errors: [
      'event: message-end\ndata: {"delta":{"error":"internal server error","finish_reason":"ERROR"},"type":"message-end"}',
      'event: message-end\ndata: {"delta":{"finish_reason":"TIMEOUT"},"type":"message-end"}',
      'data: {"message":"internal server error"}',
    ],
    withoutEnd: '`stream_terminated`',
    cursor: 'none',
    sources: [
      'https://docs.cohere.com/reference/chat-stream',
      'https://docs.cohere.com/v2/docs/streaming',
      'https://docs.cohere.com/reference/errors',
    ],
  },
  requestIdHeaders: ['x-debug-trace-id'],
  read(event, _memory): AnyEvent | Verdict<AnyEvent> {
    const { data } = event
    // What ends a good stream is `message-end`; gateways write this one behind whatever has happened.
    if (isDone(data)) return ping
    if (event.event === 'error') return failedEvent(event)
    if (data === '') return ping
    const value = JSON.parse(data) as AnyEvent
    const error = errorIn(value)
    if (error !== undefined) return failed(error)
    return value?.type === 'message-end' ? done(value) : value
  },
  readField: readErrorField,
  isContent: hasContent,
  text(value) {
    const text: unknown = isContentEvent(value) ? contentIn(value)?.text : undefined
    return typeof text === 'string' ? text : ''
  },
  withText(value, text) {
    const content = isContentEvent(value) ? contentIn(value) : undefined
    if (content === undefined) return value
    const { delta } = value
    return { ...value, delta: { ...delta, message: { ...delta?.message, content: { ...content, text } } } }
  },
  isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
  accumulate: accumulateCohere,
}

const isErrorReason = (reason: unknown): reason is string =>
  typeof reason === 'string' && (reason.startsWith('ERROR') || reason === 'TIMEOUT')

/** An event has a type; what has a message instead is what Cohere answers to a request that fails. */
function errorIn(value: AnyEvent & { message?: unknown }): UpstreamError | undefined {
  if (!isObject(value)) return undefined
  if (value.type === 'message-end') {
    const delta: unknown = value.delta
    if (!isObject(delta)) return undefined
    const { finish_reason: reason, error } = delta
    const message = typeof error === 'string' && error !== '' ? error : undefined
    if (!isErrorReason(reason) && message === undefined) return undefined
    return { type: isErrorReason(reason) ? reason : 'ERROR', message, payload: value }
  }
  const { message } = value
  if (value.type === undefined && typeof message === 'string' && message !== '')
    return { message, payload: value }
  return errorInPayload(value)
}

const isContentEvent = (value: AnyEvent): boolean =>
  value?.type === 'content-delta' || value?.type === 'content-start'

/** A part that is opened before its first token says nothing yet; a call begins with its name. */
function hasContent(value: AnyEvent): boolean {
  switch (value?.type) {
    case 'content-start':
    case 'content-delta': {
      const content = contentIn(value)
      return Boolean(content?.text) || Boolean(content?.thinking)
    }
    case 'tool-plan-delta':
      return planIn(value) !== ''
    case 'tool-call-delta':
      return argumentsIn(value) !== ''
    case 'tool-call-start':
    case 'citation-start':
      return true
    default:
      return false
  }
}

/** Two runs of the same request differ in the IDs of their message and their calls though they say the same. */
function withoutRun(value: unknown): unknown {
  if (!isObject(value)) return value
  const { id: _, ...rest } = value
  if (!isObject(value.delta)) return rest
  const { usage: __, ...delta } = value.delta
  if (!isObject(delta.message) || !isObject(delta.message.tool_calls)) return { ...rest, delta }
  const { id: ___, ...tool_calls } = delta.message.tool_calls
  return { ...rest, delta: { ...delta, message: { ...delta.message, tool_calls } } }
}
