import { describe, expect, it } from 'vitest'
import { type FetchTransportOptions, fetchTransport } from '../../src/transport/fetch.ts'
import type { FetchBody, FetchLike } from '../../src/transport/fetch-like.ts'
import type { TransportRequest } from '../../src/transport/transport.ts'
import { SSE, serve, until } from '../server.ts'
import { FakeBody, fakeFetch, response, settled } from './fake-fetch.ts'
import { type Recorder, recorder, requestTo } from './recorder.ts'
import { unhandledRejections } from './send-faked.ts'

const rejections = unhandledRejections()
const key = new Map([['x-api-key', 'secret']])

/** Sends it over Node's own fetch and waits for the ending. */
async function sendTo(
  url: string,
  more: Partial<TransportRequest> = {},
  redirect: FetchTransportOptions['redirect'] = 'safe',
): Promise<Recorder> {
  const sink = recorder()
  fetchTransport({ redirect }).send(requestTo(url, more), sink)
  await until(() => sink.isOver, 'the ending')
  return sink
}

/** Sends it over a fetch that gives these answers. */
async function sendFaked(
  answers: Parameters<typeof fakeFetch>,
  more: Partial<TransportRequest> = {},
  redirect: FetchTransportOptions['redirect'] = 'safe',
): Promise<{ sink: Recorder; calls: ReturnType<typeof fakeFetch>['calls'] }> {
  const { fetch, calls } = fakeFetch(...answers)
  const sink = recorder()
  fetchTransport({ fetch, redirect }).send(requestTo('https://gateway.test/', more), sink)
  await settled()
  return { sink, calls }
}

const moved = (location: string, body: FetchBody | null = null, status = 307) =>
  response(body, { status, header: { location } })

