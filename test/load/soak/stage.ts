import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from './crowd.ts'
import type { LedgerReport } from './ledger.ts'
import type { LotSettings } from './lot.ts'
import { notGoneBack, type Resources, resourcesNow } from './resources.ts'
import { type ServerProcess, startServerProcess } from './server.ts'

/** What nobody caught, and what Node warns of: a leak of listeners among it. */
export function watchTroubles(): { readonly list: string[]; stop(): void } {
  const list: string[] = []
  const on = (what: string) => (value: unknown) => void list.push(`${what}: ${String(value)}`)
  const rejection = on('unhandled rejection')
  const exception = on('uncaught exception')
  const warning = on('warning')
  process.on('unhandledRejection', rejection)
  process.on('uncaughtException', exception)
  process.on('warning', warning)
  return {
    list,
    stop() {
      process.off('unhandledRejection', rejection)
      process.off('uncaughtException', exception)
      process.off('warning', warning)
    },
  }
}

const SETTLE_MS = 30_000

/** Waits until everything that streams had of the system is given back: idle connections after their keep-alive. */
export async function settle(
  server: ServerProcess,
  signal: AbortSignal,
  wanted?: Resources,
): Promise<Resources> {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    await sleep(250)
    const { connections } = await server.state()
    if (connections > 0 && performance.now() < until) continue
    const now = resourcesNow(signal)
    if (wanted === undefined || performance.now() > until || notGoneBack(wanted, now).length === 0) return now
  }
}

/** Every discrepancy of a ledger, in words. */
export const wordsOf = ({ discrepancies }: LedgerReport): readonly string[] =>
  Object.entries(discrepancies).map(([type, number]) => `${type}: ${number}`)

const WARM_UP_MS = 3_000
const WARM_UP: Pick<LotSettings, 'paceMs' | 'tokens' | 'quick'> = {
  paceMs: [1, 10],
  tokens: [5, 10],
  quick: true,
}

/**
 * Runs some thousand short streams first, so that what is made once only (compiled code, pools) does not look like a leak.
 *
 * @returns what all later has to go back to
 */
export async function warmUp(
  lots: LotSettings,
  signal: AbortSignal,
): Promise<{ readonly before: Resources; readonly off: readonly string[] }> {
  const cold = resourcesNow(signal)
  const warmLots = { ...lots, ...WARM_UP }
  const server = await startServerProcess({ lots: warmLots, port: 0 })
  const crowd = new Crowd(server, { lots: warmLots, streams: 200, rampPerSecond: 400, refill: true, signal })
  const until = performance.now() + WARM_UP_MS
  await crowd.run(() => performance.now() > until)
  await settle(server, signal)
  await server.kill()
  await sleep(100)
  const warm = resourcesNow(signal)
  const report = crowd.ledger.report()
  const off = [...wordsOf(report), ...report.told].map((words) => `while warming up: ${words}`)
  // What only the first use makes may stay; sockets, timers and listeners are never kept.
  return {
    before: { ...warm, sockets: cold.sockets, timers: cold.timers, listeners: cold.listeners },
    off,
  }
}
