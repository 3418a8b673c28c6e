import { isObject } from '../errors/json.ts'
import { completed, type Message, NOTHING, type ToolCall } from '../messages/message.ts'
import type { AgUiEvent } from './ag-ui-events.ts'
import {
  type AgUiMessage,
  type AgUiToolCall,
  reconciled,
  withActivity,
  withCall,
  withMessage,
  withSecret,
} from './ag-ui-messages.ts'

type Fields = Readonly<Record<string, unknown>>
type Kind = 'text' | 'tool' | 'reasoning'

/** An item in the chunked form: a chunk without an ID continues it, and nothing closes it but what comes after it. */
interface OpenItem {
  readonly kind: Kind
  readonly id: string
  /** The subagent's run; `undefined`: the agent itself. */
  readonly lane: unknown
}

type AgUi = Message<readonly AgUiMessage[]>

const EMPTY: AgUi = { ...NOTHING, snapshot: [] }

/** What the chunked form has open. Beside the message, which has no place for it. */
const openItems = new WeakMap<AgUi, readonly OpenItem[]>()
/** Calls that were closed, but may have been cut: a run that is cancelled closes what it had open. */
const closedCalls = new WeakSet<ToolCall>()

/**
 * The message so far, over all runs of the stream. `text` is what was streamed as text of any message; `snapshot` is the
 * list of messages, as `@ag-ui/client` builds it from an empty one. A patch of an activity is not applied: it stays as its
 * last snapshot.
 */
export function accumulateAgUi(message: AgUi | undefined, event: AgUiEvent): AgUi {
  const before = message ?? EMPTY
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return carry(before, { ...before })
  const fields = event as unknown as Fields
  // Not `String(…)`: an object may have a `toString` that is no function.
  const type = typeof fields.type === 'string' ? fields.type : ''
  const chunked = Object.hasOwn(CHUNKS, type) ? CHUNKS[type] : undefined
  if (chunked !== undefined) return chunk(before, chunked, fields)
  const settled = closeBefore(before, type, fields.subagentRunId)
  return carry(settled, apply(settled, type, fields))
}

function carry(from: AgUi, to: AgUi): AgUi {
  const open = openItems.get(from)
  if (open !== undefined && open.length > 0) openItems.set(to, open)
  return to
}

const CHUNKS: Readonly<Record<string, Kind | undefined>> = {
  TEXT_MESSAGE_CHUNK: 'text',
  TOOL_CALL_CHUNK: 'tool',
  REASONING_MESSAGE_CHUNK: 'reasoning',
}

const ALL_LANES = new Set(['RUN_STARTED', 'RUN_FINISHED', 'MESSAGES_SNAPSHOT'])
/** Beside types that nobody knows, these stand aside and close nothing. */
const NO_LANE = new Set([
  'RAW',
  'ACTIVITY_SNAPSHOT',
  'ACTIVITY_DELTA',
  'REASONING_ENCRYPTED_VALUE',
  'SUBAGENT_STARTED',
])
const CLOSING = /^(?:TEXT_|TOOL_|STATE_|STEP_|REASONING_|THINKING_|CUSTOM$|SUBAGENT_)/

function closeBefore(before: AgUi, type: string, lane: unknown): AgUi {
  const open = openItems.get(before)
  if (open === undefined) return before
  if (ALL_LANES.has(type)) return close(before, () => true)
  if (NO_LANE.has(type) || !CLOSING.test(type)) return before
  return close(before, (item) => item.lane === lane)
}

function close(before: AgUi, isClosed: (item: OpenItem) => boolean): AgUi {
  const open = openItems.get(before) ?? []
  let after: AgUi = { ...before }
  for (const item of open) if (isClosed(item) && item.kind === 'tool') after = endCall(after, item.id)
  openItems.set(
    after,
    open.filter((item) => !isClosed(item)),
  )
  return after
}

