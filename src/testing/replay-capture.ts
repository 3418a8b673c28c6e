import { createServer, type Socket } from 'node:net'
import { delivered } from './delivered.ts'
import { listen } from './listen.ts'
import { readRequest } from './request-head.ts'
import type { RecordedRequest } from './scenario.ts'

export interface ReplayOptions {
  /** Bytes a write. Default: all in one. */
  readonly chunkSize?: number
}

export interface ReplayServer {
  /** Such as `http://127.0.0.1:49152`. */
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  /** Ends all connections and the server. */
  close(): Promise<void>
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * A TCP server that answers every request with these very bytes, head included, and then ends the connection as told.
 * For what a real server or proxy was recorded to send.
 *
 * Knows no request body but one with a Content-Length.
 */
export async function replayCapture(
  bytes: Uint8Array,
  ending: 'fin' | 'rst' | 'keep-open',
  { chunkSize = bytes.length }: ReplayOptions = {},
): Promise<ReplayServer> {
  if (!['fin', 'rst', 'keep-open'].includes(ending)) {
    throw new TypeError(`replayCapture: "${ending}" is no ending; there are fin, rst, keep-open`)
  }
  if (bytes.length > 0 && !(Number.isSafeInteger(chunkSize) && chunkSize > 0)) {
    throw new TypeError(`replayCapture: chunkSize: ${chunkSize} is not a whole number from 1 up`)
  }
  const requests: RecordedRequest[] = []
  const closing = new AbortController()
  const startedAt = performance.now()
  const now = (): number => performance.now() - startedAt

  /** Settles once all is sent; false if the connection was lost. */
  const answer = async (socket: Socket): Promise<boolean> => {
    for (let at = 0; at < bytes.length; at += chunkSize) {
      if (!(await write(socket, bytes.subarray(at, at + chunkSize)))) return false
    }
    if (ending !== 'rst') return true
    return delivered(socket, closing.signal).then(
      () => true,
      () => false,
    )
  }

  const server = createServer({ noDelay: true }, (socket) => {
    let received = Buffer.alloc(0)
    /** Not joined before there is enough of them: a large body comes in many. */
    let pending: Buffer[] = []
    let missing = 0
    let record: Mutable<RecordedRequest> | undefined
    let answering = false
    let endedByUs = false
    const next = async (): Promise<void> => {
      if (answering || endedByUs || missing > 0) return
      received = Buffer.concat([received, ...pending])
      pending = []
      const request = readRequest(received)
      if (!('body' in request)) {
        missing = request.missing
        return
      }
      received = received.subarray(request.length)
      const { method, url, headers, body } = request
      record = { protocol: 'http/1.1', method, url, headers, body, at: now(), clientGoneAt: undefined }
      requests.push(record)
      answering = true
      if (!(await answer(socket))) return
      answering = false
      endedByUs = ending !== 'keep-open'
      if (ending === 'fin') socket.end()
      else if (ending === 'rst') socket.resetAndDestroy()
      else await next()
    }
    socket.on('data', (data: Buffer) => {
      pending.push(data)
      missing -= data.length
      void next()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (record !== undefined && !endedByUs && !closing.signal.aborted) record.clientGoneAt = now()
    })
  })
  const listening = await listen(server)
  return {
    url: listening.url,
    requests,
    close: () => listening.close(() => closing.abort()),
  }
}

/** Settles once the bytes have left this process: false if the connection was lost. */
const write = (socket: Socket, bytes: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    socket.write(bytes, (error) => resolve(!error))
  })
