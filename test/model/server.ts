import fc from 'fast-check'
import { BROKEN, type Breakage, type HeadSpec, type StepSpec } from './steps.ts'
import type { BlockSpec, IdSpec } from './wire.ts'

/** How a server behaves: as one may hope for from the outset to the end, or in any way. */
export type Manners = 'fair' | 'any'

type Weighted<T> = readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]

export const weighted = <T>(choices: Weighted<T>): fc.Arbitrary<T> =>
  fc.oneof(...choices.filter(([weight]) => weight > 0).map(([weight, arbitrary]) => ({ weight, arbitrary })))

/** In a fair server's streams, too, a few events have no ID. */
const idsOf = (manners: Manners): fc.Arbitrary<IdSpec> =>
  weighted([
    [manners === 'fair' ? 60 : 14, fc.constant<IdSpec>('fresh')],
    [4, fc.constant<IdSpec>('none')],
    [manners === 'fair' ? 0 : 2, fc.constantFrom<IdSpec>('empty', 'again', 'unsendable', 'begin', 'smaller')],
  ])

const valuesOf = (manners: Manners): fc.Arbitrary<BlockSpec> =>
  fc.record({
    type: fc.constant('value'),
    id: idsOf(manners),
    kind: fc.constantFrom('content', 'content', 'role', 'finish'),
    like: weighted<'due' | 'back' | 'first' | 'new'>([
      [20, fc.constant('due')],
      [1, fc.constant('back')],
      [manners === 'fair' ? 0 : 1, fc.constantFrom('first', 'new')],
    ]),
    twist: weighted<'none' | 'run' | 'id'>([
      [8, fc.constant('none')],
      [4, fc.constant('run')],
      [manners === 'fair' ? 0 : 1, fc.constant('id')],
    ]),
  })

const loneIdsOf = (manners: Manners): fc.Arbitrary<BlockSpec> =>
  fc.record({
    type: fc.constantFrom('id', 'id', 'ping'),
    id:
      manners === 'fair'
        ? fc.constantFrom('fresh', 'fresh', 'none')
        : fc.constantFrom('fresh', 'fresh', 'fresh', 'none', 'again', 'empty'),
  })

const reportedOf = (manners: Manners): fc.Arbitrary<BlockSpec> =>
  fc.record({
    type: fc.constant('error'),
    id: idsOf(manners),
    code:
      manners === 'fair'
        ? fc.constant('model_overloaded')
        : fc.constantFrom('model_overloaded', 'model_overloaded', 'model_overloaded', 'invalid_api_key'),
  })

const markersOf = (manners: Manners): fc.Arbitrary<BlockSpec> =>
  fc.record({ type: fc.constant('marker'), id: idsOf(manners) })

const malformedOf = (manners: Manners): fc.Arbitrary<BlockSpec> =>
  fc.record({ type: fc.constant('malformed'), id: idsOf(manners) })

const blocksOf = (manners: Manners): fc.Arbitrary<BlockSpec> =>
  weighted([
    [24, valuesOf(manners)],
    [6, loneIdsOf(manners)],
    [4, fc.constant<BlockSpec>({ type: 'comment' })],
    [
      4,
      fc.record({
        type: fc.constant('retry'),
        ms: fc.constantFrom(0, 40, 700, 5_000, 99_999_999_999),
      }),
    ],
    [1, reportedOf(manners)],
    [manners === 'fair' ? 0 : 1, markersOf(manners)],
    [manners === 'fair' ? 0 : 1, malformedOf(manners)],
  ])

export const chunksOf = (manners: Manners): fc.Arbitrary<StepSpec> =>
  fc.record({
    do: fc.constant('chunk'),
    blocks: fc.array(blocksOf(manners), { minLength: 1, maxLength: 3 }),
    half: fc.option(
      fc.record({
        block: weighted([
          [10, valuesOf(manners)],
          [manners === 'fair' ? 1 : 2, markersOf(manners)],
          [2, reportedOf(manners)],
          [1, malformedOf(manners)],
        ]),
        share: weighted([
          [2, fc.double({ min: 0, max: 0.999, noNaN: true })],
          [2, fc.constant(0.999)],
        ]),
      }),
      { nil: undefined, freq: 1 },
    ),
  })

