import { resolveConfig } from '../../src/config-resolve.ts'
import { eventSource } from '../../src/dialects/event-source.ts'
import { Session } from '../../src/session/session.ts'
import type { Wakeup, Wakeups } from '../../src/session/wakeups.ts'
import type { TransportSink } from '../../src/transport/transport.ts'
import { type Outcome, RETRY_AFTER_S, type Storm } from './storms.ts'
import { seeded, VirtualClock } from './virtual-clock.ts'

export const CLIENTS = 1_000
export const BUCKET_MS = 100
/** All have their feed by time 0. */
const BEFORE_MS = 1_000
export const FIXED_MS = 3_000
/** A client is so far away from the server, one way: the least, and at most so much more. */
export const LATENCY = { least: 2, spread: 20 }
/** Whoever is not back by then is never. */
const HORIZON_MS = 600_000

/** A request after the blow, as it arrived at the server. */
interface Try {
  readonly at: number
  readonly outcome: Outcome
}

export interface StormRun {
  readonly tries: readonly Try[]
  /** When those who were served were, in order. */
  readonly backAt: readonly number[]
}

/** What the two kinds of client have in common: the way to the server and back. */
interface Network {
  readonly clock: VirtualClock
  /** @param on - hears of the outcome, and if that was `served`, once more when it is cut off */
  request(client: number, on: { outcome(outcome: Outcome | 'offline'): void; cut(): void }): void
}

type Start = (network: Network, storm: Storm) => void

function run(storm: Storm, start: Start, wake: () => void): StormRun {
  const clock = new VirtualClock(-BEFORE_MS)
  const random = seeded(1)
  const latency = Array.from({ length: CLIENTS }, () => LATENCY.least + random() * LATENCY.spread)
  const open = new Map<number, () => void>()
  const tries: Try[] = []
  const backAt: number[] = []
  let isStruck = storm.blow === 'ask'
  let bucket = -1
  let served = 0
  const answer = (at: number): Outcome => {
    if (!isStruck) return 'served'
    if (Math.floor(at / BUCKET_MS) !== bucket) served = 0
    bucket = Math.floor(at / BUCKET_MS)
    const outcome = storm.answer(at, served)
    tries.push({ at, outcome })
    if (outcome === 'served') {
      served++
      backAt.push(at)
    }
    return outcome
  }
  const network: Network = {
    clock,
    request(client, on) {
      const now = clock.now()
      if (storm.blow === 'offline' && now >= 0 && now < (storm.onlineAt ?? 0)) {
        clock.start(() => on.outcome('offline'), 0)
        return
      }
      clock.start(() => {
        const outcome = answer(clock.now())
        if (outcome === 'served') open.set(client, on.cut)
        clock.start(() => on.outcome(outcome), latency[client]!)
      }, latency[client]!)
    },
  }
  clock.start(() => start(network, storm), storm.blow === 'ask' ? BEFORE_MS : 0)
  clock.start(() => {
    if (storm.blow === 'ask') return
    isStruck = true
    const cut = [...open]
    open.clear()
    for (const [client, tell] of cut) clock.start(tell, storm.blow === 'offline' ? 0 : latency[client]!)
  }, BEFORE_MS)
  if (storm.onlineAt !== undefined) clock.start(wake, BEFORE_MS + storm.onlineAt)
  clock.runUntil(() => backAt.length === CLIENTS || clock.now() > HORIZON_MS)
  return { tries, backAt }
}

/** Waits for the same time after each failure, or as a `Retry-After` says; nothing is random. */
export const runFixed = (storm: Storm): StormRun =>
  run(
    storm,
    ({ clock, request }) => {
      for (let client = 0; client < CLIENTS; client++) {
        const ask = (): void =>
          request(client, {
            outcome(outcome) {
              if (outcome === 'busy') clock.start(ask, RETRY_AFTER_S * 1_000)
              else if (outcome !== 'served') clock.start(ask, FIXED_MS)
            },
            cut: () => clock.start(ask, FIXED_MS),
          })
        ask()
      }
    },
    () => {},
  )