describe('redirects of a request with a credential are followed by rx-sse', () => {
  it('a POST keeps its body over 307 and loses it over 303, as over undici', async () => {
    const seen: string[] = []
    const server = await serve(async (req, res) => {
      const body = Buffer.concat(await req.toArray()).toString()
      seen.push(`${req.method} ${req.url} ${body} ${req.headers['content-type'] ?? '-'}`)
      if (req.url === '/a/b') res.writeHead(307, { location: '../c' }).end('moved')
      else if (req.url === '/c') res.writeHead(303, { location: '/d?x=1' }).end()
      else res.writeHead(200, SSE).end('data: one\n\n')
    })
    const headers = new Map([...key, ['content-type', 'application/json']])
    const { told } = await sendTo(`${server.url}/a/b`, { method: 'POST', headers, body: '{"a":1}' })
    expect(seen).toEqual([
      'POST /a/b {"a":1} application/json',
      'POST /c {"a":1} application/json',
      'GET /d?x=1  -',
    ])
    const again = ['connecting', 'connected']
    expect(told).toEqual(['connected', ...again, ...again, 'head 200', 'chunk data: one\n\n', 'end'])
    expect(server.requests.every(({ headers }) => headers['x-api-key'] === 'secret')).toBe(true)
  })

  it('no credential goes to another origin, the rest does', async () => {
    const target = await serve((_, res) => void res.writeHead(200, SSE).end())
    const server = await serve((_, res) => void res.writeHead(307, { location: `${target.url}/there` }).end())
    const headers = new Map([...key, ['authorization', 'Bearer s'], ['x-tenant', 's'], ['x-harmless', 'h']])
    const { told } = await sendTo(server.url, { headers, sensitiveHeaders: ['x-tenant'] })
    expect(told.at(-1)).toBe('end')
    const received = target.requests[0]?.headers
    expect(received).toMatchObject({ 'x-harmless': 'h' })
    for (const name of ['x-api-key', 'authorization', 'x-tenant']) expect(received).not.toHaveProperty(name)
  })

  it.each([['x-api-key'], ['x-tenant']])('%s is what makes it so', async (name) => {
    const answers = [() => moved('/b'), () => response(null)] as const
    const more = { headers: new Map([[name, 's']]), sensitiveHeaders: ['x-tenant'] }
    const { sink, calls } = await sendFaked([...answers], more)
    expect(calls.map(({ url, redirect }) => `${url} ${redirect}`)).toEqual([
      'https://gateway.test/ manual',
      'https://gateway.test/b manual',
    ])
    expect(sink.told.at(-1)).toBe('end')
  })

  it('to another origin without one are left to fetch from there on', async () => {
    const answers = [() => moved('https://b.test/'), () => response(null)]
    const { calls } = await sendFaked(answers, { headers: key })
    expect(calls.map(({ redirect, headers }) => [redirect, headers])).toEqual([
      ['manual', { 'x-api-key': 'secret' }],
      ['follow', {}],
    ])
  })

  it('not without an end: 20, as a browser does', async () => {
    const server = await serve((_, res) => void res.writeHead(307, { location: '/' }).end())
    const { failure } = await sendTo(server.url, { headers: key })
    expect(failure).toMatchObject({
      code: 'redirect_refused',
      message: expect.stringContaining('more than 20'),
    })
    expect(server.requests).toHaveLength(21)
  })

  it.each([
    ['http://gateway.test/', 'from https: to http:'],
    ['file:///etc/passwd', 'file:'],
    ['http://[', 'not a URL'],
    ['', 'without a Location'],
  ])('not to %j', async (location, words) => {
    const body = new FakeBody()
    const { sink, calls } = await sendFaked([() => moved(location, body)], { headers: key })
    expect(sink.failure).toMatchObject({
      code: 'redirect_refused',
      message: expect.stringContaining(words),
    })
    expect(calls).toHaveLength(1)
    expect(body.cancelled).toBe(1)
  })

  it('their bodies are cancelled, not waited for, and may be anything', async () => {
    const body = new FakeBody().push('data: POISON\n\n')
    const locked: FetchBody = {
      getReader() {
        throw new TypeError('locked')
      },
    }
    const answers = [() => moved('/b', body), () => moved('/c', locked), () => response(null)]
    const { sink } = await sendFaked(answers, { headers: key })
    expect(sink.told.filter((word) => word.startsWith('chunk'))).toEqual([])
    expect(sink.told.at(-1)).toBe('end')
    expect(body).toMatchObject({ cancelled: 1, reads: 0 })

    const server = await serve((req, res) => {
      if (req.url === '/') res.writeHead(302, { location: '/b', 'content-length': '500' }).write('moved')
      else res.writeHead(200, SSE).end()
    })
    expect((await sendTo(server.url, { headers: key })).told.at(-1)).toBe('end')
    await until(() => server.requests[0]?.socket.destroyed === true, 'the close')
    expect(rejections()).toEqual([])
  })

  it.each([
    ['onConnecting', ['connected', 'connecting']],
    ['onConnected', ['connected', 'connecting', 'connected']],
  ])('not after an abort between two of them, in %s', async (name, told) => {
    const { fetch, calls } = fakeFetch(() => moved('/b'))
    const sink = recorder({ [name]: () => calls.length > 0 && exchange.abort() })
    const exchange = fetchTransport({ fetch }).send(
      requestTo('https://gateway.test/', { headers: key }),
      sink,
    )
    await settled()
    expect(calls).toHaveLength(1)
    expect(rejections()).toEqual([])
    expect(sink.told).toEqual(told)
  })

  it('a browser hides them: refused, in words that say what to do', async () => {
    const answers = [() => response(null, { status: 0, type: 'opaqueredirect' })]
    const { sink, calls } = await sendFaked(answers, { headers: key })
    expect(sink.told).toEqual(['connected', 'failure redirect_refused'])
    expect(sink.failure?.message).toMatch(/credential.*final URL.*redirect: 'follow'/)
    expect(calls[0]?.signal.aborted).toBe(true)
  })
})

