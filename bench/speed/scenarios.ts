import type { Contender } from './contender.ts'
import { contenders } from './contenders.ts'
import type { Job } from './job.ts'
import { pathOf, type Served } from './served-request.ts'

export const GROUPS = [
  'burst',
  'trickle',
  'memory',
  'transport',
  'latency',
  'first',
  'resume',
  'growth',
] as const
type Group = (typeof GROUPS)[number]

export interface Scenario {
  readonly id: string
  readonly group: Group
  /** In this order in each round. Those that the others are divided by come first. */
  readonly contenders: readonly string[]
  readonly rounds: number
  /** Rounds before those that count: the compiler's. */
  readonly warmUp: number
  /** A process for each round: what one leaves in memory would be seen in the next. */
  readonly fresh?: boolean
  /** So many rounds that count are one process's; the next ones are another's, which is warmed up as the first was. Default: all. */
  readonly roundsOfProcess?: number
  /** Left out of a quick run. */
  readonly isLong?: boolean
  job(contender: Contender, origin: string): Job
}

const ids = (wanted: (contender: Contender) => boolean): readonly string[] =>
  contenders.filter(wanted).map(({ id }) => id)
const everyone = ids(() => true)
const FLOORS = ['floor', 'rx-sse', 'floor-text', 'rx-sse-raw'] as const
const onChat = ids(({ wire }) => wire === 'chat')

const urlOf = (origin: string, { wire }: Contender, served: Served): string => origin + pathOf(served, wire)

function burstJob(contender: Contender, origin: string): Job {
  const events = contender.burst
  const url = urlOf(origin, contender, { kind: 'burst', events })
  return { kind: 'drain', url, streams: 1, events, times: 1, opening: 0, closing: 0 }
}

const burst: Scenario = {
  id: 'burst',
  group: 'burst',
  contenders: everyone,
  // A round is a tenth of a second, and a median of few of them moves by a twentieth from run to run.
  rounds: 45,
  // What the compiler makes of a client is not the same in each process, and stays as long as that does: 1.05 to 1.17 times the floor.
  roundsOfProcess: 9,
  warmUp: 5,
  job: burstJob,
}

/** Before the first round of a scenario in each process. */
export const warmUpJob: Scenario['job'] = burstJob

/** @param events - of a stream, beside the one it is opened with and the one it ends with */
const trickle = (
  id: string,
  group: Group,
  [streams, ms, events]: readonly [number, number, number],
  more: Pick<Scenario, 'contenders' | 'rounds' | 'warmUp'>,
): Scenario => ({
  id,
  group,
  ...more,
  job: (contender, origin) => {
    const all = events + 2
    const url = urlOf(origin, contender, { kind: 'trickle', streams, events: all, ms })
    return { kind: 'drain', url, streams, events: all, times: 1, opening: 1, closing: 1 }
  },
})

const hold = (streams: number, who: readonly string[], rounds: number): Scenario => ({
  id: `memory-${streams}`,
  group: 'memory',
  contenders: who,
  rounds,
  warmUp: 0,
  fresh: true,
  job: (contender, origin) => ({
    kind: 'hold',
    url: urlOf(origin, contender, { kind: 'hold', events: 5 }),
    warmUp: urlOf(origin, contender, { kind: 'burst', events: 20_000 }),
    streams,
    events: 5,
  }),
})

const latency = (id: string, [streams, ms, events]: readonly [number, number, number]): Scenario => ({
  id,
  group: 'latency',
  contenders: ['socket', ...onChat],
  rounds: 3,
  warmUp: 1,
  job: (contender, origin) => ({
    kind: 'latency',
    url: urlOf(origin, contender, { kind: 'stamped', streams, events, ms }),
    streams,
    events,
  }),
})

const first = (id: string, kind: 'first' | 'close'): Scenario => ({
  id,
  group: 'first',
  contenders: everyone,
  rounds: 3,
  warmUp: 1,
  job: (contender, origin) => ({ kind: 'first', url: urlOf(origin, contender, { kind }), times: 150 }),
})