const utf8 = new TextEncoder()
const HEADERS: Readonly<Record<string, string>> = { 'content-type': 'text/event-stream' }
const BUSY: Readonly<Record<string, string>> = { 'retry-after': String(RETRY_AFTER_S) }

/** What a transport tells of an outcome. */
function tell(sink: TransportSink, outcome: Outcome | 'offline', retryMs: number | undefined): void {
  if (outcome === 'refused' || outcome === 'offline') {
    sink.onFailure({ code: 'connection_failed', message: outcome })
    return
  }
  sink.onConnected()
  if (outcome === 'busy') {
    sink.onHead({ status: 503, header: (name) => BUSY[name] })
    sink.onEnd()
    return
  }
  sink.onHead({ status: 200, header: (name) => HEADERS[name] })
  if (retryMs !== undefined) sink.onChunk(utf8.encode(`retry: ${retryMs}\n\n`))
  sink.onChunk(utf8.encode('data: news\n\n'))
}

/** The library's own sessions, as they are configured by default; only time, chance and the network are not real. */
export function runSessions(storm: Storm): StormRun {
  const random = seeded(2)
  const listeners = new Set<(wakeup: Wakeup) => void>()
  const wakeups: Wakeups = (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const sessions: { stop(): void }[] = []
  const plan = resolveConfig('http://feed.test/', { dialect: eventSource() }, eventSource)
  const outcome = run(
    storm,
    (network, { blow, retryMs }) => {
      for (let client = 0; client < CLIENTS; client++) {
        const transport = {
          name: 'scripted',
          send(_request: unknown, sink: TransportSink) {
            let isGone = false
            const leave = (): void => {
              isGone = true
            }
            network.request(client, {
              outcome: (told) => isGone || tell(sink, told, retryMs),
              cut() {
                if (isGone) return
                if (blow === 'end') sink.onEnd()
                else sink.onFailure({ code: 'stream_terminated', reason: 'socket_reset', message: 'reset' })
              },
            })
            return { pause() {}, resume() {}, abort: leave, release: leave }
          },
        }
        const fail = (error: unknown): void => {
          throw error
        }
        const sink = { value() {}, complete: () => fail(new Error('a feed has no end')), error: fail }
        const session = new Session(plan, { transport, clock: network.clock, random, wakeups }, sink)
        sessions.push(session)
        session.start()
      }
    },
    () => {
      for (const listener of [...listeners]) listener('online')
    },
  )
  for (const session of sessions) session.stop()
  return outcome
}

/** What is counted of a run: requests that reached the server, but for the very first ones. */
export interface Figures {
  /** Most requests in one tenth of a second. */
  readonly peak: number
  /** When 99 % of the clients had their feed again. */
  readonly back99: number
  readonly requests: number
  /** The first request. */
  readonly firstAt: number
}

/** Requests per tenth of a second, by whether they were served. */
export interface Bucket {
  served: number
  others: number
}

export function bucketsOf(storm: Storm, { tries }: StormRun): readonly Bucket[] {
  const buckets: Bucket[] = []
  for (const { at, outcome } of returning(storm, tries)) {
    const index = Math.floor(at / BUCKET_MS)
    while (buckets.length <= index) buckets.push({ served: 0, others: 0 })
    buckets[index]![outcome === 'served' ? 'served' : 'others']++
  }
  return buckets
}

/** Where all ask for the first time at 0, that they do so at once is the storm, not the answer to it. */
const returning = ({ blow }: Storm, tries: readonly Try[]): readonly Try[] =>
  tries.filter(({ at }) => !(blow === 'ask' && at < BUCKET_MS))

export function figuresOf(storm: Storm, run: StormRun): Figures {
  const tries = returning(storm, run.tries)
  const buckets = bucketsOf(storm, run)
  return {
    peak: Math.max(...buckets.map(({ served, others }) => served + others)),
    back99: run.backAt[Math.ceil(CLIENTS * 0.99) - 1] ?? Number.POSITIVE_INFINITY,
    requests: tries.length,
    firstAt: tries[0]?.at ?? Number.POSITIVE_INFINITY,
  }
}
