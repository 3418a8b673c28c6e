import type { EventStreamConfig, SseError } from '../src/index.ts'
import { COMPLETION_TEXT, type FaultServerOptions, type ScenarioName } from '../src/testing/index.ts'
import { zstdTellsCuts } from './zstd.ts'

/** The wires that every scenario is tried on. */
export const WIRES = ['http/1.1', 'tls', 'h2'] as const

export type WireName = (typeof WIRES)[number]

/** What an error must say: equal fields, but of the two texts only a part. */
interface ExpectedError {
  readonly kind: SseError['kind']
  readonly code: string
  readonly reason?: string
  readonly status?: number | undefined
  readonly retryable?: boolean
  readonly events?: number
  /** A part of it; `undefined`: there must be none. */
  readonly leftover?: string | undefined
  /** A part of it. */
  readonly message?: string
}

/** What a client must make of a scenario that is honest: with {@link patience}, `openaiChat()`. */
export interface HonestOutcome {
  readonly ending: 'complete' | ExpectedError
  /** Made, redirects included. Default: 1. */
  readonly requests?: number
  /** Delivered. Default: the whole completion where the ending is `complete`, else its first words. */
  readonly text?: string
}

const terminated = (reason: string, more: Partial<ExpectedError> = {}): ExpectedError => ({
  kind: 'stream_terminated',
  code: 'stream_terminated',
  retryable: true,
  reason,
  ...more,
})

const failed = (
  code: string,
  status: number | undefined,
  more: Partial<ExpectedError> = {},
): ExpectedError => ({ kind: 'request_failed', code, status, ...more })

const MIDWAY = 'A stream that stops'
const PREFIX_OF_CHUNK = 'data: {"id"'
const overloaded: ExpectedError = {
  kind: 'stream_error',
  code: 'model_overloaded',
  retryable: true,
  events: 5,
}

/** In words without a code: that there was an error is known, not which. */
const anError = (code: string): ExpectedError => ({ kind: 'stream_error', code, retryable: true, events: 5 })

const mismatch: ExpectedError = { kind: 'stream_terminated', code: 'resume_mismatch', retryable: false }

