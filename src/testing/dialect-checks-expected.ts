import { isDeepStrictEqual } from 'node:util'
import type { Seen } from './dialect-checks-play.ts'
import { endingOf, endingsProblem, valuesDifference } from './dialect-checks-stream.ts'
import { shown } from './dialect-checks-words.ts'

/** Fields of an `SseError`. Of an object those that are given count; `null`: there is none; `leftover`: how it begins. */
export interface ExpectedError {
  readonly kind?: 'request_failed' | 'stream_error' | 'stream_terminated'
  readonly code?: string
  readonly [field: string]: unknown
}

export interface Expected {
  readonly values?: readonly unknown[] | undefined
  readonly outcome: 'complete' | ExpectedError
}

/** What is not as its author expects it. */
export function unexpected({ values, outcome }: Expected, seen: Seen): string | undefined {
  const endings = endingsProblem(seen)
  if (endings !== undefined) return endings
  if (values !== undefined) {
    const difference = valuesDifference(values, seen.values, looksSame)
    if (difference !== undefined) return difference
  }
  if (outcome === 'complete')
    return seen.completed ? undefined : `ends with ${endingOf(seen)}, not with complete`
  if (seen.error === undefined) return `completes, and is expected to end with ${shown(outcome)}`
  for (const [field, want] of Object.entries(outcome)) {
    const got = (seen.error as unknown as Record<string, unknown>)[field]
    if (!matches(field, want, got))
      return `ends with ${endingOf(seen)}, whose ${field} is ${shown(got)}, not ${shown(want)}`
  }
  return undefined
}

function matches(field: string, want: unknown, got: unknown): boolean {
  if (want === null) return got === undefined || got === null
  if (field === 'leftover') return typeof got === 'string' && typeof want === 'string' && got.startsWith(want)
  if (isPlain(want) && typeof got === 'object' && got !== null) {
    const fields = got as Readonly<Record<string, unknown>>
    return Object.entries(want).every(([name, part]) => matches(name, part, fields[name]))
  }
  return isDeepStrictEqual(want, got)
}

/** Equal but for keys that are there with nothing in them. */
const looksSame = (a: unknown, b: unknown): boolean =>
  isDeepStrictEqual(a, b) || isDeepStrictEqual(withoutUndefined(a), withoutUndefined(b))

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (!isPlain(value)) return value
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutUndefined(part)]))
}
