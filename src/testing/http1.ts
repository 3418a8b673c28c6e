import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Connection } from './connection.ts'
import { delivered } from './delivered.ts'
import { type Break, hasNoLength, type PlannedHead } from './plan.ts'
import type { Framing } from './scenario.ts'
import { ConnectionLost, type Exchange, type OnMisfit } from './wire.ts'

/** A deadline or a refusal of the server's own would be one more way to end, that no scenario asked for. */
const WITHOUT_LIMITS = {
  keepAliveTimeout: 0,
  requestTimeout: 0,
  headersTimeout: 0,
  maxHeaderSize: 2 ** 20,
  requireHostHeader: false,
  noDelay: true,
}

/** Speaks HTTP/1.1 over connections that are handed to it. */
export function createHttp1(
  onExchange: (exchange: Exchange) => void,
  onMisfit: OnMisfit,
): (connection: Connection) => void {
  const connections = new WeakMap<object, Connection>()
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    onExchange(new Http1Exchange(request, response, connections.get(request.socket) as Connection))
  }
  const server: Server = createServer(WITHOUT_LIMITS, onRequest)
  server.maxHeadersCount = 0
  // It would be answered with a 417 otherwise.
  server.on('checkExpectation', onRequest)
  server.on('clientError', (error: Error & { rawPacket?: Uint8Array }, socket) => {
    // What is no request is told; what only broke off is not.
    if (error.rawPacket !== undefined) onMisfit(misfitOf(Buffer.from(error.rawPacket)))
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    else socket.destroy()
  })
  return (connection) => {
    connections.set(connection.socket, connection)
    server.emit('connection', connection.socket)
  }
}

const TLS_HANDSHAKE = 0x16

function misfitOf(bytes: Buffer): string {
  if (bytes[0] === TLS_HANDSHAKE) return 'a client spoke TLS, which this server does not'
  if (bytes.subarray(0, 16).toString('latin1').includes('HTTP/2.0')) {
    return 'a client spoke HTTP/2 to a server of HTTP/1.1'
  }
  return 'a client sent what is no request of HTTP/1.1'
}

class Http1Exchange implements Exchange {
  readonly protocol = 'http/1.1'
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #connection: Connection
  #closed = false

  constructor(request: IncomingMessage, response: ServerResponse, connection: Connection) {
    this.#request = request
    this.#response = response
    this.#connection = connection
    response.on('close', () => {
      this.#closed = true
    })
    // A write to a connection that is gone; `close` tells.
    response.on('error', () => {})
    request.on('error', () => {})
  }

  get method(): string {
    return this.#request.method ?? ''
  }

  get url(): string {
    return this.#request.url ?? ''
  }

  get headers(): IncomingMessage['headers'] {
    return this.#request.headers
  }

  get body(): IncomingMessage {
    return this.#request
  }

  get isFinished(): boolean {
    return this.#response.writableFinished || this.#connection.isClosed
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener()
    else this.#response.on('close', listener)
  }

  head({ status, headers }: PlannedHead, contentLength: number | undefined, framing: Framing): void {
    const response = this.#response
    const fields = headers.flat()
    if (contentLength !== undefined && !hasNoLength(status)) {
      fields.push('content-length', String(contentLength))
    }
    if (framing === 'unframed') {
      response.useChunkedEncodingByDefault = false
      response.shouldKeepAlive = false
    }
    // The same scenario gives the same bytes.
    response.sendDate = false
    response.writeHead(status, fields)
    response.flushHeaders()
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new ConnectionLost())
      if (this.#closed) {
        onClose()
        return
      }
      this.#response.once('close', onClose)
      this.#response.write(bytes, (error) => {
        this.#response.off('close', onClose)
        if (error) onClose()
        else resolve()
      })
    })
  }

  delivered(signal: AbortSignal): Promise<void> {
    return delivered(this.#connection.tcp, signal)
  }

  end(): void {
    this.#response.end()
  }

  break(how: Break): void {
    switch (how.type) {
      case 'bad-chunk-size':
        this.#connection.socket.end('not-a-chunk-size\r\n')
        return
      case 'short':
        this.#connection.close('fin')
        return
      case 'fin':
      case 'rst':
      case 'no-close-notify':
        this.#connection.close(how.type)
        return
      default:
        throw new Error(`HTTP/1.1 knows no ${how.type}`)
    }
  }

  destroy(): void {
    this.#connection.tcp.destroy()
  }
}
