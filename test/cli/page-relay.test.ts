import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetch } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { relayedTransport } from '../../page/src/wire/relay.ts'
import type { RelayFrame } from '../../page/src/wire/types.ts'
import { relay, requestOf } from '../../src/cli/page-relay.ts'
import { eventStreamSignals, fromEventStream, isSseError, undiciTransport } from '../../src/index.ts'
import { type ScenarioName, scenarios } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { until } from '../server.ts'
import { faultServer } from './command.ts'
import { type PageUnderTest, page } from './page-of.ts'

async function frames(server: PageUnderTest, order: object): Promise<RelayFrame[]> {
  const response = await server.call('/api/relay', { method: 'GET', headers: [], ...order })
  const lines = (await response.text()).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as RelayFrame)
}

describe('POST /api/relay', () => {
  it('tells head, body and end as they come', async () => {
    const [server, gateway] = [await page(), await faultServer({ events: ['{}', '[DONE]'] })]
    const told = await frames(server, { url: gateway.url })
    expect(told[0]).toEqual({ connected: true })
    expect(told[1]).toMatchObject({
      head: { status: 200, headers: expect.arrayContaining([['content-type', 'text/event-stream']]) },
    })
    const body = told.flatMap((frame) => ('chunk' in frame ? [Buffer.from(frame.chunk, 'base64')] : []))
    expect(Buffer.concat(body).toString()).toBe('data: {}\n\ndata: [DONE]\n\n')
    expect(told.at(-1)).toEqual({ end: true })
  })

  it('sends what it is given and nothing that it was not', async () => {
    const [server, gateway] = [await page(), await faultServer()]
    const body = Buffer.from('{"a":"é"}').toString('base64')
    await frames(server, { url: `${gateway.url}/p?q=1`, method: 'POST', headers: [['x-api-key', 'k']], body })
    const [request] = gateway.requests
    expect(request).toMatchObject({ method: 'POST', url: '/p?q=1', body: '{"a":"é"}' })
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'connection',
      'content-length',
      'host',
      'x-api-key',
    ])
  })

  it.each<[string, object, string]>([
    ['a file', { url: 'file:///etc/passwd' }, 'only http and https URLs can be asked, not file:'],
    ['what is no URL', { url: 'secret-token' }, 'the URL is not valid'],
    [
      'a strange method',
      { url: 'http://x/', method: 'GET / HTTP/1.1' },
      'the method is not one that can be sent',
    ],
    [
      'headers of another shape',
      { url: 'http://x/', headers: { authorization: 'k' } },
      'headers must be [name, value] pairs',
    ],
  ])('refuses %s in plain words that repeat nothing of it', async (_, order, words) => {
    const server = await page()
    const response = await server.call('/api/relay', { method: 'GET', headers: [], ...order })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: { code: 'invalid', message: words } })
  })

  it('asks nobody for a page that has gone before its request was read', async () => {
    const gateway = await faultServer(scenarios.stall)
    const order = requestOf({ url: gateway.url, method: 'GET', headers: [] })
    let isAsked = false
    const server = createServer((_, response) => {
      response.on('close', () => {
        relay(order, response)
        isAsked = true
      })
      response.destroy()
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    await until(() => isAsked)
    // Whatever was sent before this is there before it.
    const last = await fetch(gateway.url, { headers: { 'x-last': '1' } })
    await last.body?.cancel()
    expect(gateway.requests.map(({ headers }) => headers['x-last'])).toEqual(['1'])
  })

  it('keeps the cookies of other servers from the page', async () => {
    const server = await page()
    const origin = createServer((_, response) => response.setHeader('set-cookie', 'a=1').end())
    onTestFinished(() => void origin.close())
    await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done))
    const { port } = origin.address() as AddressInfo
    const told = await frames(server, { url: `http://127.0.0.1:${port}/` })
    expect(JSON.stringify(told)).toContain('"status":200')
    expect(JSON.stringify(told)).not.toContain('a=1')
  })
})

