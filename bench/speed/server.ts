import { type AddressInfo, createServer, type Socket } from 'node:net'
import { servedOf } from './served-request.ts'
import { ServedStream, stamp } from './served-stream.ts'
import { Trickle } from './trickle.ts'

/**
 * The server, in a process of its own, so that its CPU time is nobody's. Plain sockets: what it writes is what is on the
 * wire, a write at a time. A port for each contender: their streams are counted apart, and none runs out of ports of its own.
 */
const PORTS = Number(process.argv[2])
const BACKLOG = 4_096
const MOST_KEPT = 4_000

const servers = Array.from({ length: PORTS }, () => {
  let trickle: Trickle | undefined
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    onRequests(socket, (path, lastEventId) => {
      const { served, wire } = servedOf(path)
      switch (served.kind) {
        case 'burst':
          new ServedStream(socket, wire, served.events).burst()
          break
        case 'trickle':
        case 'stamped': {
          const { streams, events, ms, kind } = served
          trickle ??= new Trickle(streams, events, ms, kind === 'stamped')
          // Kept for the next round, those of two clients would be more than a process may have.
          const close = streams > MOST_KEPT
          if (trickle.add(new ServedStream(socket, wire, events, close))) trickle = undefined
          break
        }
        case 'hold':
          hold(new ServedStream(socket, wire, Number.POSITIVE_INFINITY), served.events)
          break
        case 'first':
        case 'close':
          new ServedStream(socket, wire, 1, served.kind === 'close').write(stamp())
          break
        case 'cut':
          if (lastEventId === undefined) cut(socket, served.events)
          else resume(socket)
      }
    })
  })
})

/** Calls back for each request, its body passed over. */
function onRequests(
  socket: Socket,
  onRequest: (path: string, lastEventId: string | undefined) => void,
): void {
  let received = ''
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    const end = received.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = received.slice(0, end)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (received.length < end + 4 + length) return
    received = received.slice(end + 4 + length)
    onRequest(head.split(' ', 2)[1] ?? '/', /\r\nlast-event-id: *([^\r]*)/i.exec(head)?.[1])
  })
}

function hold(stream: ServedStream, events: number): void {
  let left = events
  const timer = setInterval(() => {
    if (left-- <= 0 || stream.isOver) clearInterval(timer)
    else stream.write()
  }, 20)
}

const cuts = new Map<string, string>()

/** The time of a cut is known by the client's address: its next connection asks for the rest. */
function cut(socket: Socket, events: number): void {
  const body = Array.from({ length: events }, (_, n) => `id: ${n + 1}\ndata: token\n\n`).join('')
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
  )
  // Later than the events, so that it is a cut that is answered and not a response that was short.
  setTimeout(() => {
    cuts.set(`${socket.localPort}`, stamp())
    socket.destroy()
  }, 2)
}

function resume(socket: Socket): void {
  const event = `id: last\ndata: ${cuts.get(`${socket.localPort}`)}\n\ndata: [DONE]\n\n`
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${event.length}\r\n\r\n${event}`,
  )
}

await Promise.all(
  servers.map(
    (server) =>
      new Promise<void>((resolve) =>
        server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve),
      ),
  ),
)
process.send?.(servers.map((server) => (server.address() as AddressInfo).port))
// Whoever started it has gone.
process.on('disconnect', () => process.exit())
