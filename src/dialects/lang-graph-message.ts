import { isObject } from '../errors/json.ts'
import { completed, type Message, NOTHING, type ToolCall } from '../messages/message.ts'
import type { LangGraphEvent, LangGraphMessage } from './lang-graph-events.ts'

type LangGraph = Message<unknown>
type Fields = Readonly<Record<string, unknown>>

const EMPTY: LangGraph = { ...NOTHING, snapshot: undefined }

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isObject) : [])

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export const isAiMessage = (message: LangGraphMessage): boolean =>
  message.type === 'AIMessageChunk' || message.type === 'ai' || message.type === 'AIMessage'

/** The message that an event of the mode `messages-tuple` is about, if it is the model's. */
function aiMessageOf(value: LangGraphEvent): (LangGraphMessage & Fields) | undefined {
  const type: unknown = value?.event
  if (typeof type !== 'string' || !(type === 'messages' || type.startsWith('messages|'))) return undefined
  const message: unknown = Array.isArray(value.data) ? value.data[0] : undefined
  return isObject(message) && isAiMessage(message as unknown as LangGraphMessage)
    ? (message as unknown as LangGraphMessage & Fields)
    : undefined
}

export function textOf(value: LangGraphEvent): string {
  const content: unknown = aiMessageOf(value)?.content
  if (typeof content === 'string') return content
  return listOf(content).reduce((text, block) => text + (textIn(block.text) ?? ''), '')
}

/**
 * All that the models of the run have said, as it came. `id`, `model`, `usage` and `finishReason` are those of the message
 * spoken last, or `interrupt` if the graph waits for its user; `snapshot` is the last state, of the mode `values`.
 */
export function accumulateLangGraph(message: LangGraph | undefined, value: LangGraphEvent): LangGraph {
  const before = message ?? EMPTY
  const said = aiMessageOf(value)
  if (said !== undefined) return withSaid(before, said, textOf(value))
  const { event, data } = (isObject(value) ? value : {}) as Fields
  const isInterrupt = isObject(data) && Object.hasOwn(data, '__interrupt__')
  const after = isInterrupt ? { ...before, finishReason: 'interrupt' } : { ...before }
  if (event !== 'values') return after
  // An interrupt comes by itself, and is not the whole state.
  return {
    ...after,
    snapshot: isInterrupt && isObject(before.snapshot) ? { ...before.snapshot, ...data } : data,
  }
}

function withSaid(before: LangGraph, said: LangGraphMessage & Fields, text: string): LangGraph {
  const told = isObject(said.response_metadata) ? said.response_metadata : {}
  const extra = isObject(said.additional_kwargs) ? said.additional_kwargs : {}
  const isSame = textIn(said.id) === undefined || said.id === before.id
  const finishReason =
    textIn(told.finish_reason) ??
    textIn(told.stop_reason) ??
    textIn(told.finishReason) ??
    // Bedrock's Converse, Ollama, OpenAI's Responses.
    textIn(told.stopReason) ??
    textIn(told.done_reason) ??
    (told.status === 'completed' || told.status === 'incomplete' ? told.status : undefined) ??
    textIn(extra.stop_reason) ??
    (isSame ? before.finishReason : undefined)
  return {
    ...before,
    id: textIn(said.id) ?? before.id,
    model: textIn(told.model_name) ?? textIn(told.model) ?? before.model,
    text: before.text + text,
    reasoning: before.reasoning + reasoningOf(said.content, extra),
    toolCalls: callsWith(before.toolCalls, said, finishReason),
    finishReason,
    usage: said.usage_metadata ?? before.usage,
  }
}

const reasoningOf = (content: unknown, extra: Fields): string =>
  listOf(content).reduce(
    (text, { thinking, reasoning }) => text + (textIn(thinking) ?? textIn(reasoning) ?? ''),
    textIn(extra.reasoning_content) ?? '',
  )

/** Of which message a call is, and where it is counted there: several models may speak at once. */
const placeOfCall = new WeakMap<ToolCall, { readonly message: unknown; readonly at: unknown }>()

/** Reasons for which a model stops when it has said all. Of any other its last call may have been cut. */
const WHOLE: ReadonlySet<unknown> = new Set([
  'tool_calls',
  'tool_use',
  'function_call',
  'stop',
  'STOP',
  'end_turn',
  'TOOL_CALL',
  'COMPLETE',
  'completed',
  'stop_sequence',
])

function callsWith(
  before: readonly ToolCall[],
  said: LangGraphMessage & Fields,
  finishReason: string | undefined,
): readonly ToolCall[] {
  // In a piece `tool_calls` is a guess at what `tool_call_chunks` may become.
  const isPiece = said.type === 'AIMessageChunk' || Array.isArray(said.tool_call_chunks)
  const isEnd = isPiece && WHOLE.has(finishReason) && before.some(({ complete }) => !complete)
  const told = listOf(isPiece ? said.tool_call_chunks : said.tool_calls)
  if (told.length === 0 && !isEnd) return before
  const calls = [...before]
  if (isPiece) for (const piece of told) addPiece(calls, said.id, piece)
  else for (const call of told) addWhole(calls, said.id, call, finishReason)
  if (isPiece && WHOLE.has(finishReason)) {
    for (const [at, call] of calls.entries()) {
      if (!call.complete && isOf(call, said.id)) calls[at] = placed(completed(call), call)
    }
  }
  return calls
}

const isOf = (call: ToolCall, message: unknown): boolean => {
  const place = placeOfCall.get(call)
  // What was copied has lost its place.
  return place === undefined || place.message === message
}

function placed(
  call: ToolCall,
  from: ToolCall | { readonly message: unknown; readonly at: unknown },
): ToolCall {
  const place = 'arguments' in from ? placeOfCall.get(from) : from
  if (place !== undefined) placeOfCall.set(call, place)
  return call
}

function addPiece(calls: ToolCall[], message: unknown, piece: Fields): void {
  const { index } = piece
  const id = textIn(piece.id)
  const name = textIn(piece.name)
  const args = typeof piece.args === 'string' ? piece.args : ''
  const at = calls.findLastIndex((call) => {
    if (!isOf(call, message) || call.complete) return false
    if (id !== undefined && call.id !== undefined) return call.id === id
    const place = placeOfCall.get(call)
    return place === undefined || typeof index !== 'number' || place.at === index
  })
  const old = calls[at]
  if (old === undefined) {
    const call: ToolCall = { index: calls.length, id, name, arguments: args, complete: false }
    calls.push(placed(call, { message, at: index }))
  } else {
    calls[at] = placed(
      { ...old, id: old.id ?? id, name: old.name ?? name, arguments: old.arguments + args },
      old,
    )
  }
}

/** Of a message that was not streamed. Its arguments came parsed. */
function addWhole(calls: ToolCall[], message: unknown, told: Fields, finishReason: string | undefined): void {
  const id = textIn(told.id)
  const at = id === undefined ? -1 : calls.findLastIndex((call) => call.id === id && isOf(call, message))
  const complete = finishReason === undefined || WHOLE.has(finishReason)
  const call: ToolCall = {
    index: at === -1 ? calls.length : at,
    id,
    name: textIn(told.name),
    arguments: JSON.stringify(told.args) ?? '',
    complete,
    ...(complete ? { input: told.args } : undefined),
  }
  calls[call.index] = placed(call, { message, at: undefined })
}