/** What is honest, over every wire that can have it. */
const honest: Record<ScenarioName, HonestOutcome> = {
  whole: { ending: 'complete' },
  gzip: { ending: 'complete' },
  br: { ending: 'complete' },
  zstd: { ending: 'complete' },
  'content-length': { ending: 'complete' },
  unframed: { ending: 'complete' },
  'byte-by-byte': { ending: 'complete' },
  'one-write': { ending: 'complete' },
  paced: { ending: 'complete' },
  chatter: { ending: 'complete' },

  'reset-before-head': { ending: failed('connection_failed', undefined), requests: 3, text: '' },
  'fin-before-head': { ending: failed('connection_failed', undefined), requests: 3, text: '' },
  'no-answer': { ending: failed('response_timeout', undefined, { retryable: true }), requests: 3, text: '' },
  'invalid-api-key': { ending: failed('invalid_api_key', 401, { retryable: false }), text: '' },
  'invalid-argument': { ending: failed('invalid_argument', 400), text: '' },
  'unknown-model': { ending: failed('unknown_model', 404), text: '' },
  'rate-limit': { ending: 'complete', requests: 2 },
  'model-overloaded': { ending: failed('model_overloaded', 503, { retryable: true }), requests: 3, text: '' },
  'overloaded-then-whole': { ending: 'complete', requests: 2 },
  'internal-error': { ending: failed('internal_error', 500, { retryable: false }), text: '' },
  'html-error-page': {
    ending: failed('service_unavailable', 503, { message: 'Service Unavailable' }),
    requests: 3,
    text: '',
  },
  'empty-error': { ending: failed('internal_error', 500), text: '' },
  'not-event-stream': { ending: failed('not_event_stream', 200), text: '' },
  'html-page': { ending: failed('not_event_stream', 200), text: '' },
  'unknown-coding': { ending: failed('unsupported_encoding', undefined), text: '' },
  'no-content': { ending: failed('no_content', 204), text: '' },
  redirect: { ending: 'complete', requests: 2 },
  'empty-stream': { ending: terminated('clean_end', { events: 0 }), requests: 3, text: '' },

  'in-band-error': { ending: overloaded },
  'in-band-error-event': { ending: overloaded },
  'in-band-error-then-done': { ending: overloaded },
  'in-band-error-first': { ending: { ...overloaded, events: 0 }, requests: 3, text: '' },

  'in-band-text': { ending: anError('stream_error') },
  'in-band-typed-text': { ending: anError('stream_error') },
  'in-band-object': { ending: overloaded },
  'in-band-flat': { ending: overloaded },
  'in-band-typed': { ending: overloaded },
  'in-band-error-text': { ending: anError('stream_error') },
  'in-band-response-failed': { ending: overloaded },
  'in-band-run-error': { ending: overloaded },
  'in-band-event-type': { ending: overloaded },
  'in-band-x-groq': { ending: anError('stream_error') },
  'in-band-finish-reason': { ending: overloaded },
  'in-band-plain': { ending: anError('stream_error') },
  'in-band-field': { ending: overloaded },

  fin: { ending: terminated('socket_closed') },
  rst: { ending: terminated('socket_reset') },
  'clean-end': { ending: terminated('clean_end', { leftover: undefined }) },
  'no-done': { ending: terminated('clean_end'), text: COMPLETION_TEXT },
  'fin-before-token': { ending: 'complete', requests: 2 },
  'cut-in-event': { ending: terminated('cut_event', { leftover: PREFIX_OF_CHUNK }) },
  'cut-in-character': {
    ending: terminated('cut_character'),
    text: COMPLETION_TEXT.slice(0, COMPLETION_TEXT.indexOf(' \u{1F30A}')),
  },
  'fin-in-event': {
    ending: terminated('socket_closed', { leftover: PREFIX_OF_CHUNK }),
  },
  'fin-before-events': { ending: terminated('socket_closed', { events: 0 }), requests: 3, text: '' },
  'unframed-fin': { ending: terminated('clean_end') },
  'unframed-rst': { ending: terminated('clean_end') },
  'fin-connection-close': { ending: terminated('socket_closed') },
  'rst-connection-close': { ending: terminated('socket_closed') },
  'short-content-length-close': { ending: terminated('content_length') },
  'short-content-length': { ending: terminated('socket_closed') },
  'bad-chunk-size': { ending: terminated('bad_framing') },
  stall: { ending: terminated('idle') },
  'stall-before-events': { ending: terminated('idle'), requests: 3, text: '' },
  comments: { ending: terminated('stalled') },
  'comments-before-events': { ending: terminated('first'), requests: 3, text: '' },
  'appended-html': {
    ending: terminated('clean_end', {
      leftover: '<title>503 Service Unavailable</title>',
    }),
  },
  'appended-text': {
    ending: terminated('clean_end', {
      leftover: 'Error occurred while trying to proxy',
    }),
  },
  'cut-gzip': { ending: terminated('bad_encoding') },
  'cut-br': { ending: terminated('bad_encoding') },
  'cut-zstd': { ending: terminated(zstdTellsCuts ? 'bad_encoding' : 'clean_end') },

  'resume-after-fin': { ending: 'complete', requests: 2 },
  'resume-after-rst': { ending: 'complete', requests: 2 },
  'resume-after-clean-end': { ending: 'complete', requests: 2 },
  'resume-after-cut-in-event': { ending: 'complete', requests: 2 },
  'resume-after-error': { ending: 'complete', requests: 2 },
  'resume-twice': { ending: 'complete', requests: 3 },
  'resume-repeats': { ending: 'complete', requests: 2 },
  'resume-skips': { ending: mismatch, requests: 2 },
  'duplicate-id': { ending: 'complete', text: COMPLETION_TEXT.replace(' stops', ' stops stops') },
  'skipped-id': { ending: 'complete', text: COMPLETION_TEXT.replace(' early', '') },
  'resume-ignored': { ending: 'complete', requests: 2 },
  'resume-changed': { ending: mismatch, requests: 2 },

  'tls-no-close-notify': { ending: terminated('socket_closed') },
  'tls-no-close-notify-unframed': { ending: terminated('clean_end') },
  'h2-reset': { ending: terminated('stream_reset', { message: 'INTERNAL_ERROR' }) },
  'h2-reset-no-error': { ending: terminated('clean_end') },
  'h2-reset-cancel': { ending: terminated('clean_end') },
  // undici repeats a refused request once by itself: the server has promised that it did nothing [rfc9113 section 8.7].
  'h2-reset-before-head': { ending: failed('connection_failed', undefined), requests: 6, text: '' },
  'h2-goaway': { ending: terminated('socket_closed') },
  'h2-goaway-error': { ending: terminated('goaway') },
  'h2-goaway-refused': { ending: terminated('goaway') },
  'h2-goaway-graceful': { ending: 'complete' },
}

