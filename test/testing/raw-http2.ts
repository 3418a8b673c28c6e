import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { FaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'

/** [rfc9113 section 6]. */
export const TYPE = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4 } as const

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
const HEAD = 9

export const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index)
  return bytes
}

function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

/** A string without Huffman coding [rfc7541 section 5.2], its length as an integer of 7 bits and more. */
function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

/** Literals without indexing, with new names [rfc7541 section 6.2.2]: no state on either side. */
const headerBlock = (fields: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat(
    Object.entries(fields).map(([name, value]) =>
      Buffer.concat([Buffer.of(0), hpackString(name), hpackString(value)]),
    ),
  )

export interface RawHttp2Options {
  /** What the server may send on a stream before it is told to go on; also of the connection. Default: 2^31 - 1. */
  readonly window?: number
  /** Bytes in place of the client's preface. */
  readonly preface?: Uint8Array
}

export interface Http2Request {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Default: none, the stream ends with the head. */
  readonly body?: string
}

/** A client that knows nothing of rx-sse, nor of Node's HTTP/2: frames in, frames out. */
export class RawHttp2 {
  readonly socket: Duplex
  readonly frames: Frame[] = []
  /** How the connection ended first: by FIN, or by RST. */
  ended: 'fin' | 'reset' | undefined
  /** Also after a FIN. */
  wasReset = false
  #received = Buffer.alloc(0)
  #nextId = 1

  constructor(socket: Duplex, { window = 2 ** 31 - 1, preface = PREFACE }: RawHttp2Options = {}) {
    this.socket = socket
    socket.on('data', (data: Buffer) => this.#read(data))
    socket.on('end', () => {
      this.ended ??= 'fin'
    })
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      // EPIPE: the acknowledgement of the server's settings met a reset that was not read yet.
      this.wasReset ||= code === 'ECONNRESET' || code === 'EPIPE'
      this.ended ??= this.wasReset ? 'reset' : 'fin'
    })
    const initialWindow = Buffer.concat([Buffer.of(0, 4), u32(window)])
    const opening = [preface, frame(TYPE.settings, 0, 0, initialWindow)]
    // Of the connection's window the first 65535 need no word [rfc9113 section 6.9.2].
    if (window > 65_535) opening.push(frame(TYPE.windowUpdate, 0, 0, u32(window - 65_535)))
    socket.write(Buffer.concat(opening))
  }

  /** Of what was received the bytes that are no whole frame. */
  get leftover(): Buffer {
    return this.#received
  }

  send(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.socket.write(frame(type, flags, streamId, payload))
  }

  /** Opens a stream; its ID. */
  request({ method = 'GET', path = '/', headers = {}, body }: Http2Request = {}): number {
    const id = this.#nextId
    this.#nextId += 2
    const fields = { ':method': method, ':scheme': 'http', ':authority': 'test', ':path': path, ...headers }
    const end = body === undefined ? FLAG.endStream : 0
    this.send(TYPE.headers, FLAG.endHeaders | end, id, headerBlock(fields))
    if (body !== undefined) this.send(TYPE.data, FLAG.endStream, id, Buffer.from(body))
    return id
  }

  resetStream(streamId: number, code: number): void {
    this.send(TYPE.rstStream, 0, streamId, u32(code))
  }

  /** Lets the server send so many bytes more, of the connection and of a stream. */
  allow(streamId: number, bytes: number): void {
    this.send(TYPE.windowUpdate, 0, 0, u32(bytes))
    this.send(TYPE.windowUpdate, 0, streamId, u32(bytes))
  }

  of(streamId: number): readonly Frame[] {
    return this.frames.filter((frame) => frame.streamId === streamId)
  }

  body(streamId: number): Buffer {
    return Buffer.concat(
      this.of(streamId)
        .filter(({ type }) => type === TYPE.data)
        .map(({ payload }) => payload),
    )
  }

  /** Whether the server has said that nothing more comes on it, and how. */
  end(streamId: number): 'end-stream' | { readonly reset: number } | undefined {
    for (const { type, flags, payload } of this.of(streamId)) {
      if (type === TYPE.rstStream) return { reset: payload.readUInt32BE(0) }
      if ((type === TYPE.data || type === TYPE.headers) && (flags & FLAG.endStream) !== 0) return 'end-stream'
    }
    return undefined
  }

  get goaways(): readonly { readonly lastStream: number; readonly code: number }[] {
    return this.frames
      .filter(({ type }) => type === TYPE.goaway)
      .map(({ payload }) => ({ lastStream: payload.readUInt32BE(0), code: payload.readUInt32BE(4) }))
  }

  /** All that is on its way has come: the server answers a PING after what it sent before. */
  async settle(): Promise<void> {
    const before = this.#pongs()
    this.send(TYPE.ping, 0, 0, Buffer.alloc(8, before + 1))
    await until(() => this.#pongs() > before || this.ended !== undefined, 'the answer to a PING')
  }

  async over(streamId: number): Promise<void> {
    await until(
      () => this.end(streamId) !== undefined || this.ended !== undefined,
      `the end of stream ${streamId}`,
    )
  }

  #pongs(): number {
    return this.frames.filter(({ type, flags }) => type === TYPE.ping && (flags & FLAG.ack) !== 0).length
  }

  #read(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    for (;;) {
      if (this.#received.length < HEAD) return
      const size = HEAD + this.#received.readUIntBE(0, 3)
      if (this.#received.length < size) return
      const read: Frame = {
        type: this.#received[3] as number,
        flags: this.#received[4] as number,
        streamId: this.#received.readUInt32BE(5),
        payload: this.#received.subarray(HEAD, size),
      }
      this.#received = this.#received.subarray(size)
      this.frames.push(read)
      if (read.type === TYPE.settings && (read.flags & FLAG.ack) === 0) {
        this.send(TYPE.settings, FLAG.ack, 0, Buffer.alloc(0))
      }
    }
  }
}

/** A connection for one test, over TLS where the server speaks it. */
export function openHttp2(
  server: FaultServer,
  { allowHalfOpen = false, ...options }: RawHttp2Options & { readonly allowHalfOpen?: boolean } = {},
): RawHttp2 {
  const { hostname: host, port } = new URL(server.url)
  const socket =
    server.certificate === undefined
      ? connectTcp({ host, port: Number(port), allowHalfOpen })
      : connectTls({
          host,
          port: Number(port),
          ca: server.certificate,
          ALPNProtocols: ['h2'],
          allowHalfOpen,
        } as ConnectionOptions)
  onTestFinished(() => {
    socket.destroy()
  })
  return new RawHttp2(socket, options)
}
