import { createServer } from 'node:net'
import { Agent, type Dispatcher, request } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromEventStream } from '../../src/index.ts'
import {
  type Answer,
  type Fault,
  type FaultServerOptions,
  startFaultServer,
} from '../../src/testing/index.ts'
import { failureAfterHead, failureBeforeHead } from '../../src/transport/failure.ts'
import { collect } from '../collect.ts'

/** An error as the installed undici gives it. `message`: a part of it. */
interface Foreign {
  readonly name: string
  readonly code: string | undefined
  readonly message: string
  readonly http2ErrorCode?: number
}

interface Row {
  /** How the body, or the wait for the head, stops. */
  readonly how: string
  readonly fault: Fault
  readonly answer?: Omit<Answer, 'fault'>
  readonly wire?: FaultServerOptions
  readonly options?: Agent.Options
  /** What undici says; nothing: a clean end. */
  readonly undici: Foreign | undefined
  /** What we say: the reason of a `stream_terminated`, or the code of a `request_failed`. */
  readonly ours: string
}

const after = { events: 3 }
const close = { headers: { connection: 'close' } }
const h2: FaultServerOptions = { protocol: 'h2', tls: true }

const socketClosed = { name: 'SocketError', code: 'UND_ERR_SOCKET', message: 'other side closed' }
const reset = { name: 'Error', code: 'ECONNRESET', message: 'read ECONNRESET' }
/** A FIN or RST inside a chunked body that the connection's end was to follow. */
const invalidEof = { name: 'HTTPParserError', code: undefined, message: 'Invalid EOF state' }

const streamReset = (http2ErrorCode: number): Foreign => ({
  name: 'Error',
  code: 'ERR_HTTP2_STREAM_ERROR',
  message: 'Stream closed with error code',
  http2ErrorCode,
})

