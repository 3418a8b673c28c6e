import { type Dialect, isVerdict, type ServerSentEvent } from '../dialects/dialect.ts'
import type { Message } from '../messages/message.ts'
import { copyOf, type Outcome, outcomeOf } from './dialect-checks-read.ts'
import type { Stream } from './dialect-checks-stream.ts'
import { accessorProblem, addTo, notAMessage } from './dialect-checks-values.ts'
import { eventShown, shown, thrown } from './dialect-checks-words.ts'

const DEPTH = 2_000
const deep = (open: string, inner: string, close: string): string =>
  `${open.repeat(DEPTH)}${inner}${close.repeat(DEPTH)}`

/** JSON that nobody's wire sends. */
const ODD: readonly string[] = [
  'null',
  'true',
  '7',
  '-0.5e300',
  '""',
  '"x"',
  '"__proto__"',
  '[]',
  '[null]',
  '[[7]]',
  '{}',
  '{"choices":null}',
  '{"type":null,"delta":7,"error":null}',
  '{"__proto__":{"rxSseMark":true}}',
  '{"constructor":{"prototype":{"rxSseMark":true}}}',
  deep('[', '', ']'),
  deep('{"a":', 'null', '}'),
]

const MARK = 'rxSseMark'
const REPLACEMENTS: readonly unknown[] = [null, true, 7, 'x', '__proto__', [], {}, [null]]

/** What the odd event comes after. */
interface Context {
  readonly dialect: Dialect<unknown>
  readonly memory: unknown
  readonly message: Message | undefined
}

/** Feeds JSON of other shapes in place of the events: the first by which the dialect breaks. */
export function shapesProblem(streams: readonly Stream[]): string | undefined {
  const seen = new Set<string>()
  for (const stream of streams) {
    const lost = fieldProblem(stream.dialect())
    if (lost !== undefined) return lost
    const problem = problemIn(stream, seen)
    if (problem !== undefined) return `${problem} (in place of an event of "${stream.name}")`
  }
  return undefined
}

/** A proxy may append anything. */
function fieldProblem(dialect: Dialect<unknown>): string | undefined {
  try {
    const verdict = dialect.readField?.('rx-sse-unknown', 'x')
    if (verdict?.type !== 'done') return undefined
    return 'readField takes any line for an end marker, even "rx-sse-unknown: x"'
  } catch (error) {
    return `readField("rx-sse-unknown", "x") ${thrown(error)}`
  }
}

function problemIn(stream: Stream, seen: Set<string>): string | undefined {
  const dialect = stream.dialect()
  const memory = dialect.memory?.()
  let message: Message | undefined
  for (const event of stream.body.events) {
    const before = copyOf(memory)
    const outcome = outcomeOf(dialect, event, memory)
    // Where a dialect does not take JSON in the first place it may throw at any.
    if (outcome.type === 'thrown') return undefined
    const lost = lostProblem({ dialect, memory: copyOf(before), message }, event, outcome)
    if (lost !== undefined) return lost
    for (const data of oddOnes(event, seen)) {
      const context = { dialect, memory: copyOf(before), message }
      const problem = oddProblem(context, { ...event, data })
      if (problem !== undefined) return problem
    }
    if (outcome.type === 'ended' || (outcome.type === 'value' && outcome.isLast)) return undefined
    if (outcome.type === 'value' && dialect.accumulate !== undefined) {
      const next = addTo(dialect, message, outcome)
      if (typeof next !== 'string') message = next.message
    }
  }
  return undefined
}

/** For an event of a type that was not seen with JSON before all that is odd; for one of a shape that was not its variants. */
function* oddOnes({ event: type, data }: ServerSentEvent, seen: Set<string>): Generator<string> {
  const json = parsed(data)
  if (json === undefined) return
  const isNew = (key: string): boolean => !seen.has(key) && seen.add(key) !== undefined
  if (isNew(`${type}`)) yield* ODD
  if (isNew(`${type} ${shapeOf(json.value)}`)) yield* variants(json.value)
}

/** Its keys and the types of what they hold; the texts of `type`, which decide what it is. */
const shapeOf = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) =>
    key === 'type' || typeof part === 'object' ? part : typeof part,
  )

function parsed(data: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(data) }
  } catch {
    return undefined
  }
}

/** Each part of it in turn replaced by each of the others, and `__proto__` in each object. */
function* variants(value: unknown): Generator<string> {
  const texts = function* (part: unknown, whole: (other: unknown) => unknown): Generator<string> {
    for (const other of REPLACEMENTS) yield JSON.stringify(whole(other))
    if (typeof part !== 'object' || part === null) return
    if (!Array.isArray(part)) yield JSON.stringify(whole(marked(part)))
    for (const [key, inner] of Object.entries(part)) {
      yield* texts(inner, (other) => whole(withPart(part, key, other)))
    }
  }
  yield* texts(value, (other) => other)
}

const marked = (part: object): object => withPart(part, '__proto__', { [MARK]: true })

function withPart(whole: object, key: string, part: unknown): object {
  const copy: object = Array.isArray(whole) ? [...whole] : { ...whole }
  // Assigned, `__proto__` would be no part of it.
  Object.defineProperty(copy, key, { value: part, enumerable: true, writable: true, configurable: true })
  return copy
}

/** An event whose data broke off must not vanish, and the stream be whole without it. */
function lostProblem(
  { dialect, memory }: Context,
  event: ServerSentEvent,
  whole: Outcome,
): string | undefined {
  if (whole.type !== 'value' || !/^[[{].*[\]}]$/s.test(event.data)) return undefined
  const broken = { ...event, data: event.data.slice(0, -1) }
  return outcomeOf(dialect, broken, memory).type === 'ignored'
    ? `read ignores JSON that breaks off: ${eventShown(broken)}. What is lost there nobody would know; let JSON.parse throw`
    : undefined
}

function oddProblem({ dialect, memory, message }: Context, event: ServerSentEvent): string | undefined {
  const outcome = outcomeOf(dialect, event, memory)
  if (outcome.type === 'thrown') {
    return isAccident(outcome.error)
      ? `read ${thrown(outcome.error)}, for JSON of another shape: ${eventShown(event)}. Pass it on, or refuse it by an Error that says why`
      : undefined
  }
  const problem =
    outcome.type === 'value' ? valueProblem({ dialect, memory, message }, outcome.value) : undefined
  const polluted = MARK in {} ? 'Object.prototype is polluted' : undefined
  // Whatever was polluted is everybody's.
  if (polluted !== undefined) delete (Object.prototype as Record<string, unknown>)[MARK]
  const found = polluted ?? problem
  return found && `${found}, for the value of JSON of another shape: ${eventShown(event)}`
}

/** What code throws that its author did not write. */
const isAccident = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

function valueProblem({ dialect, memory, message }: Context, value: unknown): string | undefined {
  if (isVerdict(value)) return undefined
  const problem = accessorProblem(dialect, value, memory)
  if (problem !== undefined || dialect.accumulate === undefined) return problem
  for (const before of [undefined, message]) {
    const at = before === undefined ? 'accumulate(undefined, value)' : 'accumulate(message, value)'
    const next = addTo(dialect, before, { value })
    if (typeof next === 'string') return `${at} ${next}`
    const wrong = notAMessage(next.message)
    if (wrong !== undefined) return `${at} ${wrong}`
    if (inherits(next.message)) return `${at} takes "__proto__" for a prototype: ${shown(next.message)}`
  }
  return undefined
}

function inherits(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (MARK in value && !Object.hasOwn(value, MARK)) return true
  return Object.values(value).some(inherits)
}
