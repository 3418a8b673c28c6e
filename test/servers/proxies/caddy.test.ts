import { describe, expect, it } from 'vitest'
import { fromEventStream } from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { until } from '../../server.ts'
import { needs } from '../installed.ts'
import { caddy } from './caddy.ts'
import { MIDWAY } from './completion.ts'
import { deaths } from './deaths.ts'
import { gatedOrigin } from './gated-origin.ts'
import { expectWhole } from './honest.ts'
import { scenarioOrigin } from './scenario-origin.ts'
import { deathsAreTold, suddenDeathsAreTold, withProxy } from './suite.ts'
import { crowdsComplete, slowConsumersLoseNothing, streamsComplete } from './traffic.ts'
import { newAgent, PATIENCE } from './watch.ts'
import { watchBy, waysOf } from './ways.ts'

describe.runIf(needs({ programs: ['caddy'], debian: ['caddy'] }))('behind Caddy', () => {
  const proxy = withProxy(caddy)
  const ways = waysOf(caddy.routes)
  deathsAreTold(proxy, ways, deaths)
  suddenDeathsAreTold(
    proxy,
    ways,
    deaths.filter((death) => 'answer' in death),
  )
  streamsComplete(proxy, ways)
  slowConsumersLoseNothing(proxy, ways)
  crowdsComplete(proxy, ways)

  it.each(ways)(
    'it waits for a silent origin for ever, the client as long as it likes: HTTP/2 $http2',
    async (way) => {
      const origin = await scenarioOrigin({
        answers: [{ fault: { type: 'stall', after: { events: MIDWAY } } }],
      })
      const seen = await watchBy(proxy(), way, origin, { timeout: { ...PATIENCE, idle: 1_500 } })
      expect(seen.error).toMatchObject({ kind: 'stream_terminated', reason: 'idle', events: MIDWAY })
      await origin.close()
    },
  )

  it('of 600 POSTs over HTTP/1.1 it cuts some by itself, and ends them well: with IDs all are whole', async () => {
    const origin = await gatedOrigin()
    const dispatcher = newAgent()
    const url = proxy().url(origin, { route: 'Caddy', http2: false })
    const config = { body: {}, dispatcher, timeout: PATIENCE, retry: { delay: 1 } }
    const streams = Promise.all(Array.from({ length: 600 }, () => collect(fromEventStream(url, config))))
    await until(() => origin.waiting >= 600, '600 streams')
    origin.open()
    for (const seen of await streams) expectWhole(seen)
    await dispatcher.destroy()
    await origin.close()
  })
})