describe('redirects of a request without a credential are followed by fetch', () => {
  it('which takes authorization out for another origin by itself', async () => {
    const target = await serve((_, res) => void res.writeHead(200, SSE).end())
    const server = await serve((req, res) => {
      const location = req.url === '/' ? '/same' : target.url
      res.writeHead(307, { location }).end()
    })
    const headers = new Map([['authorization', 'Bearer s']])
    const { told } = await sendTo(server.url, { method: 'POST', headers, body: 'b' })
    expect(told).toEqual(['connected', 'head 200', 'end'])
    expect(server.requests.map((request) => request.headers.authorization)).toEqual(['Bearer s', 'Bearer s'])
    expect(target.requests[0]?.method).toBe('POST')
    expect(target.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('up to its own bound', async () => {
    const server = await serve((_, res) => void res.writeHead(307, { location: '/' }).end())
    expect((await sendTo(server.url)).failure).toMatchObject({ code: 'redirect_refused' })
    expect(server.requests).toHaveLength(21)
  })

  it('but not without a Location, which fetch gives as it is', async () => {
    const server = await serve((_, res) => void res.writeHead(307).end())
    expect((await sendTo(server.url)).failure).toMatchObject({
      code: 'redirect_refused',
      message: expect.stringContaining('without a Location'),
    })
  })

  it('from https: to http: are refused in the end, by runtimes that do not block them', async () => {
    const body = new FakeBody()
    const answer = response(body, { redirected: true, url: 'http://gateway.test/' })
    const { sink } = await sendFaked([() => answer])
    expect(sink.failure).toMatchObject({
      code: 'redirect_refused',
      message: expect.stringContaining('http:'),
    })
    expect(body.cancelled).toBe(1)
    const plain = await sendFaked([() => response(null, { redirected: false, url: 'http://mock.test/' })])
    expect(plain.sink.told.at(-1)).toBe('end')
  })
})

describe("redirect: 'follow'", () => {
  it('leaves all of them to fetch, which takes only authorization out', async () => {
    const target = await serve((_, res) => void res.writeHead(200, SSE).end())
    const server = await serve((_, res) => void res.writeHead(307, { location: target.url }).end())
    const headers = new Map([...key, ['authorization', 'Bearer s']])
    const { told } = await sendTo(server.url, { headers }, 'follow')
    expect(told).toEqual(['connected', 'head 200', 'end'])
    expect(target.requests[0]?.headers).toMatchObject({ 'x-api-key': 'secret' })
    expect(target.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('asks for it, and gives what fetch did not follow', async () => {
    const { sink, calls } = await sendFaked([() => moved('/b')], { headers: key }, 'follow')
    expect(calls[0]?.redirect).toBe('follow')
    expect(sink.told).toEqual(['connected', 'head 307', 'end'])
  })
})

describe("redirect: 'error'", () => {
  it('refuses any, without a second request', async () => {
    const server = await serve((_, res) => void res.writeHead(307, { location: '/b' }).end())
    const { told, failure } = await sendTo(server.url, {}, 'error')
    expect(told).toEqual(['connected', 'failure redirect_refused'])
    expect(failure?.message).toContain("redirect: 'error'")
    expect(server.requests).toHaveLength(1)
  })

  it('says so in a browser too, where fetch’s own redirect: error would look like no answer at all', async () => {
    const answers = [() => response(null, { status: 0, type: 'opaqueredirect' })]
    const { sink, calls } = await sendFaked(answers, {}, 'error')
    expect(calls[0]?.redirect).toBe('manual')
    expect(sink.failure).toMatchObject({
      code: 'redirect_refused',
      message: expect.stringContaining("redirect: 'error'"),
    })
  })

  it('minds no other answer', async () => {
    const fetch: FetchLike = async () => response(null, { status: 304 })
    const sink = recorder()
    fetchTransport({ fetch, redirect: 'error' }).send(requestTo('http://gateway.test/'), sink)
    await settled()
    expect(sink.told).toEqual(['connected', 'head 304', 'end'])
  })
})