/** A chunk opens an item, with what its first one brings, or continues the open one. */
function chunk(before: AgUi, kind: Kind, fields: Fields): AgUi {
  const given = kind === 'tool' ? fields.toolCallId : fields.messageId
  const open = openItems.get(before) ?? []
  const ofKind = open.filter((item) => item.kind === kind)
  const continued =
    typeof given === 'string'
      ? ofKind.find(({ id }) => id === given)
      : (ofKind.find(({ lane }) => lane === fields.subagentRunId) ??
        (ofKind.length === 1 ? ofKind[0] : undefined))
  if (continued !== undefined) return carry(before, append(before, kind, continued.id, fields))
  if (typeof given !== 'string') return carry(before, append(before, kind, undefined, fields))
  const lane = fields.subagentRunId
  const cleared = close(before, (item) => item.lane === lane)
  const begun = begin(cleared, kind, given, fields)
  const after = append(begun, kind, given, fields)
  openItems.set(after, [...(openItems.get(cleared) ?? []), { kind, id: given, lane }])
  return after
}

function begin(before: AgUi, kind: Kind, id: string, fields: Fields): AgUi {
  if (kind === 'tool') return beginCall(before, id, fields)
  const { role, name, subagentRunId } = fields
  if (before.snapshot.some((message) => message.id === id)) return { ...before }
  const opened: AgUiMessage = {
    id,
    role: kind === 'reasoning' ? 'reasoning' : typeof role === 'string' ? role : 'assistant',
    content: '',
    ...(name === undefined ? undefined : { name }),
    ...(subagentRunId == null ? undefined : { subagentRunId }),
  }
  return { ...before, snapshot: [...before.snapshot, opened] }
}

/** @param id - `undefined`: of what, nobody knows. Its text is text nevertheless. */
function append(before: AgUi, kind: Kind, id: string | undefined, { delta, metadata }: Fields): AgUi {
  const piece = typeof delta === 'string' ? delta : ''
  if (kind === 'tool') return id === undefined || piece === '' ? { ...before } : appendCall(before, id, piece)
  const snapshot = withMessage(before.snapshot, id, (message) => ({
    ...message,
    content: (typeof message.content === 'string' ? message.content : '') + piece,
    ...(isObject(metadata) ? { metadata: { ...Object(message.metadata), ...metadata } } : undefined),
  }))
  return kind === 'text'
    ? { ...before, snapshot, text: before.text + piece }
    : { ...before, snapshot, reasoning: before.reasoning + piece }
}

function beginCall(before: AgUi, id: string, { toolCallName, parentMessageId, subagentRunId }: Fields): AgUi {
  const name = typeof toolCallName === 'string' ? toolCallName : undefined
  const at = before.toolCalls.findLastIndex((call) => call.id === id)
  const old = before.toolCalls[at]
  if (old !== undefined) {
    // Reopened: more arguments are to come.
    const { input: _, ...kept } = old
    const call = { ...kept, name: name ?? old.name, complete: false }
    return { ...before, toolCalls: before.toolCalls.with(at, call) }
  }
  const { length } = before.toolCalls
  const call: ToolCall = { index: length, id, name, arguments: '', complete: false }
  const told: AgUiToolCall = { id, type: 'function', function: { name: name ?? '', arguments: '' } }
  const parent = before.snapshot.find((message) => message.id === parentMessageId)
  const snapshot =
    parent?.role === 'assistant'
      ? withMessage(before.snapshot, parent.id, (message) => ({
          ...message,
          toolCalls: [...(Array.isArray(message.toolCalls) ? message.toolCalls : []), told],
        }))
      : [
          ...before.snapshot,
          {
            id: typeof parentMessageId === 'string' && parent === undefined ? parentMessageId : id,
            role: 'assistant',
            toolCalls: [told],
            ...(subagentRunId == null ? undefined : { subagentRunId }),
          },
        ]
  return { ...before, snapshot, toolCalls: [...before.toolCalls, call] }
}

function appendCall(before: AgUi, id: string, piece: string): AgUi {
  const at = before.toolCalls.findLastIndex((call) => call.id === id)
  const call = before.toolCalls[at]
  if (call === undefined) return { ...before }
  const toolCalls = before.toolCalls.with(at, { ...call, arguments: call.arguments + piece })
  return { ...before, toolCalls, snapshot: withCall(before.snapshot, id, piece) }
}

