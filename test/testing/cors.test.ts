import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { gatewayError, scenarios } from '../../src/testing/index.ts'
import { http2Request } from './http2-client.ts'
import { dechunk, rawRequest } from './raw-client.ts'
import { agentFor, start, WIRES, wire } from './wire.ts'

const origin = 'http://localhost:4200'
const preflight = {
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,last-event-id',
  },
}

const ofCors = (headers: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-') || name === 'vary')

describe('with cors', () => {
  it('a preflight is allowed all that it asks for, and neither recorded nor counted', async () => {
    const server = await start({ answers: [{ status: 503 }, {}] }, { cors: true })
    const { status, headers, body } = await rawRequest(server.url, preflight)
    expect(status).toBe(204)
    expect(headers).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'origin',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization,content-type,last-event-id',
      'access-control-max-age': '0',
      connection: 'keep-alive',
    })
    expect(body).toHaveLength(0)
    expect(server.requests).toEqual([])
    expect((await rawRequest(server.url, { headers: { origin } })).status).toBe(503)
    await rawRequest(server.url, preflight)
    expect((await rawRequest(server.url, { headers: { origin } })).status).toBe(200)
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it('a preflight without headers to ask for gets none allowed', async () => {
    const { url } = await start({}, { cors: true })
    const { status, headers } = await rawRequest(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'DELETE' },
    })
    expect(status).toBe(204)
    expect(headers['access-control-allow-methods']).toBe('DELETE')
    expect(headers).not.toHaveProperty('access-control-allow-headers')
  })

  it('only an OPTIONS is a preflight, whatever else is asked for', async () => {
    const server = await start({}, { cors: true })
    expect((await rawRequest(server.url, { ...preflight, method: 'GET' })).status).toBe(200)
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['that names no method', { method: 'OPTIONS', headers: { origin } }],
    ['without an origin', { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } }],
  ])('an OPTIONS %s is a request like any other', async (_, request) => {
    const server = await start({}, { cors: true })
    expect((await rawRequest(server.url, request)).status).toBe(200)
    expect(server.requests.map(({ method }) => method)).toEqual(['OPTIONS'])
  })

  it('every answer can be read, errors too, and what it says of retrying', async () => {
    const server = await start(
      {
        answers: [
          gatewayError('rate_limit_exceeded', { retryAfter: 3 }),
          { status: 500 },
          { status: 204 },
          {},
        ],
      },
      { cors: true },
    )
    for (const status of [429, 500, 204, 200]) {
      const response = await rawRequest(server.url, { headers: { origin } })
      expect(response.status).toBe(status)
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        vary: 'origin',
      })
      expect(response.headers['access-control-expose-headers']).toBe(
        status === 429 ? 'retry-after' : undefined,
      )
      if (status === 200) expect(dechunk(response.body).bytes.toString()).toBe(wire())
    }
  })

  it('all of its own fields can be read, and what it says of access itself stands', async () => {
    for (const protocol of ['http/1.1', 'h2'] as const) {
      const headers = {
        'x-request-id': 'r1',
        'access-control-allow-origin': '*',
        'cache-control': 'no-store',
      }
      const server = await start({ answers: [{ headers, body: 'x' }] }, { cors: true, protocol })
      const dispatcher = agentFor(protocol)
      const response = await request(server.url, { dispatcher, headers: { origin } })
      await response.body.dump()
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'x-request-id, access-control-allow-origin',
      })
    }
  })

  it('an opaque origin is allowed by its own name', async () => {
    const { url } = await start({}, { cors: true })
    const { headers } = await rawRequest(url, { headers: { origin: 'null' } })
    expect(headers['access-control-allow-origin']).toBe('null')
  })

  it('an answer without an Origin is the same as without cors', async () => {
    const plain = await rawRequest((await start()).url)
    expect(await rawRequest((await start({}, { cors: true })).url)).toEqual(plain)
    expect(ofCors(plain.headers)).toEqual([])
  })

  it('the same holds over HTTP/2', async () => {
    const server = await start(scenarios['overloaded-then-whole'], { ...WIRES.h2, cors: true })
    const asked = await http2Request(server, { ':method': 'OPTIONS', ...preflight.headers })
    expect(asked.headers[':status']).toBe(204)
    expect(asked.headers['access-control-allow-methods']).toBe('POST')
    expect(server.requests).toEqual([])
    const failed = await http2Request(server, { origin })
    expect(failed.headers).toMatchObject({
      ':status': 503,
      'access-control-allow-origin': origin,
      vary: 'origin',
    })
    const whole = await http2Request(server)
    expect(whole.body.toString()).toBe(wire())
    expect(ofCors(whole.headers)).toEqual([])
  })
})

it('without cors an OPTIONS is a request like any other, and no answer can be read', async () => {
  const server = await start()
  const { status, headers } = await rawRequest(server.url, preflight)
  expect(status).toBe(200)
  expect(ofCors(headers)).toEqual([])
  expect(server.requests).toHaveLength(1)
})
