import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventStreamSignals, fromEventStream, type McpMessage, mcp } from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { needs } from '../installed.ts'
import { type Child, start } from './child.ts'
import { McpSession, PROTOCOL } from './mcp-session.ts'

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: PROTOCOL, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}
const call = (name: string) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } })

const told = ({ params, result }: McpMessage) => params?.progress ?? result?.content?.[0]?.text

// Comes with the server-everything package.
const here = needs({ packages: ['@modelcontextprotocol/sdk'] })

describe.runIf(here).each(['json', 'polled'] as const)('a server of the MCP SDK: %s', (kind) => {
  let server: Child
  let headers: Record<string, string>

  beforeAll(async () => {
    server = await start({
      command: process.execPath,
      args: [`${import.meta.dirname}/mcp-sdk-server.mjs`, kind],
      ready: /listening on (\d+)/,
    })
    const { values } = await collect(eventStreamSignals(server.url, { body: initialize, dialect: mcp() }))
    const id = values.find((signal) => signal.type === 'open')?.header('mcp-session-id')
    headers = { 'mcp-session-id': String(id), 'mcp-protocol-version': PROTOCOL }
  })
  afterAll(() => server?.end())

  it('initializes, lists its tools and runs one', async () => {
    const session = new McpSession(server.url)
    await session.initialize()
    const { tools } = await session.request('tools/list')
    expect(tools).toMatchObject([{ name: 'count' }, { name: 'fail' }])
    expect((await session.request('tools/call', { name: 'count' })).content).toEqual([
      { type: 'text', text: 'counted' },
    ])
  })

  it('runs a tool once, and tells all of it once', async () => {
    const runs = () => server.output().match(/run of count/g)?.length ?? 0
    const before = runs()
    const signals = await collect(
      eventStreamSignals(server.url, { body: call('count'), headers, dialect: mcp(), retry: 2 }),
    )
    expect(signals.completed).toBe(true)
    const messages = signals.values.flatMap((signal) => (signal.type === 'value' ? [signal.value] : []))
    // In JSON there is no place for progress.
    expect(messages.map(told)).toEqual(kind === 'json' ? ['counted'] : [1, 2, 3, 'counted'])
    expect(runs() - before).toBe(1)
    const waits = signals.values.flatMap((signal) => (signal.type === 'waiting' ? [signal.delayMs] : []))
    expect(waits).toEqual(kind === 'json' ? [] : [50])
  })

  it('tells the failure of a tool as a result', async () => {
    const stream = fromEventStream(server.url, { body: call('fail'), headers, dialect: mcp() })
    const { values, completed } = await collect(stream)
    expect(completed).toBe(true)
    expect(values).toMatchObject([
      { result: { isError: true, content: [{ type: 'text', text: 'it cannot be done' }] } },
    ])
  })

  it('answers an unknown method with an error', async () => {
    const body = { jsonrpc: '2.0', id: 1, method: 'no/such/method' }
    const { error } = await collect(fromEventStream(server.url, { body, headers, dialect: mcp() }))
    expect(error).toMatchObject({ kind: 'stream_error', retryable: false, upstream: { code: -32601 } })
  })

  it('knows no session but its own', async () => {
    const lost = { ...headers, 'mcp-session-id': 'gone' }
    const { error } = await collect(
      fromEventStream(server.url, { body: call('count'), headers: lost, dialect: mcp() }),
    )
    expect(error).toMatchObject({ kind: 'request_failed', code: 'not_found', status: 404 })
  })

  it('refuses a protocol that it does not speak', async () => {
    const other = { ...headers, 'mcp-protocol-version': '1999-01-01' }
    const { error } = await collect(
      fromEventStream(server.url, { body: call('count'), headers: other, dialect: mcp() }),
    )
    expect(error).toMatchObject({ kind: 'request_failed', code: 'invalid_request', status: 400 })
  })
})