/**
 * A producer closes a call also where it was cut, when the run is cancelled: the end of the call alone proves only
 * arguments that cannot be the beginning of others, an object.
 */
function endCall(before: AgUi, id: unknown): AgUi {
  const at = before.toolCalls.findLastIndex((call) => call.id === id)
  const call = before.toolCalls[at]
  if (call === undefined || call.complete) return { ...before }
  const whole = completed(call)
  const ended = isObject(whole.input) ? whole : { ...call }
  closedCalls.add(ended)
  return { ...before, toolCalls: before.toolCalls.with(at, ended) }
}

/** Its result, or a run that ended without being cancelled, proves a closed call that has no other proof. */
const proved = (call: ToolCall): ToolCall =>
  call.complete || !closedCalls.has(call) ? call : completed(call)

function apply(before: AgUi, type: string, fields: Fields): AgUi {
  const { messageId, toolCallId } = fields
  switch (type) {
    case 'RUN_STARTED': {
      const id = typeof fields.runId === 'string' ? fields.runId : before.id
      return { ...before, id, finishReason: undefined }
    }
    case 'RUN_FINISHED':
      return finished(before, fields)
    case 'TEXT_MESSAGE_START':
      return typeof messageId === 'string' ? begin(before, 'text', messageId, fields) : { ...before }
    case 'TEXT_MESSAGE_CONTENT':
      return append(before, 'text', idOf(messageId), fields)
    case 'REASONING_MESSAGE_START':
      return typeof messageId === 'string' ? begin(before, 'reasoning', messageId, fields) : { ...before }
    case 'REASONING_MESSAGE_CONTENT':
    case 'THINKING_TEXT_MESSAGE_CONTENT':
      return append(before, 'reasoning', idOf(messageId), fields)
    case 'TOOL_CALL_START':
      return typeof toolCallId === 'string' ? beginCall(before, toolCallId, fields) : { ...before }
    case 'TOOL_CALL_ARGS':
      return append(before, 'tool', idOf(toolCallId), fields)
    case 'TOOL_CALL_END':
      return endCall(before, toolCallId)
    case 'TOOL_CALL_RESULT':
      return result(before, fields)
    case 'MESSAGES_SNAPSHOT':
      return { ...before, snapshot: reconciled(before.snapshot, fields.messages) }
    case 'ACTIVITY_SNAPSHOT':
      return { ...before, snapshot: withActivity(before.snapshot, fields) }
    case 'REASONING_ENCRYPTED_VALUE':
      return { ...before, snapshot: withSecret(before.snapshot, fields) }
    default:
      return { ...before }
  }
}

const idOf = (id: unknown): string | undefined => (typeof id === 'string' ? id : undefined)

function finished(before: AgUi, { outcome, usage }: Fields): AgUi {
  const told = isObject(outcome) && typeof outcome.type === 'string' ? outcome.type : 'success'
  const first: unknown = Array.isArray(usage) ? usage[0] : undefined
  const model = isObject(first) && typeof first.model === 'string' ? first.model : before.model
  return {
    ...before,
    model,
    finishReason: told,
    usage: usage ?? before.usage,
    toolCalls: told === 'cancelled' ? before.toolCalls : before.toolCalls.map(proved),
  }
}

/** Behind the call that it answers, and the results that are there already. */
function result(before: AgUi, { messageId, toolCallId, content, role, subagentRunId }: Fields): AgUi {
  const toolCalls = before.toolCalls.map((call) => (call.id === toolCallId ? proved(call) : call))
  if (typeof messageId !== 'string') return { ...before, toolCalls }
  const told: AgUiMessage = {
    id: messageId,
    toolCallId,
    role: typeof role === 'string' ? role : 'tool',
    content,
    ...(subagentRunId == null ? undefined : { subagentRunId }),
  }
  const { snapshot } = before
  const at = snapshot.findIndex(
    ({ toolCalls }) => Array.isArray(toolCalls) && toolCalls.some((call) => call?.id === toolCallId),
  )
  let place = at === -1 ? snapshot.length : at + 1
  while (snapshot[place]?.role === 'tool') place++
  return { ...before, toolCalls, snapshot: snapshot.toSpliced(place, 0, told) }
}
