import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Dialect,
  done,
  eventStreamSignals,
  failed,
  fromEventStream,
  ignored,
  isSseError,
  type StreamSignal,
  type Transport,
  undiciTransport,
} from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { needs } from '../installed.ts'
import { type Child, startOn } from './child.ts'
import { cutter } from './cutter.ts'

/** The parts of a JSON-RPC message that these tests look at. */
interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly progress?: number }
  readonly result?: { readonly content?: { readonly text: string }[]; readonly serverInfo?: { name: string } }
  readonly error?: { readonly code: number; readonly message: string }
}

/**
 * Streamable HTTP (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports): every message is a value, and
 * the response to the request `id` is the last. An event without data primes: it brings an ID to resume from, and no message.
 */
const mcp = (id: number): Dialect<Message> => ({
  name: 'mcp',
  read({ data }) {
    if (data === '') return ignored
    const message: Message = JSON.parse(data)
    if (message.id !== id || message.method !== undefined) return message
    if (message.error !== undefined) return failed({ ...message.error, payload: message })
    return done(message)
  },
})

const PROTOCOL = '2025-11-25'
const HEADERS = { accept: 'application/json, text/event-stream', 'mcp-protocol-version': PROTOCOL }
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

/** The transport of the library, and what it makes of each head. */
const seeing = (onHeader: (header: (name: string) => string | undefined) => void): Transport => {
  const inner = undiciTransport()
  return {
    name: 'seeing',
    send: (request, sink) =>
      inner.send(request, {
        ...sink,
        onHead(head) {
          onHeader((name) => head.header(name) as string | undefined)
          sink.onHead(head)
        },
      }),
  }
}

/** Resumes as the protocol wants it: a GET where the first request was a POST. */
const resumingByGet = (): Transport => {
  const inner = undiciTransport()
  return {
    name: 'resuming-by-get',
    send(request, sink) {
      if (!request.headers.has('last-event-id')) return inner.send(request, sink)
      const headers = new Map(request.headers)
      headers.delete('content-type')
      return inner.send({ ...request, method: 'GET', headers, body: undefined }, sink)
    },
  }
}

/** Progress as numbers, the response as its text. */
const told = ({ params, result }: Message) => params?.progress ?? result?.content?.[0]?.text

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
  async function session(): Promise<{ messages: Message[]; signals: StreamSignal<Message>[] }> {
    let id: string | undefined
    const transport = seeing((header) => {
      id = header('mcp-session-id')
    })
    const signals: StreamSignal<Message>[] = []
    const source = eventStreamSignals(`${server.url}/mcp`, {
      body: initialize,
      headers: HEADERS,
      dialect: mcp(1),
      transport,
    })
    await new Promise<void>((resolve, reject) => {
      source.subscribe({ next: (signal) => signals.push(signal), complete: resolve, error: reject })
    })
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    headers = { ...HEADERS, 'mcp-session-id': String(id) }
    const accepted = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    })
    expect(accepted.status).toBe(202)
    return { messages: signals.flatMap((signal) => (signal.type === 'value' ? [signal.value] : [])), signals }
  }

  it('initializes: an event without data primes, the response completes', async () => {
    const { messages, signals } = await session()
    expect(messages.map(({ result }) => result?.serverInfo?.name)).toEqual(['mcp-servers/everything'])
    expect(signals.map(({ type }) => type)).toEqual(['connecting', 'open', 'value'])
  })

  it('streams the progress of a tool, and completes by its response', async () => {
    await session()
    const { values, completed } = await collect(
      fromEventStream(`${server.url}/mcp`, { body: longRunning(2, 0.5, 5), headers, dialect: mcp(2) }),
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
        dialect: mcp(3),
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
        dialect: mcp(3),
        // As below: silence means ask again.
        timeout: { idle: 500 },
        retry: { count: 20, delay: 50 },
      }),
    )
    expect(second.error).toBeUndefined()
    expect([...first.values, ...second.values].map(told)).toEqual([...STEPS, RESPONSE])
  })

  it.each(['reset', 'close'] as const)(
    'is cut twice (%s) and resumes by itself, with a transport that asks again by GET',
    async (by) => {
      await session()
      const relay = await cutter(server.port, [
        { after: 2, bytesMore: 30, by },
        { after: 1, by },
      ])
      const { values, completed, error } = await collect(
        fromEventStream(`${relay.url}/mcp`, {
          body: longRunning(4, 0.5, 5),
          headers,
          dialect: mcp(4),
          transport: resumingByGet(),
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
    },
  )

  // Fails today. Asked again by POST, this server runs the tool anew under new IDs, as `Last-Event-ID` means nothing to it
  // there, and sends what both runs say. The first event that comes is the first run's, so that nothing gives it away.
  // Right would be a GET without a body, which only a dialect can know.
  it.fails('does not splice a second run of the tool into the first one', async () => {
    await session()
    const relay = await cutter(server.port, [{ after: 3, by: 'reset' }])
    const { values, error } = await collect(
      fromEventStream(`${relay.url}/mcp`, {
        body: longRunning(7, 0.5, 5),
        headers,
        dialect: mcp(7),
        retry: { delay: 10 },
      }),
    )
    const numbers = values.map(told).filter((value) => typeof value === 'number')
    expect(numbers).toEqual([...new Set(numbers)])
    expect(error).toMatchObject({ code: 'resume_mismatch' })
  })

  it('reports a JSON-RPC error in the stream as a stream_error', async () => {
    await session()
    const call = { jsonrpc: '2.0', id: 5, method: 'no/such/method' }
    const { error } = await collect(
      fromEventStream(`${server.url}/mcp`, { body: call, headers, dialect: mcp(5), retry: false }),
    )
    expect(isSseError(error)).toBe(true)
    expect(error).toMatchObject({ kind: 'stream_error', upstream: { code: -32601 } })
  })

  it('refuses a session that it does not know: no stream begins', async () => {
    const { error } = await collect(
      fromEventStream(`${server.url}/mcp`, {
        body: longRunning(6, 1, 1),
        headers: { ...HEADERS, 'mcp-session-id': 'none' },
        dialect: mcp(6),
      }),
    )
    expect(error).toMatchObject({ kind: 'request_failed', status: 400 })
  })
})
