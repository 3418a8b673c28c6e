import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Scenario } from '../../../src/testing/index.ts'
import { arrivalOf } from './arrivals.ts'
import type { Death } from './deaths.ts'
import { expectHonest, expectHonestIfAny, expectWhole, seenAs } from './honest.ts'
import { type ProxyKind, type RunningProxy, startProxy } from './proxy.ts'
import { scenarioOrigin } from './scenario-origin.ts'
import type { Watching } from './watch.ts'
import { nameOf, type Way, watchBy, watchDeath } from './ways.ts'

const RETRY = { count: 3, delay: 1 }

/** Runs a proxy during the tests of a file. */
export function withProxy(kind: ProxyKind): () => RunningProxy {
  let proxy: RunningProxy | undefined
  beforeAll(async () => {
    proxy = await startProxy(kind)
  })
  afterAll(() => proxy?.stop())
  return () => proxy as RunningProxy
}

/** Each death on each way: how it arrives, that it is told honestly, and that with IDs nothing of the stream is lost. */
export function deathsAreTold(
  proxy: () => RunningProxy,
  ways: readonly Way[],
  deaths: readonly Death[],
): void {
  const cases = ways.flatMap((way) => deaths.map((death) => ({ way, death })))
  it.concurrent.each(cases.map((one) => [nameOf(one.way), one.death.name, one] as const))(
    '%s: %s',
    async (name, deathName, { way, death }) => {
      const cut = await watchDeath(proxy(), way, death)
      expectHonest(cut, death)
      expect(seenAs(cut)).toBe(arrivalOf(name, deathName))

      const resumed = await watchDeath(proxy(), way, death, { retry: RETRY })
      expectWhole(resumed)
      expect(resumed.requests).toHaveLength(2)
      const cursor = cut.values.length === 0 ? undefined : String(cut.values.length)
      expect(resumed.requests[1]?.['last-event-id']).toBe(cursor)
    },
  )
}

/** The same from the fault server, which does not wait for anything to get through before it strikes. */
export function suddenDeathsAreTold(
  proxy: () => RunningProxy,
  ways: readonly Way[],
  deaths: readonly Death[],
): void {
  const cases = ways.flatMap((way) => deaths.map((death) => ({ way, death })))
  const watchFault = async (way: Way, death: Death, scenario: Scenario, watching: Watching) => {
    const origin = await scenarioOrigin(scenario)
    try {
      return await watchBy(proxy(), way, origin, watching, death.hasty)
    } finally {
      await origin.close()
    }
  }
  it.concurrent.each(cases.map((one) => [nameOf(one.way), one.death.name, one] as const))(
    '%s: %s, at once',
    async (_, __, { way, death }) => {
      const { answer } = death
      if (answer === undefined) throw new Error('not a fault of the fault server')
      expectHonestIfAny(await watchFault(way, death, { answers: [answer] }, {}), death)
      const scenario = { ids: true, answers: [answer, {}] }
      expectWhole(await watchFault(way, death, scenario, { retry: RETRY }))
    },
  )
}
