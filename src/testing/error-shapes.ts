import { gatewayCodes } from '../errors/code-table.ts'
import type { GatewayCode } from '../errors/codes.ts'

/** What an error says. */
export interface ErrorFields {
  readonly type?: string | undefined
  readonly code?: string | number | null | undefined
  readonly message?: string | undefined
}

/** The lines of an event stream that say an error: an event, or a field that is none of [whatwg]'s. */
export type ErrorLines = { readonly event?: string; readonly data: string } | { readonly field: string }

const isGatewayCode = (code: unknown): code is GatewayCode =>
  typeof code === 'string' && Object.hasOwn(gatewayCodes, code)

/** The fields, with what the gateway's table says where nothing was given. */
function filled({ type, code, message }: ErrorFields): Required<ErrorFields> {
  const row = isGatewayCode(code) ? gatewayCodes[code] : undefined
  return { type: type ?? row?.type, code, message: message ?? row?.meaning }
}

/** The chunk of a Chat Completion that it comes in, without its own content. */
const chunk = (finishReason: string | null) => ({
  id: 'chatcmpl-test',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content: '' }, finish_reason: finishReason }],
})

const data = (payload: unknown): ErrorLines => ({ data: JSON.stringify(payload) })
const named = (payload: unknown): ErrorLines => ({ event: 'error', data: JSON.stringify(payload) })

const shapes = {
  envelope: (error) => data({ error }),
  text: ({ message }) => data({ error: message }),
  'typed-text': ({ type, message }) => data({ error: message, error_type: type }),
  object: (error) => data({ object: 'error', ...error }),
  flat: ({ code, message }) => named({ type: 'error', code, message, param: null, sequence_number: 6 }),
  typed: ({ type, message }) => named({ type: 'error', error: { type, message }, request_id: 'req_test' }),
  'error-text': ({ message }) => data({ type: 'error', errorText: message }),
  'response-failed': ({ code, message }) => ({
    event: 'response.failed',
    data: JSON.stringify({
      type: 'response.failed',
      response: { status: 'failed', error: { code, message } },
    }),
  }),
  'run-error': ({ code, message }) => data({ type: 'RUN_ERROR', message, code }),
  'event-type': ({ code, message }) => data({ event_type: 'error', error: { code, message } }),
  'x-groq': (error) => data({ ...chunk(null), x_groq: { id: 'req_test', error: error.message } }),
  'finish-reason': (error) => data({ ...chunk('error'), error }),
  plain: ({ message = '' }) => ({ event: 'error', data: message }),
  field: (error) => ({ field: `error: ${JSON.stringify(error)}` }),
} satisfies Record<string, (error: Required<ErrorFields>) => ErrorLines>

/**
 * An error in the words of an API; each is what that API, or what is built like it, sends inside a 200.
 *
 * - `envelope` `{"error":{"type","code","message"}}`: the gateway, OpenAI Chat Completions, most that are compatible
 * - `text` `{"error":"…"}`; `typed-text` `{"error":"…","error_type":"…"}`: Text Generation Inference
 * - `object` `{"object":"error","message":"…",…}`: forks of vLLM
 * - `flat` `{"type":"error","code","message",…}`, as `event: error`: OpenAI Responses
 * - `typed` `{"type":"error","error":{…}}`, as `event: error`: Anthropic Messages
 * - `error-text` `{"type":"error","errorText":"…"}`: AI SDK UI messages
 * - `response-failed` `{"type":"response.failed","response":{"error":{…}}}`, as `event: response.failed`: OpenAI Responses
 * - `run-error` `{"type":"RUN_ERROR","message","code"}`: AG-UI
 * - `event-type` `{"event_type":"error","error":{…}}`: Gemini Interactions
 * - `x-groq` a chunk with the text `x_groq.error`: Groq
 * - `finish-reason` a chunk with `error` and the finish reason `error`: OpenRouter
 * - `plain` the message alone, as `event: error`: NestJS
 * - `field` a line `error: {…}`, which is no field of an event stream: older llama.cpp
 */
export type ErrorShape = keyof typeof shapes

export const ERROR_SHAPES = Object.keys(shapes) as readonly ErrorShape[]

/** What is said where a scenario says nothing; Anthropic has types of its own and no codes [anthropic]. */
export const defaultError = (shape: ErrorShape): ErrorFields =>
  shape === 'typed' ? { type: 'overloaded_error', message: 'Overloaded' } : { code: 'model_overloaded' }

/** An error in such words; a code of the gateway's table brings its type and message along. */
export const errorInShape = (error: ErrorFields, shape: ErrorShape): ErrorLines =>
  shapes[shape](filled(error))

/** The content of the gateway's error envelope [gateway]. */
export const errorEnvelope = (error: ErrorFields): string => JSON.stringify({ error: filled(error) })
