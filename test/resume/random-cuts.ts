import fc from 'fast-check'
import type { Coding, Framing } from '../../src/testing/index.ts'
import type { Cut } from './cut-server.ts'
import { deathsOf, type Protocol } from './deaths.ts'

/** A cut as plain data: what a counterexample shows. */
interface RandomCut {
  /** Which of the bytes that leave something to come, in ten thousandths. */
  readonly place: number
  readonly death: string
  readonly framing: Framing
  readonly coding: Coding | undefined
  readonly writeSize: readonly number[] | undefined
}

const WHOLE = 10_000

/** In what pieces a body comes. A coding comes whole: byte by byte it is silent until the first event is decoded. */
const pieces = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      coding: fc.constant(undefined),
      writeSize: fc.option(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }), {
        nil: undefined,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      coding: fc.constantFrom<Coding>('gzip', 'br'),
      writeSize: fc.constant(undefined),
    }),
  },
)

/** So many cuts, anywhere, each in its own way; those that take their time are rare. */
export function randomCuts(
  dialectName: string,
  protocol: Protocol,
  { minLength, maxLength }: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<RandomCut[]> {
  const all = deathsOf(dialectName, protocol)
  const death = fc.oneof(
    ...all.map(({ name, isSlow }) => ({ weight: isSlow ? 1 : 4, arbitrary: fc.constant(name) })),
  )
  const cut = fc
    .record({
      place: fc.nat(WHOLE - 1),
      death,
      framing: fc.constantFrom<Framing>('chunked', 'content-length', 'unframed'),
      pieces,
    })
    .map(({ pieces, ...others }) => ({ ...others, ...pieces }))
  return fc.array(cut, { minLength, maxLength, size: 'max' })
}

/** The same for a server to do. */
export function cutFrom(given: RandomCut, dialectName: string, protocol: Protocol): Cut {
  const death = deathsOf(dialectName, protocol).find(({ name }) => name === given.death)
  if (death === undefined) throw new Error(`no death is called ${given.death}`)
  return {
    death,
    framing: given.framing,
    coding: given.coding,
    writeSize: given.writeSize,
    place: (lastOpenCut) => Math.floor((given.place * (lastOpenCut + 1)) / WHOLE),
  }
}

/** Shrinking over sockets takes its time: a counterexample is shown as small as it has become by then. */
export const LIMITS = { interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true } as const
export const PATIENCE_MS = 120_000

/** What is wrong, then the counterexample. */
export const flawsIn = (results: readonly PromiseSettledResult<void>[]): string[] =>
  results.flatMap((result) => {
    if (result.status === 'fulfilled') return []
    const { message, cause } = result.reason as Error
    return [cause instanceof Error ? `${cause.message}\n${message}` : message]
  })
