import { concat, EMPTY, NEVER, Observable, of, Subject, throwError, timer } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  type DelayFunction,
  type EventStreamConfig,
  eventSource,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  restart,
  type ServerSentEvent,
  type SseError,
  type StreamSignal,
} from '../../src/index.ts'
import { chatChunk, startFaultServer } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { until } from '../server.ts'
import { DONE, events, plain, type Reply, VirtualStream } from './virtual.ts'

/** Fails so often, then is whole. */
const failing =
  (times: number) =>
  (n: number): Reply => ({ text: n > times ? DONE : '' })

const withDelay = (
  delay: DelayFunction,
  answer: readonly Reply[] | ((n: number) => Reply) = failing(1),
  config: EventStreamConfig<ServerSentEvent> = {},
  deps: ConstructorParameters<typeof VirtualStream<ServerSentEvent>>[2] = {},
) => new VirtualStream(answer, { retry: { delay }, ...config }, deps)

const setupFailed = { kind: 'request_failed', code: 'request_setup_failed', retryable: false }
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a delay function makes the next attempt with the first value of', () => {
  it.each<[string, DelayFunction]>([
    ['an Observable that has it at once', () => of(1)],
    ['an Observable that has more', () => of(1, 2, 3)],
    ['an Observable that has it later', () => timer(3)],
    [
      'an Observable that errors after it',
      () =>
        concat(
          of(1),
          throwError(() => new Error('late')),
        ),
    ],
    ['a promise', () => Promise.resolve()],
    ['an array', () => [undefined]],
    [
      'a generator',
      function* () {
        yield false
      },
    ],
    [
      'an async generator',
      async function* () {
        await settled()
        yield 0
        throw new Error('nobody asked')
      },
    ],
  ])('%s', async (_, delay) => {
    const stream = withDelay(delay).start()
    await until(() => stream.clock.step() || stream.ends.length > 0)
    expect(stream.ends).toEqual(['complete'])
    expect(stream.requests).toHaveLength(2)
  })

  it('an Observable that would go on for ever in the same call', () => {
    let taken = 0
    const endless = new Observable<number>((subscriber) => {
      // Bounded for the sake of the test alone.
      while (!subscriber.closed && taken < 1_000) subscriber.next(taken++)
    })
    expect(withDelay(() => endless).run().ends).toEqual(['complete'])
    expect(taken).toBe(1)
  })

  it('a generator without an end', () => {
    let taken = 0
    const delay = function* () {
      while (taken < 1_000) yield taken++
    }
    expect(withDelay(delay).run().ends).toEqual(['complete'])
    expect(taken).toBe(1)
  })
})

