import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { Ledger } from './ledger.ts'
import { drawLot, type Lot, type LotSettings } from './lot.ts'
import { type Observation, observe, type Tamper } from './observe.ts'
import type { ServerProcess } from './server.ts'

export interface CrowdSettings {
  readonly lots: LotSettings
  /** At a time. */
  readonly streams: number
  /** As many are started in a second, until all are there. */
  readonly rampPerSecond: number
  /** Whether a stream that has ended is followed by another one. */
  readonly refill: boolean
  readonly signal: AbortSignal
  readonly tamper?: Tamper | undefined
  /** What a stream may be late by before it counts as silent. */
  readonly patienceMs?: number | undefined
}

interface Going {
  readonly lot: Lot
  readonly seen: Observation
  readonly agent: Agent | undefined
  /** By then, on the crowd's clock, it must have ended. */
  readonly until: number
}

interface Over extends Omit<Going, 'until'> {
  readonly at: number
}

/** What a stream may be late by, on a machine that does other things too. */
const PATIENCE_MS = 45_000
/** How long after a stream's end the server may be told of it. */
const SERVER_LATE_MS = 15_000
const TICK_MS = 250
const PARTS = 10

/** Many streams at a time, each in the ledger when it is over. */
export class Crowd {
  readonly ledger: Ledger = new Ledger()
  readonly #server: ServerProcess
  readonly #settings: CrowdSettings
  readonly #agents: Readonly<Record<'tls' | 'h2', Agent>>
  readonly #going = new Map<number, Going>()
  #over: Over[] = []
  #forget: number[] = []
  /** Milliseconds in which this process could work: on a machine that has no time for it, nothing is silent yet. */
  #clock = 0
  #slots = 0
  #startedAt: number | undefined
  #next = 0
  #most = 0
  #draining = false

  constructor(server: ServerProcess, settings: CrowdSettings) {
    this.#server = server
    this.#settings = settings
    this.#agents = { tls: this.#agentOf('tls'), h2: this.#agentOf('h2') }
  }

  get going(): number {
    return this.#going.size
  }

  /** Whether all have been started that are to be there at a time. */
  get isFull(): boolean {
    return this.#slots >= this.#settings.streams
  }

  /** The most that ever were at a time. */
  get most(): number {
    return this.#most
  }

  /**
   * Starts streams and writes down those that end, until `done` says that it is enough; then waits for the rest.
   *
   * @param done - asked every quarter of a second.
   */
  async run(done: () => boolean): Promise<void> {
    while (!done()) await this.#tick()
    this.#draining = true
    while (this.#going.size > 0 || this.#over.length > 0) await this.#tick()
    await Promise.all([this.#agents.tls.close(), this.#agents.h2.close()])
  }

  async #tick(): Promise<void> {
    // Few at a time: what a burst of connections does to the event loop is not what is measured here.
    for (let part = 0; part < PARTS; part++) {
      this.#ramp()
      await sleep(TICK_MS / PARTS)
      this.#clock += TICK_MS / PARTS
    }
    this.#findSilent()
    await this.#writeDown()
  }

  #ramp(): void {
    if (this.#draining) return
    this.#startedAt ??= performance.now()
    const { streams, rampPerSecond } = this.#settings
    const seconds = (performance.now() - this.#startedAt) / 1_000
    const due = Math.min(streams, Math.ceil(seconds * rampPerSecond), this.#slots + rampPerSecond / 10)
    for (; this.#slots < due; this.#slots++) this.#start()
  }

  #start(): void {
    const { lots, signal, tamper, patienceMs = PATIENCE_MS } = this.#settings
    const lot = drawLot(lots, this.#next++)
    const agent = lot.wire === 'h2' && lot.ownConnection ? this.#agentOf('h2') : undefined
    const dispatcher = agent ?? (lot.wire === 'http/1.1' ? undefined : this.#agents[lot.wire])
    const own = { ...(dispatcher && { dispatcher }), ...(lot.stream % 2 === 0 && { signal }) }
    const url = `${this.#server.urls[lot.wire]}/${lot.stream}`
    const seen = observe(url, lot, own, () => queueMicrotask(() => this.#onOver(lot.stream)), tamper)
    const until = this.#clock + lot.lastsMs * 1.5 + patienceMs
    this.#going.set(lot.stream, { lot, seen, agent, until })
    this.#most = Math.max(this.#most, this.#going.size)
  }

  #onOver(stream: number): void {
    const going = this.#going.get(stream)
    if (going === undefined) return
    this.#going.delete(stream)
    this.#over.push({ ...going, at: performance.now() })
    // Not before all are there: a machine that is slow to start them would only make more and more.
    if (this.#settings.refill && this.isFull && !this.#draining) this.#start()
  }

  #findSilent(): void {
    for (const [stream, { until }] of this.#going) if (this.#clock > until) this.#onOver(stream)
  }

  async #writeDown(): Promise<void> {
    const now = performance.now()
    const known = this.#settings.lots.plain !== true
    const asked = this.#over.filter(({ at }) => now - at > TICK_MS / 2)
    if (asked.length === 0) return
    const streams = asked.map(({ lot }) => lot.stream)
    const records = known ? await this.#server.records(streams, this.#forget) : []
    this.#forget = []
    const written = new Set<Over>()
    for (const [index, over] of asked.entries()) {
      const record = records[index]
      // It has not heard of the end yet.
      const late = record !== undefined && record.open > 0
      if (late && now - over.at < SERVER_LATE_MS) continue
      this.ledger.enter(over.lot, over.seen, record)
      written.add(over)
      this.#forget.push(over.lot.stream)
      void over.agent?.destroy()
    }
    this.#over = this.#over.filter((over) => !written.has(over))
  }

  #agentOf(wire: 'tls' | 'h2'): Agent {
    const ca = this.#server.certificates[wire]
    return new Agent({ connect: ca === undefined ? {} : { ca } })
  }
}
