import { createServer, type Socket } from 'node:net'

/** A server that sends events as fast as its client takes them. */
export interface Flood {
  readonly url: string
  /** Given to the system so far. */
  readonly bytes: number
  /** Connections, now. */
  readonly open: number
  close(): Promise<void>
}

const HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/event-stream',
  'access-control-allow-origin: *',
  'connection: close',
  '',
  '',
].join('\r\n')

/** More than any buffer on the way holds, and little enough for a client that does not wait. */
const MOST_BYTES = 256 * 1024 * 1024

export async function startFlood(): Promise<Flood> {
  const sockets = new Set<Socket>()
  let bytes = 0
  const piece = Buffer.from(`data: ${'x'.repeat(1_000)}\n\n`.repeat(16))
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    const send = (): void => {
      while (bytes < MOST_BYTES && !socket.destroyed) {
        bytes += piece.length
        if (!socket.write(piece)) return
      }
      socket.end('data: [DONE]\n\n')
    }
    socket.once('data', () => {
      socket.write(HEAD)
      socket.on('drain', send)
      send()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    get bytes() {
      return bytes
    },
    get open() {
      return sockets.size
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
