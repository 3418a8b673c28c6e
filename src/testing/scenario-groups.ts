import { chatCompletion, defaultCompletion } from './completion.ts'
import { ERROR_SHAPES, type ErrorShape } from './error-shapes.ts'
import { gatewayError } from './gateway-error.ts'
import { identify, renderEvent } from './render.ts'
import type { Answer, Fault, FaultPoint, Scenario, ScenarioEvent } from './scenario.ts'

/** A scenario and its words. */
export interface Row {
  readonly about: string
  readonly scenario: Scenario
}

const HTML =
  '<html>\n<head><title>503 Service Unavailable</title></head>\n<body><h1>Service Unavailable</h1></body>\n</html>\n'

/** The role and four tokens have arrived. */
const MIDWAY = { events: 5 }
const START = { events: 0 }
const CLOSE = { headers: { connection: 'close' } }
const UNFRAMED = { framing: 'unframed' } as const

/** Whose words they are. */
const API_OF: Readonly<Record<ErrorShape, string>> = {
  envelope: 'OpenAI Chat Completions',
  text: 'servers that say only a text',
  'typed-text': 'Text Generation Inference',
  object: 'forks of vLLM',
  flat: 'OpenAI Responses',
  typed: 'Anthropic Messages',
  'error-text': 'the AI SDK',
  'response-failed': 'a failed OpenAI Response',
  'run-error': 'AG-UI',
  'event-type': 'Gemini Interactions',
  'x-groq': 'Groq',
  'finish-reason': 'OpenRouter',
  plain: 'NestJS',
  field: 'older llama.cpp',
}

/** Two bytes into the first character that has four of them. */
const IN_CHARACTER: FaultPoint = (() => {
  for (const [events, data] of defaultCompletion.entries()) {
    const at = renderEvent({ data }).findIndex((byte) => byte >= 0xf0)
    if (at >= 0) return { events, bytes: at + 2 }
  }
  throw new Error('the default completion has no character of four bytes')
})()

const row = (about: string, scenario: Scenario): Row => ({ about, scenario })
const one = (about: string, answer: Answer): Row => row(about, { answers: [answer] })
const failing = (about: string, fault: Fault, answer: Omit<Answer, 'fault'> = {}): Row =>
  one(about, { ...answer, fault })
/** With IDs: the first answer fails, the second continues after the cursor. */
const resumed = (about: string, fault: Fault, second: Answer = {}): Row =>
  row(about, { ids: true, answers: [{ fault }, second] })

/** Between any two events a comment, as a relay sends them to keep a connection alive. */
const chatter: readonly ScenarioEvent[] = defaultCompletion.flatMap((data) => [
  { comment: 'OPENROUTER PROCESSING' },
  data,
])

const wholeStreams = {
  whole: one('a completion, to its [DONE]', {}),
  gzip: one('the same as gzip', { coding: 'gzip' }),
  br: one('the same as Brotli', { coding: 'br' }),
  zstd: one('the same as Zstandard', { coding: 'zstd' }),
  'content-length': one('with a Content-Length', { framing: 'content-length' }),
  unframed: one('the body ends with the connection', { framing: 'unframed' }),
  'byte-by-byte': one('a write a byte', { writeSize: 1 }),
  'one-write': one('all in one write', { writeSize: 1_000_000 }),
  paced: one('an event every 40 ms', { paceMs: 40 }),
  chatter: one('a comment before every event', { events: chatter }),
  redirect: row('307, then the stream', {
    answers: [{ status: 307, headers: { location: '?moved' } }, {}],
  }),
} satisfies Record<string, Row>

const noStream = {
  'reset-before-head': failing('RST instead of a response', { type: 'rst', after: 'request' }),
  'fin-before-head': failing('FIN instead of a response', { type: 'fin', after: 'request' }),
  'no-answer': failing('no response at all', { type: 'stall', after: 'request' }),
  'invalid-api-key': one('401, the key is wrong', gatewayError('invalid_api_key')),
  'invalid-argument': one('400, a field is missing', gatewayError('invalid_argument')),
  'unknown-model': one('404, no such model', gatewayError('unknown_model')),
  'rate-limit': row('429 with Retry-After, then a stream', {
    answers: [gatewayError('rate_limit_exceeded', { retryAfter: 1 }), {}],
  }),
  'model-overloaded': one('503, always', gatewayError('model_overloaded')),
  'overloaded-then-whole': row('503 once, then a stream', {
    answers: [gatewayError('model_overloaded'), {}],
  }),
  'internal-error': one('500, not to be tried again', gatewayError('internal_error')),
  'html-error-page': one("503 with a proxy's HTML page", {
    status: 503,
    headers: { 'content-type': 'text/html' },
    body: HTML,
  }),
  'empty-error': one('500 without a body', { status: 500 }),
  'not-event-stream': one('200 with JSON', {
    headers: { 'content-type': 'application/json' },
    body: '{"object":"chat.completion","choices":[]}',
  }),
  'html-page': one('200 with HTML', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: HTML }),
  'unknown-coding': one('a content coding that nobody knows', { headers: { 'content-encoding': 'lzma' } }),
  'no-content': one('204', { status: 204 }),
} satisfies Record<string, Row>