/** Where HTTP/2 has another honest outcome. */
const overHttp2: Partial<Record<ScenarioName, HonestOutcome>> = {
  // Every body is framed, so that nothing is a clean end but END_STREAM.
  'unframed-fin': { ending: terminated('socket_closed') },
  'unframed-rst': { ending: terminated('socket_reset') },
  'tls-no-close-notify-unframed': { ending: terminated('socket_closed') },
  'rst-connection-close': { ending: terminated('socket_reset') },
  'short-content-length': { ending: terminated('content_length') },
}

/** What ends a scenario where nothing else does. */
const ENDED_BY: Partial<Record<ScenarioName, 'first' | 'idle' | 'stall'>> = {
  'no-answer': 'first',
  stall: 'idle',
  'stall-before-events': 'idle',
  comments: 'stall',
  'comments-before-events': 'first',
}

/** How a client is set up for it: a deadline that is to pass is short, all others are far above what a busy machine is late by. */
export function patience(name: ScenarioName): Pick<EventStreamConfig<unknown>, 'retry' | 'timeout'> {
  const deadline = ENDED_BY[name]
  const long = { first: 15_000, idle: 15_000, stall: 15_000 }
  return {
    retry: { count: 2, delay: 1 },
    timeout: deadline === undefined ? long : { ...long, [deadline]: 1_000 },
  }
}

/** What is honest for a scenario over a wire. */
export const honestOutcome = (name: ScenarioName, wire: WireName): HonestOutcome =>
  (wire === 'h2' ? overHttp2[name] : undefined) ?? honest[name]

/** What a wire is to the server. */
export const wireOptions: Readonly<Record<WireName, FaultServerOptions>> = {
  'http/1.1': {},
  tls: { tls: true },
  h2: { protocol: 'h2', tls: true },
}

/** The text that must have been delivered. */
export const textOf = ({ ending, text }: HonestOutcome): string =>
  text ?? (ending === 'complete' ? COMPLETION_TEXT : MIDWAY)

/** In what an ending differs from the honest one; empty if in nothing. */
export function differences(expected: HonestOutcome['ending'], error: SseError | undefined): string[] {
  if (expected === 'complete')
    return error === undefined ? [] : [`${error.kind}, ${error.code} instead of complete`]
  if (error === undefined) return [`complete instead of ${expected.code}`]
  const actual = error as unknown as Record<string, unknown>
  return Object.entries(expected).flatMap(([field, wanted]) => {
    const value = actual[field]
    const isPart = (field === 'leftover' || field === 'message') && wanted !== undefined
    const same = isPart ? typeof value === 'string' && value.includes(String(wanted)) : value === wanted
    return same ? [] : [`${field} is ${JSON.stringify(value)}, not ${JSON.stringify(wanted)}`]
  })
}