describe('the relayed transport', () => {
  const NAMES: readonly ScenarioName[] = [
    'whole',
    'fin',
    'rst',
    'clean-end',
    'cut-in-event',
    'short-content-length',
    'bad-chunk-size',
    'reset-before-head',
    'unknown-model',
    'not-event-stream',
    'gzip',
    'cut-gzip',
    'redirect',
    'in-band-error',
    'unknown-coding',
  ]
  it.each(NAMES)('tells what undici tells: %s', async (name) => {
    const server = await page()
    const [direct, relayed] = [await faultServer(scenarios[name]), await faultServer(scenarios[name])]
    const config = { retry: false, body: { model: 'm' } } as const
    const expected = await collect(fromEventStream(direct.url, { ...config, transport: undiciTransport() }))
    const transport = relayedTransport(server.surroundings)
    const seen = await collect(fromEventStream(relayed.url, { ...config, transport }))
    expect(seen.values).toEqual(expected.values)
    expect(isSseError(seen.error)).toBe(isSseError(expected.error))
    if (!isSseError(seen.error) || !isSseError(expected.error)) return
    const plain = (error: object): unknown =>
      JSON.parse(JSON.stringify(error).replaceAll(relayed.url, '').replaceAll(direct.url, ''))
    expect(plain(seen.error)).toEqual(plain(expected.error))
  })

  it('ends the request at the far server when it is unsubscribed', async () => {
    const server = await page()
    const gateway = await faultServer(scenarios.stall)
    const transport = relayedTransport(server.surroundings)
    let values = 0
    const subscription = fromEventStream(gateway.url, { transport }).subscribe(() => values++)
    await until(() => values === 5, 'what comes before the stall')
    subscription.unsubscribe()
    expect((await gateway.abandoned(1)).clientGoneAt).toBeGreaterThan(0)
  })

  it('lets a reader that pauses hold the far server back', async () => {
    const server = await page()
    const piece = `data: ${'x'.repeat(60_000)}\n\n`
    let sent = 0
    const origin = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = (): void => {
        while (sent < 2000) {
          sent++
          if (!response.write(piece)) {
            response.once('drain', more)
            return
          }
        }
      }
      more()
    })
    onTestFinished(() => {
      origin.closeAllConnections()
      origin.close()
    })
    await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done))
    const { port } = origin.address() as AddressInfo
    const exchange = relayedTransport(server.surroundings).send(
      {
        method: 'GET',
        url: new URL(`http://127.0.0.1:${port}/`),
        headers: new Map(),
        body: undefined,
        sensitiveHeaders: [],
      },
      { onConnected() {}, onHead: () => exchange.pause(), onChunk() {}, onEnd() {}, onFailure() {} },
    )
    let before = -1
    await until(() => {
      const stands = sent > 0 && sent === before
      before = sent
      return stands
    }, 'the far server to stand still')
    expect(sent).toBeLessThan(1500)
    exchange.abort()
  })

  it('says that the local server is gone, and never that the stream is whole', async () => {
    const server = await page()
    const gateway = await faultServer(scenarios.stall)
    const seen: string[] = []
    const transport = relayedTransport(server.surroundings)
    const ended = new Promise<unknown>((resolve) => {
      eventStreamSignals(gateway.url, { transport, retry: false }).subscribe({
        next: ({ type }) => seen.push(type),
        error: resolve,
        complete: () => resolve('complete'),
      })
    })
    await until(() => seen.includes('value'), 'a value')
    await server.close()
    expect(await ended).toMatchObject({
      kind: 'stream_terminated',
      message: expect.stringContaining('is rx-sse page still running?'),
    })
    const again = await collect(fromEventStream(gateway.url, { transport, retry: false }))
    expect(again.error).toMatchObject({
      code: 'connection_failed',
      message: expect.stringContaining('rx-sse page'),
    })
  })
})
