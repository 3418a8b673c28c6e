import { describe } from 'vitest'
import { needs } from '../installed.ts'
import { deaths } from './deaths.ts'
import { haproxy } from './haproxy.ts'
import { deathsAreTold, suddenDeathsAreTold, withProxy } from './suite.ts'
import { crowdsComplete, slowConsumersLoseNothing, streamsComplete } from './traffic.ts'
import { waysOf } from './ways.ts'

describe.runIf(needs({ programs: ['haproxy'], debian: ['haproxy'] }))('behind HAProxy', () => {
  const proxy = withProxy(haproxy)
  const ways = waysOf(haproxy.routes)
  deathsAreTold(proxy, ways, deaths)
  suddenDeathsAreTold(
    proxy,
    ways,
    deaths.filter((death) => 'answer' in death),
  )
  streamsComplete(proxy, ways)
  slowConsumersLoseNothing(proxy, ways)
  crowdsComplete(proxy, ways)
})
