import { constants, createGzip, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { eventSource, fromEventStream, isSseError, openaiChat, toAsyncIterable } from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { fetchTransport } from '../../src/transport/fetch.ts'
import * as web from '../../src/web.ts'
import { collect } from '../collect.ts'
import { SSE, serve, until } from '../server.ts'
import { unhandledRejections } from './send-faked.ts'

const WHOLE = 'data: one\n\ndata: two\n\ndata: [DONE]\n\n'
const transport = fetchTransport()
const quick = { transport, retry: false } as const
const rejections = unhandledRejections()

describe('timeouts over fetch', () => {
  it('connect does not apply: a head may take longer', async () => {
    const server = await serve((_, res) => {
      setTimeout(() => res.writeHead(200, SSE).end(WHOLE), 200)
    })
    const config = { ...quick, timeout: { connect: 40 } }
    expect((await collect(fromEventStream(server.url, config))).completed).toBe(true)
  })

  it('first is how long the head may take, also after a redirect', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/') res.writeHead(307, { location: '/silent' }).end()
    })
    const ends = [{}, { 'x-api-key': 's' }].map((headers) =>
      collect(fromEventStream(server.url, { ...quick, headers, timeout: { first: 600, connect: 20 } })),
    )
    for (const { error } of await Promise.all(ends)) {
      expect(error).toMatchObject({ kind: 'request_failed', code: 'response_timeout' })
    }
    const silent = server.requests.filter(({ url }) => url === '/silent')
    expect(silent).toHaveLength(2)
    await until(() => silent.every(({ socket }) => socket.destroyed), 'the close')
  })

  it.each([
    ['first', { first: 600 }, 'first'],
    ['idle', { idle: 100 }, 'idle'],
  ] as const)('%s ends a body that is silent', async (_, timeout, reason) => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).flushHeaders())
    const { error } = await collect(fromEventStream(server.url, { ...quick, timeout }))
    expect(error).toMatchObject({ kind: 'stream_terminated', reason })
    await until(() => server.requests.every(({ socket }) => socket.destroyed), 'the close')
  })

  it('stall ends a body of comments', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE).write('data: one\n\n')
      const timer = setInterval(() => res.write(': ping\n\n'), 10)
      res.on('close', () => clearInterval(timer))
    })
    const config = { ...quick, timeout: { stall: 300, idle: 5_000 } }
    const { values, error } = await collect(fromEventStream(server.url, config))
    expect(values).toEqual([{ data: 'one' }])
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'stalled' })
    await until(() => server.requests.every(({ socket }) => socket.destroyed), 'the close')
  })
})

