import { isObject, type Json } from '../errors/json.ts'
import type { ToolCall } from '../messages/message.ts'
import { type ChatCompletionChoice, type ChatCompletionToolCall, MAX_CHOICES } from './openai-chat-chunk.ts'

type Calls = readonly ChatCompletionToolCall[]

/** The `index` that a call was sent with, which is not a field of it [openai]. */
const sentIndex = new WeakMap<ChatCompletionToolCall, number>()

const indexIn = (calls: Calls, at: number): number => sentIndex.get(calls[at] as ChatCompletionToolCall) ?? at

const named = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export function addToolCalls(calls: Calls, deltas: readonly unknown[]): ChatCompletionToolCall[] {
  let next = calls
  let isFirst = true
  for (const delta of deltas) {
    if (!isObject(delta)) continue
    const at = positionOf(next, delta, isFirst)
    isFirst = false
    if (at !== -1) next = next.with(at, joinCall(next[at], delta, indexIn(next, at)))
    else if (next.length < MAX_CHOICES) {
      const index = Number.isInteger(delta.index) ? (delta.index as number) : next.length
      next = [...next, joinCall(undefined, delta, index)]
    }
  }
  return next as ChatCompletionToolCall[]
}

/**
 * The call that a fragment belongs to; -1: it begins one.
 *
 * By its `index` [openai]; but Gemini's OpenAI-compatible endpoint, and servers in front of it, send none, or 0 for every
 * call. Then by its ID; else by its name, since fragments that go on have none or repeat it.
 */
function positionOf(calls: Calls, delta: Json, isFirst: boolean): number {
  const id = named(delta.id)
  if (Number.isInteger(delta.index)) {
    for (let at = calls.length - 1; at >= 0; at--)
      if (indexIn(calls, at) === delta.index && !isAnother(calls[at] as ChatCompletionToolCall, delta))
        return at
    return -1
  }
  if (id !== undefined) return calls.findLastIndex((call) => call.id === id)
  const last = calls.at(-1)
  const name = nameIn(delta)
  if (last === undefined || name === undefined) return calls.length - 1
  return isFirst && name === nameOf(last) && !isAnother(last, delta) ? calls.length - 1 : -1
}

/** Whether a fragment at the place of a call can only be another call: no JSON goes on after its last brace. */
function isAnother(call: ChatCompletionToolCall, delta: Json): boolean {
  const id = named(delta.id)
  const name = nameIn(delta)
  if (id !== undefined && call.id !== undefined) {
    // Older servers of vLLM give each fragment an ID of its own: only one with a name begins a call.
    if (id === call.id || name === undefined) return false
    return name !== nameOf(call) || isWhole(call)
  }
  const more = isObject(delta.function) ? delta.function.arguments : undefined
  return name !== undefined && isMore(more) && isWhole(call)
}

const isMore = (more: unknown): boolean => isObject(more) || (typeof more === 'string' && more.trim() !== '')

function isWhole(call: ChatCompletionToolCall): boolean {
  const text = call.function?.arguments ?? ''
  return text.endsWith('}') && parse(text) !== undefined
}

const nameOf = (call: ChatCompletionToolCall): string | undefined =>
  named(call.function?.name) ?? named(call.custom?.name)

const nameIn = (delta: Json): string | undefined =>
  (isObject(delta.function) ? named(delta.function.name) : undefined) ??
  (isObject(delta.custom) ? named(delta.custom.name) : undefined)

function joinCall(
  call: ChatCompletionToolCall | undefined,
  delta: Json,
  index: number,
): ChatCompletionToolCall {
  const { index: _, id, type, function: fn, custom, ...rest } = delta
  const next: ChatCompletionToolCall = { type: 'function', ...call, ...rest }
  if (named(id) !== undefined) next.id = id as string
  if (named(type) !== undefined) next.type = type as string
  else if (call === undefined && isObject(custom)) next.type = 'custom'
  if (isObject(custom)) {
    next.custom = {
      name: named(custom.name) ?? next.custom?.name ?? '',
      input: (next.custom?.input ?? '') + (named(custom.input) ?? ''),
    }
  }
  if (isObject(fn) || (next.type === 'function' && next.function === undefined)) {
    const { name, arguments: more } = isObject(fn) ? fn : ({} as Json)
    const before = next.function?.arguments ?? ''
    next.function = {
      name: named(name) ?? next.function?.name ?? '',
      // Ollama's own API and some servers send them whole, not as text.
      arguments: isObject(more) ? JSON.stringify(more) : before + (named(more) ?? ''),
    }
  }
  sentIndex.set(next, index)
  return next
}

type Choice = ChatCompletionChoice | undefined

/** The calls of a choice in the words of a {@link Message}; those that have not changed are the same objects. */
export function readToolCalls(before: readonly ToolCall[], was: Choice, choice: Choice): readonly ToolCall[] {
  const calls = choice?.message.tool_calls ?? []
  const old = choice?.message.function_call
  const finish = choice?.finish_reason ?? undefined
  const isFinishNew = finish !== (was?.finish_reason ?? undefined)
  if (
    !isFinishNew &&
    choice?.message.tool_calls === was?.message.tool_calls &&
    old === was?.message.function_call
  )
    return before
  const places = calls.map((_, at) => indexIn(calls, at))
  const isCounted = new Set(places).size === places.length
  const next = calls.map((call, at) => {
    const same = !isFinishNew && call === was?.message.tool_calls?.[at] ? before[at] : undefined
    return same ?? toolCall(call, isCounted ? (places[at] as number) : at, finish)
  })
  // [openai] before there were several
  if (old !== undefined) next.push(toolCall({ type: 'function', function: old }, calls.length, finish))
  return next
}

/** The finishes of a choice that was not cut. */
const CLOSES: ReadonlySet<unknown> = new Set(['tool_calls', 'function_call', 'stop'])

function toolCall(call: ChatCompletionToolCall, index: number, finish: string | undefined): ToolCall {
  const isFree = call.function === undefined && call.custom !== undefined
  const text = (isFree ? call.custom?.input : call.function?.arguments) ?? ''
  const open: ToolCall = { index, id: call.id, name: nameOf(call), arguments: text, complete: false }
  if (!CLOSES.has(finish)) return open
  if (isFree) return { ...open, complete: true }
  // A stop sequence can cut a call before its first argument.
  if (text.trim() === '') return finish === 'stop' ? open : { ...open, complete: true, input: {} }
  const parsed = parse(text)
  return parsed === undefined ? open : { ...open, complete: true, input: parsed }
}

/** `undefined`, which JSON does not have, for what is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
