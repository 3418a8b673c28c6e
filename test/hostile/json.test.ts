import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  accumulate,
  agUi,
  aiSdkUi,
  anthropicMessages,
  cohere,
  type Dialect,
  fromEventStream,
  gemini,
  geminiInteractions,
  isSseError,
  langGraph,
  mcp,
  nestSse,
  openaiChat,
  openaiResponses,
  rawEvents,
  replay,
} from '../../src/index.ts'
import { encodeEvent, relayResponse } from '../../src/relay/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve } from '../server.ts'
import { pour, said } from './pour.ts'
import { TRANSPORTS } from './transports.ts'

const LEVELS = 100_000
const ARRAYS = `${'['.repeat(LEVELS)}1${']'.repeat(LEVELS)}`
const OBJECTS = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`

const DIALECTS: readonly (readonly [string, () => Dialect<unknown>])[] = [
  ['rawEvents', rawEvents],
  ['openaiChat', openaiChat],
  ['openaiChat, by finish_reason', () => openaiChat({ endMarker: 'finish_reason' })],
  ['openaiResponses', openaiResponses],
  ['anthropicMessages', anthropicMessages],
  ['gemini', gemini],
  ['geminiInteractions', geminiInteractions],
  ['cohere', cohere],
  ['aiSdkUi', aiSdkUi],
  ['agUi', agUi],
  ['langGraph', langGraph],
  ['nestSse', nestSse],
  ['mcp', mcp],
] as unknown as readonly (readonly [string, () => Dialect<unknown>])[]

/** Where servers put what is told, as deep as they like. */
const EVENTS: readonly (readonly [string, string])[] = [
  ['a chunk', `{"choices":[{"index":0,"delta":{"content":"a","x":${ARRAYS}}}]}`],
  [
    'a tool call',
    `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"1","function":{"name":"f","arguments":${OBJECTS}}}]}}]}`,
  ],
  ['an error', `{"error":{"code":"model_timeout","message":"m","details":${ARRAYS}}}`],
  ['an array', ARRAYS],
]

/** A call of Gemini's, whose arguments are written as text. */
const CALL = [
  'a call',
  `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${OBJECTS}}}]}}]}`,
] as const

describe('JSON of 100,000 levels', () => {
  it.each(DIALECTS)('in an event is a value or a typed error, for %s', async (_, dialect) => {
    for (const [, data] of EVENTS) {
      const server = pour(`data: ${data}\n\ndata: [DONE]\n\n`)
      const { completed, error } = await collect(
        fromEventStream('http://127.0.0.1:9', {
          transport: server.transport,
          dialect: dialect(),
          retry: false,
        }),
      )
      // Neither a crash nor an untyped error: those `collect` would have thrown.
      expect(completed || isSseError(error)).toBe(true)
      expect(server.left).toBe(true)
      if (error === undefined) continue
      expect(error.message.length).toBeLessThan(1_000)
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ kind: error.kind })
      expect(inspect(error).length).toBeLessThan(100_000)
    }
  })

  it('that never closes is a malformed_event, or cut', async () => {
    const server = pour(`data: ${'['.repeat(LEVELS)}\n\n`)
    const { error } = await collect(
      fromEventStream('http://127.0.0.1:9', { transport: server.transport, dialect: openaiChat() }),
    )
    expect(said(error)).toBe('stream_terminated malformed_event malformed_event')
    expect(error?.message.length).toBeLessThan(500)
  })

  it('in a message that is put together: what the operator makes of it is a value or an error, and no crash', async () => {
    for (const dialect of [openaiChat(), gemini()]) {
      for (const [, data] of [...EVENTS, CALL]) {
        const server = pour(`data: ${data}\n\ndata: [DONE]\n\n`)
        const ended = await new Promise<string>((resolve) =>
          fromEventStream<unknown>('http://127.0.0.1:9', {
            transport: server.transport,
            dialect: dialect as never,
            retry: false,
          })
            .pipe(accumulate(dialect as never) as never)
            .subscribe({
              error: (error: unknown) => resolve(error instanceof Error ? error.name : 'no error'),
              complete: () => resolve('complete'),
            }),
        )
        expect(['complete', 'SseError', 'RangeError']).toContain(ended)
      }
    }
  })

  it('that is sent once more is the same, or told to be another: replay() compares without a crash', async () => {
    const chunk = EVENTS[0]?.[1]
    const server = await serve((_, res, n) => {
      res.writeHead(200, SSE)
      if (n === 1) res.write(`data: ${chunk}\n\n`, () => res.destroy())
      else res.end(`data: ${chunk}\n\ndata: [DONE]\n\n`)
    })
    const { completed, error } = await collect(
      fromEventStream(server.url, { dialect: openaiChat(), resume: replay(), retry: { count: 1, delay: 1 } }),
    )
    expect(completed || error?.code === 'replay_mismatch').toBe(true)
    expect(() => JSON.stringify(error ?? null)).not.toThrow()
  })

  it.each(TRANSPORTS)(
    'in an error body is an HTTP error, whole or cut by maxErrorBody, over %s',
    async (_, transport) => {
      const body = `{"error":{"code":"invalid_argument","message":"m","details":${ARRAYS}}}`
      const server = await serve(
        (_req, res) => void res.writeHead(400, { 'content-type': 'application/json' }).end(body),
      )
      const whole = await collect(
        fromEventStream(server.url, { transport: transport(), maxErrorBody: 1024 * 1024 }),
      )
      expect(whole.error).toMatchObject({ code: 'invalid_argument', message: 'm', status: 400 })
      expect(() => JSON.stringify(whole.error)).not.toThrow()
      const cut = await collect(fromEventStream(server.url, { transport: transport() }))
      // What is cut is no JSON: it is the text of the error, and the status decides.
      expect(cut.error).toMatchObject({ kind: 'request_failed', code: 'invalid_request', status: 400 })
      expect(cut.error?.message.length).toBeLessThanOrEqual(64 * 1024)
    },
  )

  it('that a relay passes on ends typed', async () => {
    const server = pour(`data: ${EVENTS[0]?.[1]}\n\ndata: [DONE]\n\n`)
    const response = await relayResponse(
      fromEventStream('http://127.0.0.1:9', {
        transport: server.transport,
        dialect: openaiChat(),
        retry: false,
      }),
    )
    expect(await response.text()).toMatch(/data: \[DONE\]|internal_error/)
  })
})

describe('an error that is written to a log', () => {
  it('holds what the server said, but for what is nested deeper than 200 levels', async () => {
    const levels = (depth: number): string => `${'[{"a]\\"[":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`
    for (const [depth, kept] of [
      [190, true],
      [210, false],
    ] as const) {
      const server = pour(`data: {"error":{"code":"model_timeout","message":"m","x":${levels(depth)}}}\n\n`)
      const { error } = await collect(
        fromEventStream('http://127.0.0.1:9', { transport: server.transport, retry: false }),
      )
      const { payload } = JSON.parse(JSON.stringify(error)).upstream
      if (kept) expect(payload).toEqual(error?.upstream?.payload)
      else expect(payload).toBe('[object]')
    }
  })

  it('also with a text of millions of characters in it', async () => {
    for (const text of ['x'.repeat(2e6), '\\'.repeat(2e6)]) {
      const payload = JSON.stringify({ error: { code: 'model_timeout', message: 'm', text } })
      const server = pour(`data: ${payload}\n\n`)
      const { error } = await collect(
        fromEventStream('http://127.0.0.1:9', { transport: server.transport, retry: false }),
      )
      expect(JSON.stringify(error)).toContain(JSON.stringify(text))
    }
  })
})

