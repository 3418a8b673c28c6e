import { inspect } from 'node:util'
import type { ServerSentEvent } from '../dialects/dialect.ts'

const MAX_SHOWN = 160

/** Anything, on one line of bounded length: circles and getters included. */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: MAX_SHOWN })
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** What was thrown, on one line. */
export function thrown(error: unknown): string {
  if (!(error instanceof Error)) return `throws ${shown(error)}`
  return `throws ${error.name}: ${error.message.split('\n', 1)[0]}`
}

export const eventShown = ({ event, data }: ServerSentEvent): string =>
  `${event === undefined ? '' : `event ${JSON.stringify(event)} with `}data ${shown(data)}`

const BEFORE = 40
const AFTER = 24

/** The bytes on both sides of an offset. */
export function around(bytes: Uint8Array, offset: number): string {
  const part = (from: number, to: number): string =>
    JSON.stringify(Buffer.from(bytes.subarray(from, to)).toString())
  const from = Math.max(0, offset - BEFORE)
  const to = Math.min(bytes.length, offset + AFTER)
  const head = `${from > 0 ? '…' : ''}${part(from, offset)}`
  return offset >= bytes.length
    ? `${head}, the end`
    : `${head} ✂ ${part(offset, to)}${to < bytes.length ? '…' : ''}`
}

/** A problem at a byte, and at how many others. */
export interface Found {
  readonly offset: number
  readonly how: string
  readonly problem: string
}

/** The first of them in full, and what else there is by its number. */
export function report(bytes: Uint8Array, found: readonly Found[]): string | undefined {
  const [first] = found
  if (first === undefined) return undefined
  const { offset, how, problem } = first
  const more = found.length === 1 ? '' : `\n  and so on: ${found.length} such problems in all`
  return `${how} byte ${offset} of ${bytes.length}, it ${problem}\n  at ${around(bytes, offset)}${more}`
}
