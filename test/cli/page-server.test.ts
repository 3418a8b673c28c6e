import { request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { fetch } from 'undici'
import { describe, expect, it } from 'vitest'
import { startPageServer } from '../../src/cli/page-server.ts'
import { directory } from './command.ts'
import { builtPage, page } from './page-of.ts'

interface Answered {
  readonly status: number
  readonly text: string
}

/** A request just as it is written: `fetch` would tidy up the path and refuse the headers. */
const raw = (
  url: string,
  path: string,
  method: string,
  headers: Record<string, string>,
  body = '',
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(url)
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.on('error', reject)
    asked.end(body)
  })

const ORDER = { scenario: {}, path: '/v1/chat/completions' }

describe('the page server', () => {
  it('serves the page with a token of its own, and headers that let nothing else in', async () => {
    const assets = builtPage()
    const [one, other] = [await page(assets), await page(assets)]
    expect(one.token).toMatch(/^[\w-]{32}$/)
    expect(other.token).not.toBe(one.token)
    const { headers } = await fetch(`${one.url}/`)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'$/,
    )
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    expect(headers.get('set-cookie')).toBeNull()
    expect(headers.get('access-control-allow-origin')).toBeNull()
    const script = await fetch(`${one.url}/assets/index-abc.js`)
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(await script.text()).toBe('console.log(1)')
    expect(await (await fetch(`${one.url}/`, { method: 'HEAD' })).text()).toBe('')
  })

  it('says how to build a page that is not built, and serves it once it is', async () => {
    const server = await page(directory())
    expect(server.isBuilt).toBe(false)
    const response = await fetch(server.url)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run page')
  })

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '//etc/passwd',
    '/assets\\..\\index.html',
  ])('has no path out of its folder: %s', async (path) => {
    const { url } = await page()
    expect(await raw(url, path, 'GET', { host: new URL(url).host })).toMatchObject({ status: 404 })
  })

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost.evil.example', '127.0.0.1:1'])(
    'does not answer to the name %s, whatever is asked',
    async (host) => {
      const { url, token } = await page()
      const headers = { host, 'x-rx-sse-token': token, 'content-type': 'application/json' }
      for (const [path, method] of [
        ['/', 'GET'],
        ['/api/scenario', 'POST'],
      ] as const) {
        const { status, text } = await raw(
          url,
          path,
          method,
          headers,
          method === 'POST' ? JSON.stringify(ORDER) : '',
        )
        expect(status).toBe(421)
        expect(text).not.toContain(token)
      }
    },
  )

  it('answers to localhost too', async () => {
    const { url, token } = await page()
    const host = `localhost:${new URL(url).port}`
    const headers = {
      host,
      origin: `http://${host}`,
      'x-rx-sse-token': token,
      'content-type': 'application/json',
    }
    expect(await raw(url, '/api/scenario', 'POST', headers, JSON.stringify(ORDER))).toMatchObject({
      status: 200,
    })
  })

  it.each<[string, Record<string, string>, number]>([
    ['of another origin', { origin: 'https://evil.example' }, 403],
    ['of another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['of no origin', { origin: 'null' }, 403],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['of the same site but another origin', { 'sec-fetch-site': 'same-site' }, 403],
    ['typed into the address bar', { 'sec-fetch-site': 'none' }, 403],
    ['with a wrong token', { 'x-rx-sse-token': 'x'.repeat(32) }, 403],
    ['with a token of another length', { 'x-rx-sse-token': '' }, 403],
    ['of a form', { 'content-type': 'text/plain' }, 415],
  ])('refuses a call %s', async (_, headers, status) => {
    const server = await page()
    for (const path of ['/api/scenario', '/api/relay']) {
      const response = await server.call(path, ORDER, headers)
      expect(response.status, path).toBe(status)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('does not answer a preflight, so that no other page can send the token', async () => {
    const { url } = await page()
    const response = await fetch(`${url}/api/scenario`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(response.status).toBe(405)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('listens on the loopback alone', async () => {
    const { url } = await page()
    const port = Number(new URL(url).port)
    const outside = Object.values(networkInterfaces())
      .flat()
      .filter((at) => at !== undefined && !at.internal && at.family === 'IPv4')
    const reached = (host: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect({ host, port }, () => resolve(true))
        socket.on('error', () => resolve(false))
        socket.on('close', () => resolve(false))
        socket.setTimeout(1000, () => socket.destroy())
      })
    expect(await reached('127.0.0.1')).toBe(true)
    for (const at of outside) expect(await reached(at?.address ?? ''), at?.address).toBe(false)
  })

  it('ends what is under way when it is closed', async () => {
    const server = await startPageServer({ assets: builtPage() })
    const html = await (await fetch(server.url)).text()
    const token = /content="([^"]+)"/.exec(html)?.[1] ?? ''
    const headers = { 'content-type': 'application/json', 'x-rx-sse-token': token }
    const stall = { answers: [{ fault: { type: 'stall', after: { events: 1 } } }] }
    const body = JSON.stringify({ scenario: stall, path: '/x' })
    const placed = await fetch(`${server.url}/api/scenario`, { method: 'POST', headers, body })
    const { url } = (await placed.json()) as { url: string }
    const order = JSON.stringify({ url, method: 'GET', headers: [] })
    const relayed = await fetch(`${server.url}/api/relay`, { method: 'POST', headers, body: order })
    await server.close()
    await expect(relayed.text()).rejects.toThrow('terminated')
  })
})

describe('POST /api/scenario', () => {
  it('plays each run from its own beginning, at a URL that pages may read', async () => {
    const server = await page()
    const scenario = { answers: [{ status: 503 }, { events: ['{}', '[DONE]'] }] }
    const place = async (): Promise<string> =>
      ((await (await server.call('/api/scenario', { scenario, path: '/v1/x' })).json()) as { url: string })
        .url
    const [one, other] = [await place(), await place()]
    expect(one).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{12}\/v1\/x$/)
    expect(other).not.toBe(one)
    expect((await fetch(one)).status).toBe(503)
    const origin = server.url
    const second = await fetch(one, { headers: { origin } })
    expect(second.headers.get('access-control-allow-origin')).toBe(origin)
    expect(await second.text()).toBe('data: {}\n\ndata: [DONE]\n\n')
    expect((await fetch(other)).status).toBe(503)
  })

  it('forgets the oldest of too many runs, and says so to who still asks', async () => {
    const server = await page()
    const place = async (): Promise<string> =>
      ((await (await server.call('/api/scenario', ORDER)).json()) as { url: string }).url
    const first = await place()
    for (let count = 0; count < 100; count++) await place()
    const response = await fetch(first)
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('this run is over')
  })

  it.each<[string, unknown, string]>([
    [
      'a wrong scenario',
      { scenario: { answers: [{ fault: { type: 'fni', after: { events: 1 } } }] }, path: '/' },
      'scenario.answers[0].fault.type: \\"fni\\" is no fault',
    ],
    [
      'what the wire cannot do',
      { scenario: { answers: [{ fault: { type: 'goaway', after: { events: 1 } } }] }, path: '/' },
      'needs HTTP/2',
    ],
    [
      'a file of this machine',
      { scenario: { fixture: { file: '/etc/passwd' } }, path: '/' },
      'a file cannot be played',
    ],
    [
      'a file in an answer',
      { scenario: { answers: [{ fixture: { file: 'package.json' } }] }, path: '/' },
      'a file cannot be played',
    ],
    ['another host as a path', { scenario: {}, path: '@evil.example/' }, 'the path is not one'],
    ['nothing', null, 'the path is not one'],
    ['no JSON', '{', 'the body is no JSON'],
  ])('refuses %s, saying what is wrong', async (_, body, words) => {
    const server = await page()
    const response = await server.call('/api/scenario', body)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(words)
  })

  it('reads no more of a body than is sensible', async () => {
    const server = await page()
    const response = await server
      .call('/api/scenario', `"${'x'.repeat(17 * 1024 * 1024)}"`)
      .catch((error: unknown) => error)
    // The refusal may be lost where the connection is closed while the rest is still being sent.
    if (response instanceof Error) expect(response.message).toBe('fetch failed')
    else expect((response as { status: number }).status).toBe(413)
  })
})