describe('surrogates that stand alone', () => {
  it('as escapes in JSON are what JSON says they are, and leave a relay as UTF-8', async () => {
    const server = pour(
      'data: {"choices":[{"index":0,"delta":{"content":"a\\ud800b\\udc00"}}]}\n\ndata: [DONE]\n\n',
    )
    const { values, completed } = await collect(
      fromEventStream('http://127.0.0.1:9', { transport: server.transport, dialect: openaiChat() }),
    )
    expect(completed).toBe(true)
    const content = values[0]?.choices[0]?.delta.content
    expect(content).toBe('a\ud800b\udc00')
    const bytes = Buffer.from(encodeEvent({ data: content ?? '' }))
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).not.toThrow()
  })

  it('as bytes are three replacement characters, as for every decoder of UTF-8 [whatwg]', async () => {
    const server = pour(Buffer.from('data: a\xed\xa0\x80b\n\ndata: \xff\xfe\n\ndata: [DONE]\n\n', 'latin1'))
    const { values } = await collect(fromEventStream('http://127.0.0.1:9', { transport: server.transport }))
    expect(values).toEqual([{ data: 'a\ufffd\ufffd\ufffdb' }, { data: '\ufffd\ufffd' }])
  })

  it('and NULs in data are delivered as they are', async () => {
    const server = pour('event: \0\ndata: a\0b\n\ndata: [DONE]\n\n')
    const { values } = await collect(fromEventStream('http://127.0.0.1:9', { transport: server.transport }))
    expect(values).toEqual([{ event: '\0', data: 'a\0b' }])
  })
})
