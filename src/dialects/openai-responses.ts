import { type DialectFacts, done, failed, type LlmDialect, ping, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload, isDone } from './in-band.ts'
import type { OpenaiResponse, OpenaiResponseEvent } from './openai-responses-events.ts'
import { accumulateResponse } from './openai-responses-message.ts'
import { isResourceId } from './resource-id.ts'
import { isSameStructure } from './same.ts'

export type {
  OpenaiResponse,
  OpenaiResponseEvent,
  OpenaiResponseItem,
  OpenaiResponsePart,
} from './openai-responses-events.ts'

/** What is needed to ask for the rest: the ID, once it has come, and whether the server goes on without us. */
interface Run {
  id?: string
  background?: boolean
  /** There was output. */
  begun?: boolean
  /** It has failed for good: asked again, the server would only say so again. */
  failed?: boolean
}

/** What is looked at of an event, whatever it is. */
interface Loose {
  readonly type?: unknown
  readonly response?: { readonly [key: string]: unknown } | null
  readonly sequence_number?: unknown
  readonly delta?: unknown
  readonly item?: { readonly [key: string]: unknown } | null
  readonly part?: { readonly [key: string]: unknown } | null
}

const facts: DialectFacts = {
  api: 'OpenAI Responses',
  end: [
    'event: response.completed\ndata: {"type":"response.completed","sequence_number":4,"response":{"id":"resp_1","object":"response","status":"completed","output":[]}}',
    'event: response.incomplete\ndata: {"type":"response.incomplete","sequence_number":4,"response":{"id":"resp_1","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}}',
  ],
  errors: [
    'event: error\ndata: {"type":"error","code":"server_error","message":"The server had an error","param":null,"sequence_number":4}',
    'event: error\ndata: {"type":"error","sequence_number":2,"error":{"type":"too_many_requests","code":"too_many_requests","message":"Too Many Requests","param":null}}',
    'event: response.failed\ndata: {"type":"response.failed","sequence_number":4,"response":{"id":"resp_1","object":"response","status":"failed","error":{"code":"server_error","message":"The model failed to generate a response."},"output":[]}}',
    'event: response.failed\ndata: {"type":"response.failed","sequence_number":4,"response":{"id":"resp_1","object":"response","status":"failed","error":null,"output":[]}}',
    'event: response.cancelled\ndata: {"type":"response.cancelled","sequence_number":4,"response":{"id":"resp_1","object":"response","status":"cancelled","output":[]}}',
    'data: {"error":{"type":"server_error","code":"500","message":"upstream failed"}}',
  ],
  withoutEnd:
    '`stream_terminated`; `data: [DONE]` proves nothing here, as servers also send it after a failure',
  cursor:
    '`sequence_number` in the JSON; `GET {url}/{response ID}?stream=true&starting_after={number}`, for a response that runs in the background',
  sources: [
    'https://platform.openai.com/docs/api-reference/responses-streaming',
    'https://platform.openai.com/docs/guides/background',
  ],
}

/**
 * OpenAI Responses [openai], and the servers that speak it: `response.completed` and `response.incomplete` are delivered
 * and complete. `error`, `response.failed` and `response.cancelled` are a `stream_error`. `data: [DONE]` is nothing: it
 * follows an end, and a failure too.
 *
 * What runs in the background is read on by a `GET`; of anything else a failure after the first output is emitted. Does
 * not join deltas.
 *
 * @typeParam T - the events: your SDK's own type, say
 */
export function openaiResponses<T = OpenaiResponseEvent>(): LlmDialect<
  // Where a config with any dialect is expected, T is not guessed from there.
  NoInfer<T>,
  OpenaiResponse
> {
  return {
    name: 'openai-responses',
    facts,
    requestIdHeaders: ['x-request-id'],
    memory: () => ({}),
    read(event, run): NoInfer<T> | Verdict<NoInfer<T>> {
      const { data } = event
      if (isDone(data)) return ping
      if (event.event === 'error') return failedEvent(event)
      if (data === '') return ping
      const value = JSON.parse(data) as Loose | null
      const verdict = ofLifecycle<NoInfer<T>>(value, run)
      if (verdict === undefined && run.begun !== true && isContent(value)) run.begun = true
      return verdict ?? (value as NoInfer<T>)
    },
    idOf: (value, run) => idOf(value as Loose | null, run),
    resume(request, cursor, { id, background, failed }) {
      if (failed === true) return undefined
      const { method, url, body } = request
      // After a reload the config's own request is the GET; nothing is remembered then.
      if (method !== 'GET') {
        const inBackground = background ?? (body as { background?: unknown } | null)?.background === true
        if (id === undefined || !inBackground) return undefined
        url.pathname = `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(id)}`
      }
      url.searchParams.set('stream', 'true')
      url.searchParams.set('starting_after', cursor)
      return { method: 'GET', url, headers: { 'last-event-id': undefined } }
    },
    text: (value) => textOf(value as Loose | null),
    withText: (value, text) =>
      (value as Loose | null)?.type === 'response.output_text.delta' ? { ...value, delta: text } : value,
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    isContent: (value) => isContent(value as Loose | null),
    accumulate: accumulateResponse,
  } satisfies LlmDialect<NoInfer<T>, OpenaiResponse, Run>
}

