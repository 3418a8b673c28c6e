import { isDeepStrictEqual } from 'node:util'
import type { Dialect } from '../dialects/dialect.ts'
import type { Message } from '../messages/message.ts'
import { type ReadValue, valuesOf } from './dialect-checks-read.ts'
import type { Stream } from './dialect-checks-stream.ts'
import { eventShown, shown, thrown } from './dialect-checks-words.ts'

/** The first of the dialect's accessors that does not keep its word for the values of a stream. */
export function accessorsProblem(stream: Stream): string | undefined {
  const dialect = stream.dialect()
  const values = valuesOf(stream, dialect)
  const again = valuesOf(stream, stream.dialect())
  for (const [index, { event, value, memory }] of values.entries()) {
    const problem =
      accessorProblem(dialect, value, memory) ??
      samenessProblem(dialect, value, again[index]?.value) ??
      otherTextProblem(dialect, value)
    if (problem !== undefined) return `${problem}, for the value of ${eventShown(event)}`
  }
  return undefined
}

/** What has to hold for any value that `read` has given. */
export function accessorProblem(
  dialect: Dialect<unknown>,
  value: unknown,
  memory: unknown,
): string | undefined {
  try {
    const before = copy(value)
    const problem = wrongAnswer(dialect, value, memory)
    if (problem !== undefined) return problem
    return isUnchanged(before, value) ? undefined : `an accessor changes its value, to ${shown(value)}`
  } catch (error) {
    return `${(error as { accessor?: string }).accessor ?? 'an accessor'} ${thrown((error as { cause?: unknown }).cause ?? error)}`
  }
}

/** Nothing where it cannot be copied. */
function copy(value: unknown): { readonly value: unknown } | undefined {
  try {
    return { value: structuredClone(value) }
  } catch {
    return undefined
  }
}

/** Also of what is nested too deep for a comparison. */
function isUnchanged(before: { readonly value: unknown } | undefined, value: unknown): boolean {
  try {
    return before === undefined || isDeepStrictEqual(before.value, value)
  } catch {
    return true
  }
}

/** Calls an accessor; what it throws is told under its name. */
function call<R>(accessor: string, action: () => R): R {
  try {
    return action()
  } catch (cause) {
    throw Object.assign(new Error(accessor, { cause }), { accessor })
  }
}

/** What `String(…)` makes of an ID that is not there. */
const NOTHING_AS_TEXT: ReadonlySet<string> = new Set(['undefined', 'null', 'NaN', '[object Object]'])

function wrongAnswer(dialect: Dialect<unknown>, value: unknown, memory: unknown): string | undefined {
  if (dialect.isContent !== undefined) call('isContent(value)', () => dialect.isContent?.(value))
  const id = call('idOf(value)', () => dialect.idOf?.(value, memory))
  if (id !== undefined && typeof id !== 'string')
    return `idOf(value) is ${shown(id)}, neither text nor undefined`
  if (id !== undefined && NOTHING_AS_TEXT.has(id))
    return `idOf(value) is ${shown(id)}, which would be sent back as an ID: where there is none, it is undefined`
  if (dialect.isSame !== undefined && !call('isSame(value, value)', () => dialect.isSame?.(value, value)))
    return 'isSame(value, value) is false'
  if (dialect.text === undefined) return undefined
  const text: unknown = call('text(value)', () => dialect.text?.(value))
  if (typeof text !== 'string') return `text(value) is ${shown(text)}, not text`
  if (dialect.withText === undefined) return undefined
  const other = call('withText(value, text(value))', () => dialect.withText?.(value, text))
  const same: unknown = call('text(withText(value, text(value)))', () => dialect.text?.(other))
  return same === text
    ? undefined
    : `withText(value, text(value)) has the text ${shown(same)}, not ${shown(text)}`
}

/** The same event, read twice, is the same: by this a replay is compared. */
function samenessProblem(dialect: Dialect<unknown>, value: unknown, again: unknown): string | undefined {
  if (dialect.isSame === undefined || again === undefined || dialect.isSame(value, again)) return undefined
  return 'isSame says that the same event, read twice, is not the same'
}

const OTHER = '\u0001rx-sse'

