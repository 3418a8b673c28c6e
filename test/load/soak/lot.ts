import type { EventStreamConfig } from '../../../src/index.ts'
import type { Scenario } from '../../../src/testing/index.ts'
import type { HonestOutcome, WireName } from '../../endings.ts'
import { named, namedFailures, quickFailures } from './named-lot.ts'
import { between, oneOf, type Random, randomOf } from './random.ts'
import { brokenOften, givenUp } from './resumed-lot.ts'

/** What both processes draw lots from: the same settings and number give the same lot. */
export interface LotSettings {
  readonly seed: number
  /** From 0 to 1. */
  readonly failing: number
  /** Milliseconds between two events, both ends included; a stream has one pace. */
  readonly paceMs: readonly [least: number, most: number]
  /** Of a completion, both ends included. */
  readonly tokens: readonly [least: number, most: number]
  /** Streams that do nothing but go on, half of them with IDs: for a server that is killed. */
  readonly plain?: boolean
  /** Nothing that a deadline has to end: to warm up with. */
  readonly quick?: boolean
}

/** A stream before it has been made: what its server does, how it is read, and what must come of it. */
export interface Lot {
  /** From 0 up. */
  readonly stream: number
  /** What the account calls it. */
  readonly name: string
  readonly wire: WireName
  readonly scenario: Scenario
  readonly way: 'fromEventStream' | 'eventStreamSignals' | 'toAsyncIterable'
  readonly config: Pick<EventStreamConfig<unknown>, 'retry' | 'timeout' | 'resume'>
  /** Its fault strikes the connection: over HTTP/2 others on it would die too. */
  readonly ownConnection: boolean
  /** Unsubscribe right after this many values. */
  readonly leaveAfter: number | undefined
  readonly due: Due
  /** It takes at least so long, in milliseconds: an account that is asked for earlier is too early. */
  readonly lastsMs: number
}

/** What must come of a stream. */
interface Due {
  /** Where each value stands in its completion, in the order of delivery. */
  readonly positions: readonly number[]
  /** `left`: by our own unsubscribing. `complete or cut`: the server is killed under it, when is not known. */
  readonly ending: HonestOutcome['ending'] | 'left' | 'complete or cut' | 'complete, however often cut'
  /** Undefined: the server does not know, it was killed meanwhile. */
  readonly requests: number | undefined
  /** The `Last-Event-ID` of each request; undefined: not looked at. */
  readonly cursors: readonly (string | undefined)[] | undefined
}

/** What kinds of lots are made of. */
export interface Draw {
  readonly random: Random
  readonly stream: number
  readonly tokens: number
  readonly paceMs: number
}

export type LotParts = Pick<Lot, 'name' | 'wire' | 'scenario' | 'config' | 'ownConnection'> & {
  readonly due: Due
  /** Deadlines and waits that pass beside the events. */
  readonly extraMs?: number
}

const WHOLE = [
  'gzip',
  'br',
  'zstd',
  'content-length',
  'unframed',
  'byte-by-byte',
  'chatter',
  'redirect',
] as const

export function drawLot(settings: LotSettings, stream: number): Lot {
  const random = randomOf(settings.seed, stream)
  const draw: Draw = {
    random,
    stream,
    tokens: between(random, ...settings.tokens),
    paceMs: between(random, ...settings.paceMs),
  }
  const way = oneOf(random, [
    'fromEventStream',
    'fromEventStream',
    'eventStreamSignals',
    'toAsyncIterable',
  ] as const)
  const parts = settings.plain === true ? plain(draw) : drawParts(draw, settings)
  const leaves = parts.due.ending === 'complete' && parts.due.requests === 1 && random() < 0.04
  const leaveAfter = leaves ? between(random, 1, draw.tokens) : undefined
  const due: Due =
    leaveAfter === undefined
      ? parts.due
      : { ...parts.due, positions: parts.due.positions.slice(0, leaveAfter), ending: 'left' }
  const lastsMs = draw.paceMs * (draw.tokens + 4) + (parts.extraMs ?? 0)
  return { ...parts, stream, way, leaveAfter, due, lastsMs }
}

function drawParts(draw: Draw, { failing, quick = false }: LotSettings): LotParts {
  const { random } = draw
  if (random() < failing) {
    const which = random()
    if (which < 0.45) return brokenOften(draw, quick)
    return which < 0.55 ? givenUp(draw) : named(oneOf(random, quick ? quickFailures : namedFailures), draw)
  }
  const wire = oneOf<WireName>(random, [...Array<WireName>(46).fill('http/1.1'), 'tls', 'h2', 'h2', 'h2'])
  // Coders weigh: what they cost is not ours to measure here.
  const { name, wire: on } =
    random() < 0.1 ? { name: oneOf(random, WHOLE), wire } : { name: 'whole' as const, wire }
  return named({ name, wire: on }, draw)
}

/** With IDs every cut must be mended; without, a stream that was cut after its first value must say so. */
function plain(draw: Draw): LotParts {
  const ids = draw.stream % 2 === 0
  const { scenario, due } = named({ name: 'whole', wire: 'http/1.1' }, draw)
  return {
    name: ids ? 'with IDs' : 'without IDs',
    wire: 'http/1.1',
    scenario: { ...scenario, ids },
    config: {
      retry: { count: 1_000, delay: 100, maxDelay: 1_000 },
      timeout: { connect: 5_000, first: 60_000, idle: 60_000, stall: 60_000 },
    },
    ownConnection: false,
    due: {
      ...due,
      ending: ids ? 'complete, however often cut' : 'complete or cut',
      requests: undefined,
      cursors: undefined,
    },
  }
}
