import {
  canServe,
  type Fault,
  type FaultPoint,
  type Scenario,
  type ScenarioName,
  scenarios,
} from '../../../src/testing/index.ts'
import { honestOutcome, patience, textOf, WIRES, type WireName, wireOptions } from '../../endings.ts'
import type { Draw, LotParts } from './lot.ts'
import { bytesIntoWave, chunksOf, numberedCompletion, withComments } from './numbered.ts'
import { between } from './random.ts'

/** A scenario of the kit on a wire that can have it. */
export interface Named {
  readonly name: ScenarioName
  readonly wire: WireName
}

/** Where the kit's own scenarios fail: after the role and four tokens. Ours fail anywhere. */
const KITS_MIDWAY = 5

/** Above what a busy machine is late by; the deadline that is to pass is shorter. */
const LONG_MS = 60_000
const PASSING_MS = 6_000

/** A deadline that a stream of this pace keeps, however late its events are. */
export const passingMs = (paceMs: number): number => PASSING_MS + 2 * paceMs

const isHealthy = (name: ScenarioName): boolean => {
  const { ending, requests = 1 } = honestOutcome(name, 'http/1.1')
  return ending === 'complete' && (requests === 1 || name === 'redirect')
}

/** Every way to fail of the kit, on every wire that can have it; what ends well at once is not among them. */
export const namedFailures: readonly Named[] = (Object.keys(scenarios) as ScenarioName[]).flatMap((name) =>
  isHealthy(name) && scenarios[name].answers?.some(({ fault }) => fault !== undefined) !== true
    ? []
    : WIRES.filter((wire) => canServe(scenarios[name], wireOptions[wire])).map((wire) => ({ name, wire })),
)

const endsBySilence = (name: ScenarioName): boolean =>
  Object.values(patience(name).timeout ?? {}).some((ms) => ms < 15_000)

/** The same without what a deadline ends. */
export const quickFailures: readonly Named[] = namedFailures.filter(({ name }) => !endsBySilence(name))

/** A scenario of the kit with a completion, a pace and a place of its own. */
export function named({ name, wire }: Named, { random, stream, tokens, ...draw }: Draw): LotParts {
  // So that the deadline which ends it can be short.
  const paceMs = endsBySilence(name) ? Math.min(draw.paceMs, 300) : draw.paceMs
  const events = numberedCompletion(stream, tokens)
  // Less than five IDs do not show that they count the events: a gap after them proves nothing.
  const at = name === 'resume-skips' ? between(random, 5, Math.max(5, tokens)) : between(random, 2, tokens)
  const given = scenarios[name]
  const identified = given.ids !== true && given.events !== undefined
  const own = identified ? withIds(events) : events
  /** The shift of a second cut, counted from where the stream was resumed. */
  const again = between(random, 1, Math.max(1, tokens - at))
  const place = (point: FaultPoint, second: boolean): FaultPoint => {
    if (name === 'cut-in-character') return { events: at, bytes: bytesIntoWave(events[at] as string) }
    if (name === 'no-done') return { events: events.length - 1 }
    if (point.events !== KITS_MIDWAY) return point
    return { ...point, events: second ? again : at }
  }
  const placed = (fault: Fault, second: boolean): Fault =>
    fault.after === 'request' ? fault : ({ ...fault, after: place(fault.after, second) } as Fault)
  const answers = (given.answers ?? [{}]).map((answer, index) => ({
    ...answer,
    ...(answer.body === undefined && { paceMs }),
    ...(answer.fault && { fault: placed(answer.fault, index > 0) }),
    ...(name === 'byte-by-byte' && { writeSize: [1, 7, 30] }),
    ...(name === 'chatter' && { events: withComments(events) }),
    ...(name === 'resume-changed' &&
      index > 0 && { events: withIds(numberedCompletion(stream + 1, tokens)) }),
  }))
  const scenario: Scenario = { ...given, events: own, answers }

  const outcome = honestOutcome(name, wire)
  const { timeout, retry } = patience(name)
  // Each of its attempts takes as long as the deadline.
  const once = endsBySilence(name) && outcome.requests === 3
  return {
    name,
    wire,
    scenario,
    ownConnection: answers.some(({ fault }) => fault !== undefined && strikesConnection(fault)),
    config: {
      retry: { ...(retry as object), ...(once && { count: 1 }), delay: 100 },
      timeout: Object.fromEntries(
        Object.entries(timeout ?? {}).map(([of, ms]) => [of, ms < 15_000 ? passingMs(paceMs) : LONG_MS]),
      ),
    },
    due: {
      positions: positionsOf(name, textOf(outcome), at, tokens),
      ending: atPlace(outcome.ending, at),
      requests: once ? 2 : (outcome.requests ?? 1),
      cursors: cursorsOf(name, at, again),
    },
    extraMs: 5_000 + (endsBySilence(name) ? 2 * (passingMs(paceMs) + 1_000) : 0),
  }
}

const withIds = (events: readonly string[]) =>
  events.map((data, index) => (data === '[DONE]' ? data : { data, id: String(index + 1) }))

/** The kit's outcomes are told of its own place. */
function atPlace(ending: ReturnType<typeof honestOutcome>['ending'], at: number) {
  return ending === 'complete' || ending.events !== KITS_MIDWAY ? ending : { ...ending, events: at }
}

function positionsOf(name: ScenarioName, text: string, at: number, tokens: number): readonly number[] {
  const whole = Array.from({ length: chunksOf(tokens) }, (_, position) => position)
  if (name === 'duplicate-id')
    return whole.flatMap((position) => (position === at - 1 ? [position, position] : [position]))
  if (name === 'skipped-id') return whole.filter((position) => position !== at)
  if (name === 'no-done' || honestOutcome(name, 'http/1.1').ending === 'complete') return whole
  return text === '' ? [] : whole.slice(0, at)
}

function cursorsOf(
  name: ScenarioName,
  at: number,
  again: number,
): readonly (string | undefined)[] | undefined {
  if (!name.startsWith('resume-')) return undefined
  const first = String(at)
  return name === 'resume-twice' ? [undefined, first, String(at + again)] : [undefined, first]
}

/** All that is on it dies with it. */
export const strikesConnection = ({ type }: Fault): boolean =>
  type === 'fin' || type === 'rst' || type === 'no-close-notify' || type === 'goaway'
