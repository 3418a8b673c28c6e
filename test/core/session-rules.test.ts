import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/errors/failure.ts'
import { afterEnding, countFailures, type Situation } from '../../src/session/after-ending.ts'
import { backoff, type RetryPolicy } from '../../src/session/backoff.ts'
import { type AttemptTimes, nextDeadline } from '../../src/session/deadlines.ts'
import { advance, createProgress, hasExactCursor } from '../../src/session/progress.ts'

const policy: RetryPolicy = { count: 3, delay: 500, maxDelay: 60_000, jitter: 'full' }
const cut: Failure = {
  kind: 'stream_terminated',
  code: 'stream_terminated',
  reason: 'socket_closed',
  message: 'm',
}
const refused: Failure = { kind: 'request_failed', code: 'invalid_api_key', message: 'm' }

const situation = (change: Partial<Situation>): Situation => ({
  ending: { type: 'failed', failure: cut },
  progress: createProgress(''),
  failures: 1,
  retry: policy,
  continues: true,
  polls: false,
  remaining: Number.POSITIVE_INFINITY,
  random: 0.5,
  ...change,
})

const delivered = (events: number, cursor: string, sinceCursor = 0) => ({
  ...createProgress(cursor),
  events,
  sinceCursor,
})

describe('after an attempt has ended', () => {
  it('a whole stream completes', () => {
    expect(afterEnding(situation({ ending: { type: 'done' } }))).toEqual({ do: 'complete' })
  })

  it('a failure before the first value repeats the request', () => {
    expect(afterEnding(situation({}))).toEqual({ do: 'reconnect', failure: cut, delayMs: 250, floorMs: 0 })
  })

  it('a failure that may not be tried again ends it', () => {
    expect(afterEnding(situation({ ending: { type: 'failed', failure: refused } }))).toEqual({
      do: 'fail',
      failure: refused,
    })
  })

  it('a cut after values reconnects only if the stream can go on', () => {
    expect(afterEnding(situation({ continues: false }))).toEqual({ do: 'fail', failure: cut })
    expect(afterEnding(situation({ continues: true })).do).toBe('reconnect')
  })

  it('the budget is failures in a row', () => {
    expect(afterEnding(situation({ failures: 3 })).do).toBe('reconnect')
    expect(afterEnding(situation({ failures: 4 }))).toEqual({ do: 'fail', failure: cut })
    expect(afterEnding(situation({ retry: { ...policy, count: 0 } })).do).toBe('fail')
    expect(countFailures(3, false)).toBe(4)
    expect(countFailures(3, true)).toBe(1)
  })

  it('Retry-After and the reconnection time are floors: the random share comes on top of them', () => {
    const limited: Failure = {
      kind: 'request_failed',
      code: 'rate_limit_exceeded',
      message: 'm',
      retryAfterMs: 9_000,
    }
    const ending = { type: 'failed', failure: limited } as const
    expect(afterEnding(situation({ ending }))).toMatchObject({ delayMs: 9_250, floorMs: 9_000 })
    const told = { ...createProgress(''), reconnectionTime: 2_000 }
    expect(afterEnding(situation({ progress: told }))).toMatchObject({ delayMs: 2_250, floorMs: 2_000 })
    expect(afterEnding(situation({ ending, progress: told }))).toMatchObject({ floorMs: 9_000 })
    const retry: RetryPolicy = { ...policy, jitter: 'none' }
    expect(afterEnding(situation({ ending, retry }))).toMatchObject({ delayMs: 9_000 })
    expect(afterEnding(situation({ progress: told, retry, failures: 3 }))).toMatchObject({ delayMs: 2_000 })
    expect(
      afterEnding(situation({ progress: told, retry: { ...retry, count: 9 }, failures: 4 })),
    ).toMatchObject({ delayMs: 4_000 })
    const brief: RetryPolicy = { ...policy, maxDelay: 9_100 }
    expect(afterEnding(situation({ ending, retry: brief }))).toMatchObject({ delayMs: 9_100 })
  })

  it('a clean end after a retry field, where there is a cursor, is followed after just that time', () => {
    const clean: Failure = { ...cut, reason: 'clean_end' }
    const progress = { ...createProgress('7'), reconnectionTime: 500 }
    for (const random of [0, 0.5, 1]) {
      for (const failures of [1, 3]) {
        const ending = { type: 'failed', failure: clean } as const
        expect(afterEnding(situation({ ending, progress, random, failures }))).toMatchObject({
          delayMs: 500,
        })
      }
    }
    const without = { ...createProgress(''), reconnectionTime: 500 }
    expect(
      afterEnding(situation({ ending: { type: 'failed', failure: clean }, progress: without })),
    ).toMatchObject({ delayMs: 750 })
    expect(afterEnding(situation({ progress }))).toMatchObject({ delayMs: 750 })
  })

  it('a server that asks for more than maxDelay is not asked again; a reconnection time is clamped', () => {
    const limited: Failure = {
      kind: 'request_failed',
      code: 'rate_limit_exceeded',
      message: 'm',
      retryAfterMs: 61_000,
    }
    expect(afterEnding(situation({ ending: { type: 'failed', failure: limited } }))).toEqual({
      do: 'fail',
      failure: limited,
    })
    const endlessWait = { ...createProgress(''), reconnectionTime: 99_999_999_999_999 }
    expect(afterEnding(situation({ progress: endlessWait }))).toMatchObject({ delayMs: 60_000 })
  })

  it('a response of a feed that is over is followed after the reconnection time, and up to two fifths more', () => {
    const over = { type: 'response-over', failure: cut } as const
    const progress = { ...delivered(3, '3'), reconnectionTime: 500 }
    for (const random of [0, 0.3, 1]) {
      expect(afterEnding(situation({ ending: over, progress, random }))).toMatchObject({
        delayMs: 500 + random * 200,
        floorMs: 500,
      })
      const exact = { ending: over, progress, random }
      expect(afterEnding(situation({ ...exact, polls: true }))).toMatchObject({ delayMs: 500 })
      const retry: RetryPolicy = { ...policy, jitter: 'none' }
      expect(afterEnding(situation({ ...exact, retry }))).toMatchObject({ delayMs: 500 })
    }
    const brief = { ...policy, maxDelay: 550 }
    expect(afterEnding(situation({ ending: over, progress, random: 1, retry: brief }))).toMatchObject({
      delayMs: 550,
    })
  })

  it('a feed without a reconnection time of its own comes back at a random moment', () => {
    const over = { type: 'response-over', failure: cut } as const
    expect(afterEnding(situation({ ending: over, random: 0.2 }))).toMatchObject({ delayMs: 100 })
    const retry = { ...policy, delay: 70_000, maxDelay: 50 }
    expect(afterEnding(situation({ ending: over, retry, random: 1 }))).toMatchObject({ delayMs: 50 })
  })

  it('a cursor that no header can carry is none', () => {
    for (const id of ['a\u0001b', ' a', 'a ', 'a\u007f']) expect(hasExactCursor(delivered(1, id))).toBe(false)
    for (const id of ['a b', 'é', '😀', '0']) expect(hasExactCursor(delivered(1, id))).toBe(true)
  })

  it('a wait that timeout.total would cut short is not begun', () => {
    expect(afterEnding(situation({ remaining: 249 })).do).toBe('fail')
    expect(afterEnding(situation({ remaining: 251 })).do).toBe('reconnect')
  })

  it('nothing ever reconnects beyond the budget, or where it cannot go on, or later than maxDelay', () => {
    const arbitrary = fc.record({
      failures: fc.integer({ min: 1, max: 10 }),
      count: fc.integer({ min: 0, max: 5 }),
      continues: fc.boolean(),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
      told: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(arbitrary, ({ failures, count, continues, random, told }) => {
        const progress = { ...createProgress(''), reconnectionTime: told }
        const retry = { ...policy, count }
        const next = afterEnding(situation({ progress, failures, random, continues, retry }))
        expect(next.do).toBe(failures <= count && continues ? 'reconnect' : 'fail')
        if (next.do !== 'reconnect') return
        expect(next.delayMs).toBeLessThanOrEqual(policy.maxDelay)
        expect(next.delayMs).toBeGreaterThanOrEqual(next.floorMs)
      }),
    )
  })
})

describe('backoff', () => {
  it('doubles up to maxDelay, and full jitter takes any share of it', () => {
    const none: RetryPolicy = { ...policy, jitter: 'none' }
    expect([1, 2, 3, 4, 8, 2_000].map((n) => backoff(n, none, 0.3))).toEqual([
      500, 1_000, 2_000, 4_000, 60_000, 60_000,
    ])
    expect(backoff(3, policy, 0)).toBe(0)
    expect(backoff(3, policy, 1)).toBe(2_000)
  })
})

describe('the cursor', () => {
  it('stands at the last delivered event with an id, and is gone after an empty one', () => {
    const progress = createProgress('')
    expect(hasExactCursor(progress)).toBe(false)
    advance(progress, '1')
    advance(progress, '2')
    expect(progress).toMatchObject({ cursor: '2', sinceCursor: 0 })
    advance(progress, '')
    expect(hasExactCursor(progress)).toBe(false)
  })
})

describe('the next deadline', () => {
  const off = Number.POSITIVE_INFINITY
  const all = { connect: 10, first: 100, idle: 30, stall: 50, total: off }
  const none = { connect: off, first: off, idle: off, stall: off, total: off }
  const times = (change: Partial<AttemptTimes>): AttemptTimes => ({
    startedAt: 1_000,
    connectingAt: 1_000,
    connected: false,
    headAt: undefined,
    lastByteAt: 1_000,
    lastContentAt: undefined,
    ...change,
  })
  const open = { connected: true, headAt: 1_005, lastByteAt: 1_005 }

  it.each([
    ['is connect until the connection stands', times({}), all, { name: 'connect', at: 1_010 }],
    ['is first while there is no head', times({ connected: true }), all, { name: 'first', at: 1_100 }],
    ['is idle once the response has begun', times(open), all, { name: 'idle', at: 1_035 }],
    [
      'is still first while comments come',
      times({ ...open, lastByteAt: 1_095 }),
      all,
      { name: 'first', at: 1_100 },
    ],
    [
      'is stall while only comments come after content',
      times({ ...open, lastContentAt: 1_010, lastByteAt: 1_059 }),
      all,
      { name: 'stall', at: 1_060 },
    ],
    [
      'is idle after content',
      times({ ...open, lastContentAt: 1_010, lastByteAt: 1_010 }),
      all,
      { name: 'idle', at: 1_040 },
    ],
    [
      'is stall from the head on where first is off',
      times({ ...open, lastByteAt: 1_050 }),
      { ...all, first: off },
      { name: 'stall', at: 1_055 },
    ],
    ['is none where all are off', times(open), none, undefined],
  ])('%s', (_, given, timeouts, expected) => {
    expect(nextDeadline(given, timeouts)).toEqual(expected)
  })
})
