import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { fetchTransport } from '../../src/transport/fetch.ts'
import { SSE, serve, until } from '../server.ts'
import { type Recorder, recorder, requestTo } from './recorder.ts'
import { unhandledRejections } from './send-faked.ts'

/** Over Node's own fetch. */
const { send } = fetchTransport()
const rejections = unhandledRejections()
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const over = (sink: Recorder): Promise<void> => until(() => sink.isOver, 'the ending')

/**
 * How long the server has to wait for it. Not until it has no socket: after an abort Node's fetch makes a new connection
 * at once, for whatever request may come next.
 */
async function untilClosed(server: { readonly requests: readonly IncomingMessage[] }): Promise<number> {
  const start = performance.now()
  await until(() => server.requests.every(({ socket }) => socket.destroyed), 'the close')
  return performance.now() - start
}

describe('abort is seen by the server within a second', () => {
  it('before the head', async () => {
    const server = await serve(() => {})
    const sink = recorder()
    const exchange = send(requestTo(server.url), sink)
    await until(() => server.requests.length === 1, 'the request')
    exchange.abort()
    expect(await untilClosed(server)).toBeLessThan(1_000)
    expect(sink.told).toEqual(['connected'])
    expect(rejections()).toEqual([])
  })

  it('inside the body', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).write('data: one\n\n'))
    const sink = recorder()
    const exchange = send(requestTo(server.url), sink)
    await until(() => sink.bytes > 0, 'the body')
    exchange.abort()
    expect(await untilClosed(server)).toBeLessThan(1_000)
    expect(sink.told).toEqual(['connected', 'head 200', expect.stringContaining('chunk')])
    expect(rejections()).toEqual([])
  })

  it('while paused', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).write('data: one\n\n'))
    const sink = recorder()
    const exchange = send(requestTo(server.url), sink)
    exchange.pause()
    await until(() => sink.head !== undefined, 'the head')
    exchange.abort()
    expect(await untilClosed(server)).toBeLessThan(1_000)
    expect(sink.told).toEqual(['connected', 'head 200'])
  })
})

describe('release', () => {
  it('lets the connection be used again where the rest is short', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE).write('data: [DONE]\n\n')
      setTimeout(() => res.end('x'.repeat(10_000)), 20)
    })
    for (let n = 1; n <= 3; n++) {
      const sink = recorder({ onChunk: () => exchange.release() })
      const exchange = send(requestTo(server.url), sink)
      await until(() => sink.bytes > 0, 'the marker')
      await pause(60)
      expect(sink.told).toHaveLength(3)
    }
    expect(server.requests).toHaveLength(3)
    expect(server.accepted).toBe(1)
  })

  it('closes it where the body goes on', async () => {
    const server = await serve((_, res) => {
      const timer = setInterval(() => res.write('x'.repeat(20_000)), 1)
      res.writeHead(200, SSE).on('close', () => clearInterval(timer))
    })
    const sink = recorder({ onChunk: () => exchange.release() })
    const exchange = send(requestTo(server.url), sink)
    await until(() => sink.bytes > 0, 'the body')
    expect(await untilClosed(server)).toBeLessThan(1_000)
    expect(sink.told).toHaveLength(3)
  })

  it('closes it after a second of silence, and no timer of it keeps the process alive', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).write('data: [DONE]\n\n'))
    const sink = recorder()
    const exchange = send(requestTo(server.url), sink)
    await until(() => sink.bytes > 0, 'the body')
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    exchange.release()
    expect(timers()).toBe(before)
    expect(await untilClosed(server)).toBeGreaterThan(500)
    expect(rejections()).toEqual([])
  })

  it('of a response that is over lets its connection be used again', async () => {
    const server = await serve((_, res) => void res.writeHead(204).end())
    for (let n = 1; n <= 3; n++) {
      const sink = recorder({ onHead: () => exchange.release() })
      const exchange = send(requestTo(server.url), sink)
      await until(() => sink.head?.status === 204, 'the head')
      await pause(20)
    }
    expect(server.accepted).toBe(1)
  })
})

describe('a connection', () => {
  it('is used again after a whole body', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end('data: one\n\n'))
    for (let n = 1; n <= 3; n++) {
      const sink = recorder()
      send(requestTo(server.url), sink)
      await over(sink)
      expect(sink.told.at(-1)).toBe('end')
      await pause(10)
    }
    expect(server.accepted).toBe(1)
  })
})

