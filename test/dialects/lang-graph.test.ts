import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromEventStream, type LangGraphEvent, langGraph, type Message } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { serve } from '../server.ts'

const dialect = langGraph()

const messageOf = (events: readonly object[]): Message =>
  events.reduce<Message | undefined>(
    (message, event) => dialect.accumulate(message, event as LangGraphEvent),
    undefined,
  ) as Message

const piece = (id: string, more: object, event = 'messages') => ({
  event,
  data: [{ id, type: 'AIMessageChunk', content: '', tool_call_chunks: [], ...more }, {}],
})
const args = (id: string, index: number, more: object) =>
  piece(id, { tool_call_chunks: [{ index, id: null, name: null, args: '', ...more }] })
const stop = (id: string, finish_reason: string) => piece(id, { response_metadata: { finish_reason } })

describe('how a run is read on', () => {
  const at = 'https://a.test/threads/t/runs/stream'
  const resume = (body: unknown, location: string | undefined, url = at, method = 'POST') =>
    dialect.resume?.({ method, url: new URL(url), body }, '7', { location, begun: true })
  const kept = { input: {}, stream_resumable: true }
  const run = '/threads/t/runs/r/stream'

  it('is a GET of the Location, of a run whose events the server keeps', () => {
    const request = { method: 'GET', url: new URL(`https://a.test${run}`) }
    expect(resume(kept, run)).toEqual(request)
    expect(resume(JSON.stringify(kept), run)).toEqual(request)
    expect(resume(kept, 'https://b.test/x')).toEqual({ method: 'GET', url: new URL('https://b.test/x') })
  })

  it('is none without a Location, or where the server keeps nothing or cancels the run', () => {
    expect(resume(kept, undefined)).toBeUndefined()
    for (const body of [{}, undefined, '{"stream_resum', 'null', { ...kept, on_disconnect: 'cancel' }])
      expect(resume(body, run)).toBeUndefined()
  })

  it('goes through the path under which the API is mounted', () => {
    const url = (location: string, from: string) => resume(kept, location, from)?.url?.toString()
    expect(url(run, 'https://a.test/api/lg/threads/t/runs/stream')).toBe(`https://a.test/api/lg${run}`)
    expect(url('/runs/r/stream', 'https://a.test/api/runs/stream')).toBe('https://a.test/api/runs/r/stream')
    expect(url(`/api${run}`, 'https://a.test/api/threads/t/runs/stream')).toBe(`https://a.test/api${run}`)
    expect(url('//b.test/x/y', at)).toBe('https://b.test/x/y')
  })

  it('is the same request once more for a run that was joined', () => {
    expect(resume(undefined, undefined, `https://a.test${run}`, 'GET')).toEqual({})
  })

  it('works over sockets, with the Location and the last ID', async () => {
    const events = [1, 2, 3, 4].map((n) => `event: values\ndata: {"n":${n}}\nid: ${n}-0\n\n`)
    const server = await serve((req, res) => {
      req.resume()
      const after = events.findIndex((event) => event.includes(`id: ${req.headers['last-event-id']}\n`)) + 1
      res.writeHead(200, {
        'content-type': 'text/event-stream',
        location: run,
        'content-location': '/threads/t/runs/r',
      })
      if (after === 3) res.end(events.slice(after).join(''))
      else
        res.write(events.slice(after, after === 0 ? 2 : 3).join(''), () =>
          setTimeout(() => res.socket?.destroy(), 10),
        )
    })
    const seen = await collect(
      fromEventStream(`${server.url}/threads/t/runs/stream`, {
        body: kept,
        dialect,
        retry: { delay: 1, jitter: 'none' },
      }),
    )
    expect(seen.completed).toBe(true)
    expect(seen.values.map(({ id, data }) => [id, data])).toEqual([1, 2, 3, 4].map((n) => [`${n}-0`, { n }]))
    expect(
      server.requests.map(({ method, url, headers }) => [method, url, headers['last-event-id']]),
    ).toEqual([
      ['POST', '/threads/t/runs/stream', undefined],
      ['GET', run, '2-0'],
      ['GET', run, '3-0'],
    ])
  })

  it('is not tried on a run of which the server keeps nothing', async () => {
    const server = await serve((req, res) => {
      req.resume()
      res.writeHead(200, { 'content-type': 'text/event-stream', location: run })
      res.write('event: values\ndata: {}\nid: 1-0\n\n', () => setTimeout(() => res.socket?.destroy(), 10))
    })
    const { error } = await collect(
      fromEventStream(`${server.url}/runs/stream`, { body: {}, dialect, retry: { delay: 1 } }),
    )
    expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false, lastEventId: '1-0' })
    expect(server.requests).toHaveLength(1)
  })
})

