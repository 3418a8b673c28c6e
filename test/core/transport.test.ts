import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { Agent, MockAgent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventSource, fromEventStream, toAsyncIterable, undiciTransport } from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { redirected } from '../../src/transport/redirect.ts'
import type { TransportRequest } from '../../src/transport/transport.ts'
import { collect } from '../collect.ts'
import { SSE, serve, serveTcp, until } from '../server.ts'
import { zstdTellsCuts } from '../zstd.ts'

const WHOLE = 'data: one\n\ndata: two\n\ndata: [DONE]\n\n'
const quick = { retry: false } as const

describe('connections', () => {
  it('are used again after a whole stream, also when the marker came before the last chunk', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE)
      res.write(WHOLE)
      setTimeout(() => res.end(), 20)
    })
    for (let i = 0; i < 3; i++) {
      expect((await collect(fromEventStream(server.url, quick))).completed).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    expect(server.requests).toHaveLength(3)
    expect(server.accepted).toBe(1)
  })

  it('are closed after a marker if the body then goes on', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE)
      res.write(WHOLE)
      const timer = setInterval(() => res.write(`: ${'x'.repeat(20_000)}\n\n`), 1)
      res.on('close', () => clearInterval(timer))
    })
    expect((await collect(fromEventStream(server.url, quick))).completed).toBe(true)
    await until(() => server.sockets.size === 0, 'the connection to be closed')
  })

  it('are destroyed after an event that is too large', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE)
      res.write(`data: ok\n\ndata: ${'x'.repeat(500)}\n\n`)
    })
    const { values, error } = await collect(fromEventStream(server.url, { ...quick, maxEventSize: 100 }))
    expect(values).toEqual([{ data: 'ok' }])
    expect(error).toMatchObject({
      code: 'event_too_large',
      kind: 'stream_terminated',
      message: expect.stringContaining('maxEventSize (100'),
    })
    await until(() => server.sockets.size === 0, 'the connection to be closed')
  })

  it('go through any dispatcher that is given', async () => {
    const mock = new MockAgent()
    mock.disableNetConnect()
    mock
      .get('http://gateway.test')
      .intercept({ path: '/v1?a=1', method: 'POST' })
      .reply(200, WHOLE, { headers: SSE })
    const config = { ...quick, dispatcher: mock, body: { stream: true } }
    const { values, completed } = await collect(fromEventStream('http://gateway.test/v1?a=1', config))
    expect(completed).toBe(true)
    expect(values).toEqual([{ data: 'one' }, { data: 'two' }])
    await mock.close()
  })

  it('are ended while still connecting: a server that never answers TLS sees the close', async () => {
    const server = await serveTcp(() => {})
    const subscription = fromEventStream(server.url.replace('http:', 'https:'), quick).subscribe()
    await until(() => server.sockets.size === 1, 'the connection')
    subscription.unsubscribe()
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('that cannot be made in time are a connect_timeout', async () => {
    const server = await serveTcp(() => {})
    const config = { ...quick, timeout: { connect: 50 } }
    const { error } = await collect(fromEventStream(server.url.replace('http:', 'https:'), config))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'connect_timeout', retryable: true })
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('to nowhere are a connection_failed that names the origin, and nothing more of the URL', async () => {
    const { error } = await collect(fromEventStream('http://user:pass@127.0.0.1:1/path?key=secret', quick))
    expect(error).toMatchObject({
      kind: 'request_failed',
      code: 'connection_failed',
      retryable: true,
      status: undefined,
    })
    expect(error?.message).toContain('http://127.0.0.1:1 (ECONNREFUSED)')
    expect(`${error?.message}${JSON.stringify(error)}`).not.toMatch(/secret|pass|path/)
  })

  it('that fail in the TLS handshake are a tls_failed', async () => {
    const server = createTlsServer({ key: '', cert: '' }, () => {})
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { error } = await collect(fromEventStream(`https://127.0.0.1:${port}`, quick))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'tls_failed', retryable: false })
  })

  it('to something that is not HTTP say so', async () => {
    const server = await serveTcp((socket) => void socket.end('SSH-2.0-OpenSSH_9\r\n'))
    const { error } = await collect(fromEventStream(server.url, quick))
    expect(error).toMatchObject({
      kind: 'request_failed',
      code: 'connection_failed',
      message: expect.stringContaining('not HTTP'),
    })
  })

  it('are not shared with an Agent of the caller’s, whose own timeouts are replaced', async () => {
    const agent = new Agent({ bodyTimeout: 30, headersTimeout: 30 })
    const server = await serve((_, res) => {
      setTimeout(() => {
        res.writeHead(200, SSE)
        res.write('data: one\n\n')
        setTimeout(() => res.end('data: [DONE]\n\n'), 1_500)
      }, 100)
    })
    const { completed } = await collect(fromEventStream(server.url, { ...quick, dispatcher: agent }))
    expect(completed).toBe(true)
    await agent.close()
  })
})