/** The verdict on an event that is more than a value; what a resumption needs is remembered. */
function ofLifecycle<T>(value: Loose | null, run: Run): Verdict<T> | undefined {
  const type = value?.type
  switch (type) {
    case 'response.created':
    case 'response.queued':
    case 'response.in_progress':
      remember(value?.response, run)
      break
    case 'response.completed':
    case 'response.incomplete': {
      const { status, error } = value?.response ?? {}
      // Its name says one thing, what is in it another: the worse is believed.
      if (status === 'failed' || (typeof error === 'object' && error !== null))
        return ofFailed({ ...value, type: 'response.failed' }, run)
      return status === 'cancelled' ? cancelled(value) : done(value as T)
    }
    case 'response.failed':
      if (value?.response?.status === 'cancelled') return cancelled(value)
      return ofFailed(value, run)
    case 'response.cancelled':
    case 'response.canceled':
      return cancelled(value)
    case 'response.error':
      return failedPayload({ ...value, type: 'error' })
  }
  // That of a tool, whose failure is not the response's: `response.mcp_call.failed`.
  if (typeof type === 'string' && type.startsWith('response.') && type.endsWith('.failed')) return undefined
  return failedPayload(value)
}

function ofFailed(value: unknown, run: Run): Verdict<never> {
  run.failed = true
  return failedPayload(value) ?? failed({ payload: value })
}

/** Somebody has asked for that: the same request once more would not be what they want. */
const cancelled = (payload: unknown): Verdict<never> =>
  failed({ code: 'cancelled', message: 'the response was cancelled', retryable: false, payload })

function remember(response: Loose['response'], run: Run): void {
  if (isResourceId(response?.id)) run.id = response.id
  if (typeof response?.background === 'boolean') run.background = response.background
}

/**
 * A response that does not run in the background cannot be read on: no event of it has an ID. As long as that is not known,
 * the first events go without one: they are held back until there is output, and a failure before that repeats the request.
 */
function idOf(value: Loose | null, { id, background, begun }: Run): string | undefined {
  const number = value?.sequence_number
  if (background === false || !Number.isSafeInteger(number)) return undefined
  const isPrelude =
    value?.type === 'response.created' ||
    value?.type === 'response.queued' ||
    value?.type === 'response.in_progress' ||
    // Nor does every server say it; after a reload nothing tells of a beginning.
    (id !== undefined && begun !== true)
  return isPrelude && background !== true ? undefined : String(number)
}

const textOf = (value: Loose | null): string =>
  value?.type === 'response.output_text.delta' && typeof value.delta === 'string' ? value.delta : ''

/** Output of the model, a tool's progress, and the end; not what only announces some, and no keep-alive. */
function isContent(value: Loose | null): boolean {
  const type = value?.type
  if (typeof type !== 'string') return false
  if (type.endsWith('.delta')) return value?.delta !== ''
  if (type === 'response.output_item.added') return !isEmptyItem(value?.item)
  if (type.endsWith('_part.added')) return Boolean(value?.part?.text || value?.part?.refusal)
  return (
    type.endsWith('.done') ||
    type.includes('_call.') ||
    type === 'response.output_text.annotation.added' ||
    type === 'response.completed' ||
    type === 'response.incomplete'
  )
}

/** Opened before its first token; a tool call comes with something. */
const isEmptyItem = (item: Loose['item']): boolean =>
  ((item?.type === 'message' || item?.type === 'reasoning') &&
    !(Array.isArray(item.content) && item.content.length > 0)) ||
  item?.type === undefined

/** What two runs of the same request differ in though they say the same: `obfuscation` is padding [openai]. */
const OF_THE_RUN: ReadonlySet<string> = new Set([
  'id',
  'item_id',
  'call_id',
  'created_at',
  'completed_at',
  'usage',
  'obfuscation',
  'encrypted_content',
  'service_tier',
])

/** What holds the same kind of fields again. Not what is a user's: metadata, tools, arguments. */
const NESTED: ReadonlySet<string> = new Set(['response', 'item', 'output'])

function withoutRun(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRun)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !OF_THE_RUN.has(key))
      .map(([key, part]) => [key, NESTED.has(key) ? withoutRun(part) : part]),
  )
}
