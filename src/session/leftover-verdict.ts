import type { Leftover } from '../decode/event-decoder.ts'
import { type Dialect, isVerdict, type ServerSentEvent, type Verdict } from '../dialects/dialect.ts'
import { isDone } from '../dialects/in-band.ts'
import { tryParse } from '../errors/envelope.ts'
import { ownIdOf } from './own-id.ts'

/** What a body's leftovers prove. */
export interface LeftoverVerdict<T> {
  /** An end marker, or a reported error. */
  readonly verdict: Verdict<T>
  readonly id: string | undefined
  readonly data: string
}

/**
 * A marker, or a reported error, counts even if its blank line is missing; a value does not, nor does anything that may
 * have been cut.
 *
 * @param memory - left as it is: what was cut was not delivered, so that it must not be remembered either
 * @param lastEventId - for an event that has no ID of its own
 */
export function verdictOfLeftover<T>(
  { event, field, isOpen, rest }: Leftover,
  dialect: Dialect<T>,
  memory: unknown,
  lastEventId: string,
): LeftoverVerdict<T> | undefined {
  const copy = (): unknown => copyOf(memory) ?? dialect.memory?.()
  // Google's servers print an error behind the events, as bare JSON.
  if (isWholeJson(rest)) {
    const verdict = dialect.read({ data: rest }, copy())
    if (isVerdict(verdict) && verdict.type === 'failed') return { verdict, id: undefined, data: rest }
  }
  if (event === undefined) {
    const verdict = field && dialect.readField?.(field.name, field.value)
    if (field === undefined || verdict?.type !== 'failed' || !isWholeJson(field.value)) return undefined
    return { verdict, id: undefined, data: '' }
  }
  const { data } = event
  const memoryOfIt = copy()
  const verdict = dialect.read(withId(event, lastEventId), memoryOfIt)
  if (!isVerdict(verdict) || verdict.type === 'ignored') return undefined
  if (!isWholeJson(data)) {
    if (verdict.type === 'failed' || verdict.hasValue) return undefined
    // Text may have been cut anywhere in its last line, and behind it: a marker is one that it is whatever follows.
    const longer = isOpen ? [`${data}x`, `${data}\nx`] : [`${data}\nx`]
    const isMarker = (text: string): boolean => {
      const reading = dialect.read(withId({ ...event, data: text }, lastEventId), copy())
      return isVerdict(reading) && reading.type === 'done'
    }
    if (!isDone(data) && !longer.every(isMarker)) return undefined
  }
  const id = event.id ?? (verdict.hasValue ? ownIdOf(dialect, verdict.value as T, memoryOfIt) : undefined)
  return { verdict, id, data }
}

function withId(event: NonNullable<Leftover['event']>, lastEventId: string): ServerSentEvent {
  const id = event.id ?? lastEventId
  const { id: _, ...others } = event
  return (id === '' ? others : { ...others, id }) as ServerSentEvent
}

/** Anything but a number: to see all of it is to know that nothing can follow. */
const isWholeJson = (text: string): boolean => /^\s*[[{"tfn]/.test(text) && tryParse(text) !== undefined

/** Nothing where it cannot be copied: it may hold functions. */
function copyOf(memory: unknown): unknown {
  try {
    return structuredClone(memory)
  } catch {
    return undefined
  }
}
