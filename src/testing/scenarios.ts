import { defaultCompletion } from './completion.ts'
import { gatewayError } from './gateway-error.ts'
import { identify, renderEvent } from './render.ts'
import type { Answer, Fault, FaultPoint, Scenario } from './scenario.ts'

const HTML =
  '<html>\n<head><title>503 Service Unavailable</title></head>\n<body><h1>Service Unavailable</h1></body>\n</html>\n'

/** The role and four tokens have arrived. */
const MIDWAY = { events: 5 }

/** Two bytes into the first character that has four of them. */
const IN_CHARACTER: FaultPoint = (() => {
  for (const [events, event] of identify(defaultCompletion, false).entries()) {
    const at = renderEvent(event).findIndex((byte) => byte >= 0xf0)
    if (at >= 0) return { events, bytes: at + 2 }
  }
  throw new Error('the default completion has no character of four bytes')
})()

const one = (answer: Answer): Scenario => ({ answers: [answer] })
const failing = (fault: Fault, answer: Omit<Answer, 'fault'> = {}): Scenario => one({ ...answer, fault })

const named = {
  whole: {},
  gzip: one({ coding: 'gzip' }),
  br: one({ coding: 'br' }),
  zstd: one({ coding: 'zstd' }),
  'content-length': one({ framing: 'content-length' }),
  unframed: one({ framing: 'unframed' }),
  'byte-by-byte': one({ writeSize: 1 }),
  'one-write': one({ writeSize: 1_000_000 }),
  paced: one({ paceMs: 40 }),

  'reset-before-head': failing({ type: 'rst', after: 'request' }),
  'fin-before-head': failing({ type: 'fin', after: 'request' }),
  'no-answer': failing({ type: 'stall', after: 'request' }),
  'invalid-api-key': one(gatewayError('invalid_api_key')),
  'invalid-argument': one(gatewayError('invalid_argument')),
  'unknown-model': one(gatewayError('unknown_model')),
  'rate-limit': { answers: [gatewayError('rate_limit_exceeded', { retryAfter: 1 }), {}] },
  'model-overloaded': one(gatewayError('model_overloaded')),
  'overloaded-then-whole': { answers: [gatewayError('model_overloaded'), {}] },
  'internal-error': one(gatewayError('internal_error')),
  'html-error-page': one({ status: 503, headers: { 'content-type': 'text/html' }, body: HTML }),
  'empty-error': one({ status: 500 }),
  'not-event-stream': one({
    headers: { 'content-type': 'application/json' },
    body: '{"object":"chat.completion","choices":[]}',
  }),
  'html-page': one({ headers: { 'content-type': 'text/html; charset=utf-8' }, body: HTML }),
  'unknown-coding': one({ headers: { 'content-encoding': 'lzma' } }),
  'no-content': one({ status: 204 }),
  redirect: { answers: [{ status: 307, headers: { location: '/moved' } }, {}] },
  'empty-stream': one({ events: [] }),

  'in-band-error': failing({ type: 'in-band-error', after: MIDWAY }),
  'in-band-error-event': failing({ type: 'in-band-error', after: MIDWAY, framing: 'event' }),
  'in-band-error-then-done': failing({ type: 'in-band-error', after: MIDWAY, done: true }),
  'in-band-error-first': failing({ type: 'in-band-error', after: { events: 0 } }),

  fin: failing({ type: 'fin', after: MIDWAY }),
  rst: failing({ type: 'rst', after: MIDWAY }),
  'clean-end': failing({ type: 'clean-end', after: MIDWAY }),
  'no-done': failing({ type: 'clean-end', after: { events: defaultCompletion.length - 1 } }),
  'cut-in-event': failing({ type: 'clean-end', after: { ...MIDWAY, bytes: 40 } }),
  'cut-in-character': failing({ type: 'clean-end', after: IN_CHARACTER }),
  'fin-in-event': failing({ type: 'fin', after: { ...MIDWAY, bytes: 40 } }),
  'fin-before-events': failing({ type: 'fin', after: { events: 0 } }),
  'unframed-fin': failing({ type: 'fin', after: MIDWAY }, { framing: 'unframed' }),
  'unframed-rst': failing({ type: 'rst', after: MIDWAY }, { framing: 'unframed' }),
  'short-content-length': failing({ type: 'short-content-length', after: MIDWAY }),
  'bad-chunk-size': failing({ type: 'bad-chunk-size', after: MIDWAY }),
  stall: failing({ type: 'stall', after: MIDWAY }),
  'stall-before-events': failing({ type: 'stall', after: { events: 0 } }),
  comments: failing({ type: 'comments', after: MIDWAY }),
  'comments-before-events': failing({ type: 'comments', after: { events: 0 } }),
  'appended-html': failing({ type: 'append', after: MIDWAY, text: HTML }),
  'appended-text': failing({
    type: 'append',
    after: MIDWAY,
    text: 'Error occurred while trying to proxy: 127.0.0.1/v1/chat/completions',
  }),
  'cut-gzip': failing({ type: 'clean-end', after: MIDWAY }, { coding: 'gzip' }),
  'cut-br': failing({ type: 'clean-end', after: MIDWAY }, { coding: 'br' }),
  'cut-zstd': failing({ type: 'clean-end', after: MIDWAY }, { coding: 'zstd' }),

  'resume-after-fin': { ids: true, answers: [{ fault: { type: 'fin', after: MIDWAY } }, {}] },
  'resume-after-rst': { ids: true, answers: [{ fault: { type: 'rst', after: MIDWAY } }, {}] },
  'resume-after-clean-end': { ids: true, answers: [{ fault: { type: 'clean-end', after: MIDWAY } }, {}] },
  'resume-after-cut-in-event': {
    ids: true,
    answers: [{ fault: { type: 'fin', after: { ...MIDWAY, bytes: 40 } } }, {}],
  },
  'resume-after-error': { ids: true, answers: [{ fault: { type: 'in-band-error', after: MIDWAY } }, {}] },
  'resume-ignored': {
    events: identify(defaultCompletion, true),
    answers: [{ fault: { type: 'fin', after: MIDWAY } }, {}],
  },
} satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof named

/** A scenario for each way in which a stream is known to go wrong, and for the good ways. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = named
