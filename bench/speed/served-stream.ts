import type { Socket } from 'node:net'
import type { WireName } from './wires.ts'
import { wires } from './wires.ts'

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n'
/** Events in a write of a burst. */
const BATCH = 500

/** A chunk of a chunked body [rfc9112 section 7.1]. */
const framed = (text: string): Buffer => Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)

/** Nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share, as digits. */
export const stamp = (): string => process.hrtime.bigint().toString()

const TOKEN = 'token '
/** Made once: what the server spends, the contender on the other core may feel. */
const prepared = new Map(
  (['chat', 'anthropic'] as const).map((name) => {
    const wire = wires[name]
    return [
      name,
      { one: framed(wire.event(TOKEN, false)), many: framed(wire.event(TOKEN, false).repeat(BATCH)) },
    ]
  }),
)

/** One response of the server. */
export class ServedStream {
  readonly #socket: Socket
  readonly #wire: WireName
  #left: number
  readonly #close: boolean
  #ended = false

  constructor(socket: Socket, wire: WireName, events: number, close = false) {
    this.#socket = socket
    this.#wire = wire
    this.#left = events
    this.#close = close
    socket.write(`${HEAD}transfer-encoding: chunked\r\n${close ? 'connection: close\r\n' : ''}\r\n`)
    const { begin } = wires[wire]
    if (begin !== '') socket.write(framed(begin))
  }

  /** It has ended, as it should or because its client has gone. */
  get isOver(): boolean {
    return this.#ended || this.#socket.destroyed
  }

  /** One event in one write; after the last the end of the stream. */
  write(text?: string): void {
    if (this.isOver) return
    this.#left--
    const isLast = this.#left === 0
    this.#socket.write(
      text === undefined && !isLast
        ? (prepared.get(this.#wire)?.one as Buffer)
        : framed(wires[this.#wire].event(text ?? TOKEN, isLast)),
    )
    if (isLast) this.end()
  }

  burst(): void {
    while (this.#left > BATCH && !this.isOver) {
      this.#left -= BATCH
      if (!this.#socket.write(prepared.get(this.#wire)?.many as Buffer)) {
        this.#socket.once('drain', () => this.burst())
        return
      }
    }
    while (this.#left > 0 && !this.isOver) this.write()
  }

  end(): void {
    this.#ended = true
    this.#socket.write(framed(wires[this.#wire].end))
    this.#socket.write('0\r\n\r\n')
    if (this.#close) this.#socket.end()
  }
}
