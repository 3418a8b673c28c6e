import { isObject, type Json } from '../errors/json.ts'
import { type Message, NOTHING, type ToolCall } from '../messages/message.ts'
import type { AnthropicMessage } from './anthropic-events.ts'

/** A call, and what is known of it beyond what is told. */
interface Call extends ToolCall {
  /** By the provider (web search, code execution, MCP): to be shown, not to be carried out. */
  readonly providerExecuted?: true
  /** Its block has stopped, which one that a token limit has cut does too. */
  readonly ended: boolean
  /** Some relays send all of its input at its beginning. */
  readonly given?: unknown
}

export interface AnthropicMessageSoFar extends Message<AnthropicMessage> {
  readonly toolCalls: readonly Call[]
  /** The `index` of each block of the snapshot. */
  readonly blockIndexes: readonly number[]
}

const EMPTY: AnthropicMessageSoFar = {
  ...NOTHING,
  toolCalls: [],
  snapshot: {
    type: 'message',
    role: 'assistant',
    content: [],
    stop_reason: null,
  } as unknown as AnthropicMessage,
  blockIndexes: [],
}

/** The message after one more event. */
export function accumulateAnthropic(
  message: Message<AnthropicMessage> | undefined,
  event: unknown,
): AnthropicMessageSoFar {
  const so = (message as AnthropicMessageSoFar | undefined) ?? EMPTY
  if (!isObject(event)) return { ...so }
  switch (event.type) {
    case 'message_start':
      return isObject(event.message) ? begun(so, event.message) : { ...so }
    case 'content_block_start':
      return isObject(event.content_block) ? withBlock(so, event, event.content_block) : { ...so }
    case 'content_block_delta':
      return isObject(event.delta) ? withDelta(so, event, event.delta) : { ...so }
    case 'content_block_stop':
      return stopped(so, event)
    case 'message_delta':
      return over(so, event)
  }
  return { ...so }
}

/** A second one, which the API does not send, takes nothing away that was shown. */
function begun(last: AnthropicMessageSoFar, message: Json): AnthropicMessageSoFar {
  const { content, ...rest } = message
  const { snapshot } = last
  let so: AnthropicMessageSoFar = {
    ...last,
    id: isText(message.id) ? message.id : last.id,
    model: isText(message.model) ? message.model : last.model,
    usage: message.usage ?? last.usage,
    snapshot: { ...rest, content: snapshot.content } as unknown as AnthropicMessage,
  }
  for (const [index, block] of arrayOf(content).entries())
    if (isObject(block)) so = withBlock(so, { index }, block)
  return so
}

function withBlock(so: AnthropicMessageSoFar, event: Json, block: Json): AnthropicMessageSoFar {
  const { snapshot, blockIndexes, toolCalls } = so
  const index = Number.isSafeInteger(event.index) ? (event.index as number) : (blockIndexes.at(-1) ?? -1) + 1
  // The model has gone on: what had stopped before was not cut.
  const calls = mapped(toolCalls, completed)
  const call = callOf(block, index)
  const next = {
    ...so,
    text: block.type === 'text' && isText(block.text) ? so.text + block.text : so.text,
    reasoning:
      block.type === 'thinking' && isText(block.thinking) ? so.reasoning + block.thinking : so.reasoning,
    toolCalls: call === undefined ? calls : [...calls, call],
    blockIndexes: [...blockIndexes, index],
    snapshot: { ...snapshot, content: [...snapshot.content, block as never] },
  }
  // Another model has taken over (beta).
  const { to } = block
  if (block.type !== 'fallback' || !isObject(to) || !isText(to.model)) return next
  return { ...next, model: to.model, snapshot: { ...next.snapshot, model: to.model } }
}

const CALLS: ReadonlySet<unknown> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use'])

function callOf(block: Json, index: number): Call | undefined {
  if (!CALLS.has(block.type)) return undefined
  const call = {
    index,
    id: isText(block.id) ? block.id : undefined,
    name: isText(block.name) ? block.name : undefined,
    arguments: '',
    complete: false,
    ended: false,
    ...(isObject(block.input) && Object.keys(block.input).length > 0 ? { given: block.input } : undefined),
  }
  return block.type === 'tool_use' ? call : { ...call, providerExecuted: true }
}

