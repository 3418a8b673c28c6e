import { type Message, NOTHING, type ToolCall } from '../messages/message.ts'
import type { AiSdkUiChunk, AiSdkUiMessage, AiSdkUiPart } from './ai-sdk-ui-chunks.ts'

type UiMessage = Message<AiSdkUiMessage>
type Fields = Readonly<Record<string, unknown>>

const EMPTY: UiMessage = { ...NOTHING, snapshot: { id: '', role: 'assistant', parts: [] } }

/**
 * The message so far. `snapshot` is what `readUIMessageStream` [ai-sdk] gives, with two differences: the `input` of a tool
 * call is not guessed while its JSON is unfinished (`rawInput` has it), and a chunk that fits nothing is passed over.
 */
export function accumulateUiMessage(message: UiMessage | undefined, chunk: AiSdkUiChunk): UiMessage {
  const before = message ?? EMPTY
  if (typeof chunk !== 'object' || chunk === null || Array.isArray(chunk)) return { ...before }
  const fields = chunk as unknown as Fields
  switch (fields.type) {
    case 'start':
      return start(before, fields)
    case 'message-metadata':
      return withMetadata(before, fields.messageMetadata)
    case 'finish': {
      const finishReason = typeof fields.finishReason === 'string' ? fields.finishReason : before.finishReason
      return { ...withMetadata(before, fields.messageMetadata), finishReason }
    }
    case 'start-step':
      return pushed(before, { type: 'step-start' })
    case 'reset-step':
      return resetStep(before)
    case 'text-start':
    case 'reasoning-start':
    case 'text-delta':
    case 'reasoning-delta':
    case 'text-end':
    case 'reasoning-end':
      return span(before, fields, fields.type.startsWith('text') ? 'text' : 'reasoning')
    case 'file':
    case 'reasoning-file':
    case 'source-url':
    case 'source-document':
    case 'custom':
    case 'steering-message':
      return pushed(before, fields as AiSdkUiPart)
    default:
      if (typeof fields.type !== 'string') return { ...before }
      if (fields.type.startsWith('tool-')) return tool(before, fields)
      return fields.type.startsWith('data-') ? data(before, fields) : { ...before }
  }
}

function start(before: UiMessage, { messageId, messageMetadata }: Fields): UiMessage {
  if (typeof messageId !== 'string' || messageId === '') return withMetadata(before, messageMetadata)
  // Another message begins on the same stream.
  const base = messageId === before.snapshot.id || before.snapshot.id === '' ? before : EMPTY
  return withMetadata(
    { ...base, id: messageId, snapshot: { ...base.snapshot, id: messageId } },
    messageMetadata,
  )
}

function withMetadata(before: UiMessage, given: unknown): UiMessage {
  if (given === undefined || given === null) return { ...before }
  const metadata = merged(before.snapshot.metadata, given)
  return { ...before, snapshot: { ...before.snapshot, metadata } }
}

const isPlain = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Deep, as the SDK merges metadata. Spread and fromEntries define keys, so that `__proto__` is one like any other. */
function merged(base: unknown, over: unknown): unknown {
  if (!isPlain(base) || !isPlain(over)) return over
  const entries = Object.entries(over).map(([key, value]) => [
    key,
    Object.hasOwn(base, key) ? merged(base[key], value) : value,
  ])
  return Object.fromEntries([...Object.entries(base), ...entries])
}

const withParts = (before: UiMessage, parts: readonly AiSdkUiPart[]): UiMessage => ({
  ...before,
  snapshot: { ...before.snapshot, parts },
})

const pushed = (before: UiMessage, part: AiSdkUiPart): UiMessage =>
  withParts(before, [...before.snapshot.parts, part])

const joined = (parts: readonly AiSdkUiPart[], type: 'text' | 'reasoning'): string =>
  parts.reduce((text, part) => (part.type === type ? text + String(part.text) : text), '')

/** Parts of the current step begin here. */
const stepStart = (parts: readonly AiSdkUiPart[]): number =>
  parts.findLastIndex(({ type }) => type === 'step-start') + 1

function resetStep(before: UiMessage): UiMessage {
  const parts = before.snapshot.parts.slice(0, stepStart(before.snapshot.parts))
  return {
    ...withParts(before, parts),
    text: joined(parts, 'text'),
    reasoning: joined(parts, 'reasoning'),
    toolCalls: before.toolCalls.slice(0, parts.filter(isTool).length),
  }
}

