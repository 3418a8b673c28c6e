import { type Answer, type Fault, gatewayError } from '../../../src/testing/index.ts'
import type { HonestOutcome, WireName } from '../../endings.ts'
import type { Draw, LotParts } from './lot.ts'
import { passingMs, strikesConnection } from './named-lot.ts'
import { chunksOf, numberedCompletion } from './numbered.ts'
import { between, oneOf, type Random } from './random.ts'

/** Deaths in the middle of a stream that may be resumed, by the wire that can have them. */
const DEATHS: Readonly<Record<'any' | WireName, readonly Fault['type'][]>> = {
  any: ['fin', 'rst', 'clean-end', 'in-band-error', 'short-content-length', 'append', 'stall'],
  'http/1.1': ['bad-chunk-size'],
  tls: ['bad-chunk-size', 'no-close-notify'],
  h2: ['stream-reset', 'goaway', 'no-close-notify'],
}

const COUNT = 3

function death(random: Random, wire: WireName, events: number, quick: boolean): Fault {
  const types = [...DEATHS.any, ...DEATHS[wire]]
  const type = oneOf(random, quick ? types.filter((type) => type !== 'stall') : types)
  // Inside an event, or between two.
  const after = { events, ...(random() < 0.5 && { bytes: between(random, 1, 60) }) }
  switch (type) {
    case 'append':
      // Without a blank line: after a whole `id:` line that would make an ID of its own, which counts [whatwg].
      return { type, after, text: '<html>Service Unavailable</html>' }
    case 'in-band-error':
      return { type, after: { events } }
    default:
      return { type, after } as Fault
  }
}

/** What is no progress: the budget is not refilled by it. */
const refusal = (random: Random): Answer =>
  oneOf<Answer>(random, [
    gatewayError('model_overloaded'),
    { status: 502 },
    { status: 429, headers: { 'retry-after-ms': '200' } },
    { events: [] },
  ])

interface Course {
  readonly answers: Answer[]
  readonly cursors: (string | undefined)[]
  /** Delivered up to here. */
  at: number
  extraMs: number
}

function course({ random, tokens, paceMs }: Draw, wire: WireName, deaths: number, quick: boolean): Course {
  const made: Course = { answers: [], cursors: [], at: 0, extraMs: 0 }
  for (let left = deaths; left > 0 && made.at < tokens - 1; left--) {
    // The role alone is not yet a value that has to stand.
    const step = between(random, made.at === 0 ? 2 : 1, Math.max(2, Math.ceil((tokens - made.at) / left)))
    const fault = death(random, wire, step, quick)
    made.answers.push({ paceMs, fault })
    made.cursors.push(made.at === 0 ? undefined : String(made.at))
    made.at = Math.min(made.at + step, tokens + 3)
    if (fault.type === 'stall') made.extraMs += passingMs(paceMs)
    for (let refusals = between(random, 0, 2); refusals > 0; refusals--) {
      made.answers.push(refusal(random))
      made.cursors.push(String(made.at))
      made.extraMs += 1_500
    }
  }
  return made
}

const parts = (draw: Draw, wire: WireName, { answers, extraMs }: Course) => ({
  wire,
  scenario: { ids: true, events: numberedCompletion(draw.stream, draw.tokens), answers },
  config: {
    retry: { count: COUNT, delay: 200 },
    timeout: { first: 60_000, idle: passingMs(draw.paceMs), stall: 60_000 },
  },
  ownConnection: answers.some(({ fault }) => fault !== undefined && strikesConnection(fault)),
  extraMs: extraMs + 2_000,
})

const wireOf = (random: Random): WireName =>
  oneOf<WireName>(random, [...Array<WireName>(8).fill('http/1.1'), 'tls', 'h2'])

/** Dies one to four times, is refused in between, and must come out whole. */
export function brokenOften(draw: Draw, quick: boolean): LotParts {
  const wire = wireOf(draw.random)
  const made = course(draw, wire, between(draw.random, 1, 4), quick)
  made.answers.push({ paceMs: draw.paceMs })
  made.cursors.push(String(made.at))
  return {
    ...parts(draw, wire, made),
    name: 'cut and resumed at random',
    due: {
      positions: Array.from({ length: chunksOf(draw.tokens) }, (_, position) => position),
      ending: 'complete',
      requests: made.answers.length,
      cursors: made.cursors,
    },
  }
}

/** Dies, and cannot be gone on with: the server refuses for good, or the caller wants no resumption. */
export function givenUp(draw: Draw): LotParts {
  const wire = 'http/1.1'
  const never = draw.random() < 0.5
  const at = between(draw.random, 2, draw.tokens)
  const first: Answer = { paceMs: draw.paceMs, fault: { type: 'fin', after: { events: at } } }
  const made: Course = {
    answers: [first, gatewayError('model_overloaded')],
    cursors: [undefined],
    at,
    extraMs: 6_000,
  }
  const requests = never ? 1 : 1 + COUNT
  const rest = Array<string>(requests - 1).fill(String(at))
  const common = parts(draw, wire, made)
  const ending: HonestOutcome['ending'] = never
    ? { kind: 'stream_terminated', code: 'stream_terminated', reason: 'socket_closed', events: at }
    : { kind: 'stream_terminated', code: 'model_overloaded', reason: 'not_resumed', status: 503, events: at }
  return {
    ...common,
    name: never ? 'cut, and not to be resumed' : 'cut, and refused for good',
    config: { ...common.config, ...(never && { resume: 'never' as const }) },
    due: {
      positions: Array.from({ length: at }, (_, position) => position),
      ending,
      requests,
      cursors: [undefined, ...rest],
    },
  }
}
