import { readFileSync } from 'node:fs'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { resolve } from 'node:path'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromEventStream } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { serve, until } from '../server.ts'
import { said } from './pour.ts'
import { CHUNKED, chunk, flood, OK, serveRaw, trickle } from './sockets.ts'
import { overEach, TRANSPORTS } from './transports.ts'

const ONE = chunk('data: one\n\n')

describe('a head that is too large', () => {
  it.each(
    overEach([
      ['of many fields', '', 'x-a: b\r\n'],
      ['of one field', 'x-a: ', 'y'],
      ['of one name', '', 'y'],
    ]),
  )(
    'is not read to its end, names the limit, and is not asked for again: %s',
    async (name, transport, _, first, unit) => {
      const server = await serveRaw((socket) => void flood(socket, OK + first, unit))
      const { error } = await collect(
        fromEventStream(server.url, { transport: transport(), retry: { count: 3, delay: 1 } }),
      )
      expect(said(error)).toBe('request_failed connection_failed')
      expect(error).toMatchObject({ retryable: false, attempt: 1 })
      expect(error?.message).toContain('16 KiB')
      expect(error?.message).toContain(
        name.endsWith('undici') ? 'new Agent({ maxHeaderSize })' : '--max-http-header-size',
      )
      expect(server.accepted).toBe(1)
      await until(() => server.sockets.size === 0, 'the close')
    },
  )
})

