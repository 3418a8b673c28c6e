import { describe, expect, it } from 'vitest'
import { needs } from '../installed.ts'
import { type ApacheRoute, apache, apacheModules } from './apache.ts'
import { deaths, http2Deaths } from './deaths.ts'
import { expectHonest } from './honest.ts'
import { deathsAreTold, suddenDeathsAreTold, withProxy } from './suite.ts'
import { crowdsComplete, slowConsumersLoseNothing, streamsComplete } from './traffic.ts'
import { watchDeath, waysOf } from './ways.ts'

const route: ApacheRoute = 'Apache httpd'
const http2Route: ApacheRoute = 'Apache httpd, HTTP/2 to the origin'

const installed = needs({ programs: ['apache2'], files: apacheModules, debian: ['apache2'] })

describe.runIf(installed)('behind Apache', () => {
  const proxy = withProxy(apache)
  const ways = waysOf([route])
  deathsAreTold(proxy, ways, deaths)
  deathsAreTold(proxy, waysOf([http2Route]), http2Deaths)
  suddenDeathsAreTold(
    proxy,
    ways,
    deaths.filter((death) => 'answer' in death),
  )
  streamsComplete(proxy, ways)
  slowConsumersLoseNothing(proxy, ways)
  // It begins with six streams of a new HTTP/2 connection at a time, and takes on more as some end.
  crowdsComplete(proxy, ways, 5)

  it.each(waysOf([http2Route]))(
    'its own error page inside the stream is no part of it: HTTP/2 $http2',
    async (way) => {
      const death = http2Deaths[0]
      const seen = await watchDeath(proxy(), way, death)
      expectHonest(seen, death)
      expect(seen.error).toMatchObject({
        status: 200,
        reason: 'clean_end',
        leftover: expect.stringContaining('<title>503 Service Unavailable</title>'),
      })
    },
  )
})