/** Which block a piece of which delta belongs to, for one that was not announced. */
const BLOCK_OF: ReadonlyMap<unknown, string> = new Map([
  ['text_delta', 'text'],
  ['citations_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['signature_delta', 'thinking'],
])

function withDelta(so: AnthropicMessageSoFar, event: Json, delta: Json): AnthropicMessageSoFar {
  const at = so.blockIndexes.lastIndexOf(event.index as number)
  if (at === -1) {
    const type = BLOCK_OF.get(delta.type)
    if (type === undefined) return { ...so }
    const next = withBlock(so, event, { type })
    return withDelta(next, { index: next.blockIndexes.at(-1) }, delta)
  }
  const block = so.snapshot.content[at] as unknown as Json
  const { text, thinking, signature, partial_json: json } = delta
  switch (delta.type) {
    case 'text_delta':
      if (block.type !== 'text' || !isText(text)) break
      return { ...put(so, at, { ...block, text: joined(block.text, text) }), text: so.text + text }
    case 'citations_delta':
      if (block.type !== 'text') break
      return put(so, at, { ...block, citations: [...arrayOf(block.citations), delta.citation] })
    case 'thinking_delta':
      if (block.type !== 'thinking' || !isText(thinking)) break
      return {
        ...put(so, at, { ...block, thinking: joined(block.thinking, thinking) }),
        reasoning: so.reasoning + thinking,
      }
    case 'signature_delta':
      if (block.type !== 'thinking') break
      return put(so, at, { ...block, signature })
    case 'compaction_delta': {
      if (block.type !== 'compaction') break
      const { content, encrypted_content } = delta
      const sealed = encrypted_content === undefined ? undefined : { encrypted_content }
      return put(so, at, { ...block, content, ...sealed })
    }
    case 'input_json_delta':
      // The API begins with an empty one [anthropic], which takes nothing away from an input that has come whole.
      if (!isText(json) || json === '') break
      return withCall(so, event.index, ({ input: _, given: __, ...call }) => ({
        ...call,
        arguments: call.arguments + json,
        complete: false,
        ended: false,
      }))
  }
  return { ...so }
}

const joined = (old: unknown, piece: string): string => (isText(old) ? old + piece : piece)

function put(so: AnthropicMessageSoFar, at: number, block: Json): AnthropicMessageSoFar {
  const { snapshot } = so
  return { ...so, snapshot: { ...snapshot, content: snapshot.content.with(at, block as never) } }
}

function withCall(
  so: AnthropicMessageSoFar,
  index: unknown,
  change: (call: Call) => Call,
): AnthropicMessageSoFar {
  const at = so.toolCalls.findLastIndex((call) => call.index === index)
  const call = so.toolCalls[at]
  // One that was complete may have been carried out: it stays as it was.
  return call === undefined || call.complete
    ? { ...so }
    : { ...so, toolCalls: so.toolCalls.with(at, change(call)) }
}

function stopped(so: AnthropicMessageSoFar, event: Json): AnthropicMessageSoFar {
  const at = so.blockIndexes.lastIndexOf(event.index as number)
  const next = withCall(so, event.index, (call) => ({ ...call, ended: true }))
  const call = next.toolCalls.findLast(({ index }) => index === event.index)
  const input = call === undefined || call.arguments === '' ? undefined : parsed(call.arguments)
  // Of arguments that were cut nothing is guessed.
  return at === -1 || input === undefined
    ? next
    : put(next, at, { ...(so.snapshot.content[at] as unknown as Json), input })
}

/**
 * The stop reasons after which nothing was cut. With any other, `max_tokens` say, the last block may have been, though it
 * has stopped and is JSON: before fine-grained streaming the API leaves out the parameters that were not finished.
 */
const WHOLE: ReadonlySet<unknown> = new Set(['tool_use', 'end_turn'])

/** Counted for the whole message, and left out where they do not apply: the last that came counts. */
const USAGE = [
  'input_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
  'server_tool_use',
  'output_tokens_details',
  'iterations',
  'fallback_credit',
]

function over(so: AnthropicMessageSoFar, event: Json): AnthropicMessageSoFar {
  const delta = isObject(event.delta) ? event.delta : {}
  const { stop_reason: reason, stop_details: details } = delta
  const usage = isObject(event.usage) ? withUsage(so.usage, event.usage) : so.usage
  const snapshot = {
    ...so.snapshot,
    ...only(delta, ['stop_reason', 'stop_sequence', 'stop_details'], undefined),
    ...only(delta, ['container'], null),
    ...only(event, ['context_management', 'input_transformations'], null),
    ...(usage === undefined ? undefined : { usage }),
  } as unknown as AnthropicMessage
  return {
    ...so,
    usage,
    snapshot,
    finishReason: isText(reason) ? reason : so.finishReason,
    refusal: isObject(details) && isText(details.explanation) ? details.explanation : so.refusal,
    toolCalls: WHOLE.has(reason) ? mapped(so.toolCalls, completed) : so.toolCalls,
  }
}

const withUsage = (before: unknown, usage: Json): Json => ({
  ...(isObject(before) ? before : undefined),
  ...only(usage, USAGE, null),
})

/** The fields of these names that are there; with `null`, that are not null either. */
const only = (from: Json, names: readonly string[], absent: null | undefined): Json =>
  Object.fromEntries(
    names
      .map((name) => [name, from[name]] as const)
      .filter(([, value]) => value !== undefined && (absent === undefined || value !== null)),
  )

/** A call whose block has stopped, once something has come after it that shows that it was not cut. */
function completed(call: Call): Call {
  if (call.complete || !call.ended) return call
  const input = call.arguments === '' ? (call.given ?? {}) : parsed(call.arguments)
  return input === undefined ? call : { ...call, complete: true, input }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** The very same list where nothing changes. */
function mapped<T>(list: readonly T[], change: (one: T) => T): readonly T[] {
  const next = list.map(change)
  return next.every((one, i) => one === list[i]) ? list : next
}

const isText = (value: unknown): value is string => typeof value === 'string'

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