/** The `id` of the chunks that write a part. The SDK keeps it outside the message, and so must we. */
const idOfPart = new WeakMap<AiSdkUiPart, unknown>()

function span(before: UiMessage, fields: Fields, type: 'text' | 'reasoning'): UiMessage {
  const { parts } = before.snapshot
  const { id, delta, providerMetadata } = fields
  const isDelta = typeof delta === 'string' && String(fields.type).endsWith('-delta')
  const isOpen = (part: AiSdkUiPart): boolean => part.type === type && part.state === 'streaming'
  // A part of a message that was copied has lost its ID: the last one that is open then.
  const at = String(fields.type).endsWith('-start')
    ? -1
    : Math.max(
        parts.findLastIndex((part) => isOpen(part) && idOfPart.get(part) === id),
        parts.findLastIndex((part) => isOpen(part) && !idOfPart.has(part)),
      )
  const old = parts[at]
  if (old === undefined && String(fields.type).endsWith('-end')) return { ...before }
  const text = (typeof old?.text === 'string' ? old.text : '') + (isDelta ? delta : '')
  const part: AiSdkUiPart = {
    ...(old ?? (type === 'reasoning' ? { type, id } : { type })),
    text,
    ...(providerMetadata === undefined ? undefined : { providerMetadata }),
    ...(fields.citations === undefined ? undefined : { citations: fields.citations }),
    state: String(fields.type).endsWith('-end') ? 'done' : 'streaming',
  }
  idOfPart.set(part, id)
  const now = old === undefined ? [...parts, part] : parts.with(at, part)
  const isLast = !now.some(
    (other, index) => index > (old === undefined ? parts.length : at) && other.type === type,
  )
  return {
    ...withParts(before, now),
    [type]: isLast && isDelta ? before[type] + delta : isDelta ? joined(now, type) : before[type],
  }
}

function data(before: UiMessage, fields: Fields): UiMessage {
  if (fields.transient === true) return { ...before }
  const { parts } = before.snapshot
  const at =
    fields.id === undefined || fields.id === null
      ? -1
      : parts.findIndex(({ type, id }) => type === fields.type && id === fields.id)
  const old = parts[at]
  return old === undefined
    ? pushed(before, fields as AiSdkUiPart)
    : withParts(before, parts.with(at, { ...old, data: fields.data }))
}

const isTool = ({ type, toolCallId }: AiSdkUiPart): boolean =>
  (type === 'dynamic-tool' || type.startsWith('tool-')) && toolCallId !== undefined

/** Keys that a new state of a tool part does not take over from the last one. */
const OF_THE_STATE = ['input', 'output', 'errorText', 'rawInput', 'inputEncoding', 'preliminary']

function tool(before: UiMessage, fields: Fields): UiMessage {
  const { parts } = before.snapshot
  const type = fields.type as string
  const begins = type === 'tool-input-start' || type === 'tool-input-available' || type === 'tool-input-error'
  const isCalled =
    type === 'tool-approval-response'
      ? ({ approval }: AiSdkUiPart) => isPlain(approval) && approval.id === fields.approvalId
      : ({ toolCallId }: AiSdkUiPart) => toolCallId === fields.toolCallId
  const from = begins ? stepStart(parts) : 0
  const at = parts.findLastIndex((part, index) => index >= from && isTool(part) && isCalled(part))
  const old = parts[at]
  if (old === undefined && !(begins && typeof fields.toolCallId === 'string')) return { ...before }
  const changes = changesOf(type, fields, old)
  if (changes === undefined) return { ...before }
  const kept = Object.entries(old ?? opened(fields)).filter(
    ([key]) => changes.keeps === true || !OF_THE_STATE.includes(key),
  )
  const { keeps: _, ...own } = changes
  const added = Object.entries({ ...shared(type, fields), ...own }).filter(([, value]) => value !== undefined)
  const part = Object.fromEntries([...kept, ...added]) as unknown as AiSdkUiPart
  const place = old === undefined ? parts.length : at
  const call = parts.slice(0, place).filter(isTool).length
  const toolCalls = [...before.toolCalls]
  toolCalls[call] = callOf(call, part, before.toolCalls[call], type)
  return {
    ...withParts(before, old === undefined ? [...parts, part] : parts.with(at, part)),
    toolCalls,
  }
}

