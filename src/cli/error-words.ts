import { wordsOf } from '../errors/code-table.ts'
import type { SseErrorCode } from '../errors/codes.ts'
import type { SseError } from '../index.ts'
import type { Redact } from './secrets.ts'
import { count, harmlessLine, shorten } from './terminal.ts'

/** The library's options in the command's spelling. */
const SPELLING: readonly (readonly [string, string])[] = [
  ['timeout.connect', '--connect-timeout'],
  ['timeout.first', '--first'],
  ['timeout.idle', '--idle'],
  ['timeout.stall', '--stall'],
  ['timeout.total', '--max-time'],
  ['maxEventSize', '--max-event-size'],
  ['resume: "never"', '--no-resume'],
  ['retryAfterMs, where the server said when', 'see above, if the server said when'],
  ['Send accept-encoding: identity, or', "Send -H 'Accept-Encoding: identity', or"],
  ['a private CA goes into the dispatcher', 'NODE_EXTRA_CA_CERTS=FILE adds a private CA'],
]

const respell = (text: string): string =>
  SPELLING.reduce((rest, [from, to]) => rest.replaceAll(from, to), text)

/** Where the row's advice means nothing on a command line. */
const ADVICE: { readonly [C in SseErrorCode]?: string } = {
  request_setup_failed: 'Correct the option that the message names.',
  malformed_event: 'Check that --dialect fits the server; --dialect raw shows the events as they are.',
  resume_mismatch:
    'The server does not honour Last-Event-ID: add --no-resume, or run it again from the start.',
  replay_mismatch:
    'The server does not send the same twice. What was printed stands; run it again from the start.',
}

export const adviceFor = (error: SseError): string => {
  if (error.retryable && error.retryAfterMs !== undefined && error.retryAfterMs > 0) {
    return `Try again in ${error.retryAfterMs / 1000} s, not sooner: the server asks for that.`
  }
  return error.hint ?? ADVICE[error.code] ?? respell(wordsOf(error.code).remedy)
}

/** `stream_terminated (socket_closed)`, `request_failed/not_found`. */
export function nameOf(error: SseError): string {
  const name = error.code === error.kind ? error.kind : `${error.kind}/${error.code}`
  const reason = error.kind === 'stream_terminated' && error.reason !== error.code ? error.reason : undefined
  return reason === undefined ? name : `${name} (${reason})`
}

const MESSAGE = 400

/** The parts of a message of the library's own that are not its own words. */
const QUOTED = /"[\s\S]*"|\(after id [^)]*\)/g

const isServersOwn = (error: SseError): boolean =>
  error.upstream?.message !== undefined && error.message === error.upstream.message

/** The message without secrets: the server's as a whole, the library's where it quotes the server. */
const redactedMessage = (error: SseError, redact: Redact): string =>
  isServersOwn(error) ? redact(error.message) : error.message.replace(QUOTED, redact)

/** The server's own message where it sent one, made harmless. */
export const messageOf = (error: SseError, redact: Redact): string => {
  const message = redactedMessage(error, redact)
  return shorten(harmlessLine(isServersOwn(error) ? message : respell(message)), MESSAGE)
}

/** What is known of a failure beside its name and message, as pairs for a person. */
export function factsOf(error: SseError, redact: Redact): [string, string][] {
  const facts: [string, string][] = []
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') facts.push([name, String(value)])
  }
  const addForeign = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) add(name, shorten(harmlessLine(redact(String(value))), 200))
  }
  if (error.bytes > 0) add('received', `${count(error.events, 'event')}, ${count(error.bytes, 'byte')}`)
  if (error.attempt > 1) add('requests', error.attempt)
  add('HTTP', error.status)
  if (error.upstream !== undefined) addForeign('type', error.upstream.type)
  if (error.upstream?.code !== error.code) addForeign('its code', error.upstream?.code)
  addForeign('request ID', error.requestId)
  if (error.retryAfterMs !== undefined) add('retry after', `${error.retryAfterMs / 1000} s`)
  addForeign('last event ID', error.lastEventId)
  if (error.kind === 'stream_terminated') {
    addForeign('left over', error.leftover)
    const { mismatch } = error
    if (mismatch !== undefined) {
      addForeign('printed', inJson(mismatch.delivered))
      addForeign('sent again', inJson(mismatch.received) ?? 'nothing')
    }
  }
  return facts
}

const DEEPEST = 1000

/** A value as it is compared, without what is too deep. */
const inJson = (value: unknown): string | undefined => JSON.stringify(inTexts(value, (text) => text))

/** Redacts every text in parsed JSON; names of fields stay. */
function inTexts(value: unknown, redact: Redact, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  // JSON can be nested deeper than a stack, for the reader as for whoever writes it again.
  if (depth === DEEPEST) return '…'
  if (Array.isArray(value)) return value.map((item) => inTexts(item, redact, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, inTexts(item, redact, depth + 1)]),
  )
}

function redactedError(error: SseError, redact: Redact): object {
  const fields = error.toJSON()
  const foreign = ['leftover', 'requestId', 'lastEventId', 'upstream', 'mismatch']
  if (error.type === error.upstream?.type) foreign.push('type')
  return {
    ...fields,
    message: redactedMessage(error, redact),
    ...Object.fromEntries(
      foreign.filter((name) => name in fields).map((name) => [name, inTexts(fields[name], redact)]),
    ),
  }
}

/** A line of `--json` without secrets, where the server had the word: kinds, codes and the like are ours. */
export function redactedLine(line: object, redact: Redact): object {
  const { lastEventId, requestId, error } = line as { [name: string]: unknown; error?: SseError }
  return {
    ...line,
    ...(lastEventId === undefined ? {} : { lastEventId: inTexts(lastEventId, redact) }),
    ...(requestId === undefined ? {} : { requestId: inTexts(requestId, redact) }),
    ...(error === undefined ? {} : { error: redactedError(error, redact) }),
  }
}
