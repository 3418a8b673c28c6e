import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  continueWith,
  type EventStreamConfig,
  openaiChat,
  replay,
  type StreamRequestChange,
} from '../../src/index.ts'
import { SSE } from '../server.ts'
import { marks } from './marked-request.ts'

/** One way to fail, told by what the server does and what the config has beside its marks. */
export interface FailureCase {
  /** Row of the table that it must end with. */
  readonly code: string
  /** Over `fetch`, where that tells less; `undefined`: it does not fail there. */
  readonly overFetch?: string | undefined
  readonly answer?: (res: ServerResponse, req: IncomingMessage, n: number) => void
  readonly config?: () => EventStreamConfig<never>
  /** In place of the server's own. */
  readonly origin?: (origin: string) => string
}

const status = (code: string, number: number, head: Record<string, string> = {}): FailureCase => ({
  code,
  answer: (res) => void res.writeHead(number, { 'content-type': 'text/plain', ...head }).end('no'),
})

const stream = (code: string, body: string, config?: FailureCase['config']): FailureCase => ({
  code,
  answer: (res) => void res.writeHead(200, SSE).end(body),
  ...(config && { config }),
})

const aborted = (): EventStreamConfig<never> => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('enough')), 5)
  return { signal: controller.signal }
}

const silent = (res: ServerResponse): void => void res.writeHead(200, SSE).write('data: a\n\n')

/** A cut, and then what `continueWith` asks for. */
const continued = (code: string, change: StreamRequestChange): FailureCase => ({
  code,
  answer: (res, _, n) =>
    void (n === 1
      ? res.writeHead(200, SSE).end('data: a\n\n')
      : res.writeHead(401, { 'content-type': 'text/plain' }).end('no')),
  config: () => ({ retry: { delay: 1 }, resume: continueWith(() => change) as never }),
})