describe('a run that has begun', () => {
  const retry = { delay: 1, jitter: 'none' } as const
  const head = { 'content-type': 'text/event-stream', location: '/threads/t/runs/r/stream' }
  const metadata = 'event: metadata\ndata: {"run_id":"r"}\n\n'
  const state = 'event: values\ndata: {}\nid: 1-0\n\n'
  const kept = { stream_resumable: true }

  it('is not begun once more, whatever becomes of it before its first word', async () => {
    for (const rest of ['', 'event: error\ndata: {"error":"ValueError","message":"m"}\n\n']) {
      const server = await serve((_, res) => {
        res.writeHead(200, head)
        res.write(metadata + rest, () => setTimeout(() => res.socket?.destroy(), 10))
      })
      const { values, error } = await collect(
        fromEventStream(`${server.url}/threads/t/runs/stream`, { body: {}, dialect, retry }),
      )
      expect(values).toHaveLength(1)
      expect(error).toBeDefined()
      expect(server.requests).toHaveLength(1)
    }
  })

  it.each([
    ['it was cut', ''],
    ['it reported an error', 'event: error\ndata: {"error":"RateLimitError","message":"m"}\n\n'],
  ])('is not whole by an empty response, after %s', async (_, rest) => {
    const server = await serve((req, res) => {
      res.writeHead(200, head)
      if (req.method === 'GET') res.end()
      else res.write(state + rest, () => setTimeout(() => res.socket?.destroy(), 10))
    })
    const { completed, error } = await collect(
      fromEventStream(`${server.url}/threads/t/runs/stream`, { body: kept, dialect, retry }),
    )
    expect(completed).toBe(false)
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end' })
  })

  it('is told by its own failure if it is nowhere to be joined', async () => {
    for (const location of ['http://[', 'ftp://a.test/x', 'http://user:secret@a.test/x']) {
      const server = await serve((_, res) => {
        res.writeHead(200, { ...head, location })
        res.write(state, () => setTimeout(() => res.socket?.destroy(), 10))
      })
      const { error } = await collect(
        fromEventStream(`${server.url}/threads/t/runs/stream`, { body: kept, dialect, retry }),
      )
      expect(error).toMatchObject({ code: 'stream_terminated', reason: 'socket_closed', resumable: false })
      expect(server.requests).toHaveLength(1)
    }
    const request = { method: 'POST', url: new URL('https://a.test/runs/stream'), body: kept }
    expect(dialect.resume?.(request, '1', { location: 'http://a.test/x', begun: true })).toBeUndefined()
  })
})

describe('the end of a run', () => {
  it('is a clean one after an event, and no other', () => {
    const memory = { location: undefined, begun: false }
    expect(dialect.isWhole?.(memory, true)).toBe(false)
    dialect.read({ event: 'metadata', data: '{}' }, memory)
    expect(dialect.isWhole?.(memory, true)).toBe(true)
    expect(dialect.isWhole?.(memory, false)).toBe(false)
  })

  it.each([
    ['UserInterrupt', 'stream_error', false],
    ['GraphRecursionError', 'invalid_argument', false],
    ['APITimeoutError', 'model_timeout', true],
  ])('by %s is a %s', async (error, code, retryable) => {
    const server = await serve((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(
        `event: metadata\ndata: {}\n\nevent: error\ndata: ${JSON.stringify({ error, message: 'm' })}\n\n`,
      )
    })
    const seen = await collect(fromEventStream(server.url, { dialect, retry: false }))
    expect(seen.error).toMatchObject({ kind: 'stream_error', code, retryable, type: error, message: 'm' })
  })
})

