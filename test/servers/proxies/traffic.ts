import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, buildConnector } from 'undici'
import { expect, it } from 'vitest'
import { fromEventStream, toAsyncIterable } from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { until } from '../../server.ts'
import { MIDWAY } from './completion.ts'
import { gatedOrigin } from './gated-origin.ts'
import { expectWhole } from './honest.ts'
import type { RunningProxy } from './proxy.ts'
import { scenarioOrigin } from './scenario-origin.ts'
import { ca, newAgent, PATIENCE } from './watch.ts'
import { bodyFor, headersFor, holdsBack, nameOf, type Way, watchBy } from './ways.ts'

const byName = (ways: readonly Way[]) => ways.map((way) => [nameOf(way), way] as const)

/** All others say 502, which may be tried again. */
const SAYS_500 = 'Apache httpd, h2 client'

/** What goes well without a proxy goes well through one. */
export function streamsComplete(proxy: () => RunningProxy, ways: readonly Way[]): void {
  it.concurrent.each(byName(ways))('%s: a whole stream is whole, with one request', async (_, way) => {
    const origin = await scenarioOrigin({})
    expectWhole(await watchBy(proxy(), way, origin, {}))
    expect(origin.requests).toHaveLength(1)
    expect(origin.requests[0]?.['x-client-protocol']).toBe(way.http2 ? 'HTTP/2.0' : 'HTTP/1.1')
    await origin.close()
  })

  it.concurrent.each(byName(ways))(
    '%s: an origin that is down is asked again, and no stream began',
    async (_, way) => {
      // Nothing listens on TCP port 1.
      const { error, values } = await watchBy(proxy(), way, { port: 1 }, { retry: { count: 2, delay: 1 } })
      expect(values).toEqual([])
      expect(error).toMatchObject({
        kind: 'request_failed',
        code: 'service_unavailable',
        status: expect.toBeOneOf([502, 503]),
        retryable: true,
        attempt: 3,
      })
    },
  )

  it.concurrent.each(byName(ways))('%s: an origin that hangs up before it answers', async (name, way) => {
    const origin = await scenarioOrigin({ answers: [{ fault: { type: 'fin', after: 'request' } }, {}] })
    const seen = await watchBy(proxy(), way, origin, { retry: { count: 2, delay: 1 } })
    if (name === SAYS_500) {
      expect(seen.error).toMatchObject({
        kind: 'request_failed',
        code: 'internal_error',
        retryable: false,
        status: 500,
      })
    } else {
      expectWhole(seen)
    }
    expect(origin.requests).toHaveLength(name === SAYS_500 ? 1 : 2)
    await origin.close()
  })

  it.concurrent.each(byName(ways))('%s: the origin sees that the client has unsubscribed', async (_, way) => {
    const origin = await scenarioOrigin({
      answers: [{ fault: { type: 'comments', after: { events: MIDWAY }, everyMs: 20 } }],
    })
    const dispatcher = newAgent()
    const url = proxy().url(origin, way)
    let seen = 0
    const subscription = fromEventStream(url, {
      body: bodyFor(way),
      dispatcher,
      headers: headersFor(way),
      timeout: PATIENCE,
    }).subscribe(() => seen++)
    await until(() => (holdsBack(way) ? origin.requests.length === 1 : seen === MIDWAY), 'the stream')
    expect(origin.recorded[0]?.clientGoneAt).toBeUndefined()
    subscription.unsubscribe()
    await until(() => origin.recorded[0]?.clientGoneAt !== undefined, 'the origin to see it')
    expect(origin.requests).toHaveLength(1)
    await origin.close()
    await dispatcher.destroy()
  })
}

const CROWD = 200

/** Many at the same time: every stream waits in its middle until all have come so far. */
export function crowdsComplete(
  proxy: () => RunningProxy,
  ways: readonly Way[],
  maxConcurrentStreams?: number,
): void {
  it.each(byName(ways))(`%s: ${CROWD} streams at once are whole`, async (_, way) => {
    const origin = await gatedOrigin()
    const dispatcher = newAgent(maxConcurrentStreams)
    const url = proxy().url(origin, way)
    const config = {
      body: bodyFor(way),
      dispatcher,
      headers: headersFor(way),
      timeout: PATIENCE,
      retry: false,
    } as const
    const all = Promise.all(Array.from({ length: CROWD }, () => collect(fromEventStream(url, config))))
    await Promise.race([all, until(() => origin.waiting === CROWD, `${CROWD} streams`)])
    expect(origin.waiting).toBe(CROWD)
    origin.open()
    for (const seen of await all) expectWhole(seen)
    expect(origin.requests).toHaveLength(CROWD)
    await dispatcher.destroy()
    await origin.close()
  })
}

const MB = 1024 * 1024

/** A consumer that takes its time holds back its own connection, whatever its proxy does. */
export function slowConsumersLoseNothing(proxy: () => RunningProxy, ways: readonly Way[]): void {
  it.each(byName(ways))('%s: a slow consumer holds little, and gets all', async (_, way) => {
    const flood = fork(resolve(import.meta.dirname, 'flood-process.ts'), { execArgv: [] })
    const [{ port, count }] = (await once(flood, 'message')) as [{ port: number; count: number }]
    const { dispatcher, received } = countingAgent()
    try {
      let taken = 0
      const stream = toAsyncIterable(proxy().url({ port }, way), {
        body: bodyFor(way),
        dispatcher,
        headers: headersFor(way),
        timeout: PATIENCE,
        retry: false,
      })
      for await (const { id, data } of stream) {
        taken++
        expect(id).toBe(String(taken))
        expect(data.startsWith(`${taken} x`)).toBe(true)
        if (taken === 10) expect(await standstill(received)).toBeLessThan(16 * MB)
        else if (taken % 256 === 0) await sleep(5)
      }
      expect(taken).toBe(count)
      // The count counts: all of it has come this way.
      expect(received()).toBeGreaterThan(way.route.includes('gzip') ? 0 : 64 * MB)
    } finally {
      await dispatcher.destroy()
      flood.kill()
    }
  })
}

/** An agent that tells how many bytes this process has read from its sockets. */
function countingAgent(): { dispatcher: Agent; received(): number } {
  const connector = buildConnector({ ca })
  const sockets: Socket[] = []
  const dispatcher = new Agent({
    connect: (options, callback) => {
      const socket = connector(options, callback) as unknown as Socket
      sockets.push(socket)
    },
  })
  return { dispatcher, received: () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0) }
}

/** The count once it does not grow any more. */
async function standstill(count: () => number): Promise<number> {
  for (let last = -1; ; ) {
    const now = count()
    if (now === last) return now
    last = now
    await sleep(200)
  }
}
