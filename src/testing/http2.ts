import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Connection } from './connection.ts'
import { delivered } from './delivered.ts'
import { FrameFilter } from './frame-filter.ts'
import { type Break, hasNoLength, type PlannedHead } from './plan.ts'
import { ConnectionLost, type Exchange, type OnMisfit } from './wire.ts'

/** A limit on the fields, or on the streams that a client resets, would be one more way to end, that no scenario asked for. */
const WITHOUT_LIMITS = {
  streamResetBurst: 2 ** 31 - 1,
  streamResetRate: 2 ** 31 - 1,
  maxHeaderListPairs: 10_000,
}

/** Speaks HTTP/2 over connections that are handed to it. */
export function createHttp2(
  onExchange: (exchange: Exchange) => void,
  onMisfit: OnMisfit,
): (connection: Connection) => void {
  return (connection) => {
    const filter = new FrameFilter(connection.socket)
    const session = performServerHandshake(filter, WITHOUT_LIMITS)
    session.on('error', ({ message }) => {
      if (/bad client magic|protocol error/i.test(message)) onMisfit('a client did not speak HTTP/2')
      connection.tcp.destroy()
    })
    // Node 22 leaves a session open that it has told of a wrong frame, also once the client is gone.
    connection.socket.once('end', () => session.destroy())
    session.on('stream', (stream, headers) => {
      onExchange(new Http2Exchange(stream, headers, connection, filter))
    })
  }
}

/** Fields of one connection, which HTTP/2 does not have [rfc9113 section 8.2.2]; Node throws for them. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
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
  /** By the answer itself: Node ends a stream that the client has reset, and calls it finished. */
  #ended = false

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
    return (this.#ended && this.body.writableFinished) || this.#connection.isClosed
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
        ...(contentLength === undefined || hasNoLength(status) ? {} : { 'content-length': contentLength }),
      },
      WITHOUT_DATE,
    )
    // A response without a body is over with its head.
    this.#ended = this.body.writableEnded
  }

  write(bytes: Uint8Array): Promise<void> {
    const stream = this.body
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new ConnectionLost())
      if (this.#ended) {
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
    this.#ended = true
    this.body.end()
  }

  break(how: Break): void {
    switch (how.type) {
      case 'short':
        this.end()
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
