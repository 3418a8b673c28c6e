import { type Subscription, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  done,
  type EventStreamConfig,
  eventStreamSignals,
  fromEventStream,
  rawEvents,
  type ServerSentEvent,
  type StreamHead,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { AT_ONCE } from '../resume/play.ts'
import { SSE, serve, until } from '../server.ts'

interface Memory {
  location?: string | undefined
}

/** A run whose place is in the head of its first response. */
function run(
  onHead: (head: StreamHead, memory: Memory) => void = () => {},
): Dialect<ServerSentEvent, Memory> {
  const { isSame: _, ...raw } = rawEvents()
  return {
    ...raw,
    name: 'run',
    memory: () => ({}),
    readHead(head, memory) {
      memory.location ??= head.header('location')
      onHead(head, memory)
    },
    resume: (_request, _cursor, { location }) => ({ method: 'GET', url: location }),
  }
}

const play = (
  url: string,
  dialect: Dialect<ServerSentEvent, Memory>,
  config: EventStreamConfig<ServerSentEvent> = {},
) => collect(fromEventStream(url, { body: {}, retry: AT_ONCE, ...config, dialect }))

describe('the head of a response, for a dialect', () => {
  it('is remembered for the resumption', async () => {
    const server = await serve((req, res) => {
      res.writeHead(200, { ...SSE, ...(req.method === 'POST' && { location: '/runs/7?part=1' }) })
      res.end(req.method === 'POST' ? 'id: 1\ndata: one\n\n' : 'id: 2\ndata: two\n\ndata: [DONE]\n\n')
    })
    const { values, completed } = await play(server.url, run())
    expect(completed).toBe(true)
    expect(values.map(({ data }) => data)).toEqual(['one', 'two'])
    expect(server.requests.map(({ method, url }) => [method, url])).toEqual([
      ['POST', '/'],
      ['GET', '/runs/7?part=1'],
    ])
  })

  it('is read before the first event, and before the stream is told to be open', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, location: '/runs/7' }).end('data: one\n\ndata: [DONE]\n\n')
    })
    const story: string[] = []
    const dialect = run((head) => story.push(`head ${head.status} ${head.header('location')}`))
    const reading: typeof dialect = {
      ...dialect,
      read(event, memory) {
        story.push(`event, ${memory.location} known`)
        return dialect.read(event, memory)
      },
    }
    const signals = eventStreamSignals(server.url, { dialect: reading }).pipe(
      tap(({ type }) => story.push(type)),
    )
    expect((await collect(signals)).completed).toBe(true)
    expect(story).toEqual([
      'connecting',
      'head 200 /runs/7',
      'open',
      'event, /runs/7 known',
      'value',
      'event, /runs/7 known',
    ])
  })

  it('is read again in every attempt: with the same memory when resumed, with a new one when repeated', async () => {
    const server = await serve((_, res, n) => {
      res.writeHead(200, { ...SSE, location: `/${n}` })
      res.end(['', 'id: 1\ndata: one\n\n', 'id: 2\ndata: two\n\ndata: [DONE]\n\n'][n - 1])
    })
    const seen: { memory: Memory; location: string | undefined }[] = []
    const dialect = run((head, memory) => seen.push({ memory, location: head.header('location') }))
    const { completed } = await play(server.url, dialect)
    expect(completed).toBe(true)
    expect(seen.map(({ location }) => location)).toEqual(['/1', '/2', '/3'])
    expect(seen[0]?.memory).not.toBe(seen[1]?.memory)
    expect(seen[1]?.memory).toBe(seen[2]?.memory)
    // Of the answer that gave nothing, nothing is known any more.
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /',
      'POST /',
      'GET /2',
    ])
  })

  it('is that of a stream alone: not of an error, an answer of another type, or none', async () => {
    const heads: number[] = []
    const dialect = run(({ status }) => heads.push(status))
    const answers: [number, Record<string, string>, string][] = [
      [503, { 'content-type': 'application/json' }, '{"error":{"message":"busy"}}'],
      [503, SSE, 'data: x\n\n'],
      [429, SSE, ''],
      [200, SSE, 'data: [DONE]\n\n'],
    ]
    const server = await serve((_, res, n) => {
      const [status, headers, body] = answers[n - 1] as (typeof answers)[number]
      res.writeHead(status, headers).end(body)
    })
    expect((await play(server.url, dialect)).completed).toBe(true)
    expect([server.requests.length, heads]).toEqual([4, [200]])

    for (const [status, type] of [
      [200, 'text/html'],
      [200, 'application/json'],
      [204, 'text/event-stream'],
      [201, 'text/event-stream'],
    ] as const) {
      const other = await serve((_, res) => res.writeHead(status, { 'content-type': type }).end())
      expect((await play(other.url, dialect)).error?.kind).toBe('request_failed')
    }
    expect(heads).toEqual([200])
  })

  it('is that of a JSON answer too, where the dialect accepts one', async () => {
    const heads: (string | undefined)[] = []
    const server = await serve((_, res) =>
      res.writeHead(200, { 'content-type': 'application/json', location: '/7' }).end('[1]'),
    )
    const dialect = { ...run((head) => heads.push(head.header('location'))), acceptsJson: true }
    expect((await play(server.url, { ...dialect, read: () => done() })).completed).toBe(true)
    expect(heads).toEqual(['/7'])
  })

  it('has several fields of one name joined, and no field that was not sent', async () => {
    const seen: unknown[] = []
    const server = await serve((_, res) => {
      res
        .writeHead(200, [...Object.entries(SSE).flat(), 'X-Part', 'a', 'x-part', 'b'])
        .end('data: [DONE]\n\n')
    })
    await play(
      server.url,
      run(({ header }) => seen.push(header('x-part'), header('x-other'), header('__proto__'))),
    )
    expect(seen).toEqual(['a, b', undefined, undefined])
  })

  it('that a dialect cannot read ends the request at once, with what it has thrown', async () => {
    let closed = false
    const server = await serve((_, res) => {
      res.on('close', () => {
        closed = true
      })
      res.writeHead(200, { ...SSE, 'x-request-id': 'req-7' }).write('data: one\n\n')
    })
    const thrown = new Error('no Location')
    const signals: string[] = []
    const dialect = run(() => {
      throw thrown
    })
    const stream = eventStreamSignals(server.url, { body: {}, dialect, retry: AT_ONCE })
    const { error } = await collect(stream.pipe(tap(({ type }) => signals.push(type))))
    expect(error).toMatchObject({
      kind: 'request_failed',
      code: 'request_setup_failed',
      message: 'run could not read the head of the response',
      status: 200,
      requestId: 'req-7',
      retryable: false,
      cause: thrown,
    })
    await until(() => closed, 'the request to end')
    expect([signals, server.requests.length]).toEqual([['connecting'], 1])
  })

  it('of a resumption that cannot be read: what was delivered stands', async () => {
    const server = await serve((_, res, n) => {
      res.writeHead(200, { ...SSE, ...(n === 1 && { location: '/7' }) }).end('id: 1\ndata: one\n\n')
    })
    const dialect = run((head) => {
      if (head.header('location') === undefined) throw new Error('no Location')
    })
    const { values, error } = await play(server.url, dialect)
    expect(values).toHaveLength(1)
    expect(error).toMatchObject({
      kind: 'stream_terminated',
      reason: 'not_resumed',
      code: 'request_setup_failed',
      lastEventId: '1',
    })
    expect(server.requests).toHaveLength(2)
  })

  it('may be where the subscriber leaves', async () => {
    let closed = false
    const server = await serve((_, res) => {
      res.on('close', () => {
        closed = true
      })
      res.writeHead(200, SSE).write('data: one\n\n')
    })
    const seen: string[] = []
    let subscription: Subscription | undefined
    const dialect = run(() => subscription?.unsubscribe())
    subscription = eventStreamSignals(server.url, { dialect }).subscribe({
      next: ({ type }) => seen.push(type),
      error: () => seen.push('error'),
    })
    await until(() => closed, 'the request to end')
    expect(seen).toEqual(['connecting'])
  })

  it('is for a method to read', () => {
    const dialect = { ...rawEvents(), readHead: true } as never
    expect(() => fromEventStream('http://wire.test/', { dialect })).toThrow(/readHead must be a method/)
  })
})

