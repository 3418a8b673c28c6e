import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type EventStreamConfig,
  eventSource,
  eventStreamSignals,
  type ResumeStrategy,
  type ServerSentEvent,
  type StreamSignal,
} from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { unhandled } from './promises.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'

/** This first, then the whole. */
const following = (first: Reply, config: EventStreamConfig<ServerSentEvent> = {}, random = 0.5) =>
  new VirtualStream(
    [first, { text: DONE }],
    { retry: { delay: 400 }, ...config },
    { random: () => random },
  ).run()

const limited = (headers: Readonly<Record<string, string>>, status = 429): Reply => ({ status, headers })

describe('a floor of the server', () => {
  it.each<[string, Reply, number]>([
    ['Retry-After in seconds', limited({ 'retry-after': '2' }), 2_000],
    ['Retry-After as a date', limited({ 'retry-after': 'Thu, 01 Jan 1970 00:00:07 GMT' }), 7_000],
    ['Retry-After with a 503', limited({ 'retry-after': '2' }, 503), 2_000],
    ['retry-after-ms', limited({ 'retry-after-ms': '1500' }), 1_500],
    ['a reset of a limit that is used up', limited({ 'x-ratelimit-reset-tokens': '6s' }), 6_000],
    [
      'the longest of several resets',
      limited({ 'x-ratelimit-reset-tokens': '6s', 'x-ratelimit-reset-requests': '9s' }),
      9_000,
    ],
    [
      'a reset with a Retry-After, which wins',
      limited({ 'x-ratelimit-reset': '6', 'retry-after': '1' }),
      1_000,
    ],
    ['a retry field before a cut', { text: 'retry: 3000\n\n' }, 3_000],
    ['a retry field before a clean end without a cursor', { text: 'retry: 3000\n\n', end: 'clean' }, 3_000],
    ['nothing', {}, 0],
    ['a Retry-After that has passed', limited({ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }), 0],
    [
      'a reset of a limit that is not used up',
      limited({ 'x-ratelimit-reset': '6', 'x-ratelimit-remaining': '1' }),
      0,
    ],
    ['a reset that is told with another status', limited({ 'x-ratelimit-reset': '6' }, 503), 0],
  ])('is %s, with a random share on top', (_, first, floor) => {
    for (const random of [0, 0.25, 0.999_999]) {
      const { pauses, ends } = following(first, {}, random)
      expect(ends).toEqual(['complete'])
      expect(pauses).toEqual([floor + Math.round(random * 400)])
    }
    const none = following(first, { retry: { delay: 400, jitter: 'none' } })
    expect(none.pauses).toEqual([Math.max(floor, 400)])
  })

  it('is never left to a share that maxDelay would cut below it', () => {
    for (const random of [0, 0.5, 0.999]) {
      const { pauses } = following(
        limited({ 'retry-after': '2' }),
        { retry: { delay: 60_000, maxDelay: 2_000 } },
        random,
      )
      expect(pauses).toEqual([2_000])
    }
  })

  it('of a retry field is kept for all that follows, until there is another', () => {
    const replies: Reply[] = [
      { text: 'retry: 3000\n\n' },
      {},
      { status: 503 },
      limited({ 'retry-after': '5' }),
      { text: 'retry: 100\n\n' },
      { text: DONE },
    ]
    const { pauses } = new VirtualStream(replies, { retry: { count: 9, delay: 0 } }).run()
    expect(pauses).toEqual([3_000, 3_000, 3_000, 5_000, 100])
  })

  it.each(['-1', '1.5', 'x', ' 7', '7s', ''])('is no retry field that says %j', (value) => {
    expect(following({ text: `retry: ${value}\n\n` }, { retry: { delay: 0 } }).pauses).toEqual([0])
  })

  it('of a retry field beyond maxDelay is cut to it, however large', () => {
    for (const told of ['60001', '99999999999999999999', '9'.repeat(400)]) {
      expect(following({ text: `retry: ${told}\n\n` }).pauses).toEqual([60_000])
    }
  })
})