/** Each way in which a body stops, as undici 8 reports it. */
const AFTER_HEAD: readonly Row[] = [
  {
    how: 'FIN on a connection that is kept alive',
    fault: { type: 'fin', after },
    undici: socketClosed,
    ours: 'socket_closed',
  },
  {
    how: 'RST on a connection that is kept alive',
    fault: { type: 'rst', after },
    undici: reset,
    ours: 'socket_reset',
  },
  {
    how: 'FIN after Connection: close',
    fault: { type: 'fin', after },
    answer: close,
    undici: invalidEof,
    ours: 'socket_closed',
  },
  {
    how: 'RST after Connection: close',
    fault: { type: 'rst', after },
    answer: close,
    undici: invalidEof,
    ours: 'socket_closed',
  },
  {
    how: 'a chunk size that is none',
    fault: { type: 'bad-chunk-size', after },
    undici: { name: 'HTTPParserError', code: undefined, message: 'Invalid character in chunk size' },
    ours: 'bad_framing',
  },
  {
    how: 'a short Content-Length, kept alive',
    fault: { type: 'short-content-length', after },
    undici: socketClosed,
    ours: 'socket_closed',
  },
  {
    how: 'a short Content-Length, Connection: close',
    fault: { type: 'short-content-length', after },
    answer: close,
    undici: {
      name: 'ResponseContentLengthMismatchError',
      code: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
      message: 'Response body length does not match content-length header',
    },
    ours: 'content_length',
  },
  {
    how: 'FIN where nothing else ends the body',
    fault: { type: 'fin', after },
    answer: { framing: 'unframed' },
    undici: undefined,
    ours: 'clean_end',
  },
  {
    how: 'RST where nothing else ends the body',
    fault: { type: 'rst', after },
    answer: { framing: 'unframed' },
    undici: undefined,
    ours: 'clean_end',
  },
  {
    how: 'the end of the body, too early',
    fault: { type: 'clean-end', after },
    undici: undefined,
    ours: 'clean_end',
  },
  {
    how: 'silence beyond bodyTimeout',
    fault: { type: 'stall', after },
    options: { bodyTimeout: 300 },
    undici: { name: 'BodyTimeoutError', code: 'UND_ERR_BODY_TIMEOUT', message: 'Body Timeout Error' },
    ours: 'idle',
  },
  {
    how: 'TLS: FIN with close_notify',
    fault: { type: 'fin', after },
    wire: { tls: true },
    undici: socketClosed,
    ours: 'socket_closed',
  },
  {
    how: 'TLS: FIN without close_notify',
    fault: { type: 'no-close-notify', after },
    wire: { tls: true },
    undici: socketClosed,
    ours: 'socket_closed',
  },
  {
    how: 'TLS: RST',
    fault: { type: 'rst', after },
    wire: { tls: true },
    undici: reset,
    ours: 'socket_reset',
  },
  ...[0, 8].map((code) => ({
    how: `HTTP/2: RST_STREAM ${code}`,
    fault: { type: 'stream-reset', after, code } as const,
    wire: h2,
    undici: undefined,
    ours: 'clean_end',
  })),
  ...[1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13].map((code) => ({
    how: `HTTP/2: RST_STREAM ${code}`,
    fault: { type: 'stream-reset', after, code } as const,
    wire: h2,
    undici: streamReset(code),
    ours: 'stream_reset',
  })),
  {
    how: 'HTTP/2: GOAWAY with an error, then FIN',
    fault: { type: 'goaway', after, code: 'INTERNAL_ERROR' },
    wire: h2,
    undici: {
      name: 'Error',
      code: 'ERR_HTTP2_SESSION_ERROR',
      message: 'Session closed with error code 2',
    },
    ours: 'goaway',
  },
  {
    how: 'HTTP/2: GOAWAY without an error, then FIN',
    fault: { type: 'goaway', after },
    wire: h2,
    undici: socketClosed,
    ours: 'socket_closed',
  },
  {
    how: 'HTTP/2: GOAWAY whose last stream is below ours',
    fault: { type: 'goaway', after, lastStream: 'before' },
    wire: h2,
    undici: {
      name: 'InformationalError',
      code: 'UND_ERR_INFO',
      message: 'HTTP/2: "GOAWAY" frame received with code 0',
    },
    ours: 'goaway',
  },
  {
    how: 'HTTP/2: FIN',
    fault: { type: 'fin', after },
    wire: h2,
    undici: socketClosed,
    ours: 'socket_closed',
  },
  { how: 'HTTP/2: RST', fault: { type: 'rst', after }, wire: h2, undici: reset, ours: 'socket_reset' },
  {
    how: 'HTTP/2: END_STREAM before the Content-Length is full',
    fault: { type: 'short-content-length', after },
    wire: h2,
    undici: {
      name: 'ResponseContentLengthMismatchError',
      code: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
      message: 'Response body length does not match content-length header',
    },
    ours: 'content_length',
  },
]

/** Each way in which there is no head. Of the same classes: that there was no head is not told by the error. */
const BEFORE_HEAD: readonly Row[] = [
  {
    how: 'FIN instead of a head',
    fault: { type: 'fin', after: 'request' },
    undici: socketClosed,
    ours: 'connection_failed',
  },
  {
    how: 'RST instead of a head',
    fault: { type: 'rst', after: 'request' },
    undici: reset,
    ours: 'connection_failed',
  },
  {
    how: 'silence beyond headersTimeout',
    fault: { type: 'stall', after: 'request' },
    options: { headersTimeout: 300 },
    undici: {
      name: 'HeadersTimeoutError',
      code: 'UND_ERR_HEADERS_TIMEOUT',
      message: 'Headers Timeout Error',
    },
    ours: 'response_timeout',
  },
  {
    how: 'TLS: a certificate that is not trusted',
    fault: { type: 'fin', after: 'request' },
    wire: { tls: true },
    options: { connect: {} },
    undici: { name: 'Error', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' },
    ours: 'tls_failed',
  },
  {
    how: 'HTTP/2: a stream that is reset',
    fault: { type: 'stream-reset', after: 'request', code: 'ENHANCE_YOUR_CALM' },
    wire: h2,
    undici: streamReset(11),
    ours: 'connection_failed',
  },
  {
    how: 'HTTP/2: GOAWAY whose last stream is below ours',
    fault: { type: 'goaway', after: 'request', lastStream: 'before' },
    wire: h2,
    undici: { name: 'InformationalError', code: 'UND_ERR_INFO', message: '"GOAWAY" frame received' },
    ours: 'connection_failed',
  },
]

async function start({ fault, answer, wire, options }: Row): Promise<{ url: string; dispatcher: Agent }> {
  const server = await startFaultServer({ answers: [{ ...answer, fault }] }, wire)
  const connect = server.certificate === undefined ? {} : { ca: server.certificate }
  const dispatcher = new Agent({ connect, ...options })
  onTestFinished(async () => {
    await dispatcher.destroy()
    await server.close()
  })
  return { url: server.url, dispatcher }
}

/** With undici's `request`, as anybody uses it. */
async function byRequest(url: string, dispatcher: Dispatcher): Promise<unknown> {
  try {
    const { body } = await request(url, { dispatcher })
    for await (const _ of body);
    return undefined
  } catch (error) {
    return error
  }
}

/** With undici's `dispatch`, as the transport uses it. */
const byDispatch = (url: string, dispatcher: Dispatcher): Promise<unknown> =>
  new Promise((resolve) => {
    const { origin, pathname: path } = new URL(url)
    dispatcher.dispatch(
      { origin, path, method: 'GET' },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData() {},
        onResponseEnd: () => resolve(undefined),
        onResponseError: (_, error) => resolve(error),
      },
    )
  })

