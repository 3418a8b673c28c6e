import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Where and how a connection dies. */
export interface Cut {
  /** After so many blocks of the event stream: events, comments, `retry` fields. */
  readonly after: number
  /** So many bytes of the next block still get through. Default: 0. */
  readonly bytesMore?: number
  /** `close`: FIN; `reset`: RST. */
  readonly by: 'close' | 'reset'
}

/** A TCP relay that cuts connections in mid-stream. It changes no byte. */
export interface Cutter {
  readonly url: string
  /** What the client has sent, a text for each connection. */
  readonly requests: readonly string[]
  /** What the client was sent, a text for each connection. */
  readonly responses: readonly string[]
  /** Connections that are open now. */
  readonly open: number
}

/**
 * A relay to a port of this machine. The n-th connection is cut as the n-th of `cuts` says, and later ones not at all.
 * Each connection should carry one request: blocks are counted from the first head on.
 */
export async function cutter(port: number, cuts: readonly (Cut | undefined)[]): Promise<Cutter> {
  const requests: string[] = []
  const responses: string[] = []
  const sockets = new Set<Socket>()
  let open = 0
  const server = createServer((client) => {
    const index = requests.push('') - 1
    responses.push('')
    open++
    const origin = connect(port, '127.0.0.1')
    const cut = cuts[index]
    const end = cut === undefined ? undefined : endOf(cut)
    let over = false
    const finish = (by: Cut['by']): void => {
      if (over) return
      over = true
      open--
      for (const socket of [client, origin]) {
        if (by === 'reset') socket.resetAndDestroy()
        else socket.destroy()
        sockets.delete(socket)
      }
    }
    for (const socket of [client, origin]) {
      sockets.add(socket)
      socket.on('error', () => finish('reset'))
      socket.on('close', () => finish('close'))
    }
    client.on('data', (chunk) => {
      requests[index] += chunk.toString('latin1')
      origin.write(chunk)
    })
    client.on('end', () => finish('close'))
    origin.on('data', (chunk) => {
      if (over) return
      responses[index] += chunk.toString('latin1')
      const sent = (responses[index] as string).length - chunk.length
      const last = end?.(responses[index] as string)
      if (last === undefined || cut === undefined) {
        client.write(chunk)
        return
      }
      const through = chunk.subarray(0, Math.max(0, last - sent))
      responses[index] = (responses[index] as string).slice(0, sent + through.length)
      origin.pause()
      // Once the bytes have left: a reset would take those with it that still wait here.
      client.write(through, () => finish(cut.by))
    })
    // What the origin has sent before its end goes first.
    origin.on('end', () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    responses,
    get open() {
      return open
    },
  }
}

/** Finds where a response is to be cut, once that much of it has come. Chunked framing never has two LFs in a row. */
function endOf({ after, bytesMore = 0 }: Cut): (response: string) => number | undefined {
  return (response) => {
    const head = response.indexOf('\r\n\r\n')
    if (head === -1) return undefined
    let at = head + 4
    for (let blocks = 0; blocks < after; blocks++) {
      const end = response.indexOf('\n\n', at)
      if (end === -1) return undefined
      at = end + 2
    }
    return response.length >= at + bytesMore ? at + bytesMore : undefined
  }
}
