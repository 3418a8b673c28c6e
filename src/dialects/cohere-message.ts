import { isObject } from '../errors/json.ts'
import { type Message, NOTHING, type ToolCall } from '../messages/message.ts'

interface ContentPart {
  type?: 'text' | 'thinking' | (string & {})
  text?: string
  thinking?: string
}

interface CohereToolCall {
  id?: string
  type?: 'function'
  function?: { name?: string; arguments?: string }
}

interface Usage {
  billed_units?: { input_tokens?: number; output_tokens?: number }
  tokens?: { input_tokens?: number; output_tokens?: number }
}

/** Why the model stopped. */
type FinishReason =
  | 'COMPLETE'
  | 'MAX_TOKENS'
  | 'STOP_SEQUENCE'
  | 'TOOL_CALL'
  | 'ERROR'
  | 'TIMEOUT'
  | (string & {})

/** One event of a streamed chat, API v2 [cohere]. Event types that are not listed here pass through as they come. */
export type CohereEvent =
  | { type: 'message-start'; id?: string; delta?: { message?: { role?: string } } }
  | {
      type: 'content-start' | 'content-delta'
      index?: number
      delta?: { message?: { content?: ContentPart } }
    }
  | { type: 'tool-plan-delta'; delta?: { message?: { tool_plan?: string } } }
  | {
      type: 'tool-call-start' | 'tool-call-delta'
      index?: number
      delta?: { message?: { tool_calls?: CohereToolCall } }
    }
  | { type: 'citation-start'; index?: number; delta?: { message?: { citations?: object } } }
  | { type: 'content-end' | 'tool-call-end' | 'citation-end'; index?: number }
  | { type: 'message-end'; delta?: { finish_reason?: FinishReason; error?: string; usage?: Usage } }

/** A call, by the number that the events have for it. */
interface CallSoFar extends CohereToolCall {
  index: number
  /** Its `tool-call-end` has come. */
  ended: boolean
}

/** The response so far, as it comes without streaming: a V2ChatResponse [cohere]. */
export interface CohereResponse {
  id?: string
  finish_reason?: FinishReason
  message: {
    role: 'assistant'
    content?: readonly ContentPart[]
    tool_plan?: string
    tool_calls?: readonly CallSoFar[]
    citations?: readonly object[]
  }
  usage?: Usage
}

/** An event of any type and shape. */
export interface AnyEvent {
  type?: string
  id?: string
  index?: number
  delta?: {
    message?: { content?: ContentPart; tool_plan?: string; tool_calls?: CohereToolCall; citations?: object }
    finish_reason?: FinishReason
    error?: string
    usage?: Usage
  }
}

type SoFar = Message<CohereResponse>

const textOr = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The message in the delta; an empty one if there is none. */
const messageIn = (event: AnyEvent): NonNullable<NonNullable<AnyEvent['delta']>['message']> =>
  isObject(event.delta) && isObject(event.delta.message) ? event.delta.message : {}

export function contentIn(event: AnyEvent): ContentPart | undefined {
  const { content } = messageIn(event)
  return isObject(content) ? content : undefined
}

export const planIn = (event: AnyEvent): string => textOr(messageIn(event).tool_plan)

function toolCallIn(event: AnyEvent): CohereToolCall {
  const call = messageIn(event).tool_calls
  return isObject(call) ? call : {}
}

export function argumentsIn(event: AnyEvent): string {
  const { function: fn } = toolCallIn(event)
  return isObject(fn) ? textOr(fn.arguments) : ''
}

const EMPTY: SoFar = {
  ...NOTHING,
  snapshot: { message: { role: 'assistant' } },
}

/** The message after another event. The plan of a call is told as reasoning. */
export function accumulateCohere(message: SoFar | undefined, event: AnyEvent): SoFar {
  const before = message ?? EMPTY
  if (!isObject(event)) return before
  switch (event.type) {
    case 'message-start': {
      const id = typeof event.id === 'string' ? event.id : undefined
      return {
        ...before,
        id: id ?? before.id,
        snapshot: { ...before.snapshot, ...(id !== undefined && { id }) },
      }
    }
    case 'content-start':
    case 'content-delta':
      return withContent(event.type === 'content-start' ? proved(before) : before, event)
    case 'tool-plan-delta': {
      const plan = planIn(event)
      const { tool_plan = '' } = before.snapshot.message
      return said({ ...before, reasoning: before.reasoning + plan }, { tool_plan: tool_plan + plan })
    }
    case 'tool-call-start':
      return withCall(proved(before), event, true)
    case 'tool-call-delta':
      return withCall(before, event, false)
    case 'tool-call-end':
      return ended(before, event)
    case 'citation-start': {
      const { citations } = messageIn(event)
      if (!isObject(citations)) return before
      return said(before, { citations: [...(before.snapshot.message.citations ?? []), citations] })
    }
    case 'message-end':
      return finished(before, event)
    default:
      return before
  }
}

