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
  resume: 'auto',
  endless: false,
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
    expect(afterEnding(situation({}))).toEqual({ do: 'reconnect', failure: cut, delayMs: 250 })
  })

  it('a failure that may not be tried again ends it', () => {
    expect(afterEnding(situation({ ending: { type: 'failed', failure: refused } }))).toEqual({
      do: 'fail',
      failure: refused,
    })
  })

  it('a cut after values resumes only from a cursor at the last of them', () => {
    expect(afterEnding(situation({ progress: delivered(3, '') })).do).toBe('fail')
    expect(afterEnding(situation({ progress: delivered(3, '7') })).do).toBe('reconnect')
    expect(afterEnding(situation({ progress: delivered(3, '7', 1) })).do).toBe('fail')
    expect(afterEnding(situation({ progress: delivered(3, '7'), resume: 'never' })).do).toBe('fail')
  })

  it('a feed that must not resume does not', () => {
    expect(afterEnding(situation({ progress: delivered(3, '3'), endless: true, resume: 'never' })).do).toBe(
      'fail',
    )
    expect(afterEnding(situation({ progress: delivered(0, ''), endless: true, resume: 'never' })).do).toBe(
      'reconnect',
    )
  })

  it('a feed reconnects whatever the cursor', () => {
    expect(afterEnding(situation({ progress: delivered(3, ''), endless: true })).do).toBe('reconnect')
  })

  it('the budget is failures in a row', () => {
    expect(afterEnding(situation({ failures: 3 })).do).toBe('reconnect')
    expect(afterEnding(situation({ failures: 4 }))).toEqual({ do: 'fail', failure: cut })
    expect(afterEnding(situation({ retry: { ...policy, count: 0 } })).do).toBe('fail')
    expect(countFailures(3, false)).toBe(4)
    expect(countFailures(3, true)).toBe(1)
  })

  it('Retry-After and the reconnection time are floors of the wait', () => {
    const limited: Failure = {
      kind: 'request_failed',
      code: 'rate_limit_exceeded',
      message: 'm',
      retryAfterMs: 9_000,
    }
    expect(afterEnding(situation({ ending: { type: 'failed', failure: limited } }))).toMatchObject({
      delayMs: 9_000,
    })
    expect(
      afterEnding(situation({ progress: { ...createProgress(''), reconnectionTime: 2_000 } })),
    ).toMatchObject({ delayMs: 2_000 })
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

  it('a response of a feed that is over is followed after the reconnection time, without jitter', () => {
    const over = { type: 'response-over', failure: cut } as const
    const progress = { ...delivered(3, '3'), reconnectionTime: 500 }
    for (const random of [0, 0.3, 1]) {
      expect(afterEnding(situation({ ending: over, progress, endless: true, random }))).toMatchObject({
        delayMs: 500,
      })
    }
  })

  it('a feed without a reconnection time of its own waits for the delay, but no longer than maxDelay', () => {
    const over = { type: 'response-over', failure: cut } as const
    const retry = { ...policy, delay: 70_000, maxDelay: 50 }
    expect(afterEnding(situation({ ending: over, endless: true, retry }))).toMatchObject({ delayMs: 50 })
  })

  it('a cursor that no header can carry is none', () => {
    for (const id of ['a\u0001b', ' a', 'a ', 'a\u007f']) expect(hasExactCursor(delivered(1, id))).toBe(false)
    for (const id of ['a b', 'é', '😀', '0']) expect(hasExactCursor(delivered(1, id))).toBe(true)
  })

  it('a wait that timeout.total would cut short is not begun', () => {
    expect(afterEnding(situation({ remaining: 249 })).do).toBe('fail')
    expect(afterEnding(situation({ remaining: 251 })).do).toBe('reconnect')
  })

  it('nothing ever reconnects beyond the budget, or splices', () => {
    const arbitrary = fc.record({
      failures: fc.integer({ min: 1, max: 10 }),
      count: fc.integer({ min: 0, max: 5 }),
      events: fc.integer({ min: 0, max: 5 }),
      cursor: fc.constantFrom('', '5'),
      sinceCursor: fc.integer({ min: 0, max: 2 }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
      resume: fc.constantFrom('auto' as const, 'never' as const),
    })
    fc.assert(
      fc.property(arbitrary, ({ failures, count, events, cursor, sinceCursor, random, resume }) => {
        const progress = delivered(events, cursor, sinceCursor)
        const next = afterEnding(
          situation({ progress, failures, random, resume, retry: { ...policy, count } }),
        )
        if (next.do !== 'reconnect') return
        expect(failures).toBeLessThanOrEqual(count)
        expect(next.delayMs).toBeLessThanOrEqual(policy.maxDelay)
        if (events > 0) expect([cursor, sinceCursor, resume]).toEqual(['5', 0, 'auto'])
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
