import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** How a connection was when the exchange was over for the client. */
type Ended = 'fin' | 'reset' | 'open'

export interface RawResponse {
  readonly status: number
  readonly statusLine: string
  readonly headers: Readonly<Record<string, string>>
  /** As on the wire: framed and coded. */
  readonly body: Buffer
  readonly ended: Ended
}

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** When to stop reading although the answer is not whole. */
  readonly until?: (body: Buffer) => boolean
}

/** A client that knows nothing of rx-sse: bytes in, bytes out, over a connection of its own. */
export async function rawRequest(url: string, request: RawRequest = {}): Promise<RawResponse> {
  const socket = openSocket(url)
  send(socket, request)
  return readResponse(socket, request.until)
}

export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: false })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

export function send(socket: Socket, { method = 'GET', path = '/', headers = {}, body }: RawRequest): void {
  const all = {
    host: 'test',
    ...headers,
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'))
  if (body !== undefined) socket.write(body)
}

export function readResponse(socket: Socket, until?: RawRequest['until']): Promise<RawResponse> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const finish = (ended: Ended): void => {
      socket.off('data', onData).off('end', onEnd).off('error', onError)
      resolve({ ...split(received), ended })
    }
    const onData = (data: Buffer): void => {
      received = Buffer.concat([received, data])
      if (received.indexOf('\r\n\r\n') < 0) return
      const { headers, status, body } = split(received)
      if (isWhole(status, headers, body) || until?.(body) === true) finish('open')
    }
    const onEnd = (): void => finish('fin')
    const onError = (error: NodeJS.ErrnoException): void => {
      finish(error.code === 'ECONNRESET' ? 'reset' : 'open')
    }
    socket.on('data', onData).on('end', onEnd).on('error', onError)
  })
}

function split(received: Buffer): Omit<RawResponse, 'ended'> {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return { status: 0, statusLine: '', headers: {}, body: received }
  const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  return { status: Number(statusLine.split(' ')[1]), statusLine, headers, body: received.subarray(end + 4) }
}

function isWhole(status: number, headers: Readonly<Record<string, string>>, body: Buffer): boolean {
  if (status === 204 || status === 304) return true
  if (headers['content-length'] !== undefined) return body.length >= Number(headers['content-length'])
  // Looked at anew with each piece, all of it would take seconds where the pieces are small.
  if (body.subarray(-5).toString('latin1') !== '0\r\n\r\n') return false
  return headers['transfer-encoding'] === 'chunked' && dechunk(body).end === 'whole'
}

export interface Dechunked {
  readonly chunks: readonly Buffer[]
  readonly bytes: Buffer
  /** `cut`: after a whole chunk, or within one; `bad`: where a size should be is something else. */
  readonly end: 'whole' | 'cut' | 'bad'
}

/** Undoes the chunked transfer coding [rfc9112 section 7.1]. */
export function dechunk(body: Buffer): Dechunked {
  const chunks: Buffer[] = []
  const result = (end: Dechunked['end']): Dechunked => ({ chunks, bytes: Buffer.concat(chunks), end })
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at)
    if (lineEnd < 0) return result('cut')
    const line = body.toString('latin1', at, lineEnd)
    if (!/^[0-9a-f]+$/i.test(line)) return result('bad')
    const size = Number.parseInt(line, 16)
    const next = lineEnd + 2 + size + 2
    if (body.length < next) return result('cut')
    if (size === 0) return result('whole')
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