describe('the message of a run', () => {
  it.each([
    ['stopReason', 'tool_use', 'max_tokens'],
    ['done_reason', 'stop', 'length'],
    ['status', 'completed', 'incomplete'],
    ['finish_reason', 'TOOL_CALL', 'MAX_TOKENS'],
  ])('knows by %s whether its calls may have been cut', (key, whole, cut) => {
    for (const [reason, complete] of [
      [whole, true],
      [cut, false],
    ] as const) {
      const response_metadata = { [key]: reason }
      const tool_calls = [{ id: 'c', name: 'x', args: { p: 1 } }]
      const said = piece('m', { type: 'ai', tool_calls, tool_call_chunks: undefined, response_metadata })
      expect(messageOf([said])).toMatchObject({ finishReason: reason, toolCalls: [{ complete }] })
      const streamed = messageOf([
        args('m', 0, { id: 'c', name: 'x', args: '{}' }),
        piece('m', { response_metadata }),
      ])
      expect(streamed.toolCalls[0]?.complete).toBe(complete)
    }
  })

  it('keeps the calls of models apart that speak at once', () => {
    const { toolCalls } = messageOf([
      args('a', 0, { id: 'c1', name: 'x', args: '{"p":' }),
      args('b', 0, { id: 'c2', name: 'y', args: '{"q":' }),
      args('a', 0, { args: '1}' }),
      args('b', 0, { args: '2}' }),
      stop('a', 'tool_calls'),
    ])
    expect(toolCalls).toEqual([
      { index: 0, id: 'c1', name: 'x', arguments: '{"p":1}', complete: true, input: { p: 1 } },
      { index: 1, id: 'c2', name: 'y', arguments: '{"q":2}', complete: false },
    ])
  })

  it.each(['length', 'max_tokens', 'content_filter', 'SAFETY'])('has no complete call after %s', (reason) => {
    const { toolCalls, finishReason } = messageOf([args('a', 0, { id: 'c', args: '{}' }), stop('a', reason)])
    expect(finishReason).toBe(reason)
    expect(toolCalls[0]?.complete).toBe(false)
  })

  it('does not take the guess in a piece for a call', () => {
    const guess = { tool_calls: [{ id: 'c', name: 'rm', args: {} }] }
    expect(messageOf([piece('a', { ...guess, type: 'ai' })]).toolCalls).toEqual([])
    const whole = { event: 'messages', data: [{ id: 'a', type: 'ai', content: '', ...guess }, {}] }
    expect(messageOf([whole]).toolCalls).toEqual([
      { index: 0, id: 'c', name: 'rm', arguments: '{}', complete: true, input: {} },
    ])
  })

  it('forgets the reason of an earlier message, and shares what has not changed', () => {
    const before = messageOf([args('a', 0, { id: 'c', args: '{}' }), stop('a', 'tool_calls')])
    const after = dialect.accumulate(before, piece('b', { content: 'Hi' }) as LangGraphEvent)
    expect(after).toMatchObject({ id: 'b', text: 'Hi', finishReason: undefined })
    expect(after.toolCalls).toBe(before.toolCalls)
  })

  it('adds an interrupt to the last state', () => {
    const message = messageOf([
      { event: 'values', data: { a: 1 } },
      { event: 'values|sub:1', data: { b: 1 } },
      { event: 'values', data: { __interrupt__: [] } },
    ])
    expect(message).toMatchObject({ finishReason: 'interrupt', snapshot: { a: 1, __interrupt__: [] } })
  })

  it('reads thoughts from blocks and from beside the content', () => {
    const { reasoning, text } = messageOf([
      piece('a', {
        content: [
          { type: 'thinking', thinking: 'A' },
          { type: 'text', text: 'x' },
        ],
      }),
      piece('a', { content: [{ type: 'reasoning', reasoning: 'B' }] }),
      piece('a', { additional_kwargs: { reasoning_content: 'C' } }),
    ])
    expect([reasoning, text]).toEqual(['ABC', 'x'])
  })
})

describe('LangGraph events', () => {
  const value = (content: unknown) => piece('a', { content }) as LangGraphEvent

  it('take another text without losing what is no text', () => {
    expect(dialect.withText?.(value('abc'), 'c')).toEqual(value('c'))
    const image = { type: 'image_url', image_url: 'x' }
    const blocks = [{ type: 'text', text: 'a' }, image, { type: 'text', text: 'b' }]
    expect(dialect.withText?.(value(blocks), 'c')).toEqual(value([{ type: 'text', text: 'c' }, image]))
    const state = { event: 'values', data: {} } as LangGraphEvent
    expect(dialect.withText?.(state, 'c')).toBe(state)
  })

  it('are the same in another run but for what belongs to the run', () => {
    const same = (a: object, b: object) => dialect.isSame?.(a as LangGraphEvent, b as LangGraphEvent)
    expect(
      same({ event: 'metadata', data: { run_id: 'a' } }, { event: 'metadata', data: { run_id: 'b' } }),
    ).toBe(true)
    expect(same({ ...value('x'), id: '1' }, piece('a', { content: 'x', usage_metadata: {} }))).toBe(true)
    expect(same(value('x'), value('y'))).toBe(false)
    expect(same({ event: 'values', data: 1 }, { event: 'values', data: 2 })).toBe(false)
  })

  it('of any shape throw nowhere, and change no prototype', () => {
    const message = fc.dictionary(
      fc.constantFrom('id', 'content', 'tool_calls', 'tool_call_chunks', 'response_metadata', '__proto__'),
      fc.oneof(fc.jsonValue(), fc.constant([null, 7, { index: 0, id: 'a', args: '{' }, { text: 7 }])),
    )
    const data = fc.oneof(
      fc.jsonValue(),
      fc.tuple(
        message.map((fields) => ({ ...fields, type: 'ai' })),
        fc.jsonValue(),
      ),
    )
    const event = fc.oneof(
      fc.jsonValue(),
      fc.record({ event: fc.constantFrom('messages', 'messages|a', 'values', 'updates', 'x'), data }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (events) => {
        let so: Message | undefined
        for (const one of events as LangGraphEvent[]) {
          expect(typeof dialect.text(one)).toBe('string')
          dialect.isContent?.(one)
          dialect.isSame?.(one, one)
          dialect.withText?.(one, 'x')
          so = dialect.accumulate(so, one)
        }
        expect({}).not.toHaveProperty('type')
      }),
      { numRuns: 300 },
    )
  })
})