const said = (before: SoFar, more: Partial<CohereResponse['message']>): SoFar => ({
  ...before,
  snapshot: { ...before.snapshot, message: { ...before.snapshot.message, ...more } },
})

function withContent(before: SoFar, event: AnyEvent): SoFar {
  const part = contentIn(event)
  if (part === undefined) return before
  const content = before.snapshot.message.content ?? []
  const last = content.at(-1)
  const begins = event.type === 'content-start' || last === undefined
  const [text, thinking] = [textOr(part.text), textOr(part.thinking)]
  const next: ContentPart = begins
    ? part
    : {
        ...last,
        ...(text !== '' && { text: textOr(last.text) + text }),
        ...(thinking !== '' && { thinking: textOr(last.thinking) + thinking }),
      }
  return said(
    { ...before, text: before.text + text, reasoning: before.reasoning + thinking },
    { content: begins ? [...content, next] : content.with(-1, next) },
  )
}

const numberOf = (index: unknown): number => (Number.isInteger(index) ? (index as number) : 0)

function withCall(before: SoFar, event: AnyEvent, begins: boolean): SoFar {
  const index = numberOf(event.index)
  const calls = before.snapshot.message.tool_calls ?? []
  const at = begins ? -1 : calls.findLastIndex((one) => one.index === index)
  const { function: fn, ...rest } = toolCallIn(event)
  const { function: fragment = {}, ...old } = calls[at] ?? {}
  const call: CallSoFar = {
    ...old,
    ...rest,
    index,
    ended: false,
    function: {
      ...fragment,
      ...(isObject(fn) && fn),
      arguments: textOr(fragment.arguments) + argumentsIn(event),
    },
  }
  if (before.toolCalls[at]?.complete === true) return before
  const tool: ToolCall = {
    index,
    id: typeof call.id === 'string' ? call.id : undefined,
    name: typeof call.function?.name === 'string' ? call.function.name : undefined,
    arguments: textOr(call.function?.arguments),
    complete: false,
  }
  const { toolCalls } = before
  return said(
    { ...before, toolCalls: at === -1 ? [...toolCalls, tool] : toolCalls.with(at, tool) },
    { tool_calls: at === -1 ? [...calls, call] : calls.with(at, call) },
  )
}

function ended(before: SoFar, event: AnyEvent): SoFar {
  const index = numberOf(event.index)
  const calls = before.snapshot.message.tool_calls ?? []
  const at = calls.findLastIndex((one) => one.index === index)
  const call = calls[at]
  return call === undefined ? before : said(before, { tool_calls: calls.with(at, { ...call, ended: true }) })
}

/** A call that has ended, and that something follows, was not cut by a limit. */
function proved(before: SoFar): SoFar {
  const calls = before.snapshot.message.tool_calls ?? []
  let toolCalls: ToolCall[] | undefined
  for (const [at, call] of before.toolCalls.entries()) {
    if (call.complete || calls[at]?.ended !== true) continue
    toolCalls ??= [...before.toolCalls]
    toolCalls[at] = { ...call, complete: true, ...parsed(call.arguments) }
  }
  return toolCalls === undefined ? before : { ...before, toolCalls }
}

function parsed(text: string): { input?: unknown } {
  try {
    return { input: JSON.parse(text) }
  } catch {
    return {}
  }
}

function finished(before: SoFar, { delta }: AnyEvent): SoFar {
  const reason = isObject(delta) && typeof delta.finish_reason === 'string' ? delta.finish_reason : undefined
  const usage = isObject(delta) && isObject(delta.usage) ? delta.usage : undefined
  // A stop sequence may stand inside the arguments.
  const after = reason === 'TOOL_CALL' || reason === 'COMPLETE' ? proved(before) : before
  return {
    ...after,
    finishReason: reason ?? before.finishReason,
    usage: usage ?? before.usage,
    snapshot: {
      ...after.snapshot,
      ...(reason !== undefined && { finish_reason: reason }),
      ...(usage !== undefined && { usage }),
    },
  }
}
