import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ReplayServer, replayCapture } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { openSocket, rawRequest, readResponse, send } from './raw-client.ts'

/** No framing at all, so that only the connection ends it. */
const CAPTURE = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\ndata: \xf0\x9f',
  'latin1',
)
const BODY = CAPTURE.subarray(CAPTURE.indexOf('\r\n\r\n') + 4)

async function replay(...args: Parameters<typeof replayCapture>): Promise<ReplayServer> {
  const server = await replayCapture(...args)
  onTestFinished(() => server.close())
  return server
}

describe('a replayed capture', () => {
  it.each([
    ['fin', 'fin'],
    ['rst', 'reset'],
  ] as const)('is sent to the byte, then %s', async (ending, ended) => {
    const { url } = await replay(CAPTURE, ending)
    for (let n = 0; n < 3; n++) {
      const response = await rawRequest(url)
      expect(response.statusLine).toBe('HTTP/1.1 200 OK')
      expect(response.headers).toEqual({ 'content-type': 'text/event-stream' })
      expect(response.body).toEqual(BODY)
      expect(response.ended).toBe(ended)
    }
  })

  it('stays open if told so, for the next request too', async () => {
    const server = await replay(CAPTURE, 'keep-open')
    const socket = openSocket(server.url)
    for (let n = 1; n <= 2; n++) {
      send(socket, {})
      const { body, ended } = await readResponse(socket, (body) => body.length >= BODY.length)
      expect(body).toEqual(BODY)
      expect(ended).toBe('open')
      expect(server.requests).toHaveLength(n)
    }
    expect(await Promise.race([readResponse(socket), sleep(50, 'still open')])).toBe('still open')
  })

  it('can be cut into writes', async () => {
    const { url } = await replay(CAPTURE, 'fin', { chunkSize: 1 })
    expect((await rawRequest(url)).body).toEqual(BODY)
  })

  it('waits for the whole request, and records it', async () => {
    const server = await replay(CAPTURE, 'fin')
    const socket = openSocket(server.url)
    const response = readResponse(socket)
    for (const part of [
      'POST /v1?a=1 HTTP/1.1\r\nHost: x\r\nContent-',
      'Length: 4\r\nX-Own: a\r\nX-Own: b\r\n\r\n',
      'abc',
    ]) {
      socket.write(part)
      expect(await Promise.race([response, sleep(20, 'not yet')])).toBe('not yet')
      expect(server.requests).toHaveLength(0)
    }
    socket.write('d')
    expect((await response).body).toEqual(BODY)
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v1?a=1',
        headers: { host: 'x', 'content-length': '4', 'x-own': 'a, b' },
        body: 'abcd',
        clientGoneAt: undefined,
      },
    ])
  })

  it('of nothing at all only ends', async () => {
    const { url } = await replay(new Uint8Array(0), 'fin')
    expect(await rawRequest(url)).toMatchObject({ status: 0, ended: 'fin' })
  })

  it('records a large body, joined once', async () => {
    const server = await replay(CAPTURE, 'fin')
    const socket = openSocket(server.url)
    const body = Buffer.alloc(32 * 1024 * 1024, 'x')
    const startedAt = performance.now()
    socket.write(`POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n`)
    socket.write(body)
    await readResponse(socket)
    // Joined anew with each of its pieces it takes several times as long.
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(server.requests[0]?.body === body.toString()).toBe(true)
  })

  it('notices a client that leaves an open stream', async () => {
    const server = await replay(CAPTURE, 'keep-open')
    const socket = openSocket(server.url)
    send(socket, {})
    await readResponse(socket, (body) => body.length >= BODY.length)
    expect(server.requests[0]?.clientGoneAt).toBeUndefined()
    socket.destroy()
    await until(() => server.requests[0]?.clientGoneAt !== undefined, 'the client to be gone')
  })

  it('closes at once, open streams or not', async () => {
    const server = await replayCapture(CAPTURE, 'keep-open')
    const response = rawRequest(server.url)
    await until(() => server.requests.length === 1, 'the request')
    await Promise.all([server.close(), server.close()])
    expect((await response).ended).not.toBe('open')
    expect(server.requests[0]?.clientGoneAt).toBeUndefined()
  })

  it('refuses an ending and a chunk size that are none', async () => {
    await expect(replayCapture(CAPTURE, 'FIN' as 'fin')).rejects.toThrow(
      'replayCapture: "FIN" is no ending; there are fin, rst, keep-open',
    )
    await expect(replayCapture(CAPTURE, 'fin', { chunkSize: 0 })).rejects.toThrow(
      'replayCapture: chunkSize: 0 is not a whole number from 1 up',
    )
  })
})
