import type { ServerResponse } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { JsonBody } from '../../src/decode/json-body.ts'
import {
  type Dialect,
  type EventStreamConfig,
  eventStreamSignals,
  fromEventStream,
  type McpMessage,
  mcp,
  openaiChat,
  rawEvents,
} from '../../src/index.ts'
import { type Collected, collect } from '../collect.ts'
import { AT_ONCE } from '../resume/play.ts'
import { SSE, serve, serveTcp, type TestServer, until } from '../server.ts'

const RESULT = { jsonrpc: '2.0', id: 7, result: { content: [{ type: 'text', text: 'zażółć 🌊 "}]' }] } }
const ANSWER = JSON.stringify(RESULT)
const JSON_TYPE = { 'content-type': 'application/json' }
const call = { jsonrpc: '2.0', id: 7, method: 'tools/call' }

type Config = Omit<EventStreamConfig<McpMessage>, 'dialect'>

const ask = (server: TestServer, config: Config = {}, dialect = mcp()): Promise<Collected<McpMessage>> =>
  collect(fromEventStream(server.url, { body: call, retry: false, ...config, dialect }))

const answering = (answer: (res: ServerResponse) => void): Promise<TestServer> =>
  serve((_, res) => {
    answer(res)
  })

describe('an answer in JSON, where the dialect accepts it', () => {
  it('is read like an event with that data, and both types are asked for', async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(ANSWER))
    const signals: unknown[] = []
    await new Promise<void>((resolve, reject) => {
      eventStreamSignals(server.url, { body: call, dialect: mcp() }).subscribe({
        next: (signal) => signals.push(signal.type === 'value' ? signal : signal.type),
        error: reject,
        complete: resolve,
      })
    })
    expect(signals).toEqual(['connecting', 'open', { type: 'value', value: RESULT, lastEventId: undefined }])
    expect(server.requests[0]?.headers.accept).toBe('application/json, text/event-stream')
  })

  it("leaves the accept header to the config's", async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(ANSWER))
    await ask(server, { headers: { Accept: 'application/json' } })
    expect(server.requests[0]?.headers.accept).toBe('application/json')
  })

  it.each([
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/json ;',
  ])('comes as %j', async (type) => {
    const server = await answering((res) => res.writeHead(200, { 'content-type': type }).end(ANSWER))
    expect(await ask(server)).toEqual({ values: [RESULT], completed: true, error: undefined })
  })

  it.each([
    'application/json-seq',
    'application/problem+json',
    'application/jsonl',
    'text/json',
    'text/plain',
  ])('does not come as %j', async (type) => {
    const server = await answering((res) => res.writeHead(200, { 'content-type': type }).end(ANSWER))
    expect((await ask(server)).error).toMatchObject({ kind: 'request_failed', code: 'not_event_stream' })
  })

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('may be compressed: %s', async (coding, compress) => {
    const server = await answering((res) =>
      res.writeHead(200, { ...JSON_TYPE, 'content-encoding': coding }).end(compress(ANSWER)),
    )
    expect(await ask(server)).toEqual({ values: [RESULT], completed: true, error: undefined })
  })

  it('may come in any pieces, with a BOM, over many lines', async () => {
    const bytes = Buffer.from(`\uFEFF\r\n${JSON.stringify(RESULT, null, 2).replaceAll('\n', '\r\n')}\n\n`)
    const server = await answering((res) => {
      res.writeHead(200, JSON_TYPE)
      for (const byte of bytes) res.write(Buffer.of(byte))
      res.end()
    })
    expect(await ask(server)).toEqual({ values: [RESULT], completed: true, error: undefined })
  })

  it('is no lines of an event stream, whatever it holds', async () => {
    const answer = { ...RESULT, result: { content: [{ type: 'text', text: '\n\ndata: [DONE]\n\n' }] } }
    const server = await answering((res) =>
      res.writeHead(200, JSON_TYPE).end(JSON.stringify(answer, null, 1).replaceAll('\\n', '\\u000a')),
    )
    expect((await ask(server)).values).toEqual([answer])
  })

  it('is an error if it says so', async () => {
    const error = { jsonrpc: '2.0', id: 7, error: { code: -32602, message: 'Unknown tool' } }
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(JSON.stringify(error)))
    expect(await ask(server)).toMatchObject({
      values: [],
      completed: false,
      error: { kind: 'stream_error', message: 'Unknown tool', status: 200, upstream: { payload: error } },
    })
  })

  it('is whole once it is, even if its connection dies then', async () => {
    const server = await serveTcp((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n${ANSWER}`,
      )
      setTimeout(() => socket.destroy(), 20)
    })
    expect(await ask(server)).toEqual({ values: [RESULT], completed: true, error: undefined })
  })

  it('is whole once it is, even if its response never ends', async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).write(ANSWER))
    const { values, completed } = await ask(server, { timeout: { first: 200 } })
    expect([values, completed]).toEqual([[RESULT], true])
  })
})

describe('an answer in JSON of a wire without a marker', () => {
  const counted = (reads: string[] = []): Dialect<unknown, { events: number }> => ({
    name: 'counted',
    acceptsJson: true,
    memory: () => ({ events: 0 }),
    read({ data }, memory) {
      memory.events++
      reads.push(data)
      return JSON.parse(data)
    },
    isWhole: ({ events }, cleanly) => cleanly && events > 0,
  })

  it('is whole if the dialect says so of what it has read then', async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end('{"state":"ready"}'))
    const seen = await collect(fromEventStream(server.url, { retry: false, dialect: counted() }))
    expect(seen).toMatchObject({ values: [{ state: 'ready' }], completed: true })
  })

  it('is not whole where there is nothing', async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(' '))
    const seen = await collect(fromEventStream(server.url, { retry: false, dialect: counted() }))
    expect(seen.error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end' })
  })
})

describe('an answer in JSON that is no whole message', () => {
  it.each<[string, (res: ServerResponse, part: Buffer) => void, string[]]>([
    ['cleanly', (res, part) => res.writeHead(200, JSON_TYPE).end(part), ['clean_end', 'cut_event']],
    [
      'with its socket',
      (res, part) => {
        res.writeHead(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(ANSWER) })
        res.flushHeaders()
        if (part.length === 0) res.destroy()
        else res.write(part, () => setTimeout(() => res.destroy(), 2))
      },
      ['socket_closed'],
    ],
  ])('does not complete, cut %s after any byte', async (_, answer, reasons) => {
    const bytes = Buffer.from(ANSWER)
    let cut = 0
    const server = await answering((res) => answer(res, bytes.subarray(0, cut)))
    for (; cut < bytes.length; cut++) {
      const { values, completed, error } = await ask(server)
      expect([values, completed], `after ${cut}`).toEqual([[], false])
      expect(error, `after ${cut}`).toMatchObject({
        kind: 'stream_terminated',
        code: 'stream_terminated',
        events: 0,
      })
      expect(reasons, `after ${cut}`).toContain((error as { reason: string }).reason)
      const leftover = bytes.subarray(0, cut).toString()
      if (cut === 0) expect(error).not.toHaveProperty('leftover', expect.any(String))
      else expect((error as { leftover: string }).leftover, `after ${cut}`).toBe(leftover)
    }
  })

  it('is asked for again before the first message, as any answer is', async () => {
    const server = await serve((_, res, n) => {
      res.writeHead(200, JSON_TYPE).end(n === 1 ? ANSWER.slice(0, 30) : ANSWER)
    })
    expect((await ask(server, { retry: AT_ONCE })).values).toEqual([RESULT])
    expect(server.requests).toHaveLength(2)
  })

  it.each([
    ['empty', ''],
    ['blank', ' \r\n'],
  ])('does not complete where it is %s', async (_, text) => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(text))
    expect((await ask(server)).error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end' })
  })

  it.each([
    ['JSON of another kind', '{"hello":"world"}'],
    ['a notification', '{"jsonrpc":"2.0","method":"notifications/progress","params":{}}'],
    ['the response to another request', ANSWER.replace('"id":7', '"id":8')],
    ['a number', '7'],
    ['null', 'null'],
    ['a text', '"done"'],
  ])('is delivered and does not complete where it is %s', async (_, text) => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(text))
    const { values, completed, error } = await ask(server, {}, mcp({ id: 7 }))
    expect([values, completed]).toEqual([[JSON.parse(text)], false])
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end', status: 200 })
  })

  it.each([
    ['HTML', '<html>'],
    ['two of them', `${ANSWER}\n${ANSWER}`],
    ['one with a text behind it', `${ANSWER}upstream connect error`],
    ['a stream under a wrong name', `data: ${ANSWER}\n\n`],
  ])('does not complete where it is %s', async (_, text) => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(text))
    const { values, completed, error } = await ask(server, {}, mcp({ id: 7 }))
    expect([values, completed]).toEqual([[], false])
    expect(error).toMatchObject({ kind: 'stream_terminated', status: 200, leftover: text.slice(0, 200) })
  })

  it('shows no more than a preview of it', async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(`{"a":"${'x'.repeat(5_000)}`))
    const { error } = await ask(server)
    expect((error as { leftover: string }).leftover).toHaveLength(201)
  })

  it('is given up once it is larger than maxEventSize, and its request ended', async () => {
    let closed = false
    const server = await answering((res) => {
      res.on('close', () => {
        closed = true
      })
      res.writeHead(200, JSON_TYPE).write(`{"a":"${'x'.repeat(50)}`)
    })
    const { values, error } = await ask(server, { maxEventSize: 50, retry: AT_ONCE })
    expect(values).toEqual([])
    expect(error).toMatchObject({ kind: 'stream_terminated', code: 'event_too_large', retryable: false })
    await until(() => closed, 'the request to end')
    expect(server.requests).toHaveLength(1)
  })

  it('may be as large as maxEventSize, and no larger', async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end(ANSWER))
    expect((await ask(server, { maxEventSize: ANSWER.length })).completed).toBe(true)
    expect((await ask(server, { maxEventSize: ANSWER.length - 1 })).error?.code).toBe('event_too_large')
  })

  it('hits timeout.first while it drips, however alive its connection is', async () => {
    const server = await answering((res) => {
      res.writeHead(200, JSON_TYPE).write(ANSWER.slice(0, 20))
      const drip = setInterval(() => res.write(' '), 10)
      res.on('close', () => clearInterval(drip))
    })
    const { error } = await ask(server, { timeout: { first: 300, idle: 30_000 } })
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'first' })
    expect((error as { leftover: string }).leftover).toContain(ANSWER.slice(0, 20))
  })

  it('hits timeout.idle where nothing more comes', async () => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).write(ANSWER.slice(0, 20)))
    const { error } = await ask(server, { timeout: { first: 30_000, idle: 200 } })
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'idle', leftover: ANSWER.slice(0, 20) })
  })

  it('ends at once with its subscriber', async () => {
    let closed = false
    const server = await answering((res) => {
      res.on('close', () => {
        closed = true
      })
      res.writeHead(200, JSON_TYPE).write(ANSWER.slice(0, 20))
    })
    const seen: string[] = []
    const subscription = eventStreamSignals(server.url, { body: call, dialect: mcp() }).subscribe({
      next: ({ type }) => seen.push(type),
      error: () => seen.push('error'),
      complete: () => seen.push('complete'),
    })
    await until(() => seen.includes('open'), 'the response')
    subscription.unsubscribe()
    await until(() => closed, 'the request to end')
    expect(seen).toEqual(['connecting', 'open'])
  })
})

