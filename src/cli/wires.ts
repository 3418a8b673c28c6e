import {
  type AnthropicMessageEvent,
  anthropicMessages,
  type ChatCompletionChunk,
  type Dialect,
  eventSource,
  openaiChat,
  rawEvents,
  type ServerSentEvent,
} from '../index.ts'

/** A dialect as the command uses it: how its values are shown. */
export interface Wire {
  readonly name: string
  dialect(): Dialect<unknown>
  /** Does its consumer get events as they are, not parsed values? */
  readonly raw: boolean
  /** The text that a value adds to the answer; absent where the wire has no such thing. */
  readonly textOf?: (value: unknown) => string
  /** Where such a stream usually lives, to name the right dialect to who forgot it. */
  readonly path?: RegExp
}

const anyDialect = <T, M>(dialect: Dialect<T, M>): Dialect<unknown> => dialect as unknown as Dialect<unknown>

/** What a chunk adds to the text of the first choice. */
export function textOfChunk(value: unknown): string {
  const chunk = value as ChatCompletionChunk
  if (!Array.isArray(chunk?.choices)) return ''
  let text = ''
  for (const choice of chunk.choices) {
    if ((choice?.index ?? 0) === 0) text += textIn(choice?.delta?.content) + textIn(choice?.delta?.refusal)
  }
  return text
}

function textOfMessageEvent(value: unknown): string {
  const event = value as AnthropicMessageEvent
  if (event?.type === 'content_block_delta' && event.delta?.type === 'text_delta') {
    return textIn(event.delta.text)
  }
  return event?.type === 'content_block_start' && event.content_block?.type === 'text'
    ? textIn(event.content_block.text)
    : ''
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')

export const WIRES: readonly Wire[] = [
  { name: 'raw', dialect: () => anyDialect(rawEvents()), raw: true },
  {
    name: 'openai-chat',
    dialect: () => anyDialect(openaiChat()),
    raw: false,
    textOf: textOfChunk,
    path: /\/chat\/completions\/?$/,
  },
  {
    name: 'anthropic-messages',
    dialect: () => anyDialect(anthropicMessages()),
    raw: false,
    textOf: textOfMessageEvent,
    path: /\/v1\/messages\/?$/,
  },
  { name: 'event-source', dialect: () => anyDialect(eventSource()), raw: true },
]

/** An event as it stood on the wire: what is printed is an event stream again. */
export function blockOf(
  value: unknown,
  field: (name: string) => string,
  shown: (text: string) => string,
): string {
  const { id, event, data } = value as ServerSentEvent
  let block = ''
  if (id !== undefined) block += `${field('id:')} ${shown(id)}\n`
  if (event !== undefined) block += `${field('event:')} ${shown(event)}\n`
  for (const line of data.split('\n')) block += `${field('data:')} ${shown(line)}\n`
  return `${block}\n`
}