describe('a request', () => {
  it('carries method, JSON body and headers; a headers function is asked for each attempt', async () => {
    const bodies: string[] = []
    const server = await serve(async (req, res, n) => {
      let body = ''
      for await (const chunk of req) body += String(chunk)
      bodies.push(body)
      if (n < 3) res.writeHead(503).end()
      else res.writeHead(200, SSE).end(WHOLE)
    })
    const { completed } = await collect(
      fromEventStream(server.url, {
        body: { model: 'm', stream: true },
        headers: async ({ attempt }) => ({ authorization: `Bearer token-${attempt}` }),
        retry: { delay: 1 },
        idempotencyKey: true,
      }),
    )
    expect(completed).toBe(true)
    expect(bodies).toEqual(Array(3).fill('{"model":"m","stream":true}'))
    const [first, second, third] = server.requests.map((request) => request.headers)
    expect([first?.authorization, second?.authorization, third?.authorization]).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
    ])
    expect(first).toMatchObject({ accept: 'text/event-stream', 'content-type': 'application/json' })
    expect(first).not.toHaveProperty('last-event-id')
    expect(new Set(server.requests.map((request) => request.headers['idempotency-key'])).size).toBe(1)
    expect(first?.['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
    expect(server.requests[0]?.method).toBe('POST')
  })

  it('turns user and password of the URL into basic authorization', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    await collect(fromEventStream(server.url.replace('//', '//us%20er:p%C3%A9@'), quick))
    expect(server.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('us er:pé').toString('base64')}`,
    )
  })

  it('whose headers function fails is a request_setup_failed, without a request', async () => {
    const server = await serve((_, res) => void res.end())
    const cause = new Error('no token')
    for (const headers of [
      () => Promise.reject(cause),
      () => {
        throw cause
      },
    ]) {
      const { error } = await collect(fromEventStream(server.url, { headers }))
      expect(error).toMatchObject({
        kind: 'request_failed',
        code: 'request_setup_failed',
        message: 'no token',
        cause,
      })
    }
    expect(server.requests).toHaveLength(0)
  })

  it('sends a non-ASCII last event ID as its UTF-8 bytes', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    await collect(fromEventStream(server.url, { ...quick, lastEventId: 'é…😀' }))
    const raw = server.requests[0]?.headers['last-event-id'] as string
    expect(Buffer.from(raw, 'latin1').toString('utf8')).toBe('é…😀')
  })
})

describe('content codings', () => {
  const coded: [string, Buffer][] = [
    ['gzip', gzipSync(WHOLE)],
    ['br', brotliCompressSync(WHOLE)],
    ['zstd', zstdCompressSync(WHOLE)],
    ['br, gzip', gzipSync(brotliCompressSync(WHOLE))],
    ['identity', Buffer.from(WHOLE)],
    // What servers say that switch the compression of a proxy off.
    ['none', Buffer.from(WHOLE)],
  ]

  it.each(coded)('%s is decoded', async (coding, body) => {
    const server = await serve(
      (_, res) => void res.writeHead(200, { ...SSE, 'content-encoding': coding }).end(body),
    )
    const { values, completed } = await collect(fromEventStream(server.url, quick))
    expect(values).toEqual([{ data: 'one' }, { data: 'two' }])
    expect(completed).toBe(true)
  })

  it('gzip is decoded as it streams: an event comes before the next is sent', async () => {
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
    await new Promise<void>((resolve, reject) => {
      fromEventStream(server.url, quick).subscribe({
        next: ({ data }) => {
          seen.push(data)
          next()
        },
        complete: resolve,
        error: reject,
      })
    })
    expect(seen).toEqual(['1', '2', '3'])
  })

  it.each(['gzip', 'br', 'zstd'])(
    'a truncated %s body is a stream_terminated, after what it held',
    async (coding) => {
      const events = 'data: one\n\ndata: two\n\n'
      const whole = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync }[coding] as (
        text: string,
      ) => Buffer
      const body = whole(events)
      const server = await serve((_, res) => {
        res.writeHead(200, { ...SSE, 'content-encoding': coding })
        res.end(body.subarray(0, body.length - 3))
      })
      const { values, error } = await collect(fromEventStream(server.url, quick))
      expect(error).toMatchObject({
        kind: 'stream_terminated',
        reason:
          coding !== 'zstd' || zstdTellsCuts ? 'bad_encoding' : expect.stringMatching(/clean_end|cut_event/),
        events: values.length,
      })
      expect([0, 1, 2]).toContain(values.length)
    },
  )

  it('what a coding still holds is delivered before the cut is reported', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, 'content-encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(res)
      gzip.write('data: one\n\ndata: two\n\n')
      gzip.flush(constants.Z_SYNC_FLUSH, () => setTimeout(() => res.socket?.destroy(), 20))
    })
    const { values, error } = await collect(fromEventStream(server.url, quick))
    expect(values).toEqual([{ data: 'one' }, { data: 'two' }])
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'socket_closed' })
  })

  const cut = (['gzip', 'br', 'zstd'] as const).flatMap((coding) =>
    (['clean-end', 'fin', 'bad-chunk-size'] as const).map((type) => [coding, type] as const),
  )

  it.each(cut)(
    '%s that is cut by %s gives out all five events before it fails, pushed or pulled',
    async (coding, type) => {
      const server = await startFaultServer({ answers: [{ coding, fault: { type, after: { events: 5 } } }] })
      const pushed = await collect(fromEventStream(server.url, quick))
      expect(pushed.values).toHaveLength(5)
      expect(pushed.error).toMatchObject({ kind: 'stream_terminated', events: 5 })
      let pulled = 0
      const pull = async (): Promise<void> => {
        for await (const _ of toAsyncIterable(server.url, quick)) {
          pulled++
          await new Promise((resolve) => setTimeout(resolve, 3))
        }
      }
      await expect(pull()).rejects.toMatchObject({
        kind: 'stream_terminated',
        reason: pushed.error?.kind === 'stream_terminated' ? pushed.error.reason : '',
      })
      expect(pulled).toBe(5)
      await server.close()
    },
  )

  it('two codings, the outer one cut, give out what both held', async () => {
    const inner = createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH })
    const outer = createGzip({ flush: constants.Z_SYNC_FLUSH })
    inner.pipe(outer)
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, 'content-encoding': 'br, gzip' })
      outer.on('data', (part: Buffer) => res.write(part))
      inner.write('data: one\n\ndata: two\n\n', () => setTimeout(() => res.end(), 50))
    })
    const { values, error } = await collect(fromEventStream(server.url, quick))
    expect(values).toEqual([{ data: 'one' }, { data: 'two' }])
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'bad_encoding' })
  })

  it('that end before their body does leave no connection open', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, 'content-encoding': 'deflate' }).write(deflateSync('data: one\n\n'))
      const timer = setInterval(() => res.write('more'), 5)
      res.on('close', () => clearInterval(timer))
    })
    const { values, error } = await collect(fromEventStream(server.url, quick))
    expect(values).toEqual([{ data: 'one' }])
    expect(error).toMatchObject({ kind: 'stream_terminated' })
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('that nobody knows are an unsupported_encoding', async () => {
    const server = await serve(
      (_, res) => void res.writeHead(200, { ...SSE, 'content-encoding': 'compress' }).end('x'),
    )
    const { error } = await collect(fromEventStream(server.url, quick))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'unsupported_encoding' })
  })
})

describe('a pause', () => {
  it.each(['identity', 'gzip'])(
    'before the response has begun holds it back, over a redirect too (%s)',
    async (coding) => {
      const server = await serve((req, res) => {
        if (req.url === '/') return void res.writeHead(307, { location: '/stream' }).end('elsewhere')
        const body = 'data: x\n\n'.repeat(10)
        res
          .writeHead(200, { ...SSE, 'content-encoding': coding })
          .end(coding === 'gzip' ? gzipSync(body) : body)
      })
      let bytes = 0
      let ended = false
      let headSeen = false
      const request: TransportRequest = {
        method: 'GET',
        url: new URL(server.url),
        headers: new Map(),
        body: undefined,
        sensitiveHeaders: [],
      }
      const exchange = undiciTransport().send(request, {
        onConnected: () => {},
        onHead: () => (headSeen = true),
        onChunk: (chunk) => (bytes += chunk.length),
        onEnd: () => (ended = true),
        onFailure: () => {},
      })
      exchange.pause()
      await until(() => headSeen, 'the head')
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect({ bytes, ended }).toEqual({ bytes: 0, ended: false })
      exchange.resume()
      await until(() => ended, 'the end')
      expect(bytes).toBe(90)
    },
  )
})

describe('redirects', () => {
  const secret = {
    authorization: 'Bearer s',
    cookie: 's=1',
    'x-api-key': 's',
    'api-key': 's',
    'proxy-authorization': 's',
    'ocp-apim-subscription-key': 's',
    'x-access-token': 's',
    'x-tenant-token': 's',
    'x-harmless': 'h',
  }

  it('are followed, relative ones too; a POST keeps its body over 307 and loses it over 303', async () => {
    const seen: string[] = []
    const server = await serve(async (req, res) => {
      let body = ''
      for await (const chunk of req) body += String(chunk)
      seen.push(`${req.method} ${req.url} ${body} ${req.headers['content-type'] ?? '-'}`)
      if (req.url === '/a/b') res.writeHead(307, { location: '../c' }).end('moved')
      else if (req.url === '/c') res.writeHead(303, { location: '/d?x=1' }).end()
      else res.writeHead(200, SSE).end(WHOLE)
    })
    const { completed } = await collect(fromEventStream(`${server.url}/a/b`, { ...quick, body: { a: 1 } }))
    expect(completed).toBe(true)
    expect(seen).toEqual([
      'POST /a/b {"a":1} application/json',
      'POST /c {"a":1} application/json',
      'GET /d?x=1  -',
    ])
  })

  it('to another origin lose every credential, to the same origin none', async () => {
    const target = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const start = await serve((req, res) => {
      if (req.url === '/start') res.writeHead(307, { location: '/same' }).end()
      else res.writeHead(307, { location: `${target.url}/there` }).end()
    })
    const config = { ...quick, headers: secret, sensitiveHeaders: ['X-Tenant-Token'] }
    const { completed } = await collect(fromEventStream(`${start.url.replace('//', '//u:p@')}/start`, config))
    expect(completed).toBe(true)
    expect(start.requests[1]?.headers).toMatchObject(secret)
    const received = target.requests[0]?.headers ?? {}
    expect(received['x-harmless']).toBe('h')
    for (const name of Object.keys(secret))
      if (name !== 'x-harmless') expect(received, name).not.toHaveProperty(name)
  })

  it('keep the connection where their body is short, over h1', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/') res.writeHead(302, { location: '/stream' }).end('moved')
      else res.writeHead(200, SSE).end(WHOLE)
    })
    for (let i = 0; i < 4; i++) {
      expect((await collect(fromEventStream(server.url, quick))).completed).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    expect(server.accepted).toBeLessThanOrEqual(2)
  })

  it('have bodies that nobody takes for the stream, whatever the dispatcher does', async () => {
    const mock = new MockAgent()
    mock.disableNetConnect()
    const pool = mock.get('http://gateway.test')
    pool
      .intercept({ path: '/', method: 'GET' })
      .reply(302, 'data: POISON\n\n', { headers: { location: '/stream' } })
    pool.intercept({ path: '/stream', method: 'GET' }).reply(200, WHOLE, { headers: SSE }).delay(30)
    const seen = await collect(fromEventStream('http://gateway.test/', { ...quick, dispatcher: mock }))
    expect(seen).toMatchObject({ completed: true, values: [{ data: 'one' }, { data: 'two' }] })
    await mock.close()
  })

  it('read a Location in UTF-8 as such', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/') res.writeHead(302, { location: Buffer.from('/é').toString('latin1') }).end()
      else res.writeHead(200, SSE).end(WHOLE)
    })
    await collect(fromEventStream(server.url, quick))
    expect(server.requests[1]?.url).toBe('/%C3%A9')
  })

  it('begin at the original URL again with each attempt', async () => {
    const server = await serve((req, res, n) => {
      if (req.url === '/') res.writeHead(302, { location: '/stream' }).end()
      else if (n < 3) res.writeHead(503).end()
      else res.writeHead(200, SSE).end(WHOLE)
    })
    const { completed } = await collect(fromEventStream(server.url, { retry: { delay: 1 } }))
    expect(completed).toBe(true)
    expect(server.requests.map((request) => request.url)).toEqual(['/', '/stream', '/', '/stream'])
  })

  it('without an end, without a Location or to another scheme are refused', async () => {
    const server = await serve((req, res) => {
      const location = {
        '/loop': '/loop',
        '/file': 'file:///etc/passwd',
        '/js': 'javascript:alert(1)',
        '/bad': 'http://[',
      }[req.url ?? '']
      res.writeHead(302, location === undefined ? {} : { location }).end()
    })
    for (const [path, words] of [
      ['/loop', 'more than 20'],
      ['/file', 'file:'],
      ['/js', 'javascript:'],
      ['/bad', 'not a URL'],
      ['/none', 'without a Location'],
    ]) {
      const { error } = await collect(fromEventStream(server.url + path, quick))
      expect(error).toMatchObject({
        kind: 'request_failed',
        code: 'redirect_refused',
        message: expect.stringContaining(words as string),
      })
    }
  })

  it('whose body never ends are followed all the same', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/') res.writeHead(302, { location: '/stream', 'content-length': '500' }).write('moved')
      else res.writeHead(200, SSE).end(WHOLE)
    })
    expect((await collect(fromEventStream(server.url, quick))).completed).toBe(true)
  })

  it('to a host that cannot be reached are a connect_timeout of their own', async () => {
    const silent = await serveTcp(() => {})
    const server = await serve(
      (_, res) => void res.writeHead(302, { location: silent.url.replace('http:', 'https:') }).end(),
    )
    const config = { dialect: eventSource(), retry: false, timeout: { connect: 80 } } as const
    expect((await collect(fromEventStream(server.url, config))).error).toMatchObject({
      code: 'connect_timeout',
    })
    await until(() => silent.sockets.size === 0, 'the close')
  })

  it('from https: to http: are refused', () => {
    const request: TransportRequest = {
      method: 'POST',
      url: new URL('https://a.test/'),
      headers: new Map(),
      body: 'b',
      sensitiveHeaders: [],
    }
    expect(redirected(request, 307, 'http://a.test/', 1)).toMatchObject({ code: 'redirect_refused' })
    expect(redirected(request, 308, '//b.test/x', 1)).toMatchObject({
      method: 'POST',
      body: 'b',
      url: new URL('https://b.test/x'),
    })
    expect(redirected(request, 301, 'y', 1)).toMatchObject({ method: 'GET', body: undefined })
    expect(redirected({ ...request, method: 'PUT' }, 302, 'y', 1)).toMatchObject({ method: 'PUT', body: 'b' })
  })
})

describe('responses that are no stream', () => {
  it('204 is no_content, and ends a feed for good', async () => {
    const server = await serve((_, res) => void res.writeHead(204).end())
    expect((await collect(fromEventStream(server.url, quick))).error).toMatchObject({
      code: 'no_content',
      status: 204,
    })
    expect(await collect(fromEventStream(server.url, { dialect: eventSource() }))).toMatchObject({
      completed: true,
      values: [],
    })
  })

  it('an error body is read up to maxErrorBody, and its request ID is kept', async () => {
    const server = await serve((_, res) => {
      res.writeHead(500, { 'content-type': 'text/plain', 'x-request-id': 'req_9' })
      const timer = setInterval(() => res.write('x'.repeat(1_000)), 1)
      res.on('close', () => clearInterval(timer))
    })
    const { error } = await collect(fromEventStream(server.url, { ...quick, maxErrorBody: 3_000 }))
    expect(error).toMatchObject({ code: 'internal_error', status: 500, requestId: 'req_9' })
    expect(error?.upstream?.payload).toHaveLength(3_000)
    await until(() => server.sockets.size === 0, 'the connection to be closed')
  })

  it('an error body that never ends is judged by what has come of it', async () => {
    const server = await serve(
      (_, res) => void res.writeHead(429, { 'retry-after': '3' }).write('{"error":{"type":"t","code":"rate_'),
    )
    const { error } = await collect(fromEventStream(server.url, quick))
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 3_000, status: 429 })
  })

  it('an error status is told though its body cannot be decoded', async () => {
    const server = await serve(
      (_, res) => void res.writeHead(401, { 'content-encoding': 'compress' }).end('xyz'),
    )
    const { error } = await collect(fromEventStream(server.url, quick))
    expect(error).toMatchObject({ code: 'invalid_api_key', status: 401 })
  })

  it('a Retry-After says that the request may be tried again, whatever the code', async () => {
    const server = await serve((_, res, n) => {
      if (n === 1) res.writeHead(500, { 'retry-after': '0' }).end()
      else res.writeHead(200, SSE).end(WHOLE)
    })
    expect((await collect(fromEventStream(server.url, { retry: { delay: 1 } }))).completed).toBe(true)
  })

  it('a Content-Length of the caller’s that does not fit is no fault of the network', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const config = { headers: { 'content-length': '5' }, body: 'x' }
    const { error } = await collect(fromEventStream(server.url, config))
    expect(error).toMatchObject({ code: 'request_setup_failed', attempt: 1 })
  })

  it('a transport of one’s own is used instead', async () => {
    const transport = { name: 'mine', send: undiciTransport().send }
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    expect((await collect(fromEventStream(server.url, { transport }))).completed).toBe(true)
    expect(() => fromEventStream(server.url, { transport, dispatcher: new Agent() })).toThrow(/not both/)
  })
})
