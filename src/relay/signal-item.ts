import { isObject } from '../errors/json.ts'
import type { StreamSignal } from '../stream-signal.ts'

/** What each signal has beside its type; no more, no less. */
const FIELDS: Readonly<Record<StreamSignal<unknown>['type'], readonly string[]>> = {
  connecting: ['attempt', 'lastEventId', 'resume', 'step'],
  open: ['attempt', 'status', 'requestId', 'header'],
  value: ['value', 'lastEventId'],
  cursor: ['lastEventId'],
  reset: ['attempt'],
  waiting: ['error', 'attempt', 'delayMs', 'until'],
}

/** Is this a signal of `eventStreamSignals`? By all of its fields, since a value may have a `type` as well. */
export function isSignal(item: unknown): item is StreamSignal<unknown> {
  if (!isObject(item) || typeof item.type !== 'string' || !Object.hasOwn(FIELDS, item.type)) return false
  const fields = FIELDS[item.type as keyof typeof FIELDS]
  return Object.keys(item).length === fields.length + 1 && fields.every((field) => Object.hasOwn(item, field))
}
