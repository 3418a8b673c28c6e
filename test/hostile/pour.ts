import type { SseError } from '../../src/index.ts'
import type { Exchange, Transport } from '../../src/transport/transport.ts'

/** A transport without a network: the session under it is the real one, and what it has taken is counted to the byte. */
export interface Pouring {
  readonly transport: Transport
  /** Bytes that were given to the session. */
  readonly poured: number
  /** The exchange was left. */
  readonly left: boolean
}

/**
 * Answers with an event stream: `first`, then `unit` again and again until it is left, or `most` bytes are out.
 *
 * @param slowly - a turn of the event loop between two chunks, so that timers fire
 */
export function pour(
  first: string | Uint8Array,
  unit: string | Uint8Array = '',
  { most = 64 * 1024 * 1024, chunk = 64 * 1024, slowly = false, beforeEnd = (): void => {} } = {},
): Pouring {
  let poured = 0
  let left = false
  const begin = Buffer.from(first as string)
  const one = Buffer.from(unit as string)
  const rest = Buffer.concat(Array(Math.ceil(chunk / Math.max(1, one.length))).fill(one))
  const transport: Transport = {
    name: 'pouring',
    send(_, sink) {
      const leave = (): void => {
        left = true
      }
      const give = (bytes: Uint8Array): void => {
        if (bytes.length === 0 || left) return
        poured += bytes.length
        sink.onChunk(bytes)
      }
      const go = (): void => {
        do {
          if (left) return
          if (rest.length === 0 || poured >= most) {
            beforeEnd()
            sink.onEnd()
            return
          }
          give(rest)
        } while (!slowly)
        setImmediate(go)
      }
      setImmediate(() => {
        sink.onConnected()
        sink.onHead({
          status: 200,
          header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
        })
        give(begin)
        go()
      })
      return { pause() {}, resume() {}, abort: leave, release: leave } satisfies Exchange
    },
  }
  return {
    transport,
    get poured() {
      return poured
    },
    get left() {
      return left
    },
  }
}

/** What an error says, short enough to compare. */
export const said = (error: SseError | undefined): string =>
  error === undefined
    ? 'no error'
    : [error.kind, error.code, error.kind === 'stream_terminated' ? error.reason : '']
        .filter((word) => word !== '')
        .join(' ')
