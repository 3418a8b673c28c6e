import { getEventListeners } from 'node:events'
import { readdirSync } from 'node:fs'

/** What this process holds of the system and of itself. */
export interface Resources {
  /** Bytes, after a collection. */
  readonly heap: number
  readonly external: number
  /** Bytes that the system has given it; they do not have to come back. */
  readonly rss: number
  /** Open descriptors; undefined where the system does not tell. */
  readonly descriptors: number | undefined
  /** Of `process.getActiveResourcesInfo()`. */
  readonly sockets: number
  readonly timers: number
  /** On the process, and on the signal that all streams share. */
  readonly listeners: number
}

/**
 * @throws Error without `--expose-gc`: what could be collected is no leak.
 */
export function resourcesNow(signal: AbortSignal): Resources {
  if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc')
  for (let run = 0; run < 4; run++) globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  const active = process.getActiveResourcesInfo()
  const held = (names: readonly string[]): number => active.filter((name) => names.includes(name)).length
  const onProcess = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return {
    heap: heapUsed,
    external,
    rss,
    descriptors: openDescriptors(),
    sockets: held(['TCPSocketWrap', 'TLSWrap', 'TCPConnectWrap', 'HTTP2SESSION', 'HTTP2STREAM']),
    timers: held(['Timeout', 'Immediate']),
    listeners: onProcess + getEventListeners(signal, 'abort').length,
  }
}

/** Undefined where the system does not tell. */
export function openDescriptors(): number | undefined {
  // The reading itself has one.
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length - 1 : undefined
}

const MIB = 2 ** 20

/** What compiled code, statistics and the ledger itself may have grown by; with 5,000 streams it is 1.7 KB a stream. */
const HEAP_SLACK = 8 * MIB

/** What has not gone back to what it was; empty if all has. Memory within a slack, all else to the last one. */
export function notGoneBack(before: Resources, after: Resources): readonly string[] {
  const list: string[] = []
  const memory = (what: 'heap' | 'external'): void => {
    const grown = after[what] - before[what]
    if (grown > HEAP_SLACK) {
      list.push(`${what}: ${(grown / MIB).toFixed(1)} MiB more than before, ${HEAP_SLACK / MIB} are allowed`)
    }
  }
  const exact = (what: 'descriptors' | 'sockets' | 'timers' | 'listeners'): void => {
    const [was, is] = [before[what] ?? 0, after[what] ?? 0]
    if (is > was) list.push(`${what}: ${is} instead of ${was}`)
  }
  memory('heap')
  memory('external')
  exact('descriptors')
  exact('sockets')
  exact('timers')
  exact('listeners')
  return list
}
