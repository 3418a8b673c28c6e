import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TestServer {
  readonly url: string
  readonly requests: IncomingMessage[]
  /** Sockets that are open now. */
  readonly sockets: Set<Socket>
  readonly accepted: number
}

/** An HTTP server for one test. */
export async function serve(
  handler: (req: IncomingMessage, res: ServerResponse, n: number) => void,
): Promise<TestServer> {
  const requests: IncomingMessage[] = []
  const server = createServer((req, res) => {
    requests.push(req)
    handler(req, res, requests.length)
  })
  return listen(server, requests)
}

/** A TCP server for one test. */
export async function serveTcp(handler: (socket: Socket) => void): Promise<TestServer> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {})
      // A socket that nobody reads does not see the other side close.
      socket.resume()
      handler(socket)
    }),
    [],
  )
}

async function listen(
  server: ReturnType<typeof createTcpServer>,
  requests: IncomingMessage[],
): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let accepted = 0
  server.on('connection', (socket: Socket) => {
    accepted++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    sockets,
    get accepted() {
      return accepted
    },
  }
}

export const SSE: Record<string, string> = { 'content-type': 'text/event-stream' }

/** Resolves when the condition holds; polls, so that a test waits for a fact and not for a time. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited 10 s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
