import { setMaxListeners } from 'node:events'
import { Crowd } from './crowd.ts'
import { delayOf, watchDelay } from './delay.ts'
import type { LedgerReport } from './ledger.ts'
import type { LotSettings } from './lot.ts'
import type { Delay, ServerState } from './messages.ts'
import type { Tamper } from './observe.ts'
import { notGoneBack, openDescriptors, type Resources } from './resources.ts'
import { startServerProcess } from './server.ts'
import { settle, warmUp, watchTroubles, wordsOf } from './stage.ts'

export interface SoakSettings {
  readonly lots: LotSettings
  /** At a time. */
  readonly streams: number
  /** How long new ones follow those that end, once all are there; what goes then is waited for. */
  readonly seconds: number
  readonly rampPerSecond: number
  readonly tamper?: Tamper | undefined
  readonly patienceMs?: number | undefined
  /** Called every few seconds. */
  readonly say?: ((line: string) => void) | undefined
}

export interface SoakReport {
  readonly settings: Pick<SoakSettings, 'lots' | 'streams' | 'seconds' | 'rampPerSecond'>
  readonly node: string
  /** What it took, the last stream included. */
  readonly seconds: number
  /** The most streams at a time, as the client counts. */
  readonly most: number
  readonly server: ServerState
  readonly ledger: LedgerReport
  readonly before: Resources
  readonly peak: Peak
  readonly after: Resources
  readonly delay: Delay
  /** CPU of this process, in seconds. */
  readonly cpu: number
  /** Everything that is off, in words; empty: nothing is. */
  readonly off: readonly string[]
}

/** The most under load, looked at every few seconds. */
type Peak = Pick<Resources, 'rss' | 'descriptors' | 'heap'>

const LOOK_MS = 5_000

function higher(peak: Peak): Peak {
  const { rss, heapUsed } = process.memoryUsage()
  return {
    rss: Math.max(peak.rss, rss),
    heap: Math.max(peak.heap, heapUsed),
    descriptors: Math.max(peak.descriptors ?? 0, openDescriptors() ?? 0),
  }
}

/** Runs streams for so long, and holds every one of them to its account. Needs `--expose-gc`. */
export async function runSoak(settings: SoakSettings): Promise<SoakReport> {
  const { lots, streams, seconds, rampPerSecond, tamper, patienceMs, say } = settings
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  const troubles = watchTroubles()
  const server = await startServerProcess({ lots, port: 0 })
  const { before, off: offWarm } = await warmUp(lots, signal)

  const crowd = new Crowd(server, { lots, streams, rampPerSecond, refill: true, signal, tamper, patienceMs })
  const delay = watchDelay()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  let peak: Peak = before
  let lookedAt = startedAt
  let fullAt: number | undefined
  await crowd.run(() => {
    const now = performance.now()
    if (now - lookedAt > LOOK_MS) {
      lookedAt = now
      peak = higher(peak)
      const at = Math.round((now - startedAt) / 1_000)
      say?.(`${at} s: ${crowd.going} streams, ${crowd.ledger.report().streams} accounted for`)
    }
    if (crowd.isFull) fullAt ??= now
    return fullAt !== undefined && now - fullAt > seconds * 1_000
  })
  const took = (performance.now() - startedAt) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  const delays = delayOf(delay)
  delay.disable()
  const after = await settle(server, signal, before)
  const state = await server.state()
  await server.kill()
  troubles.stop()

  const ledger = crowd.ledger.report()
  const off = [
    ...wordsOf(ledger),
    ...notGoneBack(before, after),
    ...troubles.list,
    ...ofServer(state, ledger),
    ...offWarm,
  ]
  return {
    settings: { lots, streams, seconds, rampPerSecond },
    node: process.versions.node,
    seconds: took,
    most: crowd.most,
    server: state,
    ledger,
    before,
    peak,
    after,
    delay: delays,
    cpu: (user + system) / 1e6,
    off,
  }
}

/** Streams of which the ledger does not know would be requests that it does not have. */
function ofServer(state: ServerState, ledger: LedgerReport): readonly string[] {
  const off: string[] = []
  if (state.connections > 0) off.push(`the server still has ${state.connections} connections`)
  if (state.open > 0) off.push(`the server is still answering ${state.open} requests`)
  if (state.requests !== ledger.requests) {
    off.push(`the server had ${state.requests} requests, the ledger has ${ledger.requests}`)
  }
  return off
}
