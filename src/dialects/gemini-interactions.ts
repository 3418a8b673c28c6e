import { errorInPayload, errorOfText, tryParse } from '../errors/envelope.ts'
import type { UpstreamError } from '../errors/failure.ts'
import { isObject } from '../errors/json.ts'
import { done, failed, type LlmDialect, ping, type Verdict } from './dialect.ts'
import {
  type AnyEvent,
  type InteractionEvent,
  type InteractionSoFar,
  isDelta,
  isStart,
  textIn,
} from './gemini-interactions-events.ts'
import { accumulateInteraction } from './gemini-interactions-message.ts'
import { isDone, readErrorField } from './in-band.ts'
import { isResourceId } from './resource-id.ts'
import { isSameStructure } from './same.ts'
import type { StreamRequest, StreamRequestChange } from './stream-request.ts'

export type { InteractionEvent, InteractionSoFar } from './gemini-interactions-events.ts'

/** Which interaction it is. */
interface InteractionMemory {
  id?: string
  /** The last word on it was an error: `[DONE]` alone does not take that back. */
  failure?: UpstreamError | undefined
}

/**
 * Gemini's Interactions [gemini]: `interaction.completed` is delivered and completes, whatever its status but `failed`,
 * which is a `stream_error`, as is an `error` event.
 *
 * Goes on after the last `event_id`, by a `GET` of the interaction. Not with `store: false`, and not behind an event
 * without an ID: the API gives them to the deltas, not to what begins and ends a step.
 *
 * @typeParam T - the event, if it is to be another type than ours: `InteractionSSEEvent` of @google/genai, say
 */
export function geminiInteractions<T = InteractionEvent>(): LlmDialect<NoInfer<T>, InteractionSoFar> {
  return dialect as unknown as LlmDialect<T, InteractionSoFar>
}

const dialect: LlmDialect<AnyEvent, InteractionSoFar, InteractionMemory> = {
  name: 'gemini-interactions',
  facts: {
    api: 'Gemini Interactions',
    end: [
      'event: interaction.completed\ndata: {"interaction":{"id":"v1_x","status":"completed","object":"interaction"},"event_type":"interaction.completed"}',
    ],
    errors: [
      'event: error\ndata: {"error":{"message":"Deadline expired before operation could complete.","code":"gateway_timeout"},"event_type":"error"}',
      'event: interaction.completed\ndata: {"interaction":{"id":"v1_x","status":"failed","object":"interaction"},"event_type":"interaction.completed"}',
      '[{"error":{"code":503,"message":"The service is currently unavailable.","status":"UNAVAILABLE"}}]',
    ],
    withoutEnd: '`stream_terminated`',
    cursor:
      '`event_id` in the JSON, of deltas only; sent back as `last_event_id` in the query of a `GET` of the interaction',
    sources: [
      'https://ai.google.dev/gemini-api/docs/streaming',
      'https://ai.google.dev/gemini-api/docs/background-execution',
      'https://ai.google.dev/gemini-api/docs/api-errors',
      'https://discuss.ai.google.dev/t/interactions-api-connection-breaks-at-the-10-minutes-mark/143098',
    ],
  },
  memory: () => ({}),
  read({ event, data }, memory): AnyEvent | Verdict<AnyEvent> {
    // It follows `interaction.completed`, and an error; alone it proves nothing.
    if (isDone(data)) return memory.failure === undefined ? ping : failed(memory.failure)
    if (event === 'error') return failedWith(errorInPayload(tryParse(data)) ?? errorOfText(data), memory)
    if (data === '') return ping
    const value = JSON.parse(data) as AnyEvent
    const error = errorInPayload(value)
    if (error !== undefined) return failedWith(error, memory)
    memory.failure = undefined
    const interaction = value?.interaction
    if (!isObject(interaction)) return value
    if (isResourceId(interaction.id)) memory.id = interaction.id
    if (value.event_type !== 'interaction.completed' && value.event_type !== 'interaction.complete')
      return value
    return interaction.status === 'failed' ? failedWith(failureOf(interaction, value), memory) : done(value)
  },
  readField: readErrorField,
  isContent: hasContent,
  idOf(value) {
    const id: unknown = (value as { event_id?: unknown } | null)?.event_id
    return typeof id === 'string' && id !== '' ? id : undefined
  },
  resume,
  text: textIn,
  withText(value, text) {
    if (textIn(value) === '') return value
    return isDelta(value)
      ? { ...value, delta: { ...value.delta, text } }
      : { ...value, step: { ...value.step, content: [{ type: 'text', text }] } }
  },
  isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
  accumulate: accumulateInteraction,
}

function failedWith(failure: UpstreamError, memory: InteractionMemory): Verdict {
  memory.failure = failure
  return failed(failure)
}

const failureOf = (interaction: object, payload: unknown): UpstreamError => ({
  message: 'the interaction has failed',
  ...errorInPayload(interaction),
  payload,
})

/** The interaction as it is stored, from the event on. A `GET` in the config names it already: a page that was reloaded. */
function resume(
  { method, url, body }: StreamRequest,
  cursor: string,
  { id }: InteractionMemory,
): StreamRequestChange | undefined {
  if (method !== 'GET') {
    if (id === undefined || (isObject(body) && body.store === false)) return undefined
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(id)}`
  }
  url.searchParams.set('stream', 'true')
  url.searchParams.set('last_event_id', cursor)
  return { method: 'GET', url, headers: { 'last-event-id': undefined } }
}

/**
 * What a step is about is said by its first delta; a call begins with its name. An agent at work is content, since asked for
 * once more there would be two.
 */
function hasContent(value: AnyEvent): boolean {
  if (textIn(value) !== '' || typeof value?.interaction?.agent === 'string') return true
  if (isDelta(value)) {
    const { delta } = value
    if (!isObject(delta) || delta.type === 'text' || delta.type === undefined) return false
    return delta.type !== 'thought_signature' && delta.arguments !== ''
  }
  const type = isStart(value) ? (value.step ?? value.content)?.type : undefined
  return typeof type === 'string' && type !== 'model_output' && type !== 'thought' && type !== 'text'
}

/** What two runs of the same request differ in though they say the same. */
const OF_THE_RUN = new Set([
  'id',
  'call_id',
  'event_id',
  'interaction_id',
  'created',
  'updated',
  'usage',
  'step_usage',
  'metadata',
  'signature',
  'service_tier',
])

const withoutKeys = (value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !OF_THE_RUN.has(key))) : value

function withoutRun(value: unknown): unknown {
  if (!isObject(value)) return value
  const { interaction, step, delta, content, ...rest } = value
  return [rest, interaction, step, delta, content].map(withoutKeys)
}
