import { type Dialect, done, ignored, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload } from './in-band.ts'
import { isSameStructure } from './same.ts'

interface ContentBlock {
  type: 'text' | 'tool_use' | 'thinking' | (string & {})
  text?: string
  thinking?: string
  id?: string
  name?: string
  input?: unknown
}

interface ContentDelta {
  type:
    | 'text_delta'
    | 'input_json_delta'
    | 'thinking_delta'
    | 'signature_delta'
    | 'citations_delta'
    | (string & {})
  text?: string
  partial_json?: string
  thinking?: string
  signature?: string
}

/**
 * One event of a streamed Message [anthropic]. Event types that are not listed here pass through as
 * they come: "new event types may be added, and your code should handle unknown event types gracefully".
 */
export type AnthropicMessageEvent =
  | {
      type: 'message_start'
      message: {
        id: string
        type: 'message'
        role: 'assistant'
        model: string
        content: ContentBlock[]
        stop_reason: string | null
        usage: { input_tokens: number; output_tokens: number }
      }
    }
  | { type: 'content_block_start'; index: number; content_block: ContentBlock }
  | { type: 'content_block_delta'; index: number; delta: ContentDelta }
  | { type: 'content_block_stop'; index: number }
  | {
      type: 'message_delta'
      delta: { stop_reason: string | null; stop_sequence?: string | null }
      usage?: { output_tokens: number }
    }
  | { type: 'message_stop' }

/**
 * Anthropic Messages [anthropic]: `message_stop` is delivered and completes; `event: error` is a `stream_error`,
 * also as the very first event; `ping` is dropped.
 *
 * Does not join deltas. An unfinished `input_json_delta` is never presented as whole.
 */
export function anthropicMessages(): Dialect<AnthropicMessageEvent> {
  return {
    name: 'anthropic-messages',
    read(event): AnthropicMessageEvent | Verdict<AnthropicMessageEvent> {
      if (event.event === 'ping') return ignored
      if (event.event === 'error') return failedEvent(event)
      if (event.data === '') return ignored
      const value = JSON.parse(event.data) as AnthropicMessageEvent | { type: 'ping' }
      if (value?.type === 'ping') return ignored
      const failure = failedPayload(value)
      if (failure !== undefined) return failure
      return value?.type === 'message_stop' ? done(value) : value
    },
    text: textOf,
    withText: (value, text) =>
      value.type === 'content_block_delta' && value.delta.type === 'text_delta'
        ? { ...value, delta: { ...value.delta, text } }
        : value,
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    isContent: (value) =>
      value?.type === 'content_block_delta' ||
      (value?.type === 'content_block_start' && !isEmptyBlock(value.content_block)),
  }
}

const textOf = (value: AnthropicMessageEvent): string =>
  value?.type === 'content_block_delta' &&
  value.delta?.type === 'text_delta' &&
  typeof value.delta.text === 'string'
    ? value.delta.text
    : ''

/** Opened before its first token, as a role is; a tool call or what is redacted comes with something. */
const isEmptyBlock = (block: ContentBlock | undefined): boolean =>
  (block?.type === 'text' && !block.text) || (block?.type === 'thinking' && !block.thinking)

/** Two runs of the same request differ in the ID and the usage of their message though they say the same. */
function withoutRun(value: AnthropicMessageEvent): object {
  if (value?.type !== 'message_start' || !value.message) return value
  const { id: _, usage: __, ...message } = value.message
  return { ...value, message }
}
