import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { startFaultServer } from '../../../src/testing/index.ts'
import { until } from '../../server.ts'
import { needs } from '../installed.ts'
import { MIDWAY } from './completion.ts'
import { deaths } from './deaths.ts'
import { expectHonest, expectWhole } from './honest.ts'
import { type NginxRoute, nginx } from './nginx.ts'
import { scenarioOrigin } from './scenario-origin.ts'
import { deathsAreTold, suddenDeathsAreTold, withProxy } from './suite.ts'
import { crowdsComplete, slowConsumersLoseNothing, streamsComplete } from './traffic.ts'
import { newAgent } from './watch.ts'
import { headersFor, type Way, watchBy, watchDeath, waysOf } from './ways.ts'

const byDefault: NginxRoute = 'nginx, HTTP/1.0 to the origin'
const asAdvised: NginxRoute = 'nginx, HTTP/1.1, buffering off'
const compressed: NginxRoute = 'nginx, HTTP/1.1, buffering off, gzip'

describe.runIf(needs({ programs: ['nginx'], debian: ['nginx'] }))('behind nginx', () => {
  const proxy = withProxy(nginx)
  const ways = waysOf(nginx.routes)
  deathsAreTold(proxy, ways, deaths)
  suddenDeathsAreTold(
    proxy,
    ways,
    deaths.filter((death) => 'answer' in death),
  )
  streamsComplete(proxy, ways)
  slowConsumersLoseNothing(proxy, waysOf([byDefault, asAdvised]))
  crowdsComplete(proxy, waysOf([byDefault, asAdvised, compressed]))

  it.each(waysOf([compressed]))('is compressed where it says so: $route, HTTP/2 $http2', async (way) => {
    const origin = await startFaultServer()
    const dispatcher = newAgent()
    const url = proxy().url({ port: Number(new URL(origin.url).port) }, way)
    const { headers, body } = await request(url, { dispatcher, headers: headersFor(way) })
    expect(headers['content-encoding']).toBe('gzip')
    await body.dump()
    await dispatcher.destroy()
    await origin.close()
  })

  const rst = deaths.find(({ name }) => name === 'RST') as (typeof deaths)[number]

  it.each(waysOf([byDefault]))(
    'events that it held back are lost with their origin; the client says it has none: HTTP/2 $http2',
    async (way: Way) => {
      const seen = await watchDeath(proxy(), way, rst)
      expectHonest(seen, rst)
      expect(seen.values).toEqual([])
      expect(seen.error).toMatchObject({ status: 200, events: 0, bytes: 0, resumable: true })
    },
  )

  it.each(waysOf([byDefault]))(
    'an origin that asks for it with X-Accel-Buffering is not held back: HTTP/2 $http2',
    async (way: Way) => {
      const headers = { 'x-accel-buffering': 'no' }
      const fault = { type: 'stall', after: { events: MIDWAY } } as const
      const origin = await scenarioOrigin({ ids: true, answers: [{ headers, fault }, {}] })
      const counts: number[] = []
      const stream = watchBy(
        proxy(),
        way,
        origin,
        { onValue: (count) => counts.push(count), retry: { count: 1, delay: 1 } },
        true,
      )
      await until(() => counts.length >= MIDWAY, 'the events before the silence')
      expect(origin.requests).toHaveLength(1)
      expectWhole(await stream)
      expect(origin.requests).toHaveLength(2)
      await origin.close()
    },
  )
})