/** An error in each shape, in the middle of a stream; what follows it is what the API sends after it. */
const inShapes = Object.fromEntries(
  ERROR_SHAPES.filter((shape) => shape !== 'envelope').map((shape) => [
    `in-band-${shape}`,
    failing(`an error as by ${API_OF[shape]}`, { type: 'in-band-error', after: MIDWAY, shape }),
  ]),
) as Record<`in-band-${Exclude<ErrorShape, 'envelope'>}`, Row>

const errorsInTheStream = {
  'in-band-error': failing('an error as an event, then a clean end', {
    type: 'in-band-error',
    after: MIDWAY,
  }),
  'in-band-error-event': failing('the same as event: error', {
    type: 'in-band-error',
    after: MIDWAY,
    framing: 'event',
  }),
  'in-band-error-then-done': failing('an error, then [DONE] all the same', {
    type: 'in-band-error',
    after: MIDWAY,
    done: true,
  }),
  'in-band-error-first': failing('an error before any event', { type: 'in-band-error', after: START }),
  ...inShapes,
} satisfies Record<string, Row>

const cutsAndEnds = {
  fin: failing('FIN between two events', { type: 'fin', after: MIDWAY }),
  rst: failing('RST between two events', { type: 'rst', after: MIDWAY }),
  'clean-end': failing('the body ends properly, only too early', { type: 'clean-end', after: MIDWAY }),
  'no-done': failing('all but [DONE], then a clean end', {
    type: 'clean-end',
    after: { events: defaultCompletion.length - 1 },
  }),
  'empty-stream': one('200 and a clean end, without an event', { events: [] }),
  'cut-in-event': failing('a clean end inside an event', {
    type: 'clean-end',
    after: { ...MIDWAY, bytes: 40 },
  }),
  'cut-in-character': failing('a clean end inside a character', { type: 'clean-end', after: IN_CHARACTER }),
  'fin-in-event': failing('FIN inside an event', { type: 'fin', after: { ...MIDWAY, bytes: 40 } }),
  'fin-before-token': row('FIN after the role, before the first token; then a whole stream', {
    answers: [{ fault: { type: 'fin', after: { events: 1 } } }, {}],
  }),
  'fin-before-events': failing('200, then FIN', { type: 'fin', after: START }),
  'fin-connection-close': failing('FIN after Connection: close', { type: 'fin', after: MIDWAY }, CLOSE),
  'rst-connection-close': failing('RST after Connection: close', { type: 'rst', after: MIDWAY }, CLOSE),
  'unframed-fin': failing('FIN, where only FIN ends the body', { type: 'fin', after: MIDWAY }, UNFRAMED),
  'unframed-rst': failing('RST, where only FIN ends the body', { type: 'rst', after: MIDWAY }, UNFRAMED),
  'short-content-length': failing('less than its Content-Length', {
    type: 'short-content-length',
    after: MIDWAY,
  }),
  'short-content-length-close': failing(
    'the same after Connection: close',
    { type: 'short-content-length', after: MIDWAY },
    CLOSE,
  ),
  'bad-chunk-size': failing('a chunk size that is no number', { type: 'bad-chunk-size', after: MIDWAY }),
  'appended-html': failing("a proxy's 503 page at the end of the stream", {
    type: 'append',
    after: MIDWAY,
    text: HTML,
  }),
  'appended-text': failing("a proxy's line of text at the end of the stream", {
    type: 'append',
    after: MIDWAY,
    text: 'Error occurred while trying to proxy: 127.0.0.1/v1/chat/completions',
  }),
  'cut-gzip': failing(
    'a clean end inside a gzip body',
    { type: 'clean-end', after: MIDWAY },
    { coding: 'gzip' },
  ),
  'cut-br': failing(
    'a clean end inside a Brotli body',
    { type: 'clean-end', after: MIDWAY },
    { coding: 'br' },
  ),
  'cut-zstd': failing(
    'a clean end inside a Zstandard body',
    { type: 'clean-end', after: MIDWAY },
    { coding: 'zstd' },
  ),
} satisfies Record<string, Row>

