import { rowOf, type SseErrorCode } from '../errors/codes.ts'
import type { SseError } from '../index.ts'
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
}

export const adviceFor = (error: SseError): string => ADVICE[error.code] ?? respell(rowOf(error.code).remedy)

/** `stream_terminated (socket_closed)`, `request_failed/not_found`. */
export function nameOf(error: SseError): string {
  const name = error.code === error.kind ? error.kind : `${error.kind}/${error.code}`
  const reason = error.kind === 'stream_terminated' && error.reason !== error.code ? error.reason : undefined
  return reason === undefined ? name : `${name} (${reason})`
}

const MESSAGE = 400

/** The server's own message where it sent one, made harmless. */
export const messageOf = (error: SseError): string => {
  const message = error.upstream === undefined ? respell(error.message) : error.message
  return shorten(harmlessLine(message), MESSAGE)
}

/** What is known of a failure beside its name and message, as pairs for a person. */
export function factsOf(error: SseError): [string, string][] {
  const facts: [string, string][] = []
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') facts.push([name, shorten(harmlessLine(String(value)), 200)])
  }
  if (error.bytes > 0) add('received', `${count(error.events, 'event')}, ${count(error.bytes, 'byte')}`)
  if (error.attempt > 1) add('requests', error.attempt)
  add('HTTP', error.status)
  if (error.upstream !== undefined) add('type', error.upstream.type)
  if (error.upstream?.code !== error.code) add('its code', error.upstream?.code)
  add('request ID', error.requestId)
  if (error.retryAfterMs !== undefined) add('retry after', `${error.retryAfterMs / 1000} s`)
  add('last event ID', error.lastEventId)
  if (error.kind === 'stream_terminated') add('left over', error.leftover)
  return facts
}
