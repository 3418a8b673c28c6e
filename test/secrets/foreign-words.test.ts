import { inspect } from 'node:util'
import { Agent, MockAgent, ProxyAgent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type EventStreamConfig,
  fetchTransport,
  fromEventStream,
  isSseError,
  openaiChat,
} from '../../src/index.ts'
import type { TransportRequest } from '../../src/transport/transport.ts'
import { SSE, serve, type TestServer } from '../server.ts'
import { marked, markedUrl, marks, told } from './marked-request.ts'
import { leaksIn, marksFor } from './marks.ts'

const config = { ...marked, retry: false } as const
const GATEWAY = 'http://gateway.test'

/** What a `fetch` says that quotes the request: Deno 2.9 the URL in the cause, Bun 1.4 in the message and in a `path` of its own. */
const quoting: Readonly<Record<string, (url: string) => Error>> = {
  Deno: (url) =>
    new TypeError('fetch failed', {
      cause: new Error(`error sending request for url (${url}): client error (Connect): tcp connect error`),
    }),
  Bun: (url) =>
    Object.assign(new TypeError(`Malformed_HTTP_Response fetching "${url}". For more information, pass …`), {
      code: 'Malformed_HTTP_Response',
      path: url,
    }),
  'a DOMException': (url) => new DOMException(`${url} was aborted`, 'AbortError'),
  'several at once': (url) => new AggregateError([new Error(`no way to ${url}`)], 'all have failed'),
}

describe('an error of somebody else’s that quotes the request', () => {
  it.each(Object.entries(quoting))('is told without it: %s', async (_, make) => {
    let thrown: unknown
    const transport = fetchTransport({
      fetch: (url) => {
        thrown = make(url)
        return Promise.reject(thrown)
      },
    })
    const { error } = await told(markedUrl(GATEWAY), { ...config, transport })
    expect(leaksIn(thrown, marks)).not.toEqual([])
    expect(leaksIn(error, marks)).toEqual([])
    const { cause } = error as { cause: Error & { code?: unknown } }
    expect(cause).toBeInstanceOf((thrown as Error).constructor)
    expect([cause.name, cause.code]).toEqual([(thrown as Error).name, (thrown as { code?: unknown }).code])
    expect(inspect(error, { depth: 5 })).toContain(`${GATEWAY}/…`)
  })

  it('that is raised inside the body is told without it, too', async () => {
    const transport = fetchTransport({
      fetch: async (url) => {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => controller.error(quoting.Bun?.(url)),
        })
        return new Response(body, { headers: SSE }) as never
      },
    })
    const { error } = await told(markedUrl(GATEWAY), { ...config, transport })
    expect(error?.kind).toBe('stream_terminated')
    expect(leaksIn(error, marks)).toEqual([])
  })

  it('is told without headers, path and body: undici’s MockAgent names what has not matched', async () => {
    const text = `${marks.body}, "quoted"`
    for (const [wanted, body] of [
      [{ headers: { nobody: 'sends' } }, config.body],
      [{ body: 'another' }, text],
      [{ path: '/another' }, config.body],
    ] as const) {
      const dispatcher = new MockAgent()
      dispatcher.disableNetConnect()
      const path = 'path' in wanted ? wanted.path : /.*/
      dispatcher
        .get(GATEWAY)
        .intercept({ method: 'POST', ...wanted, path })
        .reply(200, '')
      const { error } = await told(markedUrl(GATEWAY), { ...config, body, dispatcher })
      expect(error?.code).toBe('connection_failed')
      expect(error?.cause).toMatchObject({ code: 'UND_MOCK_ERR_MOCK_NOT_MATCHED' })
      expect(leaksIn(error, marks)).toEqual([])
    }
  })

  it('is the same object if it quotes nothing, or is not the transport’s but the caller’s own', async () => {
    const thrown = new Error('out of order', { cause: { url: '/' } })
    const transport = fetchTransport({ fetch: () => Promise.reject(thrown) })
    expect((await told(markedUrl(GATEWAY), { ...config, transport })).error?.cause).toBe(thrown)
    const reason = new Error(`${marks.body} is enough`)
    const aborted = await told(markedUrl(GATEWAY), { ...config, signal: AbortSignal.abort(reason) })
    expect(aborted.error?.cause).toBe(reason)
  })

  it('may be its own cause', async () => {
    const circle = new Error(`to ${marks.query}`)
    circle.cause = circle
    const transport = fetchTransport({ fetch: () => Promise.reject(circle) })
    const { error } = await told(markedUrl(GATEWAY), { ...config, transport })
    const cause = error?.cause as Error
    expect(cause.cause).toBe(cause)
    expect(leaksIn(error, marks)).toEqual([])
  })
})