describe('a delay function emits the failure itself', () => {
  it.each<[string, DelayFunction]>([
    ['EMPTY', () => EMPTY],
    ['an empty array', () => []],
    ['an async generator without a value', async function* () {}],
    ['an Observable of the same error', (error) => throwError(() => error)],
    ['a promise that rejects with the same error', (error) => Promise.reject(error)],
    [
      'throwing the same error',
      (error) => {
        throw error
      },
    ],
  ])('by %s', async (_, delay) => {
    const spy = vi.fn(delay)
    const stream = withDelay(spy, [{ text: events(1, 2) }]).start()
    await until(() => stream.ends.length > 0)
    await settled()
    expect(stream.ends).toMatchObject([
      {
        kind: 'stream_terminated',
        reason: 'socket_closed',
        attempt: 1,
        events: 2,
        lastEventId: '2',
        resumable: true,
      },
    ])
    expect(stream.requests).toHaveLength(1)
    expect(spy).toHaveBeenCalledTimes(1)
    expect(stream.clock.pending).toBe(0)
  })

  it('which says the same as the error that the function and the waiting signal were given', () => {
    const given: SseError[] = []
    const stream = withDelay((error) => {
      given.push(error)
      return throwError(() => error)
    }).run()
    const waiting = stream.signals.find((signal) => signal.type === 'waiting')
    expect(waiting?.error).toBe(given[0])
    expect(stream.error?.toJSON()).toEqual(given[0]?.toJSON())
  })

  it('after what was held back until the first token', () => {
    const role = chatChunk({ role: 'assistant', content: '' })
    const ways: DelayFunction[] = [() => EMPTY, (error) => throwError(() => error)]
    for (const delay of ways) {
      const stream = new VirtualStream<ChatCompletionChunk>([{ text: plain(role) }], {
        dialect: openaiChat(),
        retry: { delay },
      }).run()
      expect(stream.values).toEqual([JSON.parse(role)])
      expect(stream.error).toMatchObject({ reason: 'socket_closed', events: 1 })
    }
  })

  it('as timeout.total does during the wait, but not an abort', () => {
    const role = chatChunk({ role: 'assistant', content: '' })
    const controller = new AbortController()
    const aborted = new VirtualStream<ChatCompletionChunk>([{ text: plain(role) }], {
      dialect: openaiChat(),
      retry: { delay: () => NEVER },
      signal: controller.signal,
    }).start()
    controller.abort()
    expect([aborted.values, aborted.error?.code]).toEqual([[], 'aborted'])
    const late = new VirtualStream<ChatCompletionChunk>([{ text: plain(role) }], {
      dialect: openaiChat(),
      retry: { delay: () => NEVER },
      timeout: { total: 1_000 },
    }).run()
    expect(late.error).toMatchObject({ code: 'deadline_exceeded', events: 1 })
    expect(late.values).toEqual([JSON.parse(role)])
  })

  it('also for an endless feed whose response is over', () => {
    const stream = withDelay(() => EMPTY, [{ text: events(1), end: 'clean' }], {
      dialect: eventSource(),
    }).run()
    expect(stream.ends).toMatchObject([{ kind: 'stream_terminated', reason: 'clean_end', lastEventId: '1' }])
  })
})

describe('a delay function that fails ends the stream with request_setup_failed', () => {
  const cause = new RangeError('my own')
  it.each<[string, DelayFunction]>([
    ['by an Observable of another error', () => throwError(() => cause)],
    ['by a promise that rejects', () => Promise.reject(cause)],
    [
      'by throwing',
      () => {
        throw cause
      },
    ],
    [
      'inside an async generator',
      async function* () {
        await settled()
        if (cause.message !== '') throw cause
        yield 1
      },
    ],
  ])('%s', async (_, delay) => {
    const stream = withDelay(delay, [{ text: events(1) }]).start()
    await until(() => stream.ends.length > 0)
    await settled()
    expect(stream.ends).toMatchObject([
      { ...setupFailed, message: 'my own', cause, events: 1, lastEventId: '1' },
    ])
    expect(stream.requests).toHaveLength(1)
    expect(stream.clock.pending).toBe(0)
  })

  it.each([undefined, null, 5, true, {}, () => of(1), Symbol('s')])('by returning %s', (garbage) => {
    const stream = withDelay(() => garbage as never).run()
    expect(stream.ends).toMatchObject([setupFailed])
    expect(stream.error?.cause).toBeInstanceOf(TypeError)
  })

  it('by an error that only looks like the failure', () => {
    const stream = withDelay((error) => throwError(() => ({ ...error }))).run()
    expect(stream.ends).toMatchObject([setupFailed])
  })
})

describe('a delay function is called', () => {
  it('with the failure and the failures in a row, from 1 up, and anew after progress', () => {
    const calls: [string, number, number][] = []
    const answer = (n: number): Reply =>
      n === 3 ? { text: events(1) } : n === 6 ? { text: DONE } : { status: 503 }
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
    withDelay(spy, [{ status: 429, headers: { 'retry-after': '61' } }]).run()
    withDelay(spy, [{ text: DONE }]).run()
    expect(spy).toHaveBeenCalledTimes(3)
    withDelay(spy, [{}], { retry: { count: 0, delay: spy } }).run()
    expect(spy).toHaveBeenCalledTimes(3)
  })

  it('after the waiting signal, whose delayMs is the floor', () => {
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
    expect(order).toEqual(['connecting', 'waiting', 'delay', 'connecting', 'open'])
    expect(stream.signals.find(({ type }) => type === 'waiting')).toMatchObject({ delayMs: 40, until: 40 })
  })

  it('not at all once the consumer has left, or aborted, on the waiting signal', () => {
    const spy = vi.fn(() => of(1))
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
    expect(spy).not.toHaveBeenCalled()
    expect([left.requests.length, aborted.requests.length]).toEqual([1, 1])
  })
})

