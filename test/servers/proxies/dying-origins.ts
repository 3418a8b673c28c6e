import { fork } from 'node:child_process'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { resolve } from 'node:path'
import {
  answerWhole,
  beginning,
  type Framing,
  MIDWAY,
  readBody,
  SSE,
  truth,
  writeFirstHalf,
  written,
} from './completion.ts'
import { listen, type Origin } from './listen.ts'

/** An origin that dies in the middle of its first answer, not before it is told to. It answers further requests well. */
export interface DyingOrigin extends Origin {
  /** Settles once the first half of the stream has left the origin. */
  readonly halfway: Promise<void>
  strike(): void
}

interface Signal {
  readonly given: Promise<void>
  give(): void
}

function signal(): Signal {
  let give = (): void => {}
  const given = new Promise<void>((done) => {
    give = done
  })
  return { given, give: () => give() }
}

/** An HTTP/1.1 origin, and what it does to the answer in the end. */
export async function dyingOrigin(
  death: (response: ServerResponse) => void,
  framing: Framing,
): Promise<DyingOrigin> {
  const requests: IncomingHttpHeaders[] = []
  const halfway = signal()
  const struck = signal()
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    if (requests.push(request.headers) > 1) {
      await answerWhole(request, response)
      return
    }
    response.on('error', () => {})
    await readBody(request)
    await writeFirstHalf(response, framing)
    halfway.give()
    await struck.given
    death(response)
  })
  return { ...(await listen(server)), requests, halfway: halfway.given, strike: struck.give }
}

/**
 * The first answer comes from a process of its own, which is killed. The port outlives it: connections are accepted here
 * and handed on.
 */
export async function killedOrigin(): Promise<DyingOrigin> {
  const requests: IncomingHttpHeaders[] = []
  const halfway = signal()
  const mortal = fork(resolve(import.meta.dirname, 'mortal-process.ts'), { execArgv: [] })
  const dead = new Promise<void>((done) => mortal.once('exit', () => done()))
  mortal.once('message', halfway.give)
  const successor = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    requests.push(request.headers)
    void answerWhole(request, response)
  })
  const server = createTcpServer({ pauseOnConnect: true }, (socket) => {
    if (requests.length === 0) {
      requests.push({})
      mortal.send('connection', socket)
    } else {
      successor.emit('connection', socket)
      socket.resume()
    }
  })
  const listening = await listen(server)
  return {
    port: listening.port,
    requests,
    halfway: halfway.given,
    strike: () => void mortal.kill('SIGKILL'),
    async close() {
      mortal.kill('SIGKILL')
      await dead
      await listening.close()
    },
  }
}

/** An HTTP/2 origin without TLS, and what it does to the stream or its connection in the end. */
export async function dyingHttp2Origin(
  death: (stream: ServerHttp2Stream, connection: Socket) => void,
): Promise<DyingOrigin> {
  const requests: IncomingHttpHeaders[] = []
  const halfway = signal()
  const struck = signal()
  const server = createHttp2Server()
  let connection: Socket | undefined
  server.on('connection', (socket: Socket) => {
    connection ??= socket
  })
  server.on('stream', async (stream, headers) => {
    stream.on('error', () => {})
    const body = new Promise((done) => stream.on('end', done))
    stream.resume()
    await body
    stream.respond({ ':status': 200, ...SSE })
    if (requests.push(headers) > 1) {
      stream.end(written(beginning(headers), truth.length))
      return
    }
    await new Promise<void>((done) => stream.write(written(0, MIDWAY), () => done()))
    halfway.give()
    await struck.given
    death(stream, connection as Socket)
  })
  const listening = await listen(server as unknown as Server)
  return { ...listening, requests, halfway: halfway.given, strike: struck.give }
}