describe('the credentials of a proxy are not told', () => {
  const proxyMarks = marksFor('token', 'user', 'password')
  const all = { ...marks, ...proxyMarks }
  const { user, password, token } = proxyMarks

  async function through(options: ProxyAgent.Options, target: string): Promise<unknown> {
    const dispatcher = new ProxyAgent(options)
    onTestFinished(() => dispatcher.destroy())
    const stream = await told(markedUrl(target), { ...config, dispatcher })
    expect(stream.error?.kind).toBe('request_failed')
    return stream
  }

  const proxies: Readonly<Record<string, (uri: string) => ProxyAgent.Options>> = {
    'as a token': (uri) => ({ uri, token: `Bearer ${token}` }),
    'in its address': (uri) => ({ uri: uri.replace('//', `//${user}:${password}@`) }),
    'as a header': (uri) => ({
      uri,
      headers: { 'proxy-authorization': `Basic ${btoa(`${user}:${password}`)}` },
    }),
  }

  it.each(Object.entries(proxies))('%s: refused, gone, and over a tunnel', async (_, make) => {
    const proxy = await serve((_req, res) => void res.writeHead(407).end('no'))
    for (const uri of [proxy.url, 'http://127.0.0.1:1'])
      for (const target of ['http://gateway.test', 'https://gateway.test'])
        for (const proxyTunnel of [true, false])
          expect(leaksIn(await through({ ...make(uri), proxyTunnel }, target), all)).toEqual([])
  })
})

/** A server that repeats all it was told. */
const echo = (
  answer: (said: string, res: Parameters<Parameters<typeof serve>[0]>[1]) => void,
): Promise<TestServer> =>
  serve(async (req, res) => {
    let said = `${req.url} ${req.rawHeaders.join(' ')}`
    for await (const chunk of req) said += chunk
    answer(said.replaceAll('"', "'"), res)
  })

/** The server's own words, as the types of an error say: what it repeats stands here, and nowhere else. */
const OF_THE_SERVER = ['message', 'type', 'upstream', 'requestId', 'leftover', 'lastEventId', 'mismatch']

describe('what a server repeats of a request', () => {
  const echoes: Readonly<Record<string, Parameters<typeof echo>[0]>> = {
    'in an envelope': (said, res) =>
      void res
        .writeHead(401, { 'content-type': 'application/json' })
        .end(
          JSON.stringify({ error: { code: said, type: said, message: said, param: said, request_id: said } }),
        ),
    'as a text': (said, res) => void res.writeHead(500, { 'content-type': 'text/plain' }).end(said),
    'as the title of a page': (said, res) =>
      void res.writeHead(200, { 'content-type': 'text/html' }).end(`<title>${said}</title>`),
    'in headers': (said, res) =>
      void res
        .writeHead(429, {
          'x-request-id': said,
          'retry-after': said,
          'x-should-retry': said,
          'set-cookie': said,
        })
        .end(),
    'as a content type': (said, res) => void res.writeHead(200, { 'content-type': said }).end(),
    'as a place to go': (said, res) => void res.writeHead(302, { location: `http://[${said}` }).end(),
    'in an error inside the stream': (said, res) =>
      void res.writeHead(200, SSE).end(`data: ${JSON.stringify({ error: { message: said } })}\n\n`),
    'in an event that is cut': (said, res) =>
      void res.writeHead(200, SSE).end(`id: ${said}\ndata: a\n\ndata: ${said}`),
    'in an event that is no JSON': (said, res) => void res.writeHead(200, SSE).end(`data: {${said}\n\n`),
  }

  it.each(Object.entries(echoes))(
    'stands %s, and in no field but those of the server’s words',
    async (title, answer) => {
      const server = await echo(answer)
      const own: EventStreamConfig<never> = title.includes('JSON') ? { dialect: openaiChat() as never } : {}
      const { error, signals } = await told(markedUrl(server.url), { ...config, ...own })
      const fields = { ...error?.toJSON() }
      for (const name of OF_THE_SERVER) delete fields[name]
      expect(Object.keys(fields)).toContain('code')
      expect(leaksIn(fields, marks)).toEqual([])
      for (const signal of signals) {
        const { requestId: _, lastEventId: __, ...others } = signal as unknown as Record<string, unknown>
        expect(leaksIn(others, marks)).toEqual([])
      }
      // What a transport refuses is not repeated at all.
      if (title === 'as a place to go') expect(leaksIn(error, marks)).toEqual([])
    },
  )
})

