import type { AddressInfo, Server, Socket } from 'node:net'

/** A server that listens, and knows its connections. */
export interface Listening {
  readonly url: string
  readonly sockets: ReadonlySet<Socket>
  readonly isClosed: boolean
  /** Destroys all connections; settles once nothing of them or of the server is left. `before` runs first, once. */
  close(before?: () => void): Promise<void>
}

/**
 * Listens on 127.0.0.1.
 *
 * @param port - 0: one that the system chooses.
 */
export async function listen(server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  let closed: Promise<void> | undefined
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    get isClosed() {
      return closed !== undefined
    },
    close(before) {
      closed ??= (async () => {
        before?.()
        // The server says that it is closed before the last of its sockets does.
        const all = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
        all.push(new Promise((resolve) => server.close(resolve)))
        for (const socket of sockets) socket.destroy()
        await Promise.all(all)
      })()
      return closed
    },
  }
}
