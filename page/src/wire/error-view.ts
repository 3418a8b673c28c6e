import { adviceFor } from './advice.ts'
import { gatewayCodes, isSseError, ownCodes, type SseError, type SseErrorCode } from './library.ts'
import type { ErrorView } from './types.ts'
import { visibleText } from './visible-text.ts'

function rowOf(code: SseErrorCode): ErrorView['row'] {
  if (Object.hasOwn(gatewayCodes, code)) {
    return { ...gatewayCodes[code as keyof typeof gatewayCodes], code, table: 'gateway' }
  }
  if (Object.hasOwn(ownCodes, code)) return { ...ownCodes[code as keyof typeof ownCodes], code, table: 'own' }
  return undefined
}

/** `stream_terminated (socket_closed)`, `request_failed/not_found`. */
function titleOf(error: SseError): string {
  const name = error.code === error.kind ? error.kind : `${error.kind}/${error.code}`
  const reason = error.kind === 'stream_terminated' && error.reason !== error.code ? ` (${error.reason})` : ''
  return `${name}${reason}`
}

/** In the order in which a reader wants to know. */
const ORDER = [
  'kind',
  'code',
  'reason',
  'type',
  'message',
  'retryable',
  'resumable',
  'retryAfterMs',
  'status',
  'requestId',
  'attempt',
  'events',
  'bytes',
  'lastEventId',
  'leftover',
  'mismatch',
  'upstream',
  'hint',
]

const asText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return visibleText(text.length > 500 ? `${text.slice(0, 500)}…` : text)
}

function fieldsOf(json: Readonly<Record<string, unknown>>): ErrorView['fields'] {
  const names = [...ORDER, ...Object.keys(json).filter((name) => !ORDER.includes(name) && name !== 'name')]
  return names.filter((name) => json[name] !== undefined).map((name) => [name, asText(json[name])] as const)
}

/** An error as the page shows it: plain data. */
export function errorView(error: unknown): ErrorView {
  const advice = adviceFor(error)
  if (!isSseError(error)) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
    const json = { name, message }
    return {
      kind: 'other',
      code: undefined,
      reason: undefined,
      message,
      title: name,
      fields: fieldsOf(json),
      retryable: false,
      resumable: false,
      retryAfterMs: undefined,
      row: undefined,
      advice,
      json,
    }
  }
  const json = error.toJSON()
  const { kind, code, message, retryable, resumable, retryAfterMs } = error
  return {
    kind,
    code,
    reason: error.kind === 'stream_terminated' ? error.reason : undefined,
    message: visibleText(message),
    title: titleOf(error),
    fields: fieldsOf(json),
    retryable,
    resumable,
    retryAfterMs,
    row: rowOf(code),
    advice,
    json,
  }
}