/** Every row of ours, in each way that has words of its own; the gateway's rows are told by their names alone. */
export const failures: Readonly<Record<string, FailureCase>> = {
  'nobody listens': {
    code: 'connection_failed',
    origin: () => 'http://127.0.0.1:1',
    // One of the ports that `fetch` does not ask [fetch, bad port].
    overFetch: 'request_setup_failed',
  },
  'no such name': { code: 'connection_failed', origin: () => 'http://no-such-name.invalid' },
  'a reset before the head': {
    code: 'connection_failed',
    answer: (res) => void res.socket?.resetAndDestroy(),
  },
  'an end before the head': { code: 'connection_failed', answer: (res) => void res.socket?.end() },
  'an answer that is not HTTP': {
    code: 'connection_failed',
    answer: (res) => void res.socket?.end('SSH-2.0-OpenSSH_9\r\n'),
  },
  'an HTTP server asked by TLS': {
    code: 'tls_failed',
    origin: (origin) => origin.replace('http:', 'https:'),
  },
  'no answer in time': {
    code: 'response_timeout',
    answer: () => {},
    config: () => ({ timeout: { first: 40 } }),
  },
  'no whole stream in time': {
    code: 'deadline_exceeded',
    answer: silent,
    config: () => ({ timeout: { total: 60 } }),
  },
  'silence inside the stream': {
    code: 'stream_terminated',
    answer: silent,
    config: () => ({ timeout: { idle: 40 } }),
  },
  'an abort before the head': { code: 'aborted', answer: () => {}, config: aborted },
  'an abort inside the stream': { code: 'aborted', answer: silent, config: aborted },
  'HTTP 408': status('request_timeout', 408),
  'HTTP 409': status('conflict', 409),
  'HTTP 206': status('unexpected_status', 206),
  'HTTP 503': status('service_unavailable', 503),
  'HTTP 204': { code: 'no_content', answer: (res) => void res.writeHead(204).end() },
  'an HTML page': {
    code: 'not_event_stream',
    answer: (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<title>Sign in</title>'),
  },
  'a coding that nobody knows': {
    code: 'unsupported_encoding',
    // `fetch` hands on as it is what it cannot decode.
    overFetch: 'stream_terminated',
    answer: (res) => void res.writeHead(200, { ...SSE, 'content-encoding': 'rot13' }).end('x'),
  },
  'a coding that is broken': {
    code: 'stream_terminated',
    answer: (res) => void res.writeHead(200, { ...SSE, 'content-encoding': 'gzip' }).end('no gzip'),
  },
  'a redirect to another scheme': status('redirect_refused', 302, { location: 'ftp://127.0.0.1/' }),
  'a redirect without an end': {
    code: 'redirect_refused',
    answer: (res, req) => void res.writeHead(307, { location: req.url ?? '' }).end(),
  },
  'a header that cannot be sent': {
    code: 'request_setup_failed',
    config: () => ({ headers: () => ({ 'x-api-key': `${marks['x-api-key']}\nx` }) }),
  },
  'a header whose name is its value too': {
    code: 'request_setup_failed',
    config: () => ({ headers: () => ({ [`x-api-key: ${marks['x-api-key']}`]: '' }) }),
  },
  'headers that are none': {
    code: 'request_setup_failed',
    config: () => ({ headers: (() => `Bearer ${marks.authorization}`) as never }),
  },
  'a Content-Length that does not fit': {
    code: 'request_setup_failed',
    overFetch: undefined,
    config: () => ({ headers: { 'content-length': '3', authorization: `Bearer ${marks.authorization}` } }),
  },
  'a body that is cut': {
    code: 'stream_terminated',
    answer: (res) => {
      res.writeHead(200, { ...SSE, 'content-length': '100' })
      res.write('data: a\n\ndata: b', () => res.socket?.destroySoon())
    },
  },
  'framing that is broken': {
    code: 'stream_terminated',
    answer: (res) => {
      res.socket?.end(
        'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n',
      )
    },
  },
  'an event that is no JSON': stream('malformed_event', 'data: {"a":\n\n', () => ({
    dialect: openaiChat() as never,
  })),
  'an event that is too large': stream('event_too_large', `data: ${'x'.repeat(200)}\n\n`, () => ({
    maxEventSize: 100,
  })),
  'an end without its marker': stream('stream_terminated', 'data: a\n\n'),
  'an end inside an event': stream('stream_terminated', 'data: a\n\ndata: b'),
  'another stream after a cut': {
    code: 'resume_mismatch',
    answer: (res, _, n) =>
      void res.writeHead(200, SSE).end(n === 1 ? 'id: 1\ndata: a\n\n' : 'id: 1\ndata: b\n\n'),
    config: () => ({ retry: { delay: 1 } }),
  },
  'another stream from the start': {
    code: 'replay_mismatch',
    answer: (res, _, n) => void res.writeHead(200, SSE).end(n === 1 ? 'data: a\n\n' : 'data: b\n\n'),
    config: () => ({ retry: { delay: 1 }, resume: replay() as never }),
  },
  'a request to go on that is refused': {
    code: 'invalid_api_key',
    answer: (res, _, n) =>
      void (n === 1
        ? res.writeHead(200, SSE).end('id: 1\ndata: a\n\n')
        : res.writeHead(401, { 'content-type': 'text/plain' }).end('no')),
    config: () => ({ retry: { delay: 1 } }),
  },
  'a request of one’s own to go on, refused': continued('invalid_api_key', {
    headers: { 'x-api-key': marks['x-api-key'], 'x-mine': marks['a header of the caller’s own'] },
    body: { continue: marks.body },
    url: `/continued/${marks.path}?key=${marks.query}`,
  }),
  'a request of one’s own to go on, with credentials in its URL': continued('request_setup_failed', {
    url: `http://${marks['URL user']}:${marks['URL password']}@127.0.0.1/`,
  }),
  'a request of one’s own to go on, with a URL that is none': continued('request_setup_failed', {
    url: `http://127.0.0.1:99999/${marks.path}`,
  }),
  'a request of one’s own to go on, with a header that cannot be sent': continued('request_setup_failed', {
    headers: { 'x-api-key': `${marks['x-api-key']}\nx` },
  }),
}