describe('a server that asks for more than maxDelay', () => {
  it.each<[string, Reply, number]>([
    ['by Retry-After', limited({ 'retry-after': '61' }), 61_000],
    ['by a date', limited({ 'retry-after': 'Thu, 01 Jan 1970 00:02:00 GMT' }), 120_000],
    ['by retry-after-ms', limited({ 'retry-after-ms': '60001' }), 60_001],
    ['by a reset', limited({ 'x-ratelimit-reset-requests': '6m0s' }), 360_000],
    ['by a Retry-After with a 503', limited({ 'retry-after': '3600' }, 503), 3_600_000],
  ])('%s gets no further request, and the error says when', (_, first, retryAfterMs) => {
    const stream = following(first)
    expect(stream.requests).toHaveLength(1)
    expect(stream.clock.now()).toBe(0)
    expect(stream.ends).toMatchObject([{ kind: 'request_failed', retryable: true, retryAfterMs, attempt: 1 }])
    expect(stream.signals.map(({ type }) => type)).toEqual(['connecting'])
    expect(stream.clock.pending).toBe(0)
  })

  it('is another than one that asks for just as much: that is waited for', () => {
    expect(following(limited({ 'retry-after': '60' })).pauses).toEqual([60_000])
  })

  it('in the middle of a stream leaves what is needed to come back by oneself', () => {
    const { error } = new VirtualStream(
      [{ text: numbered(1, 2) }, limited({ 'retry-after': '90' }), { text: DONE }],
      {},
    ).run()
    expect(error).toMatchObject({
      retryAfterMs: 90_000,
      lastEventId: '2',
      resumable: true,
      events: 2,
      attempt: 2,
    })
  })

  it('or than timeout.total leaves is not waited for either', () => {
    const { ends, clock } = following(limited({ 'retry-after': '9' }), { timeout: { total: 8_000 } })
    expect(ends).toMatchObject([{ code: 'rate_limit_exceeded', retryAfterMs: 9_000 }])
    expect(clock.now()).toBe(0)
  })

  it.each<[string, EventStreamConfig<ServerSentEvent>]>([
    ['its Retry-After is beyond maxDelay', {}],
    ['timeout.total leaves no time', { timeout: { total: 1_000 }, retry: { delay: 5_000, jitter: 'none' } }],
  ])('leaves no rejection of an async strategy unhandled where %s', async (_, config) => {
    const replies: Reply[] = [{ text: plain('a') }, limited({ 'retry-after': '90' })]
    const resume: ResumeStrategy<ServerSentEvent> = continueWith(async () => {
      throw new Error('cannot be built')
    })
    const first: ResumeStrategy<ServerSentEvent> = {
      name: 'first it can',
      keeps: 1_000,
      resume: (at) => (at.error.status === 429 ? resume.resume(at) : { type: 'append' }),
    }
    const stream = new VirtualStream(replies, {
      resume: config.timeout === undefined ? first : resume,
      ...config,
    })
    const rejections = await unhandled(async () => void stream.run(5))
    expect(stream.ends).toHaveLength(1)
    expect(rejections).toEqual([])
  })
})

describe('a clean end that was told', () => {
  it('is followed after just that time where the cursor is exact', () => {
    for (const random of [0, 0.7]) {
      const told = following({ text: `retry: 3000\n\n${numbered(1)}`, end: 'clean' }, {}, random)
      expect([told.ends, told.pauses]).toEqual([['complete'], [3_000]])
    }
  })

  it.each(['retry: 700\n\n', `retry: 700\n\n${numbered(1)}`, `retry: 700\n\n${plain('x')}`])(
    'of an endless feed, %j, is followed after that time and a small share of it',
    (text) => {
      const replies: Reply[] = [{ text, end: 'clean' }, { status: 204 }]
      const pauses = (random: number, config: EventStreamConfig<ServerSentEvent> = {}): number[] =>
        new VirtualStream(replies, { dialect: eventSource(), ...config }, { random: () => random }).run()
          .pauses
      expect(pauses(0)).toEqual([700])
      const [longest] = pauses(0.999_999) as [number]
      expect(longest).toBeGreaterThan(700)
      expect(longest).toBeLessThanOrEqual(1_000)
      expect(pauses(0.9, { retry: { jitter: 'none' } })).toEqual([700])
      expect(pauses(0.9, { dialect: { ...eventSource(), polls: true } })).toEqual([700])
      expect(pauses(0.9, { retry: { maxDelay: 700 } })).toEqual([700])
    },
  )

  it('of an endless feed, but without a time, is followed after a random share', () => {
    const feed = new VirtualStream(
      [{ text: numbered(1), end: 'clean' }, { status: 204 }],
      { dialect: eventSource() },
      { random: () => 0.25 },
    ).run()
    expect(feed.pauses).toEqual([750])
  })
})

