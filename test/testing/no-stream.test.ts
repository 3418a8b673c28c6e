import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { gatewayCodes } from '../../src/errors/code-table.ts'
import type { GatewayCode } from '../../src/errors/codes.ts'
import { gatewayError, scenarios } from '../../src/testing/index.ts'
import { dechunk, rawRequest } from './raw-client.ts'
import { one, start, wire } from './wire.ts'

describe('an answer that is no stream', () => {
  it.each(Object.keys(gatewayCodes) as GatewayCode[])(
    '%s has a status of 400 to 599 and the envelope',
    async (code) => {
      const { url } = await start(one(gatewayError(code)))
      const { statusCode, headers, body } = await request(url)
      expect(statusCode).toBeGreaterThanOrEqual(400)
      expect(headers['content-type']).toBe('application/json')
      expect(await body.json()).toEqual({
        error: { type: gatewayCodes[code].type, code, message: gatewayCodes[code].meaning },
      })
    },
  )

  it('takes status, type, message and Retry-After', async () => {
    const server = await start(scenarios['rate-limit'])
    const limited = await request(server.url)
    expect(limited.statusCode).toBe(429)
    expect(limited.headers['retry-after']).toBe('1')
    await limited.body.dump()
    server.use(
      one(
        gatewayError('invalid_argument', {
          status: 422,
          type: 'bad_request',
          message: 'no',
          retryAfter: 'Sun, 06 Nov 1994 08:49:37 GMT',
        }),
      ),
    )
    const { statusCode, headers, body } = await request(server.url)
    expect(statusCode).toBe(422)
    expect(headers['retry-after']).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
    expect(await body.json()).toEqual({
      error: { type: 'bad_request', code: 'invalid_argument', message: 'no' },
    })
  })

  it('refuses a code that the gateway does not have', () => {
    expect(() => gatewayError('constructor' as GatewayCode)).toThrow(
      'gatewayError: "constructor" is no code of the gateway; there are missing_api_key,',
    )
  })

  it.each([
    ['html-error-page', 503, 'text/html', /^<html>/],
    ['html-page', 200, 'text/html; charset=utf-8', /^<html>/],
    ['not-event-stream', 200, 'application/json', /^\{"object"/],
    ['empty-error', 500, undefined, /^$/],
    ['empty-stream', 200, 'text/event-stream', /^$/],
    ['no-content', 204, undefined, /^$/],
  ] as const)('%s', async (name, status, contentType, pattern) => {
    const { url } = await start(scenarios[name])
    const { statusCode, headers, body } = await request(url)
    expect(statusCode).toBe(status)
    expect(headers['content-type']).toBe(contentType)
    expect(await body.text()).toMatch(pattern)
  })

  it('is a redirect by status and headers alone', async () => {
    const { url } = await start(scenarios.redirect)
    const { status, headers, body } = await rawRequest(url)
    expect(status).toBe(307)
    expect(headers).toMatchObject({ location: '?moved', 'content-length': '0' })
    expect(body).toHaveLength(0)
    expect(dechunk((await rawRequest(url)).body).bytes.toString()).toBe(wire())
  })

  it('is text unless the headers say otherwise, and null leaves a header out', async () => {
    const server = await start(one({ body: 'hé' }))
    expect(await rawRequest(server.url)).toMatchObject({
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': '3' },
    })
    server.use(one({ headers: { 'Content-Type': null, 'X-Own': '1' } }))
    const { headers } = await rawRequest(server.url)
    expect(headers).toMatchObject({ 'x-own': '1', 'cache-control': 'no-cache' })
    expect(headers).not.toHaveProperty('content-type')
  })
})
