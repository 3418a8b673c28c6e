import {
  type Dialect,
  isPing,
  isVerdict,
  type ServerSentEvent,
  type Verdict,
} from '../../src/dialects/dialect.ts'
import type { StreamHead } from '../../src/index.ts'
import { parseReference, type Reference } from '../fixtures/reference-parser.ts'

export interface Expected {
  readonly values: readonly unknown[]
  /** For each value, whether its event had an ID of its own, in the `id` field or the JSON. */
  readonly hasId: readonly boolean[]
  /** What the events alone say; `open`: they say nothing of an end. */
  readonly end: 'done' | 'failed' | 'malformed' | 'open'
  readonly cursor: string
  /** What it was before an ID that came alone, with no event after it: foreign text that follows takes such an ID back. */
  readonly cursorBefore: string | undefined
  /** Of a clean end, and of any other, where the events say nothing. */
  readonly isWhole: { readonly cleanly: boolean; readonly otherwise: boolean }
  /** What may be proved by what stands unfinished at the end of the bytes. */
  readonly mayProve: { readonly done: boolean; readonly failed: boolean }
  readonly reference: Reference
}

/**
 * What a consumer must see of one response, from the reference parser's events and the dialect's `read`, one after the other:
 * no decoder, no session, no chunks. What a dialect says of one event is not judged here.
 */
export function expectedOf(
  dialect: Dialect<unknown, unknown>,
  head: StreamHead,
  bytes: Uint8Array,
): Expected {
  const reference = parseReference(bytes)
  const memory = dialect.memory?.()
  dialect.readHead?.(head, memory)
  const values: unknown[] = []
  const hasId: boolean[] = []
  let end: Expected['end'] = 'open'
  let cursor = ''
  let cursorBefore: string | undefined

  const deliver = (value: unknown, id: string | undefined): void => {
    values.push(value)
    hasId.push(id !== undefined)
    cursor = id ?? cursor
  }

  for (const entry of reference.entries) {
    if (end !== 'open') break
    if (entry.type === 'event') cursorBefore = undefined
    if (entry.type === 'id') {
      if (entry.id !== cursor) cursorBefore = cursor
      cursor = entry.id
    } else if (entry.type === 'unknown') {
      const verdict = dialect.readField?.(entry.field, entry.value)
      if (verdict?.type === 'failed') end = 'failed'
      else if (verdict?.type === 'done') end = 'done'
    } else if (entry.type === 'event') {
      let reading: unknown
      let id = entry.id
      try {
        reading = dialect.read(eventOf(entry, entry.id ?? cursor), memory)
        if (!isVerdict(reading)) id ??= dialect.idOf?.(reading, memory)
        else if (reading.hasValue) id ??= dialect.idOf?.(reading.value, memory)
      } catch {
        end = 'malformed'
        break
      }
      if (!isVerdict(reading)) {
        deliver(reading, id)
        continue
      }
      const { type, hasValue, value } = reading as Verdict<unknown>
      if (type === 'ignored') cursor = id ?? cursor
      else if (type === 'done') {
        if (hasValue) deliver(value, id)
        end = 'done'
      } else end = 'failed'
    }
  }
  return {
    values,
    hasId,
    end,
    cursor,
    cursorBefore,
    isWhole: {
      cleanly: end === 'open' && dialect.isWhole?.(memory, true) === true,
      otherwise: end === 'open' && dialect.isWhole?.(memory, false) === true,
    },
    mayProve: provedBy(dialect, memory, reference),
    reference,
  }
}

export const eventOf = (
  { event, data }: { readonly event: string | undefined; readonly data: string },
  id: string,
): ServerSentEvent => ({
  ...(id === '' ? {} : { id }),
  ...(event === undefined ? {} : { event }),
  data,
})

/** Generous on purpose: what is not allowed here is a lie; that what is allowed comes to pass, the fixtures hold. */
function provedBy(
  dialect: Dialect<unknown, unknown>,
  memory: unknown,
  { pending, entries }: Reference,
): Expected['mayProve'] {
  const { line } = pending
  const colon = line.indexOf(':')
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
  const found = { done: false, failed: false }
  const note = (read: () => unknown): void => {
    try {
      const verdict = read()
      if (!isVerdict(verdict) || isPing(verdict) || verdict.type === 'ignored') return
      found[verdict.type] = true
    } catch {
      // What cannot be read proves nothing.
    }
  }
  const data =
    line.startsWith('data') && (colon === 4 || line === 'data')
      ? [pending.data, value].filter((part) => part !== undefined).join('\n')
      : pending.data
  if (data !== undefined) {
    const reads = (text: string, event: string | undefined) => (): unknown =>
      dialect.read(eventOf({ event, data: text }, pending.id ?? ''), structuredClone(memory))
    const isDone = (text: string): boolean => {
      try {
        const verdict = reads(text, pending.event)()
        return isVerdict(verdict) && verdict.type === 'done'
      } catch {
        return false
      }
    }
    for (const event of [pending.event, undefined]) note(reads(data, event))
    // Text may have been cut anywhere: a marker is one that it is whatever follows. JSON, and `[DONE]`, say themselves where they end.
    if (found.done && !/^\s*(?:[[{"tfn]|\[DONE\])/.test(data))
      found.done = isDone(`${data}x`) && isDone(`${data}\nx`)
  }
  if (colon > 0) note(() => dialect.readField?.(line.slice(0, colon), value))
  // Bare JSON behind the events, over several lines.
  const last = entries.findLastIndex(({ type }) => type === 'event')
  const rest = entries.slice(last + 1).some(({ type }) => type === 'unknown') || /^\s*[[{]/.test(line)
  if (rest) found.failed = true
  return found
}
