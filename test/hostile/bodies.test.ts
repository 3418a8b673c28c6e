import { buffer } from 'node:stream/consumers'
import {
  brotliCompressSync,
  constants,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { failureOfStatus } from '../../src/errors/http.ts'
import { fromEventStream, type ServerSentEvent } from '../../src/index.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { collect } from '../collect.ts'
import { SSE, serve, until } from '../server.ts'
import { cpuOf, MIB } from './held.ts'
import { said } from './pour.ts'
import { CHUNKED, chunk, flood, serveRaw, trickle } from './sockets.ts'
import { overEach, TRANSPORTS } from './transports.ts'

const CODERS: readonly (readonly [string, (text: Buffer) => Buffer])[] = [
  ['gzip', (text) => gzipSync(text, { level: 1 })],
  ['deflate', (text) => deflateSync(text, { level: 1 })],
  ['br', (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ['zstd', (text) => zstdCompressSync(text)],
]

/** The fetch of Node 22 gives zstd as it is. */
const fetchKnowsZstd = Number(process.versions.undici?.split('.')[0]) >= 7

const CODED = overEach(CODERS).filter(([what]) => what !== 'zstd, over fetch' || fetchKnowsZstd)

const LINE = Buffer.concat([Buffer.from('data: '), Buffer.alloc(8 * MIB, 'x')])
const EVENTS = Buffer.alloc(8 * MIB, 'data: x\n\n')

const cache = new Map<string, Buffer>()
function bomb(coding: string, name: 'line' | 'events'): Buffer {
  const key = `${coding} ${name}`
  const coder = CODERS.find(([one]) => one === coding)?.[1]
  const made = cache.get(key) ?? coder?.(name === 'line' ? LINE : EVENTS) ?? Buffer.alloc(0)
  cache.set(key, made)
  return made
}

const answering = (status: number, coding: string, body: Uint8Array) =>
  serve((_req, res) => void res.writeHead(status, { ...SSE, 'content-encoding': coding }).write(body))

describe('a compressed body that grows a hundredfold and more', () => {
  it.each(CODED)('as one line is read as far as maxEventSize: %s', async (_, transport, coding) => {
    const body = bomb(coding, 'line')
    expect(LINE.length / body.length).toBeGreaterThan(100)
    const server = await answering(200, coding, body)
    const { error } = await collect(
      fromEventStream(server.url, {
        transport: transport(),
        maxEventSize: MIB,
        retry: { count: 3, delay: 1 },
      }),
    )
    expect(said(error)).toBe('stream_terminated event_too_large event_too_large')
    expect(error?.message).toContain(`maxEventSize (${MIB} characters)`)
    // Decoded bytes: the rest was not asked for.
    expect(error?.bytes).toBeLessThan(2 * MIB)
    expect(server.requests).toHaveLength(1)
    await until(() => server.sockets.size === 0, 'the close')
  })

  it.each(CODED)(
    'as millions of events is read no further than it is wanted: %s',
    async (_, transport, coding) => {
      const server = await answering(200, coding, bomb(coding, 'events'))
      let reads = 0
      await new Promise<void>((resolve) => {
        const subscription = fromEventStream<ServerSentEvent>(server.url, {
          transport: transport(),
          dialect: {
            name: 'counting',
            read: (event) => {
              reads++
              return event
            },
          },
        }).subscribe(() => {
          subscription.unsubscribe()
          resolve()
        })
      })
      await until(() => server.sockets.size === 0, 'the close')
      expect(reads).toBe(1)
    },
  )

  it.each(CODED)(
    'as the body of an error is read as far as maxErrorBody: %s',
    async (_, transport, coding) => {
      const server = await answering(500, coding, bomb(coding, 'line'))
      const { error } = await collect(
        fromEventStream(server.url, { transport: transport(), maxErrorBody: 1_000 }),
      )
      expect(said(error)).toBe('request_failed internal_error')
      expect(error?.message.length).toBeLessThanOrEqual(1_000)
      await until(() => server.sockets.size === 0, 'the close')
    },
  )

  it('in three codings at once is bounded the same, in four is refused', async () => {
    const thrice = gzipSync(gzipSync(bomb('gzip', 'line')))
    const three = await answering(200, 'gzip, gzip, gzip', thrice)
    const bounded = await collect(fromEventStream(three.url, { maxEventSize: MIB }))
    expect(said(bounded.error)).toBe('stream_terminated event_too_large event_too_large')
    expect(bounded.error?.bytes).toBeLessThan(2 * MIB)
    const four = await answering(200, 'gzip, gzip, gzip, gzip', gzipSync(thrice))
    const refused = await collect(fromEventStream(four.url))
    expect(said(refused.error)).toBe('request_failed unsupported_encoding')
    await until(() => three.sockets.size + four.sockets.size === 0, 'the close')
  })
})

describe('a zstd frame', () => {
  const framed = async (windowLog: number): Promise<Buffer> => {
    const coder = createZstdCompress({
      params: { [constants.ZSTD_c_windowLog]: windowLog, [constants.ZSTD_c_compressionLevel]: 1 },
    })
    coder.end('data: one\n\ndata: [DONE]\n\n')
    return buffer(coder)
  }

  it('that asks for a window of 128 MiB is refused: RFC 9659 allows 8', async () => {
    const server = await answering(200, 'zstd', await framed(27))
    const { values, error } = await collect(fromEventStream(server.url, { retry: { count: 3, delay: 1 } }))
    expect(values).toEqual([])
    expect(said(error)).toBe('stream_terminated stream_terminated bad_encoding')
    expect(error).toMatchObject({ retryable: false, attempt: 1 })
    expect(error?.message).toContain('more than 8 MiB')
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('that asks for 8 MiB is read', async () => {
    const server = await answering(200, 'zstd', await framed(23))
    const { values, completed } = await collect(fromEventStream(server.url))
    expect([completed, values]).toEqual([true, [{ data: 'one' }]])
  })
})

describe('a coding that cannot be decoded', () => {
  it.each(TRANSPORTS)('is told, and is not printed: over %s', async (_, transport) => {
    const server = await serve(
      (_req, res) =>
        void res.writeHead(200, { ...SSE, 'content-encoding': 'gzip' }).end('\u001b[2Jdata: [DONE]\n\n'),
    )
    const { values, completed, error } = await collect(
      fromEventStream(server.url, { transport: transport(), retry: false }),
    )
    expect([values, completed]).toEqual([[], false])
    expect(said(error)).toBe('stream_terminated stream_terminated bad_encoding')
    expect(error?.message).not.toContain('\u001b')
  })
})

describe('bytes without an end after the end marker', () => {
  it.each(
    overEach([
      ['of the body', chunk('data: x\n\n')],
      ['of another answer', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ]),
  )(
    'are not read: the stream is complete, and the connection is closed: %s',
    async (_, transport, what, unit) => {
      let count = { written: 0 }
      const marker = chunk('data: one\n\ndata: [DONE]\n\n')
      const last = what === 'of the body' ? '' : '0\r\n\r\n'
      const server = await serveRaw((socket) => {
        count = flood(socket, `${CHUNKED}${marker}${last}`, unit)
      })
      const { values, completed } = await collect(fromEventStream(server.url, { transport: transport() }))
      expect([completed, values]).toEqual([true, [{ data: 'one' }]])
      await until(() => server.sockets.size === 0, 'the close')
      // What the kernels hold between the two, and at most 64 KiB more.
      expect(count.written).toBeLessThan(16 * MIB)
    },
  )

  it('that come slowly are left after a second', async () => {
    const marker = chunk('data: one\n\ndata: [DONE]\n\n')
    const server = await serveRaw((socket) => trickle(socket, CHUNKED + marker, chunk(':\n'), 20))
    const ends = await Promise.all(
      TRANSPORTS.map(([, transport]) => collect(fromEventStream(server.url, { transport: transport() }))),
    )
    expect(ends.map(({ completed }) => completed)).toEqual([true, true])
    await until(() => server.sockets.size === 0, 'the close')
  })
})

describe('the body of an error', () => {
  const head = 'HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n'

  it.each(TRANSPORTS)('without an end is read as far as maxErrorBody, over %s', async (_, transport) => {
    let count = { written: 0 }
    const server = await serveRaw((socket) => {
      count = flood(socket, head, chunk('x'.repeat(1_000)))
    })
    const { error } = await collect(fromEventStream(server.url, { transport: transport(), retry: false }))
    expect(said(error)).toBe('request_failed internal_error')
    expect(error?.message).toBe('x'.repeat(64 * 1024))
    await until(() => server.sockets.size === 0, 'the close')
    expect(count.written).toBeLessThan(16 * MIB)
  })

  it('that does not end, with a byte now and then or without, is judged after two seconds by what has come', async () => {
    const trickling = await serveRaw((socket) =>
      trickle(socket, head + chunk('the model is down'), chunk('.'), 50),
    )
    const silent = await serveRaw((socket) => void socket.write(head))
    const ask = async (url: string, transport: Transport): Promise<string> => {
      const started = performance.now()
      const { error } = await collect(fromEventStream(url, { transport, retry: false }))
      expect(said(error)).toBe('request_failed internal_error')
      expect(performance.now() - started).toBeGreaterThan(1_900)
      return error?.message ?? ''
    }
    const both = (url: string) => Promise.all(TRANSPORTS.map(([, transport]) => ask(url, transport())))
    const [some, none] = await Promise.all([both(trickling.url), both(silent.url)])
    for (const message of some) expect(message).toMatch(/^the model is down\.+$/)
    expect(none).toEqual(Array(2).fill('HTTP 500 with an empty body'))
    await until(() => trickling.sockets.size + silent.sockets.size === 0, 'the close')
  })

  it.each([
    ['titles that never close', '<title'],
    ['headings that never close', '<h1'],
    ['titles within titles', '<title>'],
    ['blanks', ' '],
    ['opening tags', '<'],
  ])('is read in proportion to its length, whatever a web page is made of: %s', async (_, unit) => {
    const told = (length: number) =>
      failureOfStatus({
        status: 502,
        header: () => undefined,
        body: `<html>${unit.repeat(length / unit.length)}`,
        now: 0,
      })
    // The square of it would be ten seconds and more.
    expect(await cpuOf(() => told(MIB / 4))).toBeLessThan(2_000)
    expect(told(MIB / 4).message.length).toBeLessThan(500)
  })
})
