import {
  agUi,
  aiSdkUi,
  anthropicMessages,
  cohere,
  type Dialect,
  eventSource,
  gemini,
  geminiInteractions,
  langGraph,
  mcp,
  nestSse,
  openaiChat,
  openaiResponses,
  rawEvents,
} from './library.ts'
import type { ChatDialect, Choice, DialectName } from './types.ts'

/** A wire, in words and in code. */
export interface DialectRow extends Choice<DialectName> {
  /** Does the embedded gateway speak it? */
  readonly embedded: boolean
  /** Where such a stream usually lives. */
  readonly path: string
  /** A new one for each run. */
  make(): Dialect<unknown>
  /** The text that a value adds; where the wire has none, the value itself. */
  textOf(value: unknown): string
}

type Maker = () => { readonly name: string; text?(value: never): string }

const dataOf = (value: unknown): string => {
  const data = (value as { readonly data?: unknown } | null)?.data
  return typeof data === 'string' ? data : JSON.stringify(value)
}

/** The embedded gateway's raw events are a token of JSON each; anything else is shown as it is, an event a line. */
function rawText(value: unknown): string {
  const data = dataOf(value)
  if (/^".*"$/s.test(data)) {
    try {
      const token: unknown = JSON.parse(data)
      if (typeof token === 'string') return token
    } catch {
      // As it is.
    }
  }
  return `${data}\n`
}

function row(
  value: DialectName,
  label: string,
  about: string,
  path: string,
  make: Maker,
  embedded = false,
): DialectRow {
  const { text } = make() as Dialect<unknown> & { text?(value: unknown): string }
  return {
    value,
    label,
    about,
    path,
    embedded,
    make: () => make() as unknown as Dialect<unknown>,
    textOf: text === undefined ? rawText : (one) => text(one),
  }
}

/** All wires; the embedded gateway's first. */
export const dialects: readonly DialectRow[] = [
  row(
    'openai-chat',
    'OpenAI Chat Completions',
    'Chunks with deltas; [DONE] is the end.',
    '/v1/chat/completions',
    openaiChat,
    true,
  ),
  row(
    'anthropic-messages',
    'Anthropic Messages',
    'Named events; message_stop is the end.',
    '/v1/messages',
    anthropicMessages,
    true,
  ),
  row(
    'openai-responses',
    'OpenAI Responses',
    'Named, numbered events; response.completed is the end.',
    '/v1/responses',
    openaiResponses,
    true,
  ),
  row('raw', 'Raw events', 'Events as they stand; [DONE] is the end.', '/stream', rawEvents, true),
  row('gemini', 'Gemini', 'Chunks with candidates; a finishReason is the end.', '/v1beta/models', gemini),
  row(
    'gemini-interactions',
    'Gemini Interactions',
    'Named steps of an interaction.',
    '/v1beta/interactions',
    geminiInteractions,
  ),
  row('cohere', 'Cohere', 'Named events; message-end is the end.', '/v2/chat', cohere),
  row('ai-sdk-ui', 'AI SDK UI', 'The UI messages of the AI SDK.', '/api/chat', aiSdkUi),
  row('ag-ui', 'AG-UI', 'Events of an agent’s run; RUN_FINISHED is the end.', '/agent', agUi),
  row('lang-graph', 'LangGraph', 'Events of a graph’s run.', '/runs/stream', langGraph),
  row('mcp', 'MCP', 'JSON-RPC over streamable HTTP.', '/mcp', mcp),
  row('nest-sse', 'NestJS @Sse', 'What a NestJS controller streams.', '/sse', nestSse),
  row(
    'event-source',
    'EventSource feed',
    'An endless feed: its end is a reconnection.',
    '/feed',
    eventSource,
  ),
]

/** @throws RangeError for a name that there is not. */
export function dialectNamed(name: DialectName): DialectRow {
  const found = dialects.find(({ value }) => value === name)
  if (found === undefined) throw new RangeError(`there is no dialect ${JSON.stringify(name)}`)
  return found
}

export const chatDialects: readonly (DialectRow & { readonly value: ChatDialect })[] = dialects.filter(
  (dialect): dialect is DialectRow & { readonly value: ChatDialect } => dialect.embedded,
)