describe('how the installed undici reports that a body stops', () => {
  it.each(AFTER_HEAD)('$how: $ours', async (row) => {
    const { url, dispatcher } = await start(row)
    for (const error of [await byRequest(url, dispatcher), await byDispatch(url, dispatcher)]) {
      if (row.undici === undefined) {
        expect(error).toBeUndefined()
      } else {
        const { message, ...others } = row.undici
        expect(error).toMatchObject({ ...others, message: expect.stringContaining(message) })
        expect(failureAfterHead(error)).toMatchObject({ code: 'stream_terminated', reason: row.ours })
      }
    }
    const { error } = await collect(
      fromEventStream(url, {
        dispatcher,
        timeout: { idle: row.options === undefined ? 15_000 : 400 },
        retry: false,
      }),
    )
    expect(error).toMatchObject({ kind: 'stream_terminated', code: 'stream_terminated', reason: row.ours })
  })
})

describe('how the installed undici reports that there is no head', () => {
  it.each(BEFORE_HEAD)('$how: $ours', async (row) => {
    const { url, dispatcher } = await start(row)
    const { message = '', ...others } = row.undici ?? {}
    for (const error of [await byRequest(url, dispatcher), await byDispatch(url, dispatcher)]) {
      expect(error).toMatchObject({ ...others, message: expect.stringContaining(message) })
      expect(failureBeforeHead(error, 'there')).toMatchObject({ code: row.ours })
    }
    const timeout = { first: row.options === undefined ? 15_000 : 400 }
    const { error } = await collect(fromEventStream(url, { dispatcher, timeout, retry: false }))
    expect(error).toMatchObject({ kind: 'request_failed', code: row.ours })
  })

  const unreachable: [how: string, url: () => Promise<string>, word: string, ours: string][] = [
    ['nobody listens', closedPort, 'ECONNREFUSED', 'connection_failed'],
    [
      'a host without an address',
      async () => 'http://no-such-host.invalid/',
      'ENOTFOUND',
      'connection_failed',
    ],
    ['an answer that is not HTTP', notHttp, 'Expected HTTP/', 'connection_failed'],
  ]

  it.each(unreachable)('%s', async (_, urlOf, word, ours) => {
    const dispatcher = new Agent()
    onTestFinished(() => dispatcher.destroy())
    const url = await urlOf()
    for (const error of [await byRequest(url, dispatcher), await byDispatch(url, dispatcher)]) {
      expect(wordsOf(error)).toContain(word)
      expect(failureBeforeHead(error, 'there')).toMatchObject({ code: ours })
    }
  })
})

/** The codes and messages of the error and of those that it gathers, as one text. */
function wordsOf(error: unknown): string {
  const { code, message, errors = [] } = error as { code?: unknown; message?: unknown; errors?: unknown[] }
  return [code, message, ...errors.map(wordsOf)].join(' ')
}

async function closedPort(): Promise<string> {
  const server = await startFaultServer()
  await server.close()
  return server.url
}

function notHttp(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('SSH-2.0-OpenSSH\r\n')
  })
  onTestFinished(() => void server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as { port: number }).port}/`),
    )
  })
}
