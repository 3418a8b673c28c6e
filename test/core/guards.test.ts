import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { lastValueFrom, switchMap, tap, timer, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type EventStreamConfig,
  eventSource,
  fromEventStream,
  openaiChat,
  type ServerSentEvent,
  toAsyncIterable,
  undiciTransport,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve, until } from '../server.ts'

const WHOLE = 'data: one\n\ndata: [DONE]\n\n'

describe("the caller's own code that fails", () => {
  const ways: [string, EventStreamConfig<ServerSentEvent>][] = [
    ['headers that return nothing', { headers: () => undefined as never }],
    ['headers that return text', { headers: () => 'authorization: Bearer sk-secret' as never }],
    ['headers that resolve to nothing', { headers: async () => undefined as never }],
    [
      'headers whose then throws',
      {
        headers: () =>
          Object.defineProperty({}, 'then', {
            value: () => {
              throw new Error('then')
            },
          }) as never,
      },
    ],
    [
      'a transport that throws',
      {
        transport: {
          name: 'broken',
          send: () => {
            throw new Error('broken')
          },
        },
      },
    ],
    [
      'a memory that throws',
      {
        dialect: {
          name: 'broken',
          read: (event) => event,
          memory: () => {
            throw new Error('memory')
          },
        },
      },
    ],
  ]

  it.each(ways)('%s: one typed error, on the first attempt', async (_, config) => {
    const server = await serve((_req, res) => void res.writeHead(200, SSE).end(WHOLE))
    const { error } = await collect(fromEventStream(server.url, config as never))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'request_setup_failed', retryable: false })
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  it('headers, and a transport, that fail on a retry only: one typed error, and no hang', async () => {
    const server = await serve((_, res) => void res.writeHead(503).end())
    const retry = { delay: 1 }
    const headers = ({ attempt }: { attempt: number }) => (attempt === 1 ? {} : (undefined as never))
    expect((await collect(fromEventStream(server.url, { headers, retry }))).error).toMatchObject({
      code: 'request_setup_failed',
      attempt: 2,
    })
    const inner = undiciTransport()
    let sent = 0
    const transport: EventStreamConfig<ServerSentEvent>['transport'] = {
      name: 'once',
      send: (request, sink) => {
        if (++sent > 1) throw new Error('used up')
        return inner.send(request, sink)
      },
    }
    expect((await collect(fromEventStream(server.url, { transport, retry }))).error).toMatchObject({
      code: 'request_setup_failed',
      message: 'used up',
      attempt: 2,
    })
  })

  it('headers that never settle are under timeout.first', async () => {
    const headers = () => new Promise<never>(() => {})
    const { error } = await collect(
      fromEventStream('http://127.0.0.1:9', { headers, timeout: { first: 40 } }),
    )
    expect(error).toMatchObject({
      code: 'request_setup_failed',
      message: expect.stringContaining('timeout.first (40 ms)'),
    })
  })
})

describe('a secret in a wrong place', () => {
  const url = 'http://127.0.0.1:9/'
  it.each<[string, () => unknown]>([
    ['a URL whose password makes it invalid', () => fromEventStream('https://user:sec/ret@host/x')],
    ['a URL with a wrong port', () => fromEventStream('https://u:sec@ret@host:99999/')],
    ['the fragment of a wrong URL', () => fromEventStream('http://host:bad/#access_token=secret')],
    ['headers as text', () => fromEventStream(url, { headers: 'authorization: Bearer secret' as never })],
    ['a header as a name', () => fromEventStream(url, { headers: { 'authorization: Bearer secret': '' } })],
    ['a header value', () => fromEventStream(url, { headers: { authorization: 'Bearer secret\u0000' } })],
  ])('is not repeated: %s', (_, call) => {
    expect(call).toThrow(TypeError)
    expect(call).not.toThrow(/sec|ret@|access_token/)
  })
})

describe('leaving', () => {
  it('inside dialect.read leaves no timer', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).write('data: one\n\n'))
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    let left = false
    const values: unknown[] = []
    const dialect = {
      name: 'leaving',
      read: ({ data }: ServerSentEvent) => {
        subscription.unsubscribe()
        left = true
        return data
      },
    }
    const subscription = fromEventStream<string>(server.url, { dialect }).subscribe((value) =>
      values.push(value),
    )
    await until(() => left && server.sockets.size === 0, 'the close')
    expect(values).toEqual([])
    expect(timers()).toBeLessThanOrEqual(before)
  })

  it('inside the headers function makes no request, and its rejection is nobody’s', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const rejections: unknown[] = []
    const onRejection = (reason: unknown): void => void rejections.push(reason)
    process.on('unhandledRejection', onRejection)
    for (const outcome of [async () => ({}), () => Promise.reject(new Error('late'))]) {
      let asked = 0
      const headers = () => {
        asked++
        subscription.unsubscribe()
        return outcome()
      }
      const subscription = timer(0)
        .pipe(switchMap(() => fromEventStream(server.url, { headers })))
        .subscribe()
      await until(() => asked === 1, 'the headers function')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(server.requests).toHaveLength(0)
    expect(rejections).toEqual([])
    process.off('unhandledRejection', onRejection)
  })

  it('an iterator inside dialect.read yields nothing any more', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const dialect = {
      name: 'leaving',
      read: ({ data }: ServerSentEvent) => {
        void iterator.return?.()
        return data
      },
    }
    const iterator = toAsyncIterable<string>(server.url, { dialect })[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
})