describe('pause', () => {
  it('reaches the server: it can send no more than fits in between, until the body is resumed', async () => {
    const TOTAL = 32 * 1024 * 1024
    const piece = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    const server = await serve(async (_, res) => {
      res.writeHead(200, SSE)
      while (sent < TOTAL && !res.destroyed) {
        sent += piece.length
        if (!res.write(piece)) await once(res, 'drain')
      }
      res.end()
    })
    const sink = recorder()
    const exchange = send(requestTo(server.url), sink)
    exchange.pause()
    await until(() => sink.head !== undefined, 'the head')
    let before = -1
    while (before !== sent) {
      before = sent
      await pause(100)
    }
    expect(sink.bytes).toBe(0)
    // What the sockets' buffers and the stream's queue hold.
    expect(sent).toBeLessThan(TOTAL / 2)
    exchange.resume()
    await over(sink)
    expect(sink.told.at(-1)).toBe('end')
    expect(sink.bytes).toBe(TOTAL)
  })
})

describe('a request', () => {
  it('carries method, headers and body, text or bytes, as they are given', async () => {
    const bodies: Buffer[] = []
    const server = await serve(async (req, res) => {
      bodies.push(Buffer.concat(await req.toArray()))
      res.writeHead(200, SSE).end()
    })
    const headers = new Map([
      ['x-utf8', Buffer.from('é…').toString('latin1')],
      ['content-type', 'application/json'],
    ])
    for (const body of ['{"a":"é"}', Uint8Array.of(0, 255, 128)]) {
      const sink = recorder()
      send(requestTo(`${server.url}/a?b=c`, { method: 'POST', headers, body }), sink)
      await over(sink)
    }
    expect(bodies).toEqual([Buffer.from('{"a":"é"}'), Buffer.from([0, 255, 128])])
    const [first] = server.requests
    expect(first).toMatchObject({ method: 'POST', url: '/a?b=c' })
    expect(first?.headers['content-type']).toBe('application/json')
    expect(Buffer.from(String(first?.headers['x-utf8']), 'latin1').toString()).toBe('é…')
  })

  it.each([
    ['a body with GET', { body: 'x' }],
    ['a method that fetch forbids', { method: 'TRACE' }],
    ['a value that no header can carry', { headers: new Map([['x-key', 'secret\u0100']]) }],
  ])('with %s is a request_setup_failed, and is not sent', async (_, more) => {
    const server = await serve((_, res) => void res.end())
    const sink = recorder()
    send(requestTo(`${server.url}/path?key=secret`, more), sink)
    await over(sink)
    expect(sink.failure).toMatchObject({ code: 'request_setup_failed' })
    expect(sink.failure?.message).toContain(server.url)
    expect(sink.failure?.message).not.toMatch(/secret|path\b/)
    expect(server.requests).toHaveLength(0)
  })

  // Node's fetch counts the body while it sends it: a server may have seen the head by then.
  it('with a length that is not its body’s is a request_setup_failed', async () => {
    const server = await serve((_, res) => void res.end())
    const sink = recorder()
    const headers = new Map([['content-length', '5']])
    send(requestTo(`${server.url}/path?key=secret`, { method: 'POST', body: 'x', headers }), sink)
    await over(sink)
    expect(sink.failure).toMatchObject({ code: 'request_setup_failed' })
    expect(sink.failure?.message).toContain(server.url)
    expect(sink.failure?.message).not.toMatch(/secret|path\b/)
  })
})

it('300 requests, ended in every way, leave no socket, no timer and no rejection', async () => {
  const server = await serve((req, res) => {
    if (req.url === '/silent') return
    if (req.url === '/reset') return void res.socket?.resetAndDestroy()
    res.shouldKeepAlive = false
    if (req.url === '/redirect') return void res.writeHead(307, { location: '/whole' }).end('moved')
    res.writeHead(200, SSE)
    if (req.url === '/cut') res.write('data: one\n\n', () => res.socket?.destroySoon())
    else if (req.url === '/open') res.write('data: one\n\n')
    else res.end('data: one\n\n')
  })
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const leaves = ['abort', 'release'] as const
  const one = async (n: number): Promise<void> => {
    const path = ['silent', 'reset', 'redirect', 'cut', 'open', 'whole'][n % 6]
    const sink = recorder()
    const headers = new Map(n % 4 < 2 ? [['x-api-key', 's']] : [])
    const exchange = send(requestTo(`${server.url}/${path}`, { headers }), sink)
    if (path === 'silent' || path === 'open') {
      await pause(n % 7)
      exchange[leaves[n % 4 < 2 ? 0 : 1] as 'abort']()
    } else {
      await over(sink)
    }
  }
  await Promise.all(Array.from({ length: 300 }, (_, n) => one(n)))
  await untilClosed(server)
  expect(timers()).toBeLessThanOrEqual(before)
  expect(rejections()).toEqual([])
})
