import { type Dialect, isVerdict, type LlmDialect } from '../../../src/dialects/dialect.ts'
import type { Message } from '../../../src/index.ts'
import { parseReference } from '../../fixtures/reference-parser.ts'
import type { FuzzInput } from '../fuzz-input.ts'
import { hold, Mismatch, shown } from '../mismatch.ts'
import { eventOf } from '../model.ts'
import { EVENT_STREAM } from '../play.ts'
import { wireNamed } from '../wires.ts'

const HEAD = { status: 200, header: (name: string) => EVENT_STREAM.get(name) }
const RESUMES = ['GET', 'POST'] as const

/** Everything a dialect is asked, over any events: it throws for data that is no JSON, and for nothing else. */
export function runDialect({ wire, body }: FuzzInput): string {
  const dialect = wireNamed(wire)
  const memory = dialect.memory?.()
  ask('readHead', () => dialect.readHead?.(HEAD, memory))
  const values: unknown[] = []
  const verdicts = new Set<string>()
  let cursor = ''
  for (const entry of parseReference(body).entries) {
    if (entry.type === 'unknown') {
      const verdict = ask('readField', () => dialect.readField?.(entry.field, entry.value))
      hold(verdict === undefined || isVerdict(verdict), 'a field is judged', () => shown(verdict))
      continue
    }
    if (entry.type !== 'event') continue
    cursor = entry.id ?? cursor
    const reading = read(dialect, eventOf(entry, cursor), memory)
    if (reading === undefined) {
      verdicts.add('malformed')
      continue
    }
    if (!isVerdict(reading.value)) {
      values.push(reading.value)
      askOfValue(dialect, reading.value, memory)
    } else {
      verdicts.add(reading.value.type)
      if (reading.value.hasValue) values.push(reading.value.value)
    }
    for (const cleanly of [true, false]) ask('isWhole', () => dialect.isWhole?.(memory, cleanly))
  }
  for (const method of RESUMES) {
    const url = new URL('http://fuzz.test/v1')
    const body = { background: true, stream_resumable: true }
    const change = ask('resume', () => dialect.resume?.({ method, url, body }, '7', memory))
    const path = new URL(change?.url ?? url).pathname
    hold(
      /^\/(?:v1(?:\/[^/]+)?|runs\/1\/stream)$/.test(path),
      'a resource is asked for, and no other path',
      () => path,
    )
  }
  const message = accumulate(dialect, values)
  hold(!('polluted' in {}) && Object.keys(Object.prototype).length === 0, 'no prototype is touched')
  return `${[...verdicts].sort()} ${Math.min(4, values.length)} ${signatureOf(message)}`
}

/** Nothing that a dialect is asked may throw, whatever a server has sent. */
function ask<R>(what: string, question: () => R): R {
  try {
    return question()
  } catch (error) {
    throw new Mismatch(`${what} throws nothing`, error instanceof Error ? (error.stack ?? '') : String(error))
  }
}

function read(
  dialect: Dialect<unknown, unknown>,
  event: ReturnType<typeof eventOf>,
  memory: unknown,
): { readonly value: unknown } | undefined {
  try {
    return { value: dialect.read(event, memory) }
  } catch (error) {
    hold(!isJson(event.data), 'read throws only for data that is no JSON', () => `${event.data}: ${error}`)
    hold(error instanceof SyntaxError, 'read throws what JSON.parse throws', () => `${event.data}: ${error}`)
    return undefined
  }
}

function isJson(data: string): boolean {
  try {
    JSON.parse(data)
    return true
  } catch {
    return false
  }
}

function askOfValue(dialect: Dialect<unknown, unknown>, value: unknown, memory: unknown): void {
  const before = shown(value)
  const id = ask('idOf', () => dialect.idOf?.(value, memory))
  hold(id === undefined || typeof id === 'string', 'an ID is text', () => shown(id))
  const content = ask('isContent', () => dialect.isContent?.(value))
  hold(content === undefined || typeof content === 'boolean', 'isContent is yes or no', () => shown(content))
  const text = ask('text', () => dialect.text?.(value))
  hold(text === undefined || typeof text === 'string', 'text is text', () => shown({ value, text }))
  if (text !== undefined && text !== '' && dialect.withText !== undefined) {
    const other = ask('withText', () => dialect.withText?.(value, 'other'))
    const again = ask('text', () => dialect.text?.(other))
    hold(again === 'other', 'withText puts the text in its place', () => shown({ value, other, again }))
  }
  ask('withText', () => dialect.withText?.(value, ''))
  hold(
    ask('isSame', () => dialect.isSame?.(value, structuredClone(value))) !== false,
    'a value is the same as its copy',
    () => before,
  )
  hold(shown(value) === before, 'a value is not changed', () => before)
}

function accumulate(dialect: Dialect<unknown, unknown>, values: readonly unknown[]): Message | undefined {
  const { accumulate: fold } = dialect as Partial<LlmDialect<unknown, unknown>>
  if (fold === undefined) return undefined
  let message: Message | undefined
  for (const value of values) {
    const before = message && shown(message)
    const last = message
    const given = shown(value)
    message = ask('accumulate', () => fold.call(dialect, last, value)) as Message
    checkMessage(message)
    hold(before === undefined || shown(last) === before, 'the last message is not changed', () => given)
    hold(shown(value) === given, 'the value is not changed', () => given)
  }
  return message
}

const textual = (value: unknown): boolean => value === undefined || typeof value === 'string'

/** A message is what its type says, whatever a server has sent. */
export function checkMessage(message: Message): void {
  const { text, reasoning, refusal, toolCalls, id, model, finishReason } = message
  hold(typeof text === 'string', 'message.text is text', () => shown(text))
  hold(typeof reasoning === 'string', 'message.reasoning is text', () => shown(reasoning))
  hold(typeof refusal === 'string', 'message.refusal is text', () => shown(refusal))
  hold(textual(id), 'message.id is text', () => shown(id))
  hold(textual(model), 'message.model is text', () => shown(model))
  hold(textual(finishReason), 'message.finishReason is text', () => shown(finishReason))
  hold(Array.isArray(toolCalls), 'message.toolCalls is a list')
  for (const call of toolCalls) {
    hold(typeof call.arguments === 'string', 'the arguments of a call are text', () => shown(call))
    hold(textual(call.id) && textual(call.name), 'ID and name of a call are text', () => shown(call))
    hold(Number.isInteger(call.index), 'the index of a call is a number', () => shown(call))
    hold(typeof call.complete === 'boolean', 'complete is yes or no', () => shown(call))
  }
  checkPrototypes(message.snapshot, 0)
}

/** No object of a message has a prototype that came over the wire: `__proto__` is a key like any other. */
function checkPrototypes(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > 40) return
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === null || prototype === Object.prototype || Array.isArray(value)
  hold(isPlain || value instanceof Map || value instanceof Set, 'no prototype came over the wire', () =>
    shown(value),
  )
  for (const part of Object.values(value)) checkPrototypes(part, depth + 1)
}

const signatureOf = (message: Message | undefined): string =>
  message === undefined
    ? ''
    : `${message.text === '' ? '' : 't'}${message.reasoning === '' ? '' : 'r'}${message.refusal === '' ? '' : 'f'}${message.toolCalls
        .map(({ complete }) => (complete ? 'C' : 'c'))
        .slice(0, 4)
        .join('')} ${message.finishReason?.slice(0, 12)}`