describe('a redirect to another origin', () => {
  it('takes no credential along, over both transports, and is told without them', async () => {
    let seen: TransportRequest['headers'] | undefined
    const there = await serve((req, res) => {
      seen = new Map(Object.entries(req.headers).map(([name, value]) => [name, String(value)]))
      res.writeHead(200, SSE).end('data: a\n\n')
    })
    const here = await serve((_, res) => void res.writeHead(307, { location: `${there.url}/there` }).end())
    for (const transport of [undefined, fetchTransport()]) {
      const { error } = await told(markedUrl(here.url), {
        ...config,
        sensitiveHeaders: ['X-Mine'],
        ...(transport && { transport }),
      })
      expect(error?.kind).toBe('stream_terminated')
      expect(leaksIn(error, marks)).toEqual([])
      const { body: _, 'idempotency key': __, ...credentials } = marks
      expect(leaksIn(seen, credentials)).toEqual([])
      expect(seen?.get('idempotency-key')).toBe(marks['idempotency key'])
      seen = undefined
    }
  })
})

describe('a wrong option', () => {
  const url = markedUrl(GATEWAY)
  const { body: secret } = marks
  const wrong: Readonly<Record<string, () => unknown>> = {
    'a URL with a wrong port': () => fromEventStream(url.replace('gateway.test', 'gateway.test:99999')),
    'a URL of another scheme': () => fromEventStream(url.replace('http:', 'ftp:')),
    'a URL without a scheme': () => fromEventStream(`gateway.test/${secret}?key=${secret}`),
    'a URL with a wrong host': () => fromEventStream(`https://a b/${secret}`),
    'a relative URL with a query': () => fromEventStream(`/v1?key=${secret}#${secret}`),
    'a key in place of the URL': () => fromEventStream(secret),
    'a header with a line break': () =>
      fromEventStream(GATEWAY, { headers: { authorization: `${secret}\nx` } }),
    'a header whose name is all of it': () =>
      fromEventStream(GATEWAY, { headers: { [`authorization: ${secret}`]: '' } }),
    'headers as a text': () => fromEventStream(GATEWAY, { headers: `authorization: ${secret}` as never }),
    'a header that is an object': () => fromEventStream(GATEWAY, { headers: { a: { secret } } as never }),
    'a body that is a circle': () => {
      const body: Record<string, unknown> = { secret }
      body.body = body
      return fromEventStream(GATEWAY, { body })
    },
    'a body that is a stream': () => fromEventStream(GATEWAY, { body: new Blob([secret]) as never }),
    'a body that is a form': () => {
      const form = new FormData()
      form.set('secret', secret)
      return fromEventStream(GATEWAY, { body: form as never })
    },
    'a body that is a function': () => fromEventStream(GATEWAY, { body: (() => secret) as never }),
    'a cursor that cannot be sent': () => fromEventStream(GATEWAY, { lastEventId: `${secret}\n` }),
    'an idempotency key that cannot be sent': () =>
      fromEventStream(GATEWAY, { idempotencyKey: `${secret}\nx` }),
    'an idempotency key that is an object': () =>
      fromEventStream(GATEWAY, { idempotencyKey: { secret } as never }),
    'a dispatcher that is none': () => fromEventStream(GATEWAY, { dispatcher: secret as never }),
    'a dispatcher and a transport': () =>
      fromEventStream(GATEWAY, { dispatcher: new Agent(), transport: fetchTransport() }),
    'a fetch that is none': () => fetchTransport({ fetch: { secret } as never }),
  }

  it.each(Object.entries(wrong))('is refused at the call and not repeated: %s', (_, call) => {
    let thrown: unknown
    try {
      call()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(TypeError)
    expect(isSseError(thrown)).toBe(false)
    expect(leaksIn(thrown, marks)).toEqual([])
  })
})
