import { createParser } from 'eventsource-parser'
import { fromEventStream } from '../../src/index.ts'
import type { Transport } from '../../src/transport/transport.ts'
import type { Job, Measured } from './job.ts'

/** Pieces between two turns of the event loop: a socket would not give more. */
const PIECES_A_TURN = 10_000

const PREFIX = 'data: '
const SUFFIX = '\n\n'

/** The bytes of one event, in pieces of one size: a view of the same piece again and again, so that nothing but the client holds memory. */
async function feed(bytes: number, piece: number, onPiece: (chunk: Uint8Array) => void): Promise<void> {
  const chunk = Buffer.alloc(piece, 'x')
  onPiece(Buffer.from(PREFIX))
  for (let fed = 0, count = 0; fed < bytes; fed += piece, count++) {
    onPiece(chunk)
    if (count % PIECES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  onPiece(Buffer.from(SUFFIX))
}

const transportOf = (bytes: number, piece: number): Transport => ({
  name: 'in-process',
  send(_, sink) {
    setImmediate(async () => {
      sink.onConnected()
      sink.onHead({
        status: 200,
        header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
      })
      await feed(bytes, piece, (chunk) => sink.onChunk(chunk))
      sink.onChunk(Buffer.from('data: [DONE]\n\n'))
      sink.onEnd()
    })
    return { pause() {}, resume() {}, abort() {}, release() {} }
  },
})

const ours = (bytes: number, piece: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let length = 0
    fromEventStream('http://in.process/', {
      transport: transportOf(bytes, piece),
      maxEventSize: bytes + 1_000,
    }).subscribe({
      next: ({ data }) => {
        length += data.length
      },
      complete: () => resolve(length),
      error: reject,
    })
  })

async function floor(bytes: number, piece: number): Promise<number> {
  let length = 0
  const decoder = new TextDecoder()
  const parser = createParser({
    onEvent: ({ data }) => {
      length += data.length
    },
  })
  await feed(bytes, piece, (chunk) => parser.feed(decoder.decode(chunk, { stream: true })))
  return length
}

/** Nanoseconds of CPU time a byte. */
export async function bigEvent(isOurs: boolean, job: Extract<Job, { kind: 'big-event' }>): Promise<Measured> {
  const { bytes, piece } = job
  globalThis.gc?.()
  const before = process.cpuUsage()
  const length = await (isOurs ? ours : floor)(bytes, piece)
  const { user, system } = process.cpuUsage(before)
  if (length !== bytes) throw new Error(`delivered ${length} of ${bytes} characters`)
  return { cpu: ((user + system) * 1_000) / bytes }
}
