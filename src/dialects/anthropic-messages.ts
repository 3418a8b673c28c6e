import type { AnthropicMessage, AnthropicMessageEvent } from './anthropic-events.ts'
import { accumulateAnthropic } from './anthropic-message.ts'
import { type DialectFacts, done, type LlmDialect, ping, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload } from './in-band.ts'
import { isSameStructure } from './same.ts'

export type {
  AnthropicContentBlock,
  AnthropicContentDelta,
  AnthropicMessage,
  AnthropicMessageEvent,
} from './anthropic-events.ts'

/** What is looked at of an event, whatever it is. */
interface Loose {
  readonly type?: unknown
  readonly message?: unknown
  readonly delta?: { readonly [key: string]: unknown } | null
  readonly content_block?: { readonly [key: string]: unknown } | null
}

const facts: DialectFacts = {
  api: 'Anthropic Messages',
  end: ['event: message_stop\ndata: {"type":"message_stop"}'],
  errors: [
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}',
    'data: {"type":"error","error":{"type":"api_error","message":"Internal server error"}}',
    'data: {"error":{"type":"model_error","code":"model_overloaded","message":"Try again"}}',
    'event: error\ndata: upstream closed',
  ],
  withoutEnd: '`stream_terminated`',
  cursor: 'none',
  sources: [
    'https://platform.claude.com/docs/en/build-with-claude/streaming',
    'https://platform.claude.com/docs/en/api/errors',
  ],
}

/**
 * Anthropic Messages [anthropic]: `message_stop` is delivered and completes; `event: error` is a `stream_error`,
 * also as the very first event; `ping` is dropped.
 *
 * Does not join deltas. An unfinished `input_json_delta` is never presented as whole.
 *
 * @typeParam T - the events: your SDK's own type, say
 */
export function anthropicMessages<T = AnthropicMessageEvent>(): LlmDialect<
  // Where a config with any dialect is expected, T is not guessed from there.
  NoInfer<T>,
  AnthropicMessage
> {
  return {
    name: 'anthropic-messages',
    facts,
    requestIdHeaders: ['request-id'],
    read(event): NoInfer<T> | Verdict<NoInfer<T>> {
      if (event.event === 'ping') return ping
      if (event.event === 'error') return failedEvent(event)
      if (event.data === '') return ping
      const value = JSON.parse(event.data) as Loose | null
      if (value?.type === 'ping') return ping
      const failure = failedPayload(value)
      if (failure !== undefined) return failure
      return value?.type === 'message_stop' ? done(value as NoInfer<T>) : (value as NoInfer<T>)
    },
    text: (value) => textOf(value as Loose | null),
    withText: (value, text) => {
      const { type, delta, content_block: block } = (value ?? {}) as Loose
      if (type === 'content_block_delta' && delta?.type === 'text_delta')
        return { ...value, delta: { ...delta, text } }
      return type === 'content_block_start' && block?.type === 'text'
        ? { ...value, content_block: { ...block, text } }
        : value
    },
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    isContent: (value) => isContent(value as Loose | null),
    accumulate: accumulateAnthropic,
  }
}

/** Relays exist that send a block's text with its beginning. */
function textOf(value: Loose | null): string {
  const { type, delta, content_block: block } = value ?? {}
  const piece =
    type === 'content_block_delta' && delta?.type === 'text_delta'
      ? delta.text
      : type === 'content_block_start' && block?.type === 'text'
        ? block.text
        : ''
  return typeof piece === 'string' ? piece : ''
}

function isContent(value: Loose | null): boolean {
  if (value?.type === 'content_block_start') return !isEmptyBlock(value.content_block)
  if (value?.type !== 'content_block_delta') return false
  const { text, thinking, partial_json } = value.delta ?? {}
  return text !== '' && thinking !== '' && partial_json !== ''
}

/** Opened before its first token, as a role is; a tool call or what is redacted comes with something. */
const isEmptyBlock = (block: Loose['content_block']): boolean =>
  (block?.type === 'text' && !block.text) || (block?.type === 'thinking' && !block.thinking)

/** Two runs of the same request differ in the IDs and the usage of what they say, though they say the same. */
function withoutRun(value: unknown): unknown {
  const { type, message, content_block: block, delta } = (value ?? {}) as Loose
  if (type === 'message_start') return { ...(value as object), message: without(message, 'id', 'usage') }
  if (type === 'message_delta') return without(value, 'usage')
  if (type === 'content_block_start')
    return { ...(value as object), content_block: without(block, 'id', 'tool_use_id') }
  if (type === 'content_block_delta') return { ...(value as object), delta: without(delta, 'signature') }
  return value
}

const without = (value: unknown, ...names: readonly string[]): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !names.includes(key)))
    : value