describe('attempts over fetch', () => {
  it('a request that got no answer is repeated, with the body and a fresh token', async () => {
    const bodies: string[] = []
    const server = await serve(async (req, res, n) => {
      bodies.push(Buffer.concat(await req.toArray()).toString())
      if (n === 1) res.socket?.resetAndDestroy()
      else if (n === 2) res.writeHead(503).end()
      else res.writeHead(200, SSE).end(WHOLE)
    })
    const { values, completed } = await collect(
      fromEventStream(server.url, {
        transport,
        body: { model: 'm' },
        headers: ({ attempt }) => ({ authorization: `Bearer ${attempt}` }),
        retry: { delay: 1 },
      }),
    )
    expect({ values, completed }).toEqual({ values: [{ data: 'one' }, { data: 'two' }], completed: true })
    expect(bodies).toEqual(Array(3).fill('{"model":"m"}'))
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer 1',
      'Bearer 2',
      'Bearer 3',
    ])
    expect(server.requests[2]).toMatchObject({ method: 'POST' })
    expect(server.requests[2]?.headers).toMatchObject({
      accept: 'text/event-stream',
      'content-type': 'application/json',
    })
  })

  it('a cut is gone on after by the last event ID, sent as its UTF-8 bytes', async () => {
    const server = await serve((_, res, n) => {
      res.writeHead(200, SSE)
      if (n === 1) res.write('id: é…\ndata: one\n\ndata: tw', () => res.socket?.destroySoon())
      else res.end('id: 2\ndata: two\n\ndata: [DONE]\n\n')
    })
    const { values, completed } = await collect(
      fromEventStream(server.url, { transport, retry: { delay: 1 } }),
    )
    expect(completed).toBe(true)
    expect(values.map(({ data }) => data)).toEqual(['one', 'two'])
    const sent = String(server.requests[1]?.headers['last-event-id'])
    expect(Buffer.from(sent, 'latin1').toString()).toBe('é…')
  })

  it('an endless feed reconnects', async () => {
    const server = await serve((_, res, n) => {
      if (n === 3) res.writeHead(204).end()
      else res.writeHead(200, SSE).end(`retry: 1\n\ndata: ${n}\n\n`)
    })
    const { values, completed } = await collect(
      fromEventStream(server.url, { transport, dialect: eventSource() }),
    )
    expect(completed).toBe(true)
    expect(values.map(({ data }) => data)).toEqual(['1', '2'])
  })

  it('one that cannot be sent is not repeated', async () => {
    const server = await serve((_, res) => void res.end())
    const { error } = await collect(
      fromEventStream(server.url, { transport, method: 'GET', body: 'x', retry: { delay: 1 } }),
    )
    expect(error).toMatchObject({ code: 'request_setup_failed', retryable: false, attempt: 1 })
    expect(server.requests).toHaveLength(0)
  })

  it('unsubscribing at any moment ends the request, and nothing follows', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/silent') return
      res.writeHead(200, SSE).write('data: one\n\ndata: two\n\n')
    })
    const seen: string[] = []
    const silent = fromEventStream(`${server.url}/silent`, quick).subscribe(({ data }) => seen.push(data))
    const subscription = fromEventStream(server.url, quick).subscribe(({ data }) => {
      seen.push(data)
      subscription.unsubscribe()
    })
    fromEventStream(server.url, quick)
      .subscribe(({ data }) => seen.push(data))
      .unsubscribe()
    await until(() => seen.length > 0 && server.requests.length >= 2, 'the requests')
    silent.unsubscribe()
    await until(() => server.requests.every(({ socket }) => socket.destroyed), 'the close')
    expect(seen).toEqual(['one'])
    expect(rejections()).toEqual([])
  })
})

describe('responses over fetch that are no stream', () => {
  it('429 with the gateway’s envelope and Retry-After', async () => {
    const server = await serve((_, res) => {
      res.writeHead(429, { 'retry-after': '3', 'x-request-id': 'req_9', 'content-type': 'application/json' })
      res.end('{"error":{"type":"client_error","code":"rate_limit_exceeded","message":"slow down"}}')
    })
    const { error } = await collect(fromEventStream(server.url, quick))
    expect(error).toMatchObject({
      kind: 'request_failed',
      code: 'rate_limit_exceeded',
      message: 'slow down',
      status: 429,
      retryAfterMs: 3_000,
      requestId: 'req_9',
    })
  })

  it('an error body is read up to maxErrorBody, and one that never ends is judged by what has come', async () => {
    const server = await serve((_, res) => {
      res.writeHead(500, { 'content-type': 'text/plain' })
      const timer = setInterval(() => res.write('x'.repeat(1_000)), 1)
      res.on('close', () => clearInterval(timer))
    })
    const { error } = await collect(fromEventStream(server.url, { ...quick, maxErrorBody: 3_000 }))
    expect(error).toMatchObject({ code: 'internal_error', status: 500 })
    expect(error?.upstream?.payload).toHaveLength(3_000)
    await until(() => server.requests.every(({ socket }) => socket.destroyed), 'the close')
  })

  it('an error body that breaks is judged by what has come, its status first', async () => {
    const server = await serve((_, res) => {
      res.writeHead(401).write('{"error":', () => res.socket?.resetAndDestroy())
    })
    expect((await collect(fromEventStream(server.url, quick))).error).toMatchObject({
      code: 'invalid_api_key',
      status: 401,
    })
  })

  it('200 of another content type, and 204', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/none') res.writeHead(204).end()
      else res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>')
    })
    const failed = async (path: string) => (await collect(fromEventStream(server.url + path, quick))).error
    expect(await failed('/')).toMatchObject({ code: 'not_event_stream', status: 200 })
    expect(await failed('/none')).toMatchObject({ code: 'no_content', status: 204 })
  })

  it('an error status of a fetch without a body, as of React Native’s own, is told', async () => {
    const fetch = async () => ({ status: 401, headers: new Headers(), body: undefined })
    const config = { transport: fetchTransport({ fetch }), retry: false } as const
    expect((await collect(fromEventStream('http://gateway.test', config))).error).toMatchObject({
      code: 'invalid_api_key',
      status: 401,
    })
  })

  it('a 200 without a body that can be read says what is missing', async () => {
    const headers = new Headers(SSE)
    const fetch = async () => ({ status: 200, headers, body: undefined })
    const config = { transport: fetchTransport({ fetch }), retry: { delay: 1 } } as const
    const { error } = await collect(fromEventStream('http://gateway.test', config))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'request_setup_failed', attempt: 1 })
    expect(error?.message).toContain('expo/fetch')
  })
})

