import { isDeepStrictEqual } from 'node:util'
import { type Dialect, isVerdict, type ServerSentEvent } from '../dialects/dialect.ts'
import type { Stream } from './dialect-checks-stream.ts'
import { eventShown, shown, thrown } from './dialect-checks-words.ts'

/** What came of one event. */
export type Outcome =
  | { readonly type: 'value'; readonly value: unknown; readonly isLast: boolean }
  | { readonly type: 'ended' | 'ignored' }
  | { readonly type: 'thrown'; readonly error: unknown }

export function outcomeOf(dialect: Dialect<unknown>, event: ServerSentEvent, memory: unknown): Outcome {
  let reading: unknown
  try {
    reading = dialect.read(event, memory)
  } catch (error) {
    return { type: 'thrown', error }
  }
  if (!isVerdict(reading)) return { type: 'value', value: reading, isLast: false }
  if (reading.hasValue) return { type: 'value', value: reading.value, isLast: true }
  return { type: reading.type === 'ignored' ? 'ignored' : 'ended' }
}

/** A value, and the event that it was read from. */
export interface ReadValue {
  readonly event: ServerSentEvent
  readonly value: unknown
  /** As it was then. */
  readonly memory: unknown
}

/** The values of a stream, read anew. */
export function valuesOf(stream: Stream, dialect: Dialect<unknown>): ReadValue[] {
  const values: ReadValue[] = []
  const memory = dialect.memory?.()
  for (const event of stream.body.events) {
    const outcome = outcomeOf(dialect, event, memory)
    if (outcome.type === 'value') values.push({ event, value: outcome.value, memory: copyOf(memory) })
    if (outcome.type === 'thrown' || outcome.type === 'ended' || (outcome.type === 'value' && outcome.isLast))
      break
  }
  return values
}

/** What `read` does with the events of a stream that it must not. */
export function readProblem(stream: Stream): string | undefined {
  const dialect = stream.dialect()
  const memory = dialect.memory?.()
  for (const event of stream.body.events) {
    const given = Object.freeze({ ...event })
    const open = { ...event }
    const outcome = outcomeOf(dialect, given, memory)
    if (outcome.type === 'thrown') {
      // Malformed also as it comes; or it cannot bear an event that cannot be changed.
      if (isFrozenError(outcome.error)) return changes(event, thrown(outcome.error))
      return undefined
    }
    if (outcome.type === 'value') {
      const problem = notAValue(outcome.value)
      if (problem !== undefined) return `read gives ${problem} for ${eventShown(event)}`
    }
    // The same once more, in code that does not throw at what is frozen.
    outcomeOf(dialect, open, copyOf(memory))
    if (!isDeepStrictEqual(open, event)) return changes(event, `it is ${shown(open)} then`)
    if (outcome.type === 'ended' || (outcome.type === 'value' && outcome.isLast)) return undefined
  }
  return undefined
}

const isFrozenError = (error: unknown): boolean =>
  error instanceof TypeError && /read only|not extensible|Cannot delete property/.test(error.message)

const changes = (event: ServerSentEvent, how: string): string =>
  `read changes the event that it is given, which is not its own: ${eventShown(event)}; ${how}`

export function copyOf(memory: unknown): unknown {
  try {
    return structuredClone(memory)
  } catch {
    return memory
  }
}

function notAValue(value: unknown): string | undefined {
  if (value === undefined)
    return 'undefined, which would be delivered: an event that is no value is `ignored` or `ping`'
  if (typeof value !== 'object' || value === null) return undefined
  if (typeof (value as { then?: unknown }).then === 'function') return 'a promise: a dialect reads at once'
  const looksLikeOne = ['type', 'hasValue', 'upstream'].every((key) => Object.hasOwn(value, key))
  return looksLikeOne
    ? 'what looks like a verdict and is none, which would be delivered as a value: return what done() and failed() have made, and no copy of it'
    : undefined
}
