import { describe, expect, it } from 'vitest'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered } from './wire-text.ts'
import { everyWakeup, feed, pass, switchboard, woken } from './woken.ts'

describe('a wait', () => {
  it.each(everyWakeup)('shrinks to a random share of a second on %s', (wakeup) => {
    for (const random of [0, 0.25, 0.999]) {
      const { stream, wake } = woken([{ status: 503 }, { text: '', end: 'open' }], feed, {
        random: () => random,
      })
      pass(stream, 10_000)
      wake(wakeup)
      pass(stream, 1_000)
      expect(stream.requests.map(({ at }) => at)).toEqual([0, 10_000 + random * 1_000])
      stream.session.stop()
      expect(stream.clock.pending).toBe(0)
    }
  })

  it('is never made longer, however often the machine wakes up', () => {
    const { stream, wake } = woken([{ status: 503 }, { text: '', end: 'open' }], feed, { random: () => 0.9 })
    wake('online')
    for (let time = 0; time < 8; time++) {
      pass(stream, 100)
      for (const wakeup of everyWakeup) wake(wakeup)
    }
    pass(stream, 100)
    expect(stream.requests.map(({ at }) => at)).toEqual([0, 900])
  })

  it('that is as good as over is left as it is', () => {
    const { stream, wake } = woken([{ status: 503 }, { text: '', end: 'open' }], feed)
    pass(stream, 39_999)
    wake('online')
    pass(stream, 1)
    expect(stream.requests.map(({ at }) => at)).toEqual([0, 40_000])
  })

  it.each<[string, Reply, number]>([
    ['Retry-After', { status: 503, headers: { 'retry-after': '20' } }, 20_000],
    ['a reset', { status: 429, headers: { 'x-ratelimit-reset': '20s' } }, 20_000],
    ['a retry field before a cut', { text: 'retry: 20000\n\n' }, 20_000],
    ['a retry field before a clean end', { text: 'retry: 20000\n\n', end: 'clean' }, 20_000],
  ])('never shrinks below %s', (_, reply, floor) => {
    for (const wakeup of everyWakeup) {
      const { stream, wake } = woken([reply, { text: '', end: 'open' }], feed, { random: () => 0.1 })
      wake(wakeup)
      pass(stream, 1_000)
      wake(wakeup)
      pass(stream, 60_000)
      const [pause] = stream.pauses as [number]
      expect(pause).toBeGreaterThanOrEqual(floor)
      expect(pause).toBeLessThanOrEqual(floor + 100)
    }
  })

  it('for a delay function is the function’s own', () => {
    const { stream, wake } = woken([{ status: 503 }, { text: DONE }], {
      retry: { delay: () => new Promise(() => {}) },
    })
    for (const wakeup of everyWakeup) wake(wakeup)
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(1)
    stream.session.stop()
    expect(stream.clock.pending).toBe(0)
  })

  it('of a stream that is no feed shrinks as well', () => {
    const { stream, wake, listeners } = woken([{ text: numbered(1) }, { text: DONE }], {
      retry: { delay: 40_000, jitter: 'none' },
    })
    expect(listeners.size).toBe(1)
    wake('online')
    pass(stream, 500)
    expect([stream.pauses, stream.ends]).toEqual([[500], ['complete']])
    expect(listeners.size).toBe(0)
  })

  it('does not shrink the next one: one wake-up is one', () => {
    const { stream, wake } = woken([{ status: 503 }], feed)
    wake('online')
    pass(stream, 500)
    expect(stream.requests).toHaveLength(2)
    pass(stream, 59_000)
    expect(stream.requests).toHaveLength(2)
  })

  it('of 1,000 at once ends spread over the second, none below the floor', () => {
    const board = switchboard()
    const streams = Array.from({ length: 1_000 }, (_, index) =>
      new VirtualStream(
        [
          index % 10 === 0 ? { status: 503, headers: { 'retry-after': '30' } } : { status: 503 },
          { text: '', end: 'open' },
        ],
        feed,
        { random: Math.random, wakeups: board.wakeups },
      ).start(),
    )
    expect(board.listeners.size).toBe(1_000)
    board.wake('online')
    const tenths = new Map<number, number>()
    streams.forEach((stream, index) => {
      pass(stream, 1_000)
      if (index % 10 === 0) {
        expect(stream.requests).toHaveLength(1)
        pass(stream, 100_000)
        expect(stream.pauses[0]).toBeGreaterThanOrEqual(30_000)
      } else {
        const at = stream.pauses[0] as number
        expect(at).toBeLessThan(1_000)
        tenths.set(Math.floor(at / 100), (tenths.get(Math.floor(at / 100)) ?? 0) + 1)
      }
      stream.session.stop()
    })
    expect([...tenths.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    // 90 each on the average: a tenth that is three times as full is no chance.
    expect(Math.max(...tenths.values())).toBeLessThan(270)
    expect(board.listeners.size).toBe(0)
  })
})