describe('the head of a response, for a consumer', () => {
  it('is told when the stream is open: its fields by their names in any case', async () => {
    const server = await serve((_, res, n) => {
      res.writeHead(200, { ...SSE, 'MCP-Session-Id': `S-${n}`, 'set-cookie': ['a=1', 'b=2'] })
      res.end(n === 1 ? 'id: 1\ndata: one\n\n' : 'id: 2\ndata: two\n\ndata: [DONE]\n\n')
    })
    const { values } = await collect(eventStreamSignals(server.url, { retry: AT_ONCE }))
    const open = values.filter((signal) => signal.type === 'open')
    expect(open.map(({ header }) => header('mcp-session-id'))).toEqual(['S-1', 'S-2'])
    expect(open[0]?.header('Mcp-Session-ID')).toBe('S-1')
    expect(open[0]?.header('Set-Cookie')).toBe('a=1, b=2')
    expect(open[0]?.header('x-none')).toBeUndefined()
    expect(open[0]?.header('constructor')).toBeUndefined()
  })

  it('does not get into what is written of a signal', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, 'mcp-session-id': 'S-1' }).end('data: [DONE]\n\n')
    })
    const { values } = await collect(eventStreamSignals(server.url))
    expect(values.map(({ type }) => type)).toEqual(['connecting', 'open'])
    expect(JSON.stringify(values)).not.toContain('S-1')
  })
})

describe('the head of a response, read by a dialect with a mistake in it', () => {
  it('is an error where it is read later, and no unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    const readHead = async (): Promise<void> => {
      throw new Error('too late')
    }
    const server = await serve((_, res) => {
      res.writeHead(200, SSE).end('data: [DONE]\n\n')
    })
    const seen = await collect(
      fromEventStream(server.url, { retry: false, dialect: { ...rawEvents(), readHead } }),
    )
    expect(seen.error).toMatchObject({ code: 'request_setup_failed' })
    expect(seen.error?.cause).toBeInstanceOf(TypeError)
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it.each(['x-my-id', 7, null, [7], { 0: 'x' }])('is refused at the call: requestIdHeaders %j', (names) => {
    const dialect = { ...rawEvents(), requestIdHeaders: names as never }
    expect(() => fromEventStream('http://wire.test/', { dialect })).toThrow(
      /^dialect: requestIdHeaders must be an array of header names, not /,
    )
  })

  it('has the request ID in a header of whatever case', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, 'x-trace': 't1' }).end()
    })
    const dialect = { ...rawEvents(), requestIdHeaders: ['X-Trace'] }
    const seen = await collect(fromEventStream(server.url, { retry: false, dialect }))
    expect(seen.error).toMatchObject({ requestId: 't1' })
  })
})