describe('whatever a server asks for', () => {
  it('no request comes below the floor or after maxDelay', () => {
    const arbitrary = fc.record({
      asked: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      told: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      delay: fc.integer({ min: 0, max: 20_000 }),
      maxDelay: fc.integer({ min: 0, max: 15_000 }),
      jitter: fc.constantFrom('full' as const, 'none' as const),
      random: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    })
    fc.assert(
      fc.property(arbitrary, ({ asked, told, delay, maxDelay, jitter, random }) => {
        const stream = new VirtualStream(
          [
            { text: told === undefined ? '' : `retry: ${told}\n\n` },
            limited(asked === undefined ? {} : { 'retry-after-ms': String(asked) }),
            { text: DONE },
          ],
          { retry: { delay, maxDelay, jitter } },
          { random: () => random },
        ).run()
        const floor = Math.min(told ?? 0, maxDelay)
        expect(stream.pauses[0]).toBeGreaterThanOrEqual(floor)
        expect(stream.pauses[0]).toBeLessThanOrEqual(maxDelay)
        if (asked !== undefined && asked > maxDelay) {
          expect(stream.ends).toMatchObject([{ retryAfterMs: asked, attempt: 2 }])
          return
        }
        expect(stream.ends).toEqual(['complete'])
        expect(stream.pauses[1]).toBeGreaterThanOrEqual(Math.max(floor, asked ?? 0))
        expect(stream.pauses[1]).toBeLessThanOrEqual(maxDelay)
      }),
      { numRuns: 500 },
    )
  })

  it('two clients that were sent away together do not come back together', () => {
    const moments = Array.from(
      { length: 200 },
      () =>
        new VirtualStream(
          [limited({ 'retry-after': '2' }), { text: DONE }],
          { retry: { delay: 1_000 } },
          { random: Math.random },
        ).run().requests[1]?.at,
    )
    expect(new Set(moments).size).toBeGreaterThan(100)
    expect(Math.min(...(moments as number[]))).toBeGreaterThanOrEqual(2_000)
  })
})

describe('over a real connection', () => {
  it('the next request comes no sooner than the server asked for', async () => {
    await using server = await startFaultServer({
      answers: [
        { status: 429, headers: { 'retry-after-ms': '60' } },
        { status: 429, headers: { 'x-ratelimit-reset-tokens': '80ms', 'x-ratelimit-remaining-tokens': '0' } },
        { status: 429, headers: { 'x-ratelimit-reset-tokens': '9m0s', 'x-ratelimit-remaining-tokens': '4' } },
        {},
      ],
    })
    const signals: StreamSignal<ServerSentEvent>[] = []
    let completed = false
    eventStreamSignals(server.url, { retry: { delay: 1 } }).subscribe({
      next: (signal) => void signals.push(signal),
      complete: () => (completed = true),
    })
    await until(() => completed)
    const at = server.requests.map((request) => request.at)
    // A timer may be early by the part of a millisecond that it is not told.
    expect((at[1] as number) - (at[0] as number)).toBeGreaterThanOrEqual(58)
    expect((at[2] as number) - (at[1] as number)).toBeGreaterThanOrEqual(78)
    const waits = signals.flatMap((signal) => (signal.type === 'waiting' ? [signal.delayMs] : []))
    expect(
      waits
        .map((ms, index) => ms - ([60, 80, 0][index] as number))
        .every((share) => share >= 0 && share <= 4),
    ).toBe(true)
    expect(server.requests).toHaveLength(4)
  })

  it('a server that asks for too much is asked once', async () => {
    await using server = await startFaultServer({
      answers: [
        { status: 429, headers: { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + 300) } },
      ],
    })
    const error = await new Promise<unknown>((resolve) =>
      eventStreamSignals(server.url, {}).subscribe({ error: resolve }),
    )
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', attempt: 1 })
    const { retryAfterMs } = error as { retryAfterMs: number }
    expect(retryAfterMs).toBeGreaterThan(200_000)
    expect(retryAfterMs).toBeLessThanOrEqual(301_000)
    expect(server.requests).toHaveLength(1)
  })
})
