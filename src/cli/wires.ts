import {
  type AnthropicMessageEvent,
  agUi,
  aiSdkUi,
  anthropicMessages,
  type ChatCompletionChunk,
  cohere,
  type Dialect,
  eventSource,
  gemini,
  geminiInteractions,
  langGraph,
  mcp,
  nestSse,
  type OpenaiResponseEvent,
  openaiChat,
  openaiResponses,
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

const chat = openaiChat()
const responses = openaiResponses()
const claude = anthropicMessages()

/** What a chunk adds to the text of the first choice, or to its refusal. */
export function textOfChunk(value: unknown): string {
  const chunk = value as ChatCompletionChunk
  let text = chat.text(chunk)
  if (!Array.isArray(chunk?.choices)) return text
  for (const choice of chunk.choices) {
    const refusal: unknown = (choice?.index ?? 0) === 0 ? choice?.delta?.refusal : undefined
    if (typeof refusal === 'string') text += refusal
  }
  return text
}

/** Its deltas, and those of its refusal. */
function textOfResponse(value: unknown): string {
  const event = value as { type?: unknown; delta?: unknown } | null
  if (event?.type === 'response.refusal.delta') return typeof event.delta === 'string' ? event.delta : ''
  return responses.text(value as OpenaiResponseEvent)
}

/** Its text, and why it was declined. */
function textOfMessage(value: unknown): string {
  const delta = (value as { delta?: { stop_details?: { explanation?: unknown } | null } | null } | null)
    ?.delta
  const explanation = delta?.stop_details?.explanation
  return typeof explanation === 'string' ? explanation : claude.text(value as AnthropicMessageEvent)
}

/** One whose values are parsed. */
const parsed = (dialect: () => { readonly name: string }, more: Partial<Wire> = {}): Wire => {
  const { name, text } = dialect() as Dialect<unknown>
  return {
    name,
    dialect: () => dialect() as Dialect<unknown>,
    raw: false,
    ...(text === undefined ? undefined : { textOf: text }),
    ...more,
  }
}

const raw = (dialect: () => { readonly name: string }): Wire => ({
  name: dialect().name,
  dialect: () => dialect() as Dialect<unknown>,
  raw: true,
})

export const WIRES: readonly Wire[] = [
  raw(rawEvents),
  // A refusal is what a reader of the answer has to see.
  parsed(openaiChat, { textOf: textOfChunk, path: /\/chat\/completions\/?$/ }),
  parsed(openaiResponses, { textOf: textOfResponse, path: /\/responses\/?$/ }),
  parsed(anthropicMessages, { textOf: textOfMessage, path: /\/v1\/messages\/?$/ }),
  parsed(gemini, { path: /:streamGenerateContent$/ }),
  parsed(geminiInteractions, { path: /\/interactions(?:\/[^/]+)?\/?$/ }),
  parsed(cohere, { path: /\/v2\/chat\/?$/ }),
  parsed(aiSdkUi, { path: /\/api\/chat\/?$/ }),
  parsed(agUi),
  parsed(langGraph, { path: /\/runs\/(?:stream|[^/]+\/stream)\/?$/ }),
  parsed(mcp, { path: /\/mcp\/?$/ }),
  raw(nestSse),
  raw(eventSource),
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
