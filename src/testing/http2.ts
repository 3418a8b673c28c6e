import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Connection } from './connection.ts'
import { delivered } from './delivered.ts'
import { FrameFilter } from './frame-filter.ts'
import type { Break, PlannedHead } from './plan.ts'
import { ConnectionLost, type Exchange } from './wire.ts'

/** Speaks HTTP/2 over connections that are handed to it. */
export function createHttp2(onExchange: (exchange: Exchange) => void): (connection: Connection) => void {
  return (connection) => {
    const filter = new FrameFilter(connection.socket)
    const session = performServerHandshake(filter)
    session.on('error', () => connection.tcp.destroy())
    session.on('stream', (stream, headers) => {
      onExchange(new Http2Exchange(stream, headers, connection, filter))
    })
  }
}

/** Fields of one connection, which HTTP/2 does not have [rfc9113 section 8.2.2]. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** The same scenario gives the same bytes. Node has the option, its types do not. */
const WITHOUT_DATE: object = { sendDate: false }

class Http2Exchange implements Exchange {
  readonly protocol = 'h2'
  readonly method: string
  readonly url: string
  readonly headers: Exchange['headers']
  readonly body: ServerHttp2Stream
  readonly #connection: Connection
  readonly #filter: FrameFilter
  readonly #streamId: number

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    connection: Connection,
    filter: FrameFilter,
  ) {
    const { ':method': method, ':path': url, ':authority': host, ':scheme': _, ...fields } = headers
    this.method = method ?? ''
    this.url = url ?? ''
    this.headers = { ...(host === undefined ? {} : { host }), ...fields }
    this.body = stream
    this.#connection = connection
    this.#filter = filter
    this.#streamId = stream.id as number
    // A stream that the client reset; `close` tells.
    stream.on('error', () => {})
  }

  get isFinished(): boolean {
    return this.body.writableFinished
  }

  onClose(listener: () => void): void {
    if (this.body.closed) listener()
    else this.body.once('close', listener)
  }

  head({ status, headers }: PlannedHead, contentLength: number | undefined): void {
    const fields = headers.filter(([name]) => !OF_CONNECTION.has(name))
    this.body.respond(
      {
        ':status': status,
        ...Object.fromEntries(fields),
        ...(contentLength === undefined ? {} : { 'content-length': contentLength }),
      },
      WITHOUT_DATE,
    )
  }

  write(bytes: Uint8Array): Promise<void> {
    const stream = this.body
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new ConnectionLost())
      // A response without a body is over with its head.
      if (stream.writableEnded) {
        resolve()
        return
      }
      if (stream.closed || stream.destroyed) {
        onClose()
        return
      }
      stream.once('close', onClose)
      stream.write(bytes, (error) => {
        stream.off('close', onClose)
        if (error) onClose()
        else resolve()
      })
    })
  }

  delivered(signal: AbortSignal): Promise<void> {
    return delivered(this.#connection.tcp, signal)
  }

  end(): void {
    this.body.end()
  }

  break(how: Break): void {
    switch (how.type) {
      case 'short':
        this.body.end()
        return
      case 'fin':
      case 'rst':
      case 'no-close-notify':
        this.#filter.silence()
        this.#connection.close(how.type)
        return
      case 'stream-reset':
        this.#filter.resetStream(this.#streamId, how.code)
        // Nothing of it goes out: it only forgets the stream.
        this.body.close()
        return
      case 'goaway': {
        const before = Math.max(0, this.#streamId - 2)
        this.#filter.goAway(how.lastStream === 'this' ? this.#streamId : before, how.code)
        if (how.closes) this.break({ type: 'fin' })
        return
      }
      default:
        throw new Error(`HTTP/2 knows no ${how.type}`)
    }
  }

  destroy(): void {
    this.#connection.tcp.destroy()
  }
}
