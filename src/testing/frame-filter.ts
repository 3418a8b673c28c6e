import { Duplex } from 'node:stream'

const HEAD_BYTES = 9

/** Types of frames, and a flag of theirs [rfc9113 section 6]. */
const HEADERS = 0x01
const RST_STREAM = 0x03
const PUSH_PROMISE = 0x05
const GOAWAY = 0x07
const CONTINUATION = 0x09
const END_HEADERS = 0x04

const OF_FIELDS: ReadonlySet<number> = new Set([HEADERS, PUSH_PROMISE, CONTINUATION])

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A frame [rfc9113 section 4.1]. */
function frame(type: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

/**
 * Stands between Node's HTTP/2 server and its connection, and says what that server cannot: it ends a stream abruptly,
 * or the connection, by frames of its own between the server's. Of a stream that was reset so, nothing more goes out.
 *
 * Node's `stream.close(code)` ends the stream properly first, so that a client sees a clean end.
 */
export class FrameFilter extends Duplex {
  readonly #socket: Duplex
  /** Streams of which nothing goes out any more. */
  readonly #dead = new Set<number>()
  /** Own frames that wait for the end of the server's. */
  #waiting: Buffer[] = []
  /** The head of a frame that has come in pieces. */
  #head = Buffer.alloc(0)
  /** What is missing of the frame whose head was seen. */
  #missing = 0
  #dropping = false
  /** Between two frames of one field block nothing may stand [rfc9113 section 4.3]. */
  #inFieldBlock = false
  #closed = false

  constructor(socket: Duplex) {
    super()
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** RST_STREAM [rfc9113 section 6.4]. */
  resetStream(streamId: number, code: number): void {
    this.#inject(frame(RST_STREAM, streamId, u32(code)))
    this.#dead.add(streamId)
  }

  /** GOAWAY [rfc9113 section 6.8]. */
  goAway(lastStreamId: number, code: number): void {
    this.#inject(frame(GOAWAY, 0, Buffer.concat([u32(lastStreamId), u32(code)])))
  }

  /** From now on nothing of the server's goes out: no GOAWAY in place of an abrupt end. */
  silence(): void {
    this.#closed = true
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const allowed = this.#closed ? [] : this.#filter(chunk)
    if (allowed.length === 0) callback()
    else this.#socket.write(Buffer.concat(allowed), callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#closed) callback()
    else this.#socket.end(callback)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#closed) this.#socket.destroy()
    callback(error)
  }

  #inject(bytes: Buffer): void {
    if (this.#missing === 0 && this.#head.length === 0 && !this.#inFieldBlock) this.#socket.write(bytes)
    else this.#waiting.push(bytes)
  }

  /** Of the server's bytes those that may go out, with own frames between two of its own. */
  #filter(chunk: Buffer): Buffer[] {
    const allowed: Buffer[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#missing === 0) {
        const wanted = HEAD_BYTES - this.#head.length
        this.#head = Buffer.concat([this.#head, chunk.subarray(at, at + wanted)])
        at += wanted
        if (this.#head.length < HEAD_BYTES) break
        this.#missing = this.#head.readUIntBE(0, 3)
        const [type = 0, flags = 0] = this.#head.subarray(3, 5)
        this.#inFieldBlock = OF_FIELDS.has(type) && (flags & END_HEADERS) === 0
        this.#dropping = this.#dead.has(this.#head.readUInt32BE(5) & 0x7fff_ffff)
        if (!this.#dropping) allowed.push(this.#head)
        this.#head = Buffer.alloc(0)
      } else {
        const piece = chunk.subarray(at, at + this.#missing)
        at += piece.length
        this.#missing -= piece.length
        if (!this.#dropping) allowed.push(piece)
      }
      if (this.#missing === 0 && !this.#inFieldBlock) {
        allowed.push(...this.#waiting)
        this.#waiting = []
      }
    }
    return allowed
  }
}