function otherTextProblem(dialect: Dialect<unknown>, value: unknown): string | undefined {
  if (dialect.text === undefined || dialect.withText === undefined || dialect.text(value) === '')
    return undefined
  const other = dialect.withText(value, OTHER)
  const text = dialect.text(other)
  if (text !== OTHER) return `withText(value, ${shown(OTHER)}) has the text ${shown(text)}`
  return dialect.isSame?.(value, other) === true
    ? 'isSame says that a value with another text is the same'
    : undefined
}

/** What `accumulate` does with the values of a stream that it must not. */
export function accumulateProblem(stream: Stream): string | undefined {
  const dialect = stream.dialect()
  if (dialect.accumulate === undefined) return undefined
  const complete = new Map<string, string>()
  let message: Message | undefined
  let text = ''
  for (const read of valuesOf(stream, dialect)) {
    const at = `accumulate(message, value of ${eventShown(read.event)})`
    const next = addTo(dialect, message, read)
    if (typeof next === 'string') return `${at} ${next}`
    const piece = dialect.text?.(read.value) ?? ''
    // A wire may take text back, for a step that is run again; then that is all that the value says of text.
    const isTakenBack = piece === '' && next.message.text.length < text.length
    text = isTakenBack ? next.message.text : text + piece
    message = next.message
    const shape = notAMessage(message)
    if (shape !== undefined) return `${at} ${shape}`
    if (dialect.text !== undefined && message.text !== text)
      return `${at} has the text ${shown(message.text)}; the values have ${shown(text)}`
    const call = turnedCall(message, complete)
    if (call !== undefined) return `${at} ${call}`
  }
  return undefined
}

type Added = { readonly message: Message } | string

/** One step, with a message and a value that cannot be changed without notice. */
export function addTo(
  dialect: Dialect<unknown>,
  message: Message | undefined,
  { value }: Pick<ReadValue, 'value'>,
): Added {
  const before = { message: copy(message), value: copy(value) }
  freeze(message)
  freeze(value)
  let next: Message | undefined
  try {
    next = dialect.accumulate?.(message, value)
  } catch (error) {
    const isChange =
      error instanceof TypeError && /read only|not extensible|Cannot delete/.test(error.message)
    return isChange ? `changes what it is given: ${thrown(error)}` : thrown(error)
  }
  if (!isUnchanged(before.message, message)) return 'changes the message that it is given'
  if (!isUnchanged(before.value, value)) return 'changes the value that it is given'
  return typeof next === 'object' && next !== null ? { message: next } : `is ${shown(next)}, not a message`
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value))
    return
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
}

const TEXTS = ['text', 'reasoning', 'refusal'] as const
const TEXTS_OR_NOTHING = ['id', 'model', 'finishReason'] as const

export function notAMessage(message: Message): string | undefined {
  for (const key of TEXTS) {
    if (typeof message[key] !== 'string') return `has the ${key} ${shown(message[key])}, not text`
  }
  for (const key of TEXTS_OR_NOTHING) {
    const value: unknown = message[key]
    if (value !== undefined && typeof value !== 'string')
      return `has the ${key} ${shown(value)}, neither text nor undefined`
  }
  if (!Array.isArray(message.toolCalls)) return `has the toolCalls ${shown(message.toolCalls)}, not an array`
  for (const call of message.toolCalls) {
    const isCall =
      typeof call.index === 'number' &&
      typeof call.arguments === 'string' &&
      typeof call.complete === 'boolean'
    if (!isCall) return `has the tool call ${shown(call)}, without an index, arguments or complete`
    if ('input' in call && !call.complete)
      return `has the tool call ${shown(call)}, with an input before it is complete`
  }
  return undefined
}

/** A call that was complete, and is another now: it may have been carried out. */
function turnedCall({ toolCalls }: Message, complete: Map<string, string>): string | undefined {
  for (const [place, { name, arguments: given, complete: isComplete }] of toolCalls.entries()) {
    const now = JSON.stringify([name, given])
    const before = complete.get(String(place))
    if (before !== undefined && !(isComplete && before === now))
      return `turns tool call ${place + 1}, which was complete, from ${before} to ${isComplete ? now : `an incomplete ${now}`}`
    if (isComplete) complete.set(String(place), now)
  }
  return undefined
}
