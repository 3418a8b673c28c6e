import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fromEventStream, openaiChat } from '../../src/index.ts'
import { COMPLETION_TEXT, type ScenarioName, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { zstdTellsCuts } from '../zstd.ts'

interface Expected {
  /** `complete`, or what the error must match. */
  readonly ending: 'complete' | Record<string, unknown>
  readonly requests?: number
  /** The text delivered. Default: the whole where it completes, else its first words. */
  readonly text?: string
}

const terminated = (reason: string, more: Record<string, unknown> = {}) => ({
  kind: 'stream_terminated',
  code: 'stream_terminated',
  retryable: true,
  reason,
  ...more,
})
const failed = (code: string, status: number | undefined, more: Record<string, unknown> = {}) => ({
  kind: 'request_failed',
  code,
  status,
  ...more,
})

const MIDWAY = 'A stream that stops'
const overloaded = { kind: 'stream_error', code: 'model_overloaded', retryable: true, events: 5 }

/** The honest ending of every scenario there is, with two retries and short deadlines. */
const expected: Record<ScenarioName, Expected> = {
  whole: { ending: 'complete' },
  gzip: { ending: 'complete' },
  br: { ending: 'complete' },
  zstd: { ending: 'complete' },
  'content-length': { ending: 'complete' },
  unframed: { ending: 'complete' },
  'byte-by-byte': { ending: 'complete' },
  'one-write': { ending: 'complete' },
  paced: { ending: 'complete' },

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
    ending: failed('service_unavailable', 503, { message: expect.stringContaining('Service Unavailable') }),
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

  fin: { ending: terminated('socket_closed') },
  rst: { ending: terminated('socket_reset') },
  'clean-end': { ending: terminated('clean_end', { leftover: undefined }) },
  'no-done': { ending: terminated('clean_end'), text: COMPLETION_TEXT },
  'cut-in-event': { ending: terminated('cut_event', { leftover: expect.stringContaining('data: {"id"') }) },
  'cut-in-character': {
    ending: terminated('cut_character'),
    text: COMPLETION_TEXT.slice(0, COMPLETION_TEXT.indexOf(' \u{1F30A}')),
  },
  'fin-in-event': {
    ending: terminated('socket_closed', { leftover: expect.stringContaining('data: {"id"') }),
  },
  'fin-before-events': { ending: terminated('socket_closed', { events: 0 }), requests: 3, text: '' },
  'unframed-fin': { ending: terminated('clean_end') },
  'unframed-rst': { ending: terminated('clean_end') },
  'short-content-length': { ending: terminated('socket_closed') },
  'bad-chunk-size': { ending: terminated('bad_framing') },
  stall: { ending: terminated('idle') },
  'stall-before-events': { ending: terminated('idle'), requests: 3, text: '' },
  comments: { ending: terminated('stalled') },
  'comments-before-events': { ending: terminated('first'), requests: 3, text: '' },
  'appended-html': {
    ending: terminated('clean_end', {
      leftover: expect.stringContaining('<title>503 Service Unavailable</title>'),
    }),
  },
  'appended-text': {
    ending: terminated('clean_end', {
      leftover: expect.stringContaining('Error occurred while trying to proxy'),
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
  'resume-ignored': {
    ending: { kind: 'stream_terminated', code: 'resume_mismatch', retryable: false },
    requests: 2,
  },
}

describe('the honest ending', () => {
  it('is known for every scenario', () => {
    expect(Object.keys(expected).sort()).toEqual(Object.keys(scenarios).sort())
  })

  it.concurrent.each(Object.entries(expected))('of %s', async (name, { ending, requests = 1, text }) => {
    const server = await startFaultServer(scenarios[name as ScenarioName])
    const stream = fromEventStream(server.url, {
      dialect: openaiChat(),
      retry: { count: 2, delay: 1 },
      timeout: { first: 400, idle: name === 'comments' ? 2_000 : 300, stall: 400 },
    }).pipe(map((chunk) => chunk.choices[0]?.delta.content ?? ''))
    const { values, completed, error } = await collect(stream)
    expect(values.join('')).toBe(text ?? (ending === 'complete' ? COMPLETION_TEXT : MIDWAY))
    if (ending === 'complete') expect({ completed, error }).toEqual({ completed: true, error: undefined })
    else expect(error).toMatchObject(ending)
    expect(server.requests).toHaveLength(requests)
    await server.close()
  })
})