describe('an answer in JSON, where the dialect does not accept it', () => {
  it.each<[string, Dialect<unknown>]>([
    ['raw events', rawEvents()],
    ['chat', openaiChat()],
    ['a dialect that says no', { ...rawEvents(), acceptsJson: false }],
  ])('is no event stream: %s', async (_, dialect) => {
    const server = await answering((res) => res.writeHead(200, JSON_TYPE).end('{"choices":[]}'))
    const { values, error } = await collect(fromEventStream(server.url, { dialect, retry: false }))
    expect(values).toEqual([])
    expect(error).toMatchObject({ kind: 'request_failed', code: 'not_event_stream', status: 200 })
    expect(server.requests[0]?.headers.accept).toBe('text/event-stream')
  })

  it('refuses a dialect that says it in another way', () => {
    const dialect = { ...rawEvents(), acceptsJson: 'yes' } as never
    expect(() => fromEventStream('http://wire.test/', { dialect })).toThrow(/acceptsJson must be a boolean/)
  })
})

it('reads the attempt after one in JSON as what it is', async () => {
  const server = await serve((_, res, n) => {
    if (n === 1) res.writeHead(200, JSON_TYPE).end(ANSWER.slice(0, 9))
    else res.writeHead(200, SSE).end(`data: ${ANSWER}\n\n`)
  })
  expect((await ask(server, { retry: AT_ONCE })).values).toEqual([RESULT])
})

