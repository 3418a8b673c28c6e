import type { Json } from '../errors/json.ts'
import type { ToolCall } from '../messages/message.ts'

/** A call, and what is known of it beyond what is told. */
export interface ResponsesCall extends ToolCall {
  readonly type: 'function_call' | 'custom_tool_call' | 'mcp_call'
  /** By the provider (MCP): to be shown, not to be carried out. */
  readonly providerExecuted?: true
  /** Its item was said to be done, which servers also say of one that a token limit has cut. */
  readonly ended: boolean
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The end of an item. Servers that send no status say with `output_item.done` alone that it is done. */
export const isDone = ({ type, status }: Json): boolean =>
  status === undefined || status === 'completed' || (type === 'mcp_call' && status === 'failed')

/** The call that an item is, or nothing. */
export function callOf(item: Json, index: number, ended: boolean): ResponsesCall | undefined {
  const { type } = item
  if (type !== 'function_call' && type !== 'custom_tool_call' && type !== 'mcp_call') return undefined
  const call = {
    type,
    index,
    id: textOf(item.call_id) ?? textOf(item.id),
    name: textOf(item.name),
    arguments: textOf(type === 'custom_tool_call' ? item.input : item.arguments) ?? '',
    complete: false,
    ended,
  } as const
  return type === 'mcp_call' ? { ...call, providerExecuted: true } : call
}

/** With a call in its place. One that was complete may have been carried out: it stays as it was. */
export function withCall(calls: readonly ResponsesCall[], call: ResponsesCall): readonly ResponsesCall[] {
  const at = calls.findIndex(({ index }) => index === call.index)
  const old = calls[at]
  if (old === undefined) return [...calls, call]
  return old.complete ? calls : calls.with(at, atItsEnd(old, call))
}

/** Some servers leave out at the end what has come in pieces. */
const atItsEnd = (old: ResponsesCall, call: ResponsesCall): ResponsesCall =>
  call.ended && call.arguments === '' ? { ...call, arguments: old.arguments } : call

/** The calls of a response that is over, as its items have them. */
export function callsAtEnd(
  before: readonly ResponsesCall[],
  items: readonly unknown[],
  isWhole: boolean,
): readonly ResponsesCall[] {
  const calls = [...before]
  for (const [index, value] of items.entries()) {
    if (typeof value !== 'object' || value === null) continue
    const item = value as Json
    const call = callOf(item, index, isDone(item))
    if (call === undefined) continue
    const same = calls.findIndex(({ id }) => id !== undefined && id === call.id)
    const at = same === -1 ? calls.findIndex((other) => other.index === index) : same
    const old = calls[at]
    if (old === undefined) calls.push(isWhole ? completed(call) : call)
    else if (!old.complete) {
      const last = atItsEnd(old, call)
      calls[at] = isWhole ? completed({ ...last, index: old.index }) : last
    }
  }
  return calls
}

/**
 * A call that has ended, once something has come after it that shows that it was not cut: another item, or the end of a
 * response that is whole.
 */
export function completed(call: ResponsesCall): ResponsesCall {
  if (call.complete || !call.ended) return call
  const { arguments: text, type } = call
  let input: unknown
  try {
    input = text === '' && type !== 'custom_tool_call' ? {} : JSON.parse(text)
  } catch {
    // Only a custom tool takes any text. Servers that call every item completed exist: what is no JSON was cut.
    return type === 'custom_tool_call' ? { ...call, complete: true } : call
  }
  return { ...call, complete: true, input }
}