describe('a consumer that blocks the event loop for longer than idle', () => {
  it('is not taken for a silent server', async () => {
    // In another process, for this one is blocked.
    const server = fork(resolve(import.meta.dirname, 'ticking-server.ts'), { execArgv: [] })
    onTestFinished(() => void server.kill())
    const [port] = (await once(server, 'message')) as [number]
    let blocked = false
    const stream = fromEventStream(`http://127.0.0.1:${port}`, {
      retry: false,
      timeout: { idle: 1_500 },
    }).pipe(
      tap(() => {
        const end = blocked ? 0 : Date.now() + 2_500
        blocked = true
        while (Date.now() < end);
      }),
    )
    const seen = await lastValueFrom(stream.pipe(toArray()))
    expect(seen).toHaveLength(40)
  })
})

describe('maxEventSize', () => {
  const limit = { retry: false, maxEventSize: 1_000 } as const
  const pieces: [string, string, boolean][] = [
    ['a long comment', `: ${'x'.repeat(5_000)}\ndata: one\n\ndata: [DONE]\n\n`, true],
    ['a long id', `data: one\n\nid: ${'x'.repeat(5_000)}\n\ndata: [DONE]\n\n`, false],
    ['a long unknown line', `data: one\n\n${'x'.repeat(5_000)}\ndata: [DONE]\n\n`, false],
    ['a long line of data', `data: one\n\ndata: ${'x'.repeat(5_000)}\n\ndata: [DONE]\n\n`, false],
    [
      'many lines of data',
      `data: one\n\n${`data: ${'x'.repeat(100)}\n`.repeat(20)}\ndata: [DONE]\n\n`,
      false,
    ],
    ['an event at the limit', `data: ${'x'.repeat(1_000)}\n\ndata: [DONE]\n\n`, true],
    ['an event over the limit', `data: one\n\ndata: ${'x'.repeat(1_001)}\n\ndata: [DONE]\n\n`, false],
  ]

  it.each(pieces)('judges %s the same however it is cut', async (_, body, fits) => {
    for (const size of [1, 7, 999, 1_000_000]) {
      const server = await serve((_req, res) => {
        res.writeHead(200, SSE)
        const text = Buffer.from(body)
        let at = 0
        const next = (): void => {
          if (at >= text.length) return void res.end()
          const piece = text.subarray(at, at + size)
          at += size
          res.write(piece, () => (size < 100 ? next() : setImmediate(next)))
        }
        next()
      })
      const { values, completed, error } = await collect(fromEventStream(server.url, limit))
      expect(values).toHaveLength(1)
      if (fits) expect(completed).toBe(true)
      else expect(error).toMatchObject({ code: 'event_too_large' })
    }
  })
})

describe('a comment', () => {
  it('does not count, however small maxEventSize is and however it comes', async () => {
    for (const size of [1, 50, 1_000]) {
      const body = Buffer.from(`: ${'x'.repeat(400)}\n\ndata: a\n\ndata: [DONE]\n\n`)
      const server = await serve(async (_, res) => {
        res.writeHead(200, SSE)
        for (let at = 0; at < body.length; at += size) {
          res.write(body.subarray(at, at + size))
          if (size > 1) await new Promise((resolve) => setTimeout(resolve, 2))
        }
        res.end()
      })
      const { completed, values } = await collect(
        fromEventStream(server.url, { retry: false, maxEventSize: 20 }),
      )
      expect([completed, values]).toEqual([true, [{ data: 'a' }]])
    }
  })
})

describe('openaiChat with endMarker finish_reason', () => {
  it('keeps nothing of indexes that a server makes up', () => {
    const dialect = openaiChat({ endMarker: 'finish_reason' })
    const memory = dialect.memory?.() as { begun: ReadonlySet<unknown> }
    for (let i = 0; i < 5_000; i++) {
      const index = i % 2 === 0 ? i : `made up ${i}`
      dialect.read(
        { data: JSON.stringify({ choices: [{ index, delta: {}, finish_reason: 'stop' }] }) },
        memory,
      )
    }
    expect(memory.begun.size).toBeLessThanOrEqual(1_024)
    expect(dialect.isWhole?.(memory, true)).toBe(false)
  })
})

describe('sensitiveHeaders', () => {
  it('must be an array', () => {
    expect(() => fromEventStream('http://127.0.0.1:9', { sensitiveHeaders: 'x' as never })).toThrow(
      /array of header names/,
    )
    expect(() =>
      fromEventStream('http://127.0.0.1:9', { dialect: eventSource(), sensitiveHeaders: ['x'] }),
    ).not.toThrow()
  })
})