describe('the floor of the server', () => {
  const limited = (n: number): Reply =>
    n === 1 ? { status: 429, headers: { 'retry-after': '3' } } : { text: DONE }

  it('holds for a value that comes sooner', () => {
    expect(withDelay(() => of(1), limited).run().pauses).toEqual([3_000])
    const told = withDelay(
      () => of(1),
      (n) => ({ text: n === 1 ? 'retry: 250\n\n' : DONE }),
    )
    expect(told.run().pauses).toEqual([250])
  })

  it('holds for a promise', async () => {
    const stream = await withDelay(() => Promise.resolve(), limited).runAsync()
    expect([stream.ends, stream.pauses]).toEqual([['complete'], [3_000]])
  })

  it('does not hold up a value that comes later, and maxDelay does not bound it', () => {
    const notifier = new Subject<void>()
    const stream = withDelay(() => notifier, limited).start()
    stream.clock.start(() => notifier.next(), 100_000)
    while (stream.clock.step());
    expect([stream.ends, stream.pauses]).toEqual([['complete'], [100_000]])
  })

  it('is waited for once, whatever else the function has to say meanwhile', () => {
    const notifier = new Subject<void>()
    const stream = withDelay(() => notifier, limited).start()
    notifier.next()
    notifier.next()
    notifier.complete()
    expect(stream.ends).toEqual([])
    expect(stream.clock.pending).toBe(1)
    while (stream.clock.step());
    expect([stream.ends, stream.pauses]).toEqual([['complete'], [3_000]])
  })

  it('leaves nobody subscribed to a function that has given its value', () => {
    const notifier = new Subject<void>()
    const stream = withDelay(() => notifier, limited).start()
    expect(notifier.observed).toBe(true)
    notifier.next()
    expect(notifier.observed).toBe(false)
    stream.session.stop()
  })

  it('above maxDelay ends it at once', () => {
    const stream = withDelay(() => of(1), [{ status: 429, headers: { 'retry-after': '61' } }]).run()
    expect(stream.ends).toMatchObject([{ code: 'rate_limit_exceeded', retryAfterMs: 61_000, attempt: 1 }])
  })
})

