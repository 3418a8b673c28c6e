import fc from 'fast-check'
import type { Manners } from './server.ts'

export type DialectName = 'raw' | 'polling' | 'feed' | 'polling-feed' | 'chat' | 'chat-finish'

/** A last event ID that is a number, and the one number that events have as their ID: a smaller one. */
export const AFTER_SMALLER = '7'
export const SMALLER = '5'

/** Endless. */
export const isFeed = (dialect: DialectName): boolean => dialect.endsWith('feed')

/** Its server has its clients poll. */
export const isPolled = (dialect: DialectName): boolean => dialect.startsWith('polling')

export const isChat = (dialect: DialectName): boolean => dialect.startsWith('chat')

/** What a strategy of the test's own, or the function of `continueWith`, answers. */
export interface Answer {
  readonly step:
    | 'continue'
    | 'unchecked'
    | 'replay'
    | 'append'
    | 'reset'
    /** As `replay` and `reset`, but with another request. */
    | 'replay elsewhere'
    | 'reset elsewhere'
    /** The rest, by the config's own request. */
    | 'append the same'
    | 'none'
    | 'nonsense'
  /** With a promise, which a command settles. */
  readonly later: boolean
}

interface StrategySpec {
  readonly name: 'auto' | 'never' | 'replay' | 'restart' | 'continueWith' | 'firstOf' | 'own'
  /** One after the other, and again from the first. */
  readonly answers: readonly Answer[]
  /** Most characters that are kept. */
  readonly maxKept: number
}

/** What is chosen before a session begins. */
export interface Setup {
  readonly dialect: DialectName
  readonly method: 'GET' | 'POST'
  /** Whether the server's events have IDs. */
  readonly hasIds: boolean
  readonly strategy: StrategySpec
  readonly retry: {
    readonly count: number
    readonly delay: number
    readonly maxDelay: number
    readonly jitter: 'full' | 'none'
    /** In place of delay and jitter. */
    readonly notifies: boolean
  }
  /** By the number of requests sent, so that nobody needs to know how often it is asked for. */
  readonly randoms: readonly number[]
  /** Whether the headers function returns a promise, by attempt. */
  readonly headersLater: readonly boolean[]
  /** 0: off. */
  readonly timeout: {
    readonly connect: number
    readonly first: number
    readonly idle: number
    readonly stall: number
    readonly total: number
  }
  readonly idempotencyKey: boolean | string
  readonly lastEventId: string
  readonly signal: 'none' | 'given' | 'aborted'
}

const deadline = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 20, max }))

const strategiesOf = (manners: Manners): fc.Arbitrary<StrategySpec> =>
  fc.record({
    name:
      manners === 'fair'
        ? fc.constantFrom('auto', 'auto', 'replay', 'restart', 'continueWith', 'firstOf', 'own')
        : fc.constantFrom(
            'auto',
            'auto',
            'auto',
            'never',
            'replay',
            'restart',
            'continueWith',
            'firstOf',
            'own',
          ),
    answers: fc.array(
      fc.record<Answer>({
        step: fc.oneof(
          {
            weight: 12,
            arbitrary: fc.constantFrom<Answer['step']>(
              ...['continue' as const, 'continue' as const, 'unchecked' as const, 'replay' as const],
              ...[
                'append' as const,
                'reset' as const,
                'replay elsewhere' as const,
                'reset elsewhere' as const,
              ],
            ),
          },
          { weight: 2, arbitrary: fc.constant('none' as const) },
          {
            weight: manners === 'fair' ? 0 : 1,
            arbitrary: fc.constantFrom('nonsense' as const, 'append the same' as const),
          },
        ),
        later: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    maxKept: fc.constantFrom(1_000_000, 1_000_000, 1_000_000, 30, 400),
  })

/** Half of them do without what makes others slow to get anywhere. */
const headersLater = fc.oneof(
  { weight: 2, arbitrary: fc.constant([false]) },
  { weight: 1, arbitrary: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }) },
)

export const setupsOf = (manners: Manners): fc.Arbitrary<Setup> =>
  fc.record({
    dialect: fc.constantFrom('raw', 'raw', 'polling', 'feed', 'feed', 'polling-feed', 'chat', 'chat-finish'),
    method: fc.constantFrom('GET', 'POST'),
    hasIds: fc.boolean(),
    strategy: strategiesOf(manners),
    retry: fc.record({
      count: manners === 'fair' ? fc.integer({ min: 2, max: 5 }) : fc.constantFrom(0, 1, 2, 3, 3, 4, 5),
      delay: fc.constantFrom(0, 1, 100, 500, 3_000),
      maxDelay: fc.constantFrom(0, 50, 1_000, 1_000, 60_000, 60_000),
      jitter: fc.constantFrom('full', 'none'),
      notifies: fc.constantFrom(false, false, true),
    }),
    randoms: fc.array(fc.constantFrom(0, 0.001, 0.4, 0.5, 0.999), { minLength: 1, maxLength: 4 }),
    headersLater,
    timeout: fc.record({
      connect: deadline(400),
      first: deadline(900),
      idle: deadline(500),
      stall: deadline(900),
      total: fc.oneof(
        { weight: 9, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 30_000 }) },
      ),
    }),
    idempotencyKey: fc.constantFrom(false, true, 'key-1'),
    lastEventId: fc.constantFrom('', '', '', 'begin-ż', AFTER_SMALLER),
    signal: fc.oneof(
      { weight: 40, arbitrary: fc.constantFrom('given' as const, 'none' as const) },
      { weight: 1, arbitrary: fc.constant('aborted' as const) },
    ),
  })
