import type { Leftover } from '../decode/event-decoder.ts'
import { type Failure, preview, type ReplayMismatch, type TerminationReason } from '../errors/failure.ts'
import type { TransportFailure } from '../transport/transport.ts'
import type { DeadlineName } from './deadlines.ts'
import type { Progress } from './progress.ts'

/**
 * The failure of a stream whose end marker has not come, from what the transport said and what was left over.
 *
 * @param isMarked - false: its wire has no marker that could have come
 */
export function terminatedBy(
  failure: TransportFailure | undefined,
  leftover: Leftover | undefined,
  isMarked = true,
): Failure {
  const rest = leftover === undefined ? undefined : { leftover: leftover.preview }
  if (failure !== undefined) {
    // A coding that cannot be decoded has its own code, also after the head.
    return {
      kind: failure.code === 'stream_terminated' ? 'stream_terminated' : 'request_failed',
      ...failure,
      ...rest,
    }
  }
  const base = { kind: 'stream_terminated', code: 'stream_terminated', ...rest } as const
  if (leftover?.cut === 'character') {
    return { ...base, reason: 'cut_character', message: 'the response ended inside a character' }
  }
  if (leftover?.cut === 'event') {
    return { ...base, reason: 'cut_event', message: 'the response ended inside an event' }
  }
  const message = isMarked
    ? 'the response ended without the end marker'
    : 'the response ended before it could be whole'
  return { ...base, reason: 'clean_end', message }
}

/** The response of an endless feed is over: nothing is missing, only nothing more comes of it [whatwg]. */
export const responseOver = (failure: Failure): Failure =>
  failure.reason === 'clean_end' ? { ...failure, message: 'the response is over' } : failure

/** No response: nothing of a stream was seen. */
export const noResponse = (failure: TransportFailure | undefined): Failure => ({
  kind: 'request_failed',
  ...(failure ?? { code: 'connection_failed', message: 'the connection was closed without a response' }),
})

/** A dialect could not make use of the head of a response. */
export const unreadableHead = (dialect: string, cause: unknown): Failure => ({
  kind: 'request_failed',
  code: 'request_setup_failed',
  message: `${dialect} could not read the head of the response`,
  cause,
})

export const noContent: Failure = {
  kind: 'request_failed',
  code: 'no_content',
  message: 'the server has nothing to stream (HTTP 204)',
}

const SILENCE: Readonly<Record<'first' | 'idle' | 'stall', { reason: TerminationReason; words: string }>> = {
  first: { reason: 'first', words: 'no content within timeout.first' },
  idle: { reason: 'idle', words: 'no byte within timeout.idle' },
  stall: { reason: 'stalled', words: 'no content within timeout.stall, only other bytes' },
}

/** A deadline has passed, before or after the head of the response. */
export function missed(
  name: DeadlineName,
  limitMs: number,
  headSeen: boolean,
  leftover: Leftover | undefined,
): Failure {
  if (name === 'connect') {
    return {
      kind: 'request_failed',
      code: 'connect_timeout',
      message: `no connection within timeout.connect (${limitMs} ms)`,
    }
  }
  if (!headSeen) {
    return {
      kind: 'request_failed',
      code: 'response_timeout',
      message: `no response within timeout.first (${limitMs} ms)`,
    }
  }
  const { reason, words } = SILENCE[name]
  return { ...terminatedBy(undefined, leftover), reason, message: `${words} (${limitMs} ms)` }
}

/** The machine was asleep or offline, and nothing has come since. */
export const deadAfterWaking = (ms: number, leftover: Leftover | undefined): Failure => ({
  ...terminatedBy(undefined, leftover),
  reason: 'idle',
  message: `no byte within ${ms} ms after the machine had been asleep or offline`,
})

/** What arrived cannot be used, so the stream is ended from this side. */
const unusable = (
  code: 'event_too_large' | 'malformed_event' | 'resume_mismatch' | 'replay_mismatch',
  message: string,
  cause?: unknown,
): Failure => ({
  kind: 'stream_terminated',
  code,
  reason: code,
  message,
  cause,
})

export const tooLarge = (limit: number): Failure =>
  unusable('event_too_large', `an event is larger than maxEventSize (${limit} characters)`)

/** @param position - values that were read before it */
export function malformed(
  text: string,
  dialect: string,
  position: number,
  { cursor }: Progress,
  cause: unknown,
): Failure {
  const at = `event ${position + 1}${cursor === '' ? '' : ` (after id ${preview(cursor)})`}`
  return unusable('malformed_event', `${at} cannot be read as ${dialect}: "${preview(text)}"`, cause)
}

/** @param what - what the server did instead of continuing */
export const mismatch = (cursor: string, what: string): Failure =>
  unusable(
    'resume_mismatch',
    cursor === ''
      ? `asked to continue, the server ${what}`
      : `asked to continue after event ${preview(JSON.stringify(cursor))}, the server ${what}`,
  )

/** Sent again from its beginning, the stream was another. */
export const notTheSame = (where: ReplayMismatch, cause?: unknown): Failure => ({
  ...unusable(
    'replay_mismatch',
    where.received === undefined
      ? `sent again, the stream ended after ${where.index} of the values that were delivered`
      : `sent again, the stream was the same for ${where.index} values, and then another`,
    cause,
  ),
  mismatch: where,
})

/** An ID of the server's, for a message. */
export const quoted = (id: string): string => JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}…` : id)

/** An ending of the caller's own making: a stream that had begun is terminated, one that had not is a failed request. */
const own = (
  code: 'deadline_exceeded' | 'aborted',
  reason: 'total' | 'aborted',
  message: string,
  { bytes }: Progress,
): Failure => ({ kind: bytes > 0 ? 'stream_terminated' : 'request_failed', code, reason, message })

export const outOfTime = (limitMs: number, progress: Progress): Failure =>
  own('deadline_exceeded', 'total', `the stream was not whole within timeout.total (${limitMs} ms)`, progress)

export const abortedBy = (cause: unknown, progress: Progress): Failure => ({
  ...own('aborted', 'aborted', "the caller's signal was aborted", progress),
  cause,
})
