import { createServer, type Server } from 'node:net'
import {
  type FaultServerOptions,
  type Scenario,
  type ScenarioName,
  scenarios,
  startFaultServer,
} from '../../../src/testing/index.ts'
import type { ProbeRequest } from './probe.ts'

/** A failure whose words are measured. */
export interface WordCase {
  readonly request: ProbeRequest
  readonly about: string
  /** The certificates that the kit makes for itself are not to be refused. */
  readonly trust: boolean
  /** The runtime is to be without a network from here: before the request, or 150 ms into it. */
  readonly offline?: 'before' | 'during'
}

interface Served {
  readonly about: string
  readonly scenario?: ScenarioName | Scenario
  readonly options?: FaultServerOptions
  /** Raw bytes of an answer, then FIN. */
  readonly raw?: string
  readonly url?: string
  readonly trust?: boolean
  readonly request?: Partial<ProbeRequest>
  readonly offline?: 'before' | 'during'
}

const H2: FaultServerOptions = { protocol: 'h2', tls: true }
const TLS: FaultServerOptions = { tls: true }
const CORS = 'access-control-allow-origin: *\r\n'
const HEAD = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${CORS}`

/** Two cases of one name over different wires are told apart by a suffix. */
const rows: Readonly<Record<string, Served>> = {
  'connection refused': { about: 'nothing listens there', url: 'http://127.0.0.1:CLOSED/' },
  'name not found': { about: 'DNS knows no such name', url: 'http://no-such-host.invalid/' },
  'blocked port': { about: 'a port that browsers do not speak HTTP to', url: 'http://127.0.0.1:6000/' },
  'CORS refused': { about: 'an answer without CORS headers', scenario: 'whole', options: { cors: false } },
  'preflight refused': {
    about: 'a POST with a JSON body and a server that does not know OPTIONS',
    scenario: { answers: [{ status: 405 }] },
    options: { cors: false },
    request: { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
  },
  'certificate refused': {
    about: 'a certificate that nobody vouches for',
    scenario: 'whole',
    options: TLS,
    trust: false,
  },
  'HTTP spoken to TLS': {
    about: 'http: to a port that speaks TLS',
    scenario: 'whole',
    options: TLS,
    url: 'http',
  },
  'reset before head': { about: 'RST instead of a response', scenario: 'reset-before-head' },
  'FIN before head': { about: 'FIN instead of a response', scenario: 'fin-before-head' },
  'not HTTP': { about: 'an answer that is not HTTP', raw: 'SSH-2.0-OpenSSH_9.2\r\n\r\nnothing of yours\r\n' },
  'malformed header': {
    about: 'a header line without a colon',
    raw: `${HEAD}no colon here\r\ncontent-length: 9\r\n\r\ndata: x\n\n`,
  },
  'header with a NUL': {
    about: 'a NUL in a header value',
    raw: `${HEAD}x-a: a\0b\r\ncontent-length: 9\r\n\r\ndata: x\n\n`,
  },
  'two content-lengths': {
    about: 'Content-Length twice, unlike',
    raw: `${HEAD}content-length: 9\r\ncontent-length: 20\r\n\r\ndata: x\n\n`,
  },
  'unknown coding': { about: 'Content-Encoding: lzma', scenario: 'unknown-coding' },
  whole: { about: 'a whole stream', scenario: 'whole' },
  'FIN in a chunked body': { about: 'FIN between two events', scenario: 'fin' },
  'FIN in a chunked body, connection: close': {
    about: 'the same after Connection: close',
    scenario: 'fin-connection-close',
  },
  'RST in a chunked body': { about: 'RST between two events', scenario: 'rst' },
  'RST in a chunked body, connection: close': {
    about: 'the same after Connection: close',
    scenario: 'rst-connection-close',
  },
  'FIN, unframed': { about: 'FIN where only FIN ends the body', scenario: 'unframed-fin' },
  'RST, unframed': { about: 'RST where only FIN ends the body', scenario: 'unframed-rst' },
  'short content-length': {
    about: 'less than its Content-Length, then FIN',
    scenario: 'short-content-length',
  },
  'short content-length, connection: close': {
    about: 'the same after Connection: close',
    scenario: 'short-content-length-close',
  },
  'bad chunk size': { about: 'a chunk size that is no number', scenario: 'bad-chunk-size' },
  'clean end': { about: 'the body ends properly, only too early', scenario: 'clean-end' },
  'cut gzip': { about: 'a clean end inside a gzip body', scenario: 'cut-gzip' },
  'cut Brotli': { about: 'a clean end inside a Brotli body', scenario: 'cut-br' },
  'cut Zstandard': { about: 'a clean end inside a Zstandard body', scenario: 'cut-zstd' },
  'broken gzip': {
    about: 'a body that says gzip and is not',
    scenario: { answers: [{ headers: { 'content-encoding': 'gzip' } }] },
  },
  'TLS without close_notify': {
    about: "FIN without TLS's goodbye, chunked",
    scenario: 'tls-no-close-notify',
    options: TLS,
    trust: true,
  },
  'TLS without close_notify, unframed': {
    about: 'the same where only FIN ends the body',
    scenario: 'tls-no-close-notify-unframed',
    options: TLS,
    trust: true,
  },
  'h2 RST_STREAM INTERNAL_ERROR': {
    about: 'inside the body',
    scenario: 'h2-reset',
    options: H2,
    trust: true,
  },
  'h2 RST_STREAM NO_ERROR': {
    about: 'inside the body',
    scenario: 'h2-reset-no-error',
    options: H2,
    trust: true,
  },
  'h2 RST_STREAM CANCEL': { about: 'inside the body', scenario: 'h2-reset-cancel', options: H2, trust: true },
  'h2 RST_STREAM REFUSED_STREAM': {
    about: 'instead of a response, always',
    scenario: 'h2-reset-before-head',
    options: H2,
    trust: true,
  },
  'h2 GOAWAY NO_ERROR': {
    about: 'inside the body, then FIN',
    scenario: 'h2-goaway',
    options: H2,
    trust: true,
  },
  'h2 GOAWAY INTERNAL_ERROR': {
    about: 'inside the body, then FIN',
    scenario: 'h2-goaway-error',
    options: H2,
    trust: true,
  },
  'h2 FIN': { about: 'FIN between two events', scenario: 'fin', options: H2, trust: true },
  'h2 RST': { about: 'RST between two events', scenario: 'rst', options: H2, trust: true },
  'h2 short content-length': {
    about: 'END_STREAM before its Content-Length',
    scenario: 'short-content-length',
    options: H2,
    trust: true,
  },
  'abort before head': {
    about: 'AbortController.abort() before the response',
    scenario: 'no-answer',
    request: { abort: 200 },
  },
  'abort in body': {
    about: 'AbortController.abort() inside the body',
    scenario: 'stall',
    request: { abort: 'first chunk' },
  },
  'abort with a reason': {
    about: 'abort(error) inside the body',
    scenario: 'stall',
    request: { abort: 'first chunk', abortReason: 'error' },
  },
  'abort by timeout': {
    about: 'AbortSignal.timeout() before the response',
    scenario: 'no-answer',
    request: { abort: 200, abortReason: 'timeout' },
  },
  "redirect: 'manual'": {
    about: '307 to the same origin',
    scenario: { answers: [{ status: 307, headers: { location: '?moved' } }] },
    request: { redirect: 'manual' },
  },
  "redirect: 'error'": {
    about: '307 to the same origin',
    scenario: { answers: [{ status: 307, headers: { location: '?moved' } }] },
    request: { redirect: 'error' },
  },
  'redirect loop': {
    about: '307 without an end',
    scenario: { answers: [{ status: 307, headers: { location: '?again' } }] },
  },
  'redirect to another scheme': {
    about: '307 to ftp:',
    scenario: { answers: [{ status: 307, headers: { location: 'ftp://127.0.0.1/' } }] },
  },
  'redirect without Location': { about: '307 and no Location', scenario: { answers: [{ status: 307 }] } },
  'URL with a password': { about: 'user:password@ in the URL', scenario: 'whole', url: 'password' },
  'header that cannot be sent': {
    about: 'a character above U+00FF in a header value',
    scenario: 'whole',
    request: { headers: { 'x-a': '\u0101' } },
  },
  'forbidden method': { about: 'method: TRACE', scenario: 'whole', request: { method: 'TRACE' } },
  'offline before': { about: 'no network when the request is made', scenario: 'whole', offline: 'before' },
  'offline in body': { about: 'the network goes inside the body', scenario: 'stall', offline: 'during' },
}

/** All cases, each with a server of its own. */
export async function startWordCases(): Promise<{ cases: WordCase[]; close(): Promise<void> }> {
  const ends: (() => Promise<unknown>)[] = []
  const cases = await Promise.all(
    Object.entries(rows).map(async ([name, row]): Promise<WordCase> => {
      const { url, end } = await serve(row)
      ends.push(end)
      const { about, trust = false, offline, request } = row
      return { about, trust, request: { name, url, ...request }, ...(offline && { offline }) }
    }),
  )
  return {
    cases,
    async close() {
      // A fault that a wire would not take is told by the requests.
      await Promise.allSettled(ends.map((end) => end()))
    },
  }
}

async function serve({
  scenario,
  options,
  raw,
  url,
}: Served): Promise<{ url: string; end(): Promise<unknown> }> {
  if (scenario !== undefined) {
    const server = await startFaultServer(typeof scenario === 'string' ? scenarios[scenario] : scenario, {
      cors: true,
      ...options,
    })
    const end = () => server.close()
    if (url === 'http') return { url: server.url.replace('https:', 'http:'), end }
    if (url === 'password') return { url: server.url.replace('//', '//user:secret@'), end }
    return { url: `${server.url}/`, end }
  }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(raw ?? ''))
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
  const end = () => closed(server)
  if (url === undefined) return { url: `http://127.0.0.1:${port}/`, end }
  if (!url.includes('CLOSED')) return { url, end }
  await closed(server)
  return { url: url.replace('CLOSED', String(port)), end: async () => {} }
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
  })