/** A response that begins with an ID, and a value that may be without one. */
const greetingsOf = (manners: Manners): fc.Arbitrary<StepSpec> =>
  fc.tuple(loneIdsOf(manners), fc.constantFrom<IdSpec>('none', 'fresh')).map(([greeting, id]) => ({
    do: 'chunk',
    blocks: [greeting, { type: 'value', id, kind: 'content', like: 'due', twist: 'none' }],
  }))

export const stream: StepSpec = {
  do: 'head',
  head: { status: 200, contentType: 'text/event-stream', requestId: 'req-1' },
}
export const nothing: StepSpec = { do: 'head', head: { status: 204, contentType: 'application/json' } }
export const connected: StepSpec = { do: 'connected' }
export const cleanEnd: StepSpec = { do: 'end' }

export const refusalsOf = (manners: Manners): fc.Arbitrary<StepSpec> =>
  fc.record({
    do: fc.constant('head'),
    head: fc.record<HeadSpec>({
      status:
        manners === 'fair'
          ? fc.constantFrom(503, 429)
          : fc.constantFrom(503, 503, 503, 503, 429, 429, 500, 400, 401, 200),
      contentType: fc.constant('application/json'),
      retryAfterMs:
        manners === 'fair'
          ? fc.constantFrom(undefined, undefined, 0, 30, 900)
          : fc.constantFrom(undefined, undefined, 30, 2_000, 90_000),
      shouldRetry:
        manners === 'fair'
          ? fc.constant(undefined)
          : fc.constantFrom(undefined, undefined, undefined, undefined, true, false),
      requestId: fc.constantFrom(undefined, 'req-2'),
    }),
  })

export const errorBodiesOf = (manners: Manners): fc.Arbitrary<StepSpec> =>
  fc.record({
    do: fc.constant('error body'),
    envelope:
      manners === 'fair'
        ? fc.constant('model_overloaded')
        : fc.constantFrom('model_overloaded', 'model_overloaded', 'invalid_api_key'),
  })

export const breakagesOf = (when: (typeof BROKEN)[Breakage]['when']): fc.Arbitrary<StepSpec> =>
  fc
    .constantFrom(...(Object.keys(BROKEN) as Breakage[]).filter((name) => BROKEN[name].when === when))
    .filter((breakage) => breakage !== 'tls_failed')
    .map((breakage) => ({ do: 'failure', breakage }))

const list = (...parts: fc.Arbitrary<readonly StepSpec[]>[]): fc.Arbitrary<StepSpec[]> =>
  fc.tuple(...parts).map((lists) => lists.flat())
const one = (spec: fc.Arbitrary<StepSpec>): fc.Arbitrary<readonly StepSpec[]> => spec.map((it) => [it])
const maybe = (spec: fc.Arbitrary<StepSpec>): fc.Arbitrary<readonly StepSpec[]> =>
  fc.option(spec, { freq: 2 }).map((it) => (it === null ? [] : [it]))

/** From where it was asked to, or from before that. */
const goneBack = (manners: Manners): fc.Arbitrary<StepSpec> =>
  fc
    .array(fc.constantFrom<BlockSpec['type']>('value', 'value', 'value', 'ping', 'comment'), { maxLength: 8 })
    .map((types) => ({
      do: 'chunk',
      blocks: ['value' as const, ...types].map((type, index): BlockSpec => {
        if (type === 'ping') return { type, id: manners === 'fair' ? 'fresh' : 'again' }
        if (type !== 'value') return { type: 'comment' }
        return { type, id: 'fresh', kind: 'content', like: index === 0 ? 'back' : 'due', twist: 'none' }
      }),
    }))

/** A whole answer, or the beginning of one. */
export function answersOf(manners: Manners): fc.Arbitrary<StepSpec[]> {
  const endings = fc.oneof(fc.constant(cleanEnd), breakagesOf('after the head'))
  return weighted([
    [
      manners === 'fair' ? 24 : 7,
      list(
        maybe(fc.constant(connected)),
        one(fc.constant(stream)),
        weighted([
          [8, one(chunksOf(manners))],
          [1, one(greetingsOf(manners))],
          [4, one(goneBack(manners))],
          [1, fc.constant([])],
        ]),
        maybe(endings),
      ),
    ],
    [2, list(one(refusalsOf(manners)), maybe(errorBodiesOf(manners)), maybe(endings))],
    [1, one(breakagesOf('before the head')).map((it) => [...it])],
  ])
}
