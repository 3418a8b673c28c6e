import { describe, expect, it } from 'vitest'
import { type EventStreamConfig, fromEventStream, type McpMessage, mcp } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { AT_ONCE } from '../resume/play.ts'
import { type Reply, VirtualStream } from '../resume/virtual.ts'
import { SSE, serve } from '../server.ts'

const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'build' } }
const progress = (n: number) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progress: n },
})
const RESULT = { jsonrpc: '2.0', id: 7, result: { content: [{ type: 'text', text: 'built' }] } }
const prime = (id: string): string => `id: ${id}\ndata: \n\n`
const event = (id: string, message: unknown): string =>
  `event: message\nid: ${id}\ndata: ${JSON.stringify(message)}\n\n`

/** What one request after another is answered, and how the last of them looked. */
const asked = (replies: readonly Reply[], config: EventStreamConfig<McpMessage> = {}) =>
  new VirtualStream<McpMessage>(replies, { body: call, dialect: mcp(), retry: AT_ONCE, ...config }).run()

const header = ({ requests }: VirtualStream<McpMessage>, name: string) =>
  requests.map(({ headers }) => headers.get(name))

describe('an MCP answer that was cut', () => {
  it('is read on by GET, without the body, after the last event', () => {
    const stream = asked([
      { text: prime('a') + event('b', progress(1)) },
      { text: event('c', progress(2)) + event('d', RESULT) },
    ])
    expect(stream.ends).toEqual(['complete'])
    expect(stream.values).toEqual([progress(1), progress(2), RESULT])
    expect(stream.requests.map(({ method, body }) => [method, body])).toEqual([
      ['POST', JSON.stringify(call)],
      ['GET', undefined],
    ])
    expect(header(stream, 'last-event-id')).toEqual([undefined, 'b'])
    expect(header(stream, 'content-type')).toEqual(['application/json', undefined])
    expect(header(stream, 'accept')).toEqual(Array(2).fill('application/json, text/event-stream'))
  })

  it('is read on from the event that primes, without a second run of the tool', () => {
    const stream = asked([{ text: prime('a') }, { text: event('b', RESULT) }])
    expect(stream.ends).toEqual(['complete'])
    expect(stream.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  it('runs the tool again only if nothing at all has come, and retry allows it', () => {
    expect(asked([{ text: '' }, { text: event('b', RESULT) }]).requests.map(({ method }) => method)).toEqual([
      'POST',
      'POST',
    ])
    expect(asked([{ text: '' }], { retry: false }).requests).toHaveLength(1)
  })

  it('is not asked for again if its events have no IDs, as from 2026-07-28 on', () => {
    const stream = asked([{ text: `data: ${JSON.stringify(progress(1))}\n\n` }])
    expect(stream.requests).toHaveLength(1)
    expect(stream.error).toMatchObject({ kind: 'stream_terminated', resumable: false })
  })

  it('is asked for in its session', () => {
    const headers = { 'mcp-session-id': 'S-1' }
    const stream = asked([{ headers, text: prime('a') }, { text: '' }, { text: event('b', RESULT) }])
    expect(stream.ends).toEqual(['complete'])
    expect(header(stream, 'mcp-session-id')).toEqual([undefined, 'S-1', 'S-1'])
  })

  it("is asked for with the config's own headers", () => {
    const headers = {
      'mcp-session-id': 'S-1',
      'mcp-protocol-version': '2025-11-25',
      authorization: 'Bearer t',
    }
    const stream = asked([{ text: prime('a') }, { text: event('b', RESULT) }], { headers })
    expect(stream.ends).toEqual(['complete'])
    expect(header(stream, 'authorization')).toEqual(['Bearer t', 'Bearer t'])
    expect(header(stream, 'mcp-protocol-version')).toEqual(['2025-11-25', '2025-11-25'])
    expect(header(stream, 'mcp-session-id')).toEqual(['S-1', 'S-1'])
  })

  it('is asked for in the session that the server named last', () => {
    const stream = asked(
      [{ headers: { 'mcp-session-id': 'S-2' }, text: prime('a') }, { text: event('b', RESULT) }],
      { headers: { 'mcp-session-id': 'S-1' } },
    )
    expect(header(stream, 'mcp-session-id')).toEqual(['S-1', 'S-2'])
  })

  it.each([['S 1'], ['S-1, S-2'], ['Ś'], ['']])(
    'is not asked for in a session that cannot be one: %j',
    (id) => {
      const stream = asked([
        { headers: { 'mcp-session-id': id }, text: prime('a') },
        { text: event('b', RESULT) },
      ])
      expect(stream.ends).toEqual(['complete'])
      expect(header(stream, 'mcp-session-id')).toEqual([undefined, undefined])
    },
  )

  it('begins at a cursor that was kept, by GET', () => {
    const stream = asked([{ text: event('c', RESULT) }], { lastEventId: 'b' })
    expect(stream.ends).toEqual(['complete'])
    expect(stream.requests.map(({ method, body }) => [method, body])).toEqual([['GET', undefined]])
    expect(header(stream, 'last-event-id')).toEqual(['b'])
  })

  it('is polled after the told time, however often it has no message', () => {
    const stream = new VirtualStream<McpMessage>(
      (n) => ({
        text: `id: ${n}\nretry: 500\ndata: \n\n${n === 20 ? event('r', RESULT) : ''}`,
        end: 'clean',
      }),
      { body: call, dialect: mcp(), retry: 2 },
    ).run()
    expect(stream.ends).toEqual(['complete'])
    expect(stream.requests).toHaveLength(20)
    expect(stream.pauses.every((ms) => ms === 500)).toBe(true)
  })

  it('is delivered once, wherever it is cut: each message, and the run of the tool', () => {
    const log = ['a', 'b', 'c', 'd', 'e'].map((id, index) => ({
      id,
      text: index === 0 ? prime(id) : event(id, index === 4 ? RESULT : progress(index)),
    }))
    const rest = (id: string | undefined): string =>
      log
        .slice(log.findIndex((one) => one.id === id) + 1)
        .map(({ text }) => text)
        .join('')
    const whole = rest(undefined)
    const primed = log[0]?.text.length ?? 0
    for (const end of ['fin', 'clean'] as const) {
      for (let cut = 0; cut <= whole.length; cut++) {
        const stream = new VirtualStream<McpMessage>(
          (n, { headers }) =>
            n === 1 ? { text: whole.slice(0, cut), end } : { text: rest(headers.get('last-event-id')) },
          { body: call, dialect: mcp(), retry: AT_ONCE },
        ).run()
        expect(stream.ends, `after ${cut}`).toEqual(['complete'])
        expect(stream.values, `after ${cut}`).toEqual([progress(1), progress(2), progress(3), RESULT])
        const runs = stream.requests.filter(({ method }) => method === 'POST').length
        expect(runs, `after ${cut}`).toBe(cut < primed ? 2 : 1)
      }
    }
  })

  it('does not take its session to another origin', async () => {
    const other = await serve((_, res) => {
      res.writeHead(200, SSE)
      res.end(event('b', RESULT))
    })
    const server = await serve((_, res, n) => {
      if (n > 1) res.writeHead(307, { location: other.url }).end()
      else res.writeHead(200, { ...SSE, 'mcp-session-id': 'S-1' }).end(prime('a'))
    })
    const stream = fromEventStream(server.url, { body: call, dialect: mcp(), retry: AT_ONCE })
    expect((await collect(stream)).completed).toBe(true)
    expect(server.requests[1]?.headers['mcp-session-id']).toBe('S-1')
    expect(other.requests[0]?.headers['last-event-id']).toBe('a')
    expect(other.requests[0]?.headers['mcp-session-id']).toBeUndefined()
  })
})

describe('the MCP stream that belongs to no request', () => {
  const changed = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }

  it('is a feed: asked for again after the told time, after its last event, in the session of the config', () => {
    const stream = new VirtualStream<McpMessage>(
      [
        { text: `retry: 700\n${prime('a')}${event('b', changed)}`, end: 'clean' },
        { text: event('c', changed), end: 'open' },
      ],
      { headers: { 'mcp-session-id': 'S-1' }, dialect: mcp({ listen: true }) },
    ).run(2)
    expect(stream.ends).toEqual([])
    expect(stream.values).toEqual([changed, changed])
    expect(stream.pauses).toEqual([700])
    expect(stream.requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
    expect(header(stream, 'last-event-id')).toEqual([undefined, 'b'])
    expect(header(stream, 'mcp-session-id')).toEqual(['S-1', 'S-1'])
    expect(header(stream, 'accept')).toEqual(Array(2).fill('text/event-stream'))
    stream.session.stop()
  })

  it('has responses and errors as values', () => {
    const error = { jsonrpc: '2.0', id: 3, error: { code: -32603, message: 'm' } }
    const stream = new VirtualStream<McpMessage>(
      [{ text: event('a', error) + event('b', RESULT), end: 'open' }],
      { dialect: mcp({ listen: true }) },
    ).run(2)
    expect(stream.values).toEqual([error, RESULT])
    expect(stream.ends).toEqual([])
    stream.session.stop()
  })

  it('is not there on a server that answers 405: no second request', async () => {
    const server = await serve((_, res) => res.writeHead(405).end())
    const { error } = await collect(fromEventStream(server.url, { dialect: mcp({ listen: true }) }))
    expect(error).toMatchObject({ kind: 'request_failed', status: 405, retryable: false })
    expect(server.requests).toHaveLength(1)
  })

  it('is no JSON', async () => {
    const server = await serve((_, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(RESULT)),
    )
    const { error } = await collect(fromEventStream(server.url, { dialect: mcp({ listen: true }) }))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'not_event_stream' })
  })
})