describe('during the wait for a delay function', () => {
  /** A notifier that never speaks, and who listens to it. */
  function silent() {
    const state = { listeners: 0, teardowns: 0 }
    const notifier = new Observable<never>(() => {
      state.listeners++
      return () => {
        state.listeners--
        state.teardowns++
      }
    })
    return { state, notifier }
  }

  it('an unsubscribe ends it at once, and a value that comes after it is nobody’s', async () => {
    const { state, notifier } = silent()
    const late = new Subject<void>()
    for (const source of [NEVER, notifier, late]) {
      const stream = withDelay(() => source).start()
      stream.session.stop()
      late.next()
      await settled()
      expect(stream.ends).toEqual([])
      expect(stream.requests).toHaveLength(1)
      expect(stream.clock.pending).toBe(0)
    }
    expect(state).toEqual({ listeners: 0, teardowns: 1 })
    expect(late.observed).toBe(false)
  })

  it('an unsubscribe inside the function leaves nothing', () => {
    const { state, notifier } = silent()
    const stream: VirtualStream = withDelay(() => {
      stream.session.stop()
      return notifier
    })
    stream.start()
    expect(state.listeners).toBe(0)
    expect([stream.ends, stream.clock.pending]).toEqual([[], 0])
  })

  it('an abort ends it with one error', () => {
    const { state, notifier } = silent()
    const controller = new AbortController()
    const stream = withDelay(() => notifier, failing(1), { signal: controller.signal }).start()
    controller.abort('gone')
    expect(stream.ends).toMatchObject([{ code: 'aborted', cause: 'gone' }])
    expect(state).toEqual({ listeners: 0, teardowns: 1 })
  })

  it('an abort inside the function, which then throws, is told once', () => {
    const controller = new AbortController()
    const stream = withDelay(
      () => {
        controller.abort()
        throw new Error('as well')
      },
      failing(1),
      { signal: controller.signal },
    ).run()
    expect(stream.ends).toMatchObject([{ code: 'aborted' }])
  })

  it('timeout.total ends it', () => {
    const { state, notifier } = silent()
    const stream = withDelay(() => notifier, failing(1), { timeout: { total: 5_000 } }).run()
    expect(stream.ends).toMatchObject([{ code: 'deadline_exceeded' }])
    expect(stream.clock.now()).toBe(5_000)
    expect(state).toEqual({ listeners: 0, teardowns: 1 })
    expect(stream.clock.pending).toBe(0)
  })

  it('timeout.total is not waited for where the floor alone goes beyond it', () => {
    const limited: Reply = { status: 429, headers: { 'retry-after': '6' } }
    const stream = withDelay(() => of(1), [limited], { timeout: { total: 5_000 } }).run()
    expect(stream.ends).toMatchObject([{ code: 'rate_limit_exceeded', retryAfterMs: 6_000 }])
    expect(stream.clock.now()).toBe(0)
  })

  it('a value that the waiting signal brings about is not heard: nobody listens yet, as with any Subject', () => {
    const notifier = new Subject<void>()
    const stream = withDelay(
      () => notifier,
      failing(1),
      {},
      {
        onSignal: ({ type }) => type === 'waiting' && notifier.next(),
      },
    ).start()
    while (stream.clock.step());
    expect(stream.requests).toHaveLength(1)
    notifier.next()
    while (stream.clock.step());
    expect(stream.ends).toEqual(['complete'])
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

describe('over a real connection', () => {
  it('a delay function resumes a stream, and the retry operator’s own arguments fit', async () => {
    await using server = await startFaultServer({
      ids: true,
      answers: [
        { fault: { type: 'fin', after: { events: 3 } } },
        { fault: { type: 'rst', after: { events: 4 } } },
        {},
      ],
    })
    const delay = vi.fn((_error: SseError, retryCount: number) => timer(retryCount * 2))
    const whole = await collect(fromEventStream(server.url, { retry: { delay } }))
    expect(whole.completed).toBe(true)
    expect(new Set(whole.values.map(({ id }) => id)).size).toBe(whole.values.length)
    expect(delay.mock.calls.map(([error, count]) => [error.events, count])).toEqual([
      [3, 1],
      [7, 1],
    ])
  })

  it('a button makes the next attempt, and an unsubscribe while nobody presses it leaves nothing', async () => {
    await using server = await startFaultServer({ answers: [{ status: 503 }, { status: 503 }, {}] })
    const button = new Subject<void>()
    const seen: StreamSignal<ServerSentEvent>['type'][] = []
    const stream = eventStreamSignals(server.url, { retry: { delay: () => button } })
    let completed = false
    stream.subscribe({ next: ({ type }) => void seen.push(type), complete: () => (completed = true) })
    await until(() => button.observed)
    button.next()
    await until(() => seen.filter((type) => type === 'waiting').length === 2 && button.observed)
    expect(server.requests).toHaveLength(2)
    button.next()
    await until(() => completed)
    expect(server.requests).toHaveLength(3)
    expect(button.observed).toBe(false)

    server.use({ answers: [{ status: 503 }] })
    const subscription = stream.subscribe()
    await until(() => button.observed)
    subscription.unsubscribe()
    expect(button.observed).toBe(false)
    button.next()
    await settled()
    expect(server.requests).toHaveLength(4)
  })

  it('an unsubscribed async generator is left at its first value', async () => {
    await using server = await startFaultServer({ answers: [{ status: 503 }, {}] })
    let left = false
    const delay = async function* () {
      try {
        yield 1
        yield 2
      } finally {
        left = true
      }
    }
    expect((await collect(fromEventStream(server.url, { retry: { delay } }))).completed).toBe(true)
    await until(() => left)
    expect(server.requests).toHaveLength(2)
  })
})

describe('with a strategy', () => {
  it('the function is asked after it, and its EMPTY wins', () => {
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

  it('a restart is not told before the function has let it begin', () => {
    const stream = withDelay(() => EMPTY, [{ text: plain('a') }], { resume: restart() }).run()
    expect(stream.signals.map(({ type }) => type)).toEqual(['connecting', 'open', 'value', 'waiting'])
  })
})
