import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from './crowd.ts'
import type { LedgerReport } from './ledger.ts'
import type { LotSettings } from './lot.ts'
import { notGoneBack, type Resources } from './resources.ts'
import { type ServerProcess, startServerProcess } from './server.ts'
import { settle, warmUp, watchTroubles, wordsOf } from './stage.ts'

export interface KilledSettings {
  readonly lots: Omit<LotSettings, 'plain' | 'failing'>
  readonly streams: number
  readonly rampPerSecond: number
  readonly kills: number
  /** Milliseconds without a server. */
  readonly downMs: number
  /** What all has to go back to. Default: what a warm-up leaves. */
  readonly before?: Resources | undefined
  readonly say?: ((line: string) => void) | undefined
}

/** What a kill has met, and what came back of it. */
interface Kill {
  readonly streams: number
  /** Requests with a `Last-Event-ID` that the next server had. */
  readonly resumptions: number
}

export interface KilledReport {
  readonly kills: readonly Kill[]
  readonly ledger: LedgerReport
  readonly before: Resources
  readonly after: Resources
  readonly off: readonly string[]
}

/** Under load a server works for a while before it is killed. */
const UP_MS = 2_500

/** Kills the server under its streams with SIGKILL, and starts it again at the same port, some times. Needs `--expose-gc`. */
export async function runKilled(settings: KilledSettings): Promise<KilledReport> {
  const { streams, rampPerSecond, kills, downMs, say } = settings
  const lots: LotSettings = { ...settings.lots, failing: 0, plain: true }
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  const troubles = watchTroubles()
  let server: ServerProcess = await startServerProcess({ lots, port: 0 })
  const { before, off: offWarm } =
    settings.before === undefined ? await warmUp(lots, signal) : { before: settings.before, off: [] }
  const crowd = new Crowd(server, { lots, streams, rampPerSecond, refill: false, signal })

  const met: number[] = []
  const back: number[] = []
  let isOver = false
  const breaking = (async () => {
    while (!crowd.isFull) await sleep(50)
    for (let kill = 0; kill < kills; kill++) {
      await sleep(UP_MS)
      if (kill > 0) back.push((await server.state()).resumptions)
      met.push(crowd.going)
      await server.kill()
      say?.(`killed under ${crowd.going} streams`)
      await sleep(downMs)
      server = await startServerProcess({ lots, port: server.port })
    }
  })().finally(() => {
    isOver = true
  })
  await crowd.run(() => isOver)
  await breaking
  back.push((await server.state()).resumptions)
  const after = await settle(server, signal, before)
  await server.kill()
  troubles.stop()

  const ledger = crowd.ledger.report()
  return {
    kills: met.map((streams, kill) => ({ streams, resumptions: back[kill] as number })),
    ledger,
    before,
    after,
    off: [...wordsOf(ledger), ...notGoneBack(before, after), ...troubles.list, ...offWarm],
  }
}