const resume: Scenario = {
  id: 'resume',
  group: 'resume',
  contenders: ['undici-resume', 'rx-sse-resume'],
  rounds: 3,
  warmUp: 1,
  job: (contender, origin) => ({
    kind: 'resume',
    url: urlOf(origin, contender, { kind: 'cut', events: 5 }),
    times: 100,
    events: 5,
  }),
}

/** So many events a millisecond over all streams, however many they are: each read of a socket finds one. */
const EVENTS_A_MS = 10
const GROWTH_EVENTS = 10_000

export const STREAM_COUNTS = [10, 100, 1_000, 10_000] as const
const byStreams = STREAM_COUNTS.map(
  (streams): Scenario =>
    trickle(`streams-${streams}`, 'growth', [streams, streams / EVENTS_A_MS, GROWTH_EVENTS / streams], {
      contenders: ['floor', 'rx-sse'],
      rounds: 3,
      warmUp: 1,
    }),
)

export const EVENT_COUNTS = [1_000, 10_000, 100_000, 1_000_000, 10_000_000] as const
const byEvents = EVENT_COUNTS.map(
  (events): Scenario => ({
    id: `events-${events}`,
    group: 'growth',
    contenders: FLOORS,
    rounds: events > 1_000_000 ? 1 : 3,
    // A long stream is its own.
    warmUp: events > 1_000_000 ? 0 : 2,
    isLong: events > 1_000_000,
    job: (contender, origin) => {
      const url = urlOf(origin, contender, { kind: 'burst', events })
      const times = Math.max(1, 200_000 / events)
      return { kind: 'drain', url, streams: 1, events, times, opening: 0, closing: 0 }
    },
  }),
)

const LONG_STREAM = 10_000_000
const overTime: Scenario = {
  id: 'heap',
  group: 'growth',
  contenders: ['floor', 'rx-sse'],
  rounds: 1,
  warmUp: 0,
  fresh: true,
  isLong: true,
  job: (contender, origin) => ({
    kind: 'growth',
    url: urlOf(origin, contender, { kind: 'burst', events: LONG_STREAM }),
    events: LONG_STREAM,
  }),
}

export const EVENT_MIB = [8, 16, 32, 64] as const
export const PIECES = [65_536, 1] as const
const byBytes = PIECES.flatMap((piece) =>
  EVENT_MIB.map(
    (mib): Scenario => ({
      id: `event-${mib}-${piece}`,
      group: 'growth',
      contenders: ['floor-text', 'rx-sse-raw'],
      rounds: piece === 1 ? 1 : 5,
      warmUp: piece === 1 ? 0 : 1,
      fresh: piece === 1,
      isLong: piece === 1 && mib > 8,
      job: () => ({ kind: 'big-event', bytes: mib * 1_048_576, piece }),
    }),
  ),
)

/** All that is measured, in the order in which it is. */
export const scenarios: readonly Scenario[] = [
  burst,
  trickle('trickle-300-20', 'trickle', [300, 20, 120], { contenders: everyone, rounds: 5, warmUp: 1 }),
  trickle('trickle-300-200', 'trickle', [300, 200, 12], { contenders: everyone, rounds: 5, warmUp: 1 }),
  trickle('trickle-3000-20', 'trickle', [3_000, 20, 40], { contenders: FLOORS, rounds: 5, warmUp: 1 }),
  trickle('trickle-3000-200', 'trickle', [3_000, 200, 8], { contenders: onChat, rounds: 3, warmUp: 0 }),
  hold(300, FLOORS, 5),
  hold(3_000, everyone, 5),
  trickle('transport', 'transport', [50, 5, 400], {
    contenders: ['floor', 'request-events', 'request-iterator'],
    rounds: 5,
    warmUp: 1,
  }),
  latency('latency-rest', [1, 5, 200]),
  latency('latency-load', [300, 20, 50]),
  first('first-warm', 'first'),
  first('first-cold', 'close'),
  resume,
  ...byStreams,
  ...byEvents,
  overTime,
  ...byBytes,
]