describe('a head that never ends', () => {
  const ways: [string, (socket: Socket) => void][] = [
    ['a byte of a field now and then', (socket) => trickle(socket, `${OK}x: `, 'y', 10)],
    ['a status line', (socket) => trickle(socket, 'HTTP/1.1 200 ', 'y'.repeat(1_000))],
    ['interim responses', (socket) => trickle(socket, '', 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n')],
    ['silence', () => {}],
  ]

  it.each(overEach(ways))('is ended by timeout.first: %s', async (_, transport, __, answer) => {
    const server = await serveRaw(answer)
    const { error } = await collect(
      fromEventStream(server.url, { transport: transport(), retry: false, timeout: { first: 150 } }),
    )
    expect(said(error)).toBe('request_failed response_timeout')
    expect(error?.message).toBe('no response within timeout.first (150 ms)')
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('is waited for on a feed without a deadline, until timeout.total or whoever asked leaves', async () => {
    const server = await serveRaw((socket) => trickle(socket, `${OK}x: `, 'y', 10))
    const { error } = await collect(
      fromEventStream(server.url, {
        dialect: { name: 'feed', read: (e) => e, endless: true },
        timeout: { total: 100 },
      }),
    )
    expect(said(error)).toContain('deadline_exceeded')
    expect(error?.message).toContain('timeout.total (100 ms)')
    await until(() => server.sockets.size === 0, 'the close')
  })
})

describe('an answer that is hardly HTTP', () => {
  it.each(
    overEach([
      ['no head', 'hello\r\n\r\n'],
      ['two lengths', `${OK}content-length: 5\r\ncontent-length: 50\r\n\r\ndata: one\n\n`],
      ['a length beyond all numbers', `${OK}content-length: ${'9'.repeat(40)}\r\n\r\ndata: one\n\n`],
      ['a length and chunks', `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${ONE}`],
      ['a NUL in a field', `${OK}x: a\0b\r\n\r\ndata: one\n\n`],
    ]),
  )('is a connection_failed: %s', async (_, transport, __, bytes) => {
    const server = await serveRaw((socket) => void socket.write(bytes))
    const { error, values } = await collect(
      fromEventStream(server.url, { transport: transport(), retry: false, timeout: { first: 5_000 } }),
    )
    expect(values).toEqual([])
    expect(said(error)).toBe('request_failed connection_failed')
    expect(error?.message).toContain('not HTTP')
  })

  it.each(
    overEach([
      ['an upgrade that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
      ['a 100 that nobody waits for', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ]),
  )('is a connection_failed: %s', async (_, transport, __, bytes) => {
    const server = await serveRaw((socket) => void socket.write(bytes))
    const { error } = await collect(fromEventStream(server.url, { transport: transport(), retry: false }))
    expect(said(error)).toBe('request_failed connection_failed')
    await until(() => server.sockets.size === 0, 'the close')
  })

  it.each(TRANSPORTS)(
    'has fields named as the members of every object, and is read all the same: %s',
    async (_, transport) => {
      const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
      const fields = names.map((name) => `${name}: a\r\n${name}: b\r\n`).join('')
      const server = await serveRaw(
        (socket) =>
          void socket.end(
            `${OK}${fields}transfer-encoding: chunked\r\n\r\n${chunk('data: [DONE]\n\n')}0\r\n\r\n`,
          ),
      )
      expect((await collect(fromEventStream(server.url, { transport: transport() }))).completed).toBe(true)
      expect(({} as Record<string, unknown>).a).toBe(undefined)
    },
  )
})

describe('HTTP/2 with header fields without an end', () => {
  const tls = resolve(import.meta.dirname, '../tls')
  const [key, cert] = [readFileSync(resolve(tls, 'key.pem')), readFileSync(resolve(tls, 'cert.pem'))]
  /** Two megabytes, in more CONTINUATION frames than Node takes. */
  const many = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`x-${n}`, 'y'.repeat(16_000)]))

  async function ask(answer: (stream: ServerHttp2Stream) => void) {
    const server = createSecureServer({ key, cert, maxSendHeaderBlockLength: 8_000_000 })
    server.on('stream', (stream) => {
      stream.on('error', () => {})
      answer(stream)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const dispatcher = new Agent({
      connect: { ca: cert, servername: 'localhost', rejectUnauthorized: false },
    })
    onTestFinished(async () => {
      await dispatcher.destroy()
      await new Promise((closed) => server.close(closed))
    })
    const { port } = server.address() as AddressInfo
    return collect(fromEventStream(`https://127.0.0.1:${port}`, { dispatcher, retry: false }))
  }

  it('in its head is a connection_failed', async () => {
    const { error } = await ask((stream) => stream.respond({ ':status': 200, ...many }))
    expect(said(error)).toBe('request_failed connection_failed')
    expect(error?.message).toContain('not HTTP')
  })

  it('in its trailers is bad_framing', async () => {
    const { values, error } = await ask((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/event-stream' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(many))
      stream.end('data: one\n\n')
    })
    expect(values).toEqual([{ data: 'one' }])
    expect(said(error)).toBe('stream_terminated stream_terminated bad_framing')
  })
})

describe('a body whose framing never ends', () => {
  it.each(
    overEach([
      ['trailers', '0\r\n', 'x-t: y\r\n'],
      ['one trailer', '0\r\nx-t: ', 'y'],
      ['the size of a chunk', '', 'f'],
    ]),
  )('is bad_framing: %s', async (_, transport, __, first, unit) => {
    const server = await serveRaw((socket) => void flood(socket, CHUNKED + ONE + first, unit))
    const { values, error } = await collect(
      fromEventStream(server.url, { transport: transport(), retry: false }),
    )
    expect(values).toEqual([{ data: 'one' }])
    expect(said(error)).toBe('stream_terminated stream_terminated bad_framing')
    await until(() => server.sockets.size === 0, 'the close')
  })

  it.each(TRANSPORTS)(
    'in the extension of a chunk is no byte of the body: timeout.idle ends it, over %s',
    async (_, transport) => {
      const server = await serveRaw((socket) => trickle(socket, `${CHUNKED}${ONE}5;`, 'y'.repeat(1_000)))
      const { values, error } = await collect(
        fromEventStream(server.url, { transport: transport(), retry: false, timeout: { idle: 150 } }),
      )
      expect(values).toEqual([{ data: 'one' }])
      expect(said(error)).toBe('stream_terminated stream_terminated idle')
      expect(error?.message).toBe('no byte within timeout.idle (150 ms)')
      await until(() => server.sockets.size === 0, 'the close')
    },
  )
})

describe('a server that answers more often than it was asked', () => {
  it.each(TRANSPORTS)(
    'is not heard a second time, neither now nor by the next stream, over %s',
    async (_, transport) => {
      const body = (data: string): string => `data: ${data}\n\ndata: [DONE]\n\n`
      const answer = (data: string): string =>
        `${OK}content-length: ${body(data).length}\r\n\r\n${body(data)}`
      let asked = 0
      const server = await serveRaw((socket) => {
        asked++
        socket.write(answer(`honest ${asked}`) + answer('smuggled') + answer('smuggled'))
      })
      const shared = transport()
      for (const expected of ['honest 1', 'honest 2', 'honest 3']) {
        const { values, completed } = await collect(
          fromEventStream(server.url, { transport: shared, retry: false }),
        )
        expect([completed, values]).toEqual([true, [{ data: expected }]])
        // The connection that holds more than was asked for is not used again.
        await until(() => server.sockets.size === 0, 'the close')
      }
      expect(server.accepted).toBe(3)
    },
  )
})

/** With a credential `fetch` does not follow by itself, so that both ways are taken. */
const WAYS = TRANSPORTS.flatMap(([name, transport]) => [
  [name, {}, transport] as const,
  [`${name}, with a credential`, { 'x-api-key': 'k' }, transport] as const,
])

describe.each(WAYS)('over %s', (way, headers, transport) => {
  const ask = (url: string) =>
    collect(fromEventStream(url, { transport: transport(), headers, retry: { count: 3, delay: 1 } }))

  it('redirects without an end are followed 20 times', async () => {
    const server = await serve((_req, res, n) => void res.writeHead(302, { location: `/${n}` }).end())
    const { error } = await ask(server.url)
    expect(said(error)).toBe('request_failed redirect_refused')
    expect(error).toMatchObject({ retryable: false, attempt: 1 })
    expect(server.requests).toHaveLength(21)
  })

  it.each([
    'file:///etc/passwd',
    'data:text/event-stream,data: owned%0a%0adata: [DONE]%0a%0a',
    'javascript:alert(1)',
    'ftp://127.0.0.1/',
    'blob:http://127.0.0.1/1',
    'unix:/var/run/docker.sock',
  ])('a redirect to %s is refused', async (location) => {
    const server = await serve((_req, res) => void res.writeHead(302, { location }).end())
    const { values, error } = await ask(server.url)
    expect(values).toEqual([])
    expect(said(error)).toBe('request_failed redirect_refused')
    expect(error).toMatchObject({ retryable: false, attempt: 1 })
    expect(server.requests).toHaveLength(1)
  })

  it('the body of a redirect is not read to its end', async () => {
    const server = await serveRaw((socket, head) => {
      if (head.startsWith('GET /there')) {
        const body = 'data: [DONE]\n\n'
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        )
      } else {
        flood(socket, 'HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 1000000000000\r\n\r\n', 'x')
      }
    })
    const { completed } = await ask(server.url)
    expect(completed).toBe(true)
    // Node's own fetch, where it follows by itself, leaves that connection open.
    if (way !== 'fetch') await until(() => server.sockets.size <= 1, 'the close of the first connection')
  })
})
