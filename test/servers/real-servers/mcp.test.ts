import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventStreamSignals,
  fromEventStream,
  isSseError,
  type McpMessage,
  mcp,
  type StreamSignal,
} from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { SSE, serve } from '../../server.ts'
import { needs } from '../installed.ts'
import { type Child, startOn } from './child.ts'
import { cutter } from './cutter.ts'
import { PROTOCOL } from './mcp-session.ts'

const HEADERS = { 'mcp-protocol-version': PROTOCOL }
const ACCEPT = 'application/json, text/event-stream'
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: PROTOCOL, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}
const longRunning = (id: number, seconds: number, steps: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: {
    name: 'trigger-long-running-operation',
    arguments: { duration: seconds, steps },
    _meta: { progressToken: 'p' },
  },
})

/** Progress as numbers, the response as its text. */
const told = ({ params, result }: McpMessage) => params?.progress ?? result?.content?.[0]?.text

const STEPS = [1, 2, 3, 4, 5]
const RESPONSE = 'Long running operation completed. Duration: 0.5 seconds, Steps: 5.'

const here = needs({ packages: ['@modelcontextprotocol/server-everything'] })

describe.runIf(here)('MCP server-everything, over Streamable HTTP', () => {
  let server: Child
  let headers: Record<string, string>

  beforeAll(async () => {
    server = await startOn((port) => ({
      command: process.execPath,
      args: [
        `${import.meta.dirname}/../node_modules/@modelcontextprotocol/server-everything/dist/index.js`,
        'streamableHttp',
      ],
      env: { PORT: String(port) },
      ready: /listening on port/,
    }))
  })
  afterAll(() => server?.end())

  /** A session of its own, so that no test sees another's messages. */
  async function session(): Promise<{ messages: McpMessage[]; signals: StreamSignal<McpMessage>[] }> {
    const { values: signals, completed } = await collect(
      eventStreamSignals(`${server.url}/mcp`, {
        body: initialize,
        headers: HEADERS,
        dialect: mcp({ id: 1 }),
      }),
    )
    expect(completed).toBe(true)
    const id = signals.find((signal) => signal.type === 'open')?.header('mcp-session-id')
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    headers = { ...HEADERS, 'mcp-session-id': String(id) }
    const accepted = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { ...headers, accept: ACCEPT, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    })
    expect(accepted.status).toBe(202)
    return { messages: signals.flatMap((signal) => (signal.type === 'value' ? [signal.value] : [])), signals }
  }

  it('initializes: an event without data primes, the response completes', async () => {
    const { messages, signals } = await session()
    expect(messages.map(({ result }) => result?.serverInfo)).toMatchObject([
      { name: 'mcp-servers/everything' },
    ])
    expect(signals.map(({ type }) => type)).toEqual(['connecting', 'open', 'cursor', 'value'])
  })

  it('streams the progress of a tool, and completes by its response', async () => {
    await session()
    const { values, completed } = await collect(
      fromEventStream(`${server.url}/mcp`, {
        body: longRunning(2, 0.5, 5),
        headers,
        dialect: mcp({ id: 2 }),
      }),
    )
    expect(completed).toBe(true)
    expect(values.map(told)).toEqual([...STEPS, RESPONSE])
  })

  it('is cut in mid-stream, and resumed by a second stream with lastEventId and GET', async () => {
    await session()
    const relay = await cutter(server.port, [{ after: 3, bytesMore: 20, by: 'reset' }])
    const first = await collect(
      fromEventStream(`${relay.url}/mcp`, {
        body: longRunning(3, 0.5, 5),
        headers,
        dialect: mcp({ id: 3 }),
        resume: 'never',
      }),
    )
    expect(first.values.map(told)).toEqual([1, 2])
    expect(first.error).toMatchObject({ kind: 'stream_terminated', events: 2, resumable: true })
    const lastEventId = first.error?.lastEventId as string

    const second = await collect(
      fromEventStream(`${relay.url}/mcp`, {
        method: 'GET',
        headers,
        lastEventId,
        dialect: mcp({ id: 3 }),
        // As below: silence means ask again.
        timeout: { idle: 500 },
        retry: { count: 20, delay: 50 },
      }),
    )
    expect(second.error).toBeUndefined()
    expect([...first.values, ...second.values].map(told)).toEqual([...STEPS, RESPONSE])
  })

  it.each(['reset', 'close'] as const)('is cut twice (%s) and resumes by itself, by GET', async (by) => {
    await session()
    const relay = await cutter(server.port, [
      { after: 2, bytesMore: 30, by },
      { after: 1, by },
    ])
    const { values, completed, error } = await collect(
      fromEventStream(`${relay.url}/mcp`, {
        body: longRunning(4, 0.5, 5),
        headers,
        dialect: mcp({ id: 4 }),
        // This server sends on a resumed stream what it had stored until then, and no more: silence means ask again.
        timeout: { idle: 300 },
        retry: { count: 50, delay: 50 },
      }),
    )
    expect(error).toBeUndefined()
    expect(completed).toBe(true)
    expect(values.map(told)).toEqual([...STEPS, RESPONSE])
    expect(relay.requests.length).toBeGreaterThan(2)
    expect(relay.requests[0]).toMatch(/^POST /)
    for (const request of relay.requests.slice(1)) expect(request).toMatch(/^GET .*\r\nlast-event-id: /is)
  })

  // Asked again by POST, this server would run the tool anew under new IDs, and send what both runs say.
  it('resumes without a second run of the tool', async () => {
    await session()
    const relay = await cutter(server.port, [{ after: 3, by: 'reset' }])
    const { values, completed } = await collect(
      fromEventStream(`${relay.url}/mcp`, {
        body: longRunning(7, 0.5, 5),
        headers,
        dialect: mcp({ id: 7 }),
        // As above: silence means ask again.
        timeout: { idle: 300 },
        retry: { count: 50, delay: 50 },
      }),
    )
    expect(completed).toBe(true)
    expect(values.map(told)).toEqual([...STEPS, RESPONSE])
    expect(relay.requests.map((request) => request.split(' ', 1)[0])).toEqual([
      'POST',
      ...relay.requests.slice(1).map(() => 'GET'),
    ])
    const starts = relay.responses.join('').match(/"progress":1\b/g)
    expect(starts).toHaveLength(1)
  })

  it('reports a JSON-RPC error in the stream as a stream_error', async () => {
    await session()
    const call = { jsonrpc: '2.0', id: 5, method: 'no/such/method' }
    const { error } = await collect(
      fromEventStream(`${server.url}/mcp`, { body: call, headers, dialect: mcp({ id: 5 }), retry: false }),
    )
    expect(isSseError(error)).toBe(true)
    expect(error).toMatchObject({ kind: 'stream_error', upstream: { code: -32601 } })
  })

  it('refuses a session that it does not know: no stream begins', async () => {
    const { error } = await collect(
      fromEventStream(`${server.url}/mcp`, {
        body: longRunning(6, 1, 1),
        headers: { ...HEADERS, 'mcp-session-id': 'none' },
        dialect: mcp({ id: 6 }),
      }),
    )
    expect(error).toMatchObject({ kind: 'request_failed', status: 400 })
  })
})

// A long call that a server lets its client poll for has many responses without a message in a row.
it('polls as often as an MCP server asks it to, without a message in between', async () => {
  const server = await serve((_, res, n) => {
    res.writeHead(200, SSE)
    res.write(`id: ${n}\nretry: 10\ndata: \n\n`)
    res.end(n === 8 ? `id: 8-response\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n` : '')
  })
  const { values, completed } = await collect(
    fromEventStream(server.url, { body: longRunning(1, 1, 1), dialect: mcp({ id: 1 }), retry: { delay: 1 } }),
  )
  expect(completed).toBe(true)
  expect(values).toHaveLength(1)
})
