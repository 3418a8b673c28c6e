import { errorInPayload } from '../errors/envelope.ts'
import type { UpstreamError } from '../errors/failure.ts'
import { refuseUnknown, show } from '../errors/options.ts'
import type { Message } from '../messages/message.ts'
import {
  type Dialect,
  done,
  failed,
  type LlmDialect,
  ping,
  type ServerSentEvent,
  type Verdict,
} from './dialect.ts'
import { failedEvent, readErrorField } from './in-band.ts'

/** An error as its wire tells it: a text, or what there is of these fields. */
export type ReportedError = string | Partial<UpstreamError>

/**
 * What a wire is, in predicates. Everything else that a {@link Dialect} may have can stand beside them.
 *
 * @typeParam T - what the consumer gets; follows from what `parse` returns
 */
export interface DialectDefinition<T, M = unknown> extends Omit<Dialect<T, M>, 'read'> {
  /** The value of an event; what it throws ends the stream with `malformed_event`. Default: its data, as JSON. */
  readonly parse?: (data: string, event: ServerSentEvent) => T
  /** Is this event the end marker, and no value? */
  readonly isEnd?: (event: ServerSentEvent) => boolean
  /** Is this value the last one? It is delivered, and completes. */
  readonly isLast?: (value: T) => boolean
  /** Does this event report an error? Its fields are found in every known shape; text is a message. Default: `event: error` does. */
  readonly isError?: (event: ServerSentEvent) => boolean
  /** The error that this value reports; anything falsy: none. Default: any known shape at its top level. */
  readonly errorOf?: (value: T) => ReportedError | false | null | undefined
  /** Is this event a mere sign of life? Default: one with empty data is. */
  readonly isPing?: (event: ServerSentEvent) => boolean
}

/** The same with `text`, for the operator {@link text}. */
export interface TextDialectDefinition<T, M = unknown> extends DialectDefinition<T, M> {
  text(value: T): string
}

/**
 * The same with `text` and `accumulate`, for both operators.
 *
 * @typeParam S - the message's `snapshot`
 */
export interface LlmDialectDefinition<T, M = unknown, S = unknown> extends TextDialectDefinition<T, M> {
  accumulate(message: Message<S> | undefined, value: T): Message<S>
}

const PREDICATES = { parse: true, isEnd: true, isLast: true, isError: true, errorOf: true, isPing: true }

/** What the definition takes over from a dialect as it is. */
const MEMBERS: Readonly<Record<keyof Omit<Dialect<unknown>, 'read'>, true>> = {
  name: true,
  facts: true,
  memory: true,
  readHead: true,
  requestIdHeaders: true,
  acceptsJson: true,
  readField: true,
  isContent: true,
  idOf: true,
  resume: true,
  text: true,
  withText: true,
  accumulate: true,
  isSame: true,
  isWhole: true,
  endless: true,
  polls: true,
}

/**
 * A dialect for a wire of one's own.
 *
 * ```ts
 * const jobs = defineDialect({
 *   name: 'jobs',
 *   parse: (data): Job => JSON.parse(data),
 *   isLast: (job) => job.state === 'finished',
 *   errorOf: (job) => job.state === 'failed' && job.reason,
 * })
 * ```
 *
 * An error goes before an end: `isError` before `isEnd`, `errorOf` before `isLast`. With `text`, or `text` and `accumulate`,
 * the operators of these names take the dialect; they have to bear what `parse` lets pass, JSON's `null` say. Does not remember anything from event to event: for that write a {@link Dialect}.
 *
 * @throws TypeError for a definition by which no stream could ever be whole, and for one with a mistake in it.
 */
export function defineDialect<T = unknown, M = unknown, S = unknown>(
  definition: LlmDialectDefinition<T, M, S>,
): LlmDialect<T, S, M>
export function defineDialect<T = unknown, M = unknown>(
  definition: TextDialectDefinition<T, M>,
): Dialect<T, M> & Pick<LlmDialect<T>, 'text'>
export function defineDialect<T = unknown, M = unknown>(definition: DialectDefinition<T, M>): Dialect<T, M>
export function defineDialect<T = unknown, M = unknown>(definition: DialectDefinition<T, M>): Dialect<T, M> {
  refuseUnknown(definition, { ...MEMBERS, ...PREDICATES }, 'defineDialect')
  check(definition)
  // Methods keep their `this`, and those of a class are no keys of its own.
  const given = Object.fromEntries(
    [...Object.keys(MEMBERS), ...Object.keys(PREDICATES)].flatMap((key) => {
      const member: unknown = definition[key as keyof typeof definition]
      if (member === undefined) return []
      return [[key, typeof member === 'function' ? member.bind(definition) : member]]
    }),
  ) as unknown as DialectDefinition<T, M>
  const {
    parse = (data: string) => JSON.parse(data) as T,
    isEnd = never,
    isLast = never,
    isError = isErrorEvent,
    errorOf = errorInPayload,
    isPing = isEmpty,
    ...members
  } = given
  return {
    readField: readErrorField,
    ...members,
    read(event): T | Verdict<T> {
      if (isError(event)) return failedEvent(event)
      if (isEnd(event)) return done()
      if (isPing(event)) return ping
      const value = parse(event.data, event)
      // JSON of another shape passes: the predicates look into values.
      if (value === null) return value
      const error = errorOf(value)
      if (error) return failed({ payload: value, ...fieldsOf(error) })
      return isLast(value) ? done(value) : value
    },
  }
}

/** The message of an Error is no key that a copy would have. */
function fieldsOf(error: ReportedError): Partial<UpstreamError> {
  if (typeof error === 'string') return { message: error }
  return error instanceof Error ? { ...error, message: error.message } : error
}

const never = (): boolean => false
const isErrorEvent = ({ event }: ServerSentEvent): boolean => event === 'error'
const isEmpty = ({ data }: ServerSentEvent): boolean => data === ''

function check<T, M>(definition: DialectDefinition<T, M>): void {
  const { name, isEnd, isLast, isWhole, endless } = definition
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`defineDialect: name must be text, not ${show(name)}.`)
  }
  for (const key of Object.keys(PREDICATES) as (keyof typeof PREDICATES)[]) {
    const given: unknown = definition[key]
    if (given !== undefined && typeof given !== 'function') {
      throw new TypeError(`defineDialect: ${key} must be a function, not ${show(given)}.`)
    }
  }
  if ([isEnd, isLast, isWhole].every((way) => way === undefined) && endless !== true) {
    throw new TypeError(
      `defineDialect: "${name}" could never complete; say what ends it: isEnd(event), isLast(value) or isWhole(memory, cleanly), or endless: true.`,
    )
  }
}
