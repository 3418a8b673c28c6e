import { isObject } from '../errors/json.ts'
/** A message of the conversation [ag-ui]. */
export interface AgUiMessage {
  readonly id: string
  readonly role: string
  readonly content?: unknown
  readonly toolCalls?: readonly AgUiToolCall[]
  readonly [field: string]: unknown
}

export interface AgUiToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
  readonly [field: string]: unknown
}

type Fields = Readonly<Record<string, unknown>>

export function withMessage(
  messages: readonly AgUiMessage[],
  id: unknown,
  change: (message: AgUiMessage) => AgUiMessage,
): readonly AgUiMessage[] {
  const at = messages.findLastIndex((message) => message.id === id && message.role !== 'activity')
  const message = messages[at]
  return message === undefined ? messages : messages.with(at, change(message))
}

export function withCall(
  messages: readonly AgUiMessage[],
  id: string,
  piece: string,
): readonly AgUiMessage[] {
  const at = messages.findLastIndex(
    ({ toolCalls }) => Array.isArray(toolCalls) && toolCalls.some((call) => call?.id === id),
  )
  const message = messages[at]
  if (message?.toolCalls === undefined) return messages
  const toolCalls = message.toolCalls.map((call) => {
    if (call?.id !== id) return call
    const before: unknown = call.function?.arguments
    const joined = (typeof before === 'string' ? before : '') + piece
    return { ...call, function: { ...call.function, arguments: joined } }
  })
  return messages.with(at, { ...message, toolCalls })
}

/** Reconciled by ID. Activities and reasoning stay where the snapshot has none of their kind. */
export function reconciled(old: readonly AgUiMessage[], given: unknown): readonly AgUiMessage[] {
  if (!Array.isArray(given)) return old
  const now = new Map<unknown, AgUiMessage>(
    given.filter(isObject).map((message) => [message.id, message as AgUiMessage]),
  )
  const has = (role: string): boolean => [...now.values()].some((message) => message.role === role)
  const keeps = ['activity', 'reasoning'].filter((role) => !has(role))
  const kept = old
    .filter(({ id, role }) => now.has(id) || keeps.includes(role))
    .map((message) => now.get(message.id) ?? message)
  const known = new Set(kept.map(({ id }) => id))
  return [...kept, ...[...now.values()].filter(({ id }) => !known.has(id))]
}

export function withActivity(
  messages: readonly AgUiMessage[],
  { messageId, activityType, content, replace, subagentRunId }: Fields,
): readonly AgUiMessage[] {
  if (typeof messageId !== 'string') return messages
  const at = messages.findIndex(({ id }) => id === messageId)
  if (at !== -1 && replace === false) return messages
  const told: AgUiMessage = {
    id: messageId,
    role: 'activity',
    activityType,
    content,
    ...(subagentRunId == null ? undefined : { subagentRunId }),
  }
  return at === -1 ? [...messages, told] : messages.with(at, told)
}

export function withSecret(messages: readonly AgUiMessage[], { subtype, entityId, encryptedValue }: Fields) {
  if (subtype !== 'tool-call')
    return withMessage(messages, entityId, (message) => ({ ...message, encryptedValue }))
  return messages.map((message) =>
    Array.isArray(message.toolCalls) && message.toolCalls.some((call) => call?.id === entityId)
      ? {
          ...message,
          toolCalls: message.toolCalls.map((call) =>
            call?.id === entityId ? { ...call, encryptedValue } : call,
          ),
        }
      : message,
  )
}