const silence = {
  stall: failing('nothing more, the connection stays open', { type: 'stall', after: MIDWAY }),
  'stall-before-events': failing('200, then nothing', { type: 'stall', after: START }),
  comments: failing('nothing but comments any more', { type: 'comments', after: MIDWAY }),
  'comments-before-events': failing('200, then nothing but comments', { type: 'comments', after: START }),
} satisfies Record<string, Row>

const resumption = {
  'resume-after-fin': resumed('IDs; FIN; the rest after Last-Event-ID', { type: 'fin', after: MIDWAY }),
  'resume-after-rst': resumed('IDs; RST; the rest', { type: 'rst', after: MIDWAY }),
  'resume-after-clean-end': resumed('IDs; a clean end too early; the rest', {
    type: 'clean-end',
    after: MIDWAY,
  }),
  'resume-after-cut-in-event': resumed('IDs; FIN inside an event; the rest', {
    type: 'fin',
    after: { ...MIDWAY, bytes: 40 },
  }),
  'resume-after-error': resumed('IDs; an error in the stream; the rest', {
    type: 'in-band-error',
    after: MIDWAY,
  }),
  'resume-twice': row('IDs; FIN twice; the rest', {
    ids: true,
    answers: [{ fault: { type: 'fin', after: MIDWAY } }, { fault: { type: 'fin', after: MIDWAY } }, {}],
  }),
  'resume-ignored': row('IDs; FIN; the server begins anew', {
    events: identify(defaultCompletion, true),
    answers: [{ fault: { type: 'fin', after: MIDWAY } }, {}],
  }),
  'resume-changed': row('IDs; FIN; the server begins anew, and says something else', {
    events: identify(defaultCompletion, true),
    answers: [
      { fault: { type: 'fin', after: MIDWAY } },
      { events: identify(chatCompletion('Another answer altogether.'), true) },
    ],
  }),
  'resume-repeats': resumed(
    'IDs; FIN; the server sends the last event again',
    { type: 'fin', after: MIDWAY },
    { fault: { type: 'repeat', after: START } },
  ),
  'resume-skips': resumed(
    'IDs; FIN; the server leaves an event out',
    { type: 'fin', after: MIDWAY },
    { fault: { type: 'skip', after: START } },
  ),
  'duplicate-id': row('an event twice in one stream', {
    ids: true,
    answers: [{ fault: { type: 'repeat', after: MIDWAY } }],
  }),
  'skipped-id': row('an ID left out in one stream', {
    ids: true,
    answers: [{ fault: { type: 'skip', after: MIDWAY } }],
  }),
} satisfies Record<string, Row>

const http2AndTls = {
  'tls-no-close-notify': failing("FIN without TLS's close_notify", {
    type: 'no-close-notify',
    after: MIDWAY,
  }),
  'tls-no-close-notify-unframed': failing(
    'the same, where only FIN ends the body',
    { type: 'no-close-notify', after: MIDWAY },
    UNFRAMED,
  ),
  'h2-reset': failing('RST_STREAM with INTERNAL_ERROR', { type: 'stream-reset', after: MIDWAY }),
  'h2-reset-no-error': failing('RST_STREAM with NO_ERROR', {
    type: 'stream-reset',
    after: MIDWAY,
    code: 'NO_ERROR',
  }),
  'h2-reset-cancel': failing('RST_STREAM with CANCEL', {
    type: 'stream-reset',
    after: MIDWAY,
    code: 'CANCEL',
  }),
  'h2-reset-before-head': failing('RST_STREAM with REFUSED_STREAM instead of a response', {
    type: 'stream-reset',
    after: 'request',
    code: 'REFUSED_STREAM',
  }),
  'h2-goaway': failing('GOAWAY with NO_ERROR, then FIN', { type: 'goaway', after: MIDWAY }),
  'h2-goaway-error': failing('GOAWAY with INTERNAL_ERROR, then FIN', {
    type: 'goaway',
    after: MIDWAY,
    code: 'INTERNAL_ERROR',
  }),
  'h2-goaway-refused': failing('GOAWAY that names a stream before this one, then FIN', {
    type: 'goaway',
    after: MIDWAY,
    lastStream: 'before',
  }),
  'h2-goaway-graceful': failing('GOAWAY, and the stream is served to its end', {
    type: 'goaway',
    after: MIDWAY,
    goOn: true,
  }),
} satisfies Record<string, Row>

/** The named scenarios, group by group, in the order in which a stream meets what they are about. */
export const groups = {
  'whole streams': wholeStreams,
  'no stream': noStream,
  'errors in the stream': errorsInTheStream,
  'cuts and ends': cutsAndEnds,
  silence,
  resumption,
  'HTTP/2 and TLS': http2AndTls,
} satisfies Record<string, Record<string, Row>>