describe('JsonBody', () => {
  const bytes = Buffer.from(ANSWER)

  it('gives the text at the end, wherever it was cut into pieces', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const whole: string[] = []
      const onTooLarge = () => expect.fail('it is not too large')
      const body = new JsonBody({ onWhole: (data) => whole.push(data), onTooLarge }, ANSWER.length)
      body.push(bytes.subarray(0, cut))
      body.push(bytes.subarray(cut))
      expect([body.finish(), whole]).toEqual([undefined, [ANSWER]])
    }
  })

  it('tells once that it is too large, and keeps nothing', () => {
    let told = 0
    const body = new JsonBody({ onWhole: () => expect.fail('it is not whole'), onTooLarge: () => told++ }, 10)
    for (let n = 0; n < 5; n++) body.push(Buffer.from('123456'))
    expect([told, body.finish()]).toEqual([1, undefined])
  })

  it('gives nothing once it was stopped, nor twice', () => {
    let whole = 0
    const handler = { onWhole: () => whole++, onTooLarge: () => {} }
    const stopped = new JsonBody(handler, 1_000)
    stopped.push(bytes)
    stopped.stop()
    expect([stopped.finish(), whole]).toEqual([undefined, 0])
    const body = new JsonBody(handler, 1_000)
    body.push(bytes)
    expect([body.finish(), body.finish(), whole]).toEqual([undefined, undefined, 1])
  })
})