describe('a body over fetch', () => {
  it('that is gzip is decoded as it streams: an event comes before the next is sent', async () => {
    let next = (): void => {}
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, 'content-encoding': 'gzip' })
      const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH })
      gzip.pipe(res)
      let n = 0
      next = () => void (n++ < 3 ? gzip.write(`data: ${n}\n\n`) : gzip.end('data: [DONE]\n\n'))
      next()
    })
    const seen: string[] = []
    await new Promise<void>((complete, error) => {
      fromEventStream(server.url, quick).subscribe({
        next: ({ data }) => {
          seen.push(data)
          next()
        },
        complete,
        error,
      })
    })
    expect(seen).toEqual(['1', '2', '3'])
  })

  it('that is cut gzip does not complete, whatever fetch says of it', async () => {
    const body = gzipSync('data: one\n\ndata: two\n\n')
    const server = await serve(
      (_, res) => void res.writeHead(200, { ...SSE, 'content-encoding': 'gzip' }).end(body.subarray(0, -9)),
    )
    const { completed, error } = await collect(fromEventStream(server.url, quick))
    expect(completed).toBe(false)
    expect(error).toMatchObject({ kind: 'stream_terminated' })
  })

  it('is pulled at the reader’s pace', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const seen: string[] = []
    for await (const { data } of toAsyncIterable(server.url, quick)) {
      seen.push(data)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(seen).toEqual(['one', 'two'])
  })

  it('that is whole leaves its connection to the next, also when the marker came before the last chunk', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE).write(WHOLE)
      setTimeout(() => res.end(), 20)
    })
    // How soon a connection is free again is the machine's business; one that was ended never is.
    const isReused = (): boolean => server.accepted < server.requests.length
    for (let n = 1; n <= 10 && !isReused(); n++) {
      expect((await collect(fromEventStream(server.url, quick))).completed).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    expect(isReused()).toBe(true)
  })
})

describe('the web face', () => {
  it('sends over the global fetch', async () => {
    const real = globalThis.fetch
    const fetch = vi.fn((...args: Parameters<typeof real>) => real(...args))
    vi.stubGlobal('fetch', fetch)
    onTestFinished(() => void vi.unstubAllGlobals())
    const server = await startFaultServer()
    const { values, completed } = await collect(
      web.fromEventStream(server.url, { dialect: openaiChat(), body: {} }),
    )
    expect(completed).toBe(true)
    expect(values.length).toBeGreaterThan(5)
    expect(fetch).toHaveBeenCalledTimes(1)
    await server.close()
  })

  it('has endings of its own: what Node’s fetch tells', async () => {
    const server = await startFaultServer({ answers: [{ fault: { type: 'rst', after: { events: 3 } } }] })
    const { error } = await collect(web.fromEventStream(server.url, { retry: false }))
    expect(isSseError(error) && error).toMatchObject({ kind: 'stream_terminated', reason: 'socket_reset' })
    await server.close()
  })

  it('names the origin of what cannot be reached, and nothing more of the URL', async () => {
    const server = await startFaultServer()
    await server.close()
    const { host, origin } = new URL(server.url)
    const url = `http://user:pass@${host}/path?key=secret`
    const { error } = await collect(web.fromEventStream(url, { retry: false }))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'connection_failed' })
    expect(error?.message).toBe(`connection refused by ${origin}`)
    expect(`${error?.message}${JSON.stringify(error)}`).not.toMatch(/secret|pass|path/)
  })
})
