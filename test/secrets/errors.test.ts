import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it, onTestFinished } from 'vitest'
import { gatewayFacts, ownFacts } from '../../src/errors/codes.ts'
import { fetchTransport, type SseError } from '../../src/index.ts'
import { SSE, serve, serveTcp } from '../server.ts'
import { type FailureCase, failures } from './failures.ts'
import { marked, markedUrl, marks, told, written } from './marked-request.ts'
import { leaksIn } from './marks.ts'

/** The rows that were really come to. */
const seen = new Set<string>()

function keep(error: SseError | undefined): string | undefined {
  if (error !== undefined) seen.add(error.code)
  return error?.code
}

const { authorization: _, ...withoutAuthorization } = marked.headers
/** With the credentials of the headers, and with those of the URL, which an `authorization` of the headers replaces. */
const ways = {
  undici: marked,
  fetch: { ...marked, headers: withoutAuthorization, transport: fetchTransport() },
} as const

describe('a marked request', () => {
  it.each(['undici', 'fetch'] as const)(
    'takes every mark to the server but the fragment, over %s',
    async (name) => {
      let sent = ''
      const server = await serve(async (req, res) => {
        const basic = /^Basic (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? ''
        const proxy = /^Basic (.+)$/.exec(req.headers['proxy-authorization'] ?? '')?.[1] ?? ''
        sent = `${req.url}${req.rawHeaders.join()}${atob(basic)}${atob(proxy)}`
        for await (const chunk of req) sent += chunk
        res.writeHead(200, SSE).end('data: [DONE]\n\n')
      })
      expect((await told(markedUrl(server.url), { ...ways[name], retry: false })).error).toBeUndefined()
      const places = Object.keys(marks) as (keyof typeof marks)[]
      expect(places.filter((place) => !sent.includes(marks[place]))).toEqual(
        name === 'undici' ? ['URL user', 'URL password', 'fragment'] : ['authorization', 'fragment'],
      )
    },
  )

  it('has none that would not be found, however it is written', () => {
    const { body } = marks
    const deep = Object.defineProperty(new Error('x'), 'hidden', { value: { at: [new Map([['k', body]])] } })
    const spelled = [body, btoa(`x${body}`), btoa(`user:${body}`), Buffer.from(body).toString('hex')]
    for (const value of [...spelled, deep, new Error('x', { cause: new AggregateError([new Error(body)]) })])
      expect(leaksIn(value, { body }).length).toBeGreaterThan(0)
    expect(leaksIn(new Error('x'), { body })).toEqual([])
  })
})

describe.each(['undici', 'fetch'] as const)('over %s no secret is told by', (name) => {
  const isTold = (failure: FailureCase): boolean =>
    name === 'undici' || !('overFetch' in failure) || failure.overFetch !== undefined

  it.concurrent.each(Object.entries(failures).filter(([, failure]) => isTold(failure)))(
    '%s',
    async (_, failure) => {
      const server = await serve((req, res, n) => failure.answer?.(res, req, n))
      const url = markedUrl(failure.origin?.(server.url) ?? server.url)
      const stream = await told(url, { ...ways[name], retry: false, ...failure.config?.() })
      expect(keep(stream.error)).toBe((name === 'fetch' ? failure.overFetch : undefined) ?? failure.code)
      expect(leaksIn(stream, marks)).toEqual([])
    },
  )
})

describe('no secret is told either by', () => {
  it('a server that never answers TLS', async () => {
    const server = await serveTcp(() => {})
    const url = markedUrl(server.url.replace('http:', 'https:'))
    const stream = await told(url, { ...marked, retry: false, timeout: { connect: 40 } })
    expect(keep(stream.error)).toBe('connect_timeout')
    expect(leaksIn(stream, marks)).toEqual([])
  })

  it('any row of the gateway, before the stream and inside it, nor by the waits between them', async () => {
    const server = await serve((req, res, n) => {
      const code = (req.url ?? '').split('/')[1]
      const body = JSON.stringify({ error: { code, type: 't', message: 'm' } })
      if (n % 2 === 1) res.writeHead(503, { 'content-type': 'application/json' }).end(body)
      else res.writeHead(200, SSE).end(`data: ${body}\n\n`)
    })
    for (const row of Object.keys(gatewayFacts)) {
      const url = markedUrl(server.url, `/${row}`)
      for (const _ of ['status', 'in band']) {
        const stream = await told(url, { ...marked, retry: false })
        expect(keep(stream.error)).toBe(row)
        expect(leaksIn(stream, marks)).toEqual([])
      }
    }
    const waited = await told(markedUrl(server.url, '/model_overloaded'), {
      ...marked,
      retry: { count: 2, delay: 1 },
    })
    expect(waited.signals.map(({ type }) => type)).toContain('waiting')
    expect(leaksIn(waited, marks)).toEqual([])
  })

  it('the diagnostics channels, but for the path', async () => {
    const names = ['rx-sse:start', 'rx-sse:open', 'rx-sse:retry', 'rx-sse:end']
    const messages: [name: unknown, message: unknown][] = []
    const listener = (message: unknown, name: unknown): void => void messages.push([name, message])
    for (const name of names) subscribe(name, listener)
    onTestFinished(() => {
      for (const name of names) unsubscribe(name, listener)
    })
    const server = await serve(
      (_, res) => void res.writeHead(200, SSE).end('data: {"error":{"message":"m"}}\n\n'),
    )
    await told(markedUrl(server.url), { ...marked, retry: { count: 1, delay: 1 } })
    expect(new Set(messages.map(([name]) => name))).toEqual(new Set(names))
    const { path: _, ...hidden } = marks
    expect(leaksIn(messages, hidden)).toEqual([])
  })

  it('anything that is written: the library writes nothing', async () => {
    const output = written()
    const server = await serve((_, res) => void res.writeHead(500).end('no'))
    await told(markedUrl(server.url), { ...marked, retry: { count: 1, delay: 1 } })
    const text = output()
    expect(text).toBe('')
  })

  it('any row that was left out: these are all of them', () => {
    expect([...seen].sort()).toEqual([...Object.keys(gatewayFacts), ...Object.keys(ownFacts)].sort())
  })
})