const opened = ({ dynamic, toolName, toolCallId }: Fields): Fields =>
  dynamic === true
    ? { type: 'dynamic-tool', toolName, toolCallId }
    : { type: `tool-${typeof toolName === 'string' ? toolName : 'unknown'}`, toolCallId }

/** Fields that stay once they have been told. */
function shared(type: string, { providerExecuted, title, toolMetadata, providerMetadata }: Fields): Fields {
  if (type.startsWith('tool-approval')) return { providerExecuted, callProviderMetadata: providerMetadata }
  const isResult = type.startsWith('tool-output') || type === 'tool-input-error'
  return {
    providerExecuted,
    title,
    toolMetadata,
    [isResult ? 'resultProviderMetadata' : 'callProviderMetadata']: providerMetadata,
  }
}

/** The state that a chunk puts a tool part into. With `keeps`, the rest of the part stays as it is. */
function changesOf(type: string, fields: Fields, old: AiSdkUiPart | undefined): Fields | undefined {
  const input = old?.input
  switch (type) {
    case 'tool-input-start':
      return { state: 'input-streaming', inputEncoding: fields.inputEncoding }
    case 'tool-input-delta': {
      if (old?.state !== 'input-streaming' || typeof fields.inputTextDelta !== 'string') return undefined
      const rawInput = (typeof old.rawInput === 'string' ? old.rawInput : '') + fields.inputTextDelta
      const { inputEncoding } = old
      const isText = inputEncoding === 'text'
      return { state: 'input-streaming', rawInput, inputEncoding, input: isText ? rawInput : undefined }
    }
    case 'tool-input-available':
      return { state: 'input-available', input: fields.input }
    case 'tool-input-error':
      return { state: 'output-error', input: fields.input, errorText: fields.errorText }
    case 'tool-output-available': {
      const { output, preliminary } = fields
      return { state: 'output-available', input, output, preliminary }
    }
    case 'tool-output-error':
      return { state: 'output-error', input, rawInput: old?.rawInput, errorText: fields.errorText }
    case 'tool-output-denied':
      return { state: 'output-denied', keeps: true }
    case 'tool-approval-request':
      return { state: 'approval-requested', approval: approvalRequest(fields), keeps: true }
    case 'tool-approval-response': {
      const { approvalId: id, approved, reason } = fields
      const told = isPlain(old?.approval) ? old.approval : undefined
      const approval = { ...told, id, approved, ...(typeof reason === 'string' ? { reason } : undefined) }
      return { state: 'approval-responded', approval, keeps: true }
    }
    default:
      return undefined
  }
}

const approvalRequest = (fields: Fields): Fields => ({
  id: fields.approvalId,
  ...(fields.approvalDescriptor == null ? undefined : { descriptor: fields.approvalDescriptor }),
  ...(Object.hasOwn(fields, 'inputSchemaInput') ? { inputSchemaInput: fields.inputSchemaInput } : undefined),
  ...(fields.reason == null ? undefined : { requestReason: fields.reason }),
  ...(fields.isAutomatic === true ? { isAutomatic: true } : undefined),
  ...(fields.signature == null ? undefined : { signature: fields.signature }),
})

/** A call is complete once its input is available, parsed by the server; what it could not parse never is. */
function callOf(index: number, part: AiSdkUiPart, old: ToolCall | undefined, type: string): ToolCall {
  const isInput = type.startsWith('tool-input')
  if (old !== undefined && !isInput) return old
  const { toolCallId, rawInput, input, type: kind } = part
  const name = kind === 'dynamic-tool' ? part.toolName : kind.slice('tool-'.length)
  const complete = type === 'tool-input-available'
  const streamed = typeof rawInput === 'string' ? rawInput : type === 'tool-input-start' ? '' : old?.arguments
  const isTold = complete || type === 'tool-input-error'
  return {
    index,
    id: toolCallId as string,
    name: typeof name === 'string' ? name : undefined,
    arguments: isTold && !streamed ? textOf(input) : (streamed ?? ''),
    complete,
    ...(part.providerExecuted === true ? { providerExecuted: true } : undefined),
    ...(complete ? { input } : undefined),
  }
}

const textOf = (input: unknown): string => (typeof input === 'string' ? input : (JSON.stringify(input) ?? ''))
