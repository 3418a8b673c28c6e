import { EMPTY, of, Subject } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { continueWith, restart } from '../../src/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'
import { failing, withDelay } from './with-delay.ts'

describe('a delay function is called', () => {
  it('with the failure and the failures in a row, from 1 up, and anew after progress', () => {
    const calls: [string, number, number][] = []
    const answer = (n: number): Reply =>
      n === 3 ? { text: numbered(1) } : n === 6 ? { text: DONE } : { status: 503 }
    const stream = withDelay((error, count) => {
      calls.push([error.code, error.attempt, count])
      return of(1)
    }, answer).run()
    expect(stream.ends).toEqual(['complete'])
    expect(calls).toEqual([
      ['service_unavailable', 1, 1],
      ['service_unavailable', 2, 2],
      ['stream_terminated', 3, 1],
      ['service_unavailable', 4, 2],
      ['service_unavailable', 5, 3],
    ])
  })

  it('never beyond the count, and never for what may not be tried again', () => {
    const spy = vi.fn(() => of(1))
    expect(withDelay(spy, [{}]).run().requests).toHaveLength(4)
    expect(spy).toHaveBeenCalledTimes(3)
    withDelay(spy, [{ status: 401 }]).run()
    withDelay(spy, [{ text: plain('no ID') }]).run()
    withDelay(spy, [{ text: DONE }]).run()
    expect(spy).toHaveBeenCalledTimes(3)
    withDelay(spy, [{}], { retry: { count: 0, delay: spy } }).run()
    expect(spy).toHaveBeenCalledTimes(3)
  })

  it('before the waiting signal, whose delayMs is the floor', () => {
    const order: string[] = []
    const stream = withDelay(
      () => {
        order.push('delay')
        return of(1)
      },
      (n) => (n === 1 ? { status: 503, headers: { 'retry-after-ms': '40' } } : { text: DONE }),
      {},
      { onSignal: ({ type }) => order.push(type) },
    ).run()
    expect(order).toEqual(['connecting', 'delay', 'waiting', 'connecting', 'open'])
    expect(stream.signals.find(({ type }) => type === 'waiting')).toMatchObject({ delayMs: 40, until: 40 })
  })

  it('before the consumer leaves, or aborts, on the waiting signal, and is not listened to any more', () => {
    const notifier = new Subject<void>()
    const spy = vi.fn(() => notifier)
    const left = withDelay(
      spy,
      failing(1),
      {},
      {
        onSignal: ({ type }, { session }) => type === 'waiting' && session.stop(),
      },
    ).run()
    expect(left.ends).toEqual([])
    const controller = new AbortController()
    const aborted = withDelay(
      spy,
      failing(1),
      { signal: controller.signal },
      {
        onSignal: ({ type }) => type === 'waiting' && controller.abort(),
      },
    ).run()
    expect(aborted.ends).toMatchObject([{ code: 'aborted' }])
    expect(spy).toHaveBeenCalledTimes(2)
    expect(notifier.observed).toBe(false)
    expect([left.clock.pending, aborted.clock.pending]).toEqual([0, 0])
    expect([left.requests.length, aborted.requests.length]).toEqual([1, 1])
  })
})

describe('many failures in a row, with a delay function that answers at once', () => {
  it.each([
    ['100 of them', 100],
    ['10,000 of them', 10_000],
  ])('%s, each in the same call, do not exhaust the stack', (_, count) => {
    const stream = withDelay(() => of(1), [{}], { retry: { count, delay: () => of(1) } }).run(count + 2)
    expect(stream.ends).toMatchObject([{ code: 'stream_terminated', attempt: count + 1 }])
    expect(stream.requests).toHaveLength(count + 1)
  })
})

describe('a delay function beside a strategy', () => {
  it('is asked after it, and its EMPTY wins', () => {
    const order: string[] = []
    const stream = new VirtualStream([{ text: plain('a') }], {
      resume: continueWith(() => {
        order.push('strategy')
        return { body: 'rest' }
      }),
      retry: {
        delay: () => {
          order.push('delay')
          return EMPTY
        },
      },
    }).run()
    expect(order).toEqual(['strategy', 'delay'])
    expect(stream.ends).toMatchObject([{ reason: 'socket_closed', events: 1 }])
    expect(stream.requests).toHaveLength(1)
  })

  it('has no restart told before it has let that begin', () => {
    const stream = withDelay(() => EMPTY, [{ text: plain('a') }], { resume: restart() }).run()
    expect(stream.signals.map(({ type }) => type)).toEqual(['connecting', 'open', 'value'])
    const notifier = new Subject<void>()
    const later = withDelay(() => notifier, [{ text: plain('a') }], { resume: restart() }).start()
    notifier.complete()
    expect(later.signals.map(({ type }) => type)).toEqual(['connecting', 'open', 'value', 'waiting'])
    expect([stream.ends, later.ends]).toMatchObject([[{ events: 1 }], [{ events: 1 }]])
  })
})
