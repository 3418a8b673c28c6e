import { kill } from 'node:process'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { until } from '../../server.ts'
import { needs } from '../installed.ts'
import { gatedOrigin } from './gated-origin.ts'
import { expectWhole } from './honest.ts'
import { nginx } from './nginx.ts'
import type { RunningProxy } from './proxy.ts'
import { withProxy } from './suite.ts'
import { nameOf, watchBy, waysOf } from './ways.ts'

/** The process that answers new connections. */
async function workerOf(proxy: RunningProxy): Promise<number> {
  const url = new URL('/worker', proxy.url({ port: 1 }, { route: nginx.routes[0] as string, http2: false }))
  const { body } = await request(url, { reset: true })
  return Number(await body.text())
}

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0)
  } catch {
    return false
  }
}

describe.runIf(needs({ programs: ['nginx'], debian: ['nginx'] }))('a graceful reload of nginx', () => {
  const proxy = withProxy(nginx)

  it('in the middle of a stream leaves it whole, with one request, on every way', async () => {
    const origins = await Promise.all(
      waysOf(nginx.routes).map(async (way) => ({ way, origin: await gatedOrigin() })),
    )
    const before = await workerOf(proxy())
    const streams = Promise.all(origins.map(({ way, origin }) => watchBy(proxy(), way, origin, {})))
    await until(() => origins.every(({ origin }) => origin.waiting === 1), 'the streams')

    kill(proxy().process.pid, 'SIGHUP')
    let now = before
    while (now === before) now = await workerOf(proxy())
    // The streams hold the worker of before the reload.
    expect(isAlive(before)).toBe(true)

    for (const { origin } of origins) origin.open()
    for (const [index, seen] of (await streams).entries()) {
      const { way, origin } = origins[index] as (typeof origins)[number]
      expectWhole(seen)
      expect(origin.requests, nameOf(way)).toHaveLength(1)
    }
    await until(() => !isAlive(before), 'the former worker to leave')
    const origin = await gatedOrigin()
    origin.open()
    for (const way of waysOf(nginx.routes)) expectWhole(await watchBy(proxy(), way, origin, {}))
    await Promise.all([origin, ...origins.map((one) => one.origin)].map((one) => one.close()))
  })
})
