import { describe, expect, it } from 'vitest'
import { fromEventStream, mcp, type SseError } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { AT_ONCE } from '../resume/play.ts'
import { SSE, serve } from '../server.ts'

const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'build' } }
const JSON_TYPE = { 'content-type': 'application/json' }
const errorOf = (code: number, message: string, id: unknown = null) => ({
  jsonrpc: '2.0',
  error: { code, message },
  id,
})

describe('the number of a JSON-RPC error', () => {
  async function inBand(code: number): Promise<SseError | undefined> {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE)
      res.end(`event: message\ndata: ${JSON.stringify(errorOf(code, 'said so', 7))}\n\n`)
    })
    const { error } = await collect(
      fromEventStream(server.url, { body: call, dialect: mcp(), retry: AT_ONCE }),
    )
    expect(server.requests.length).toBe(error?.retryable ? 4 : 1)
    return error
  }

  it.each([
    [-32700, 'invalid_request'],
    [-32600, 'invalid_request'],
    [-32601, 'not_found'],
    [-32602, 'invalid_argument'],
    [-32603, 'internal_error'],
    [-32002, 'not_found'],
    [-32042, 'unauthorized'],
    [-32020, 'invalid_request'],
    [-32021, 'invalid_argument'],
    [-32022, 'invalid_argument'],
  ])('%d is %s, and stays readable', async (number, code) => {
    const error = await inBand(number)
    expect(error).toMatchObject({ kind: 'stream_error', code, retryable: false, upstream: { code: number } })
  })

  // "Receivers MUST NOT assume any specific meaning" of the first two [mcp].
  it.each([-32000, -32001, -32099, -32800, 1, 0])(
    '%d means nothing by itself, and is not tried again',
    async (number) => {
      const error = await inBand(number)
      expect(error).toMatchObject({
        kind: 'stream_error',
        code: 'stream_error',
        message: 'said so',
        retryable: false,
        upstream: { code: number },
      })
    },
  )

  it.each([
    [429, 'rate_limit_exceeded', true],
    [403, 'unauthorized', false],
  ])('%d is the HTTP status of that number', async (number, code, retryable) => {
    expect(await inBand(number)).toMatchObject({ kind: 'stream_error', code, retryable })
  })
})

describe('an MCP request that is answered by an HTTP error', () => {
  async function answered(
    status: number,
    body: unknown,
  ): Promise<{ error: SseError | undefined; requests: number }> {
    const server = await serve((_, res) => res.writeHead(status, JSON_TYPE).end(JSON.stringify(body)))
    const headers = { 'mcp-session-id': 'S-1' }
    const stream = fromEventStream(server.url, { body: call, headers, dialect: mcp(), retry: AT_ONCE })
    const { error } = await collect(stream)
    return { error, requests: server.requests.length }
  }

  // The TypeScript SDK says -32001, the one for Python -32600: the status is what [mcp] has defined.
  it.each([-32001, -32600])('404 with %d: the session is gone, and another has to begin', async (number) => {
    const { error, requests } = await answered(404, errorOf(number, 'Session not found'))
    expect(error).toMatchObject({
      kind: 'request_failed',
      code: 'not_found',
      status: 404,
      message: 'Session not found',
      retryable: false,
      upstream: { code: number },
    })
    expect(requests).toBe(1)
    expect(JSON.stringify(error)).not.toContain('S-1')
  })

  it.each([
    [400, -32000, 'invalid_request'],
    [400, -32020, 'invalid_request'],
    [400, -32700, 'invalid_request'],
    [400, -32602, 'invalid_argument'],
    [401, -32001, 'invalid_api_key'],
    [403, -32000, 'unauthorized'],
    [404, -32601, 'not_found'],
    [406, -32000, 'invalid_request'],
    [409, -32000, 'conflict'],
    [500, -32603, 'internal_error'],
  ])('%d with %d is %s', async (status, number, code) => {
    const { error, requests } = await answered(status, errorOf(number, 'm'))
    expect(error).toMatchObject({ kind: 'request_failed', code, status, retryable: false })
    expect(requests).toBe(1)
  })

  it.each([
    [503, -32603, 'service_unavailable'],
    [503, -32000, 'service_unavailable'],
    [429, -32600, 'rate_limit_exceeded'],
  ])('%d with %d may be tried again', async (status, number, code) => {
    const { error, requests } = await answered(status, errorOf(number, 'm'))
    expect(error).toMatchObject({ kind: 'request_failed', code, status, retryable: true })
    expect(requests).toBe(4)
  })

  it('after messages, by a session that is gone meanwhile: what was delivered stands, and the rest is lost', async () => {
    const server = await serve((_, res, n) => {
      if (n > 1) res.writeHead(404, JSON_TYPE).end(JSON.stringify(errorOf(-32001, 'Session not found')))
      else
        res
          .writeHead(200, { ...SSE, 'mcp-session-id': 'S-1' })
          .end('id: a\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}\n\n')
    })
    const seen = await collect(fromEventStream(server.url, { body: call, dialect: mcp(), retry: AT_ONCE }))
    expect(seen.values).toHaveLength(1)
    expect(seen.error).toMatchObject({
      kind: 'stream_terminated',
      reason: 'not_resumed',
      code: 'not_found',
      status: 404,
      events: 1,
      lastEventId: 'a',
      upstream: { code: -32001 },
    })
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })
})
