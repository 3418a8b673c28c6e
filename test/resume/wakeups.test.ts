import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type EventStreamConfig,
  eventSource,
  eventStreamSignals,
  fromEventStream,
  type ServerSentEvent,
  toAsyncIterable,
} from '../../src/index.ts'
import { type Surroundings, type Wakeup, type Wakeups, watchWakeups } from '../../src/session/wakeups.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { DONE, events, type Reply, VirtualStream } from './virtual.ts'

/** A page, or Node if it has no events, whose time is vitest's. */
function surroundings({ page = true } = {}) {
  const window = new Map<string, Set<() => void>>()
  const document = new Map<string, Set<() => void>>()
  const on = (target: typeof window) => (type: string, listener: () => void) =>
    void target.set(type, (target.get(type) ?? new Set()).add(listener))
  const off = (target: typeof window) => (type: string, listener: () => void) =>
    void target.get(type)?.delete(listener)
  const emit = (target: typeof window, type: string): void => {
    for (const listener of [...(target.get(type) ?? [])]) listener()
  }
  const state = { visibilityState: 'visible', offset: 0 }
  const count = (): number =>
    [window, document].reduce(
      (sum, target) => sum + [...target.values()].reduce((n, set) => n + set.size, 0),
      0,
    )
  const fake: Surroundings = {
    setInterval: (callback, ms) => setInterval(callback, ms),
    clearInterval: (timer) => clearInterval(timer),
    Date: { now: () => Date.now() + state.offset },
    ...(page
      ? {
          addEventListener: on(window),
          removeEventListener: off(window),
          document: {
            get visibilityState() {
              return state.visibilityState
            },
            addEventListener: on(document),
            removeEventListener: off(document),
          },
        }
      : {}),
  }
  return {
    fake,
    state,
    listeners: count,
    online: () => emit(window, 'online'),
    visibility(to: string) {
      state.visibilityState = to
      emit(document, 'visibilitychange')
    },
    /** The wall clock goes on though nothing ran. */
    leap(ms: number) {
      state.offset += ms
    },
  }
}

describe('the watch for wake-ups', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('tells of a sleep once, at the next look after the clock has leapt', () => {
    const { fake, leap } = surroundings()
    const heard: Wakeup[] = []
    const stop = watchWakeups(fake)((wakeup) => heard.push(wakeup))
    vi.advanceTimersByTime(60_000)
    expect(heard).toEqual([])
    leap(3_600_000)
    expect(heard).toEqual([])
    vi.advanceTimersByTime(5_000)
    expect(heard).toEqual(['slept'])
    vi.advanceTimersByTime(60_000)
    expect(heard).toEqual(['slept'])
    stop()
  })

  it('takes a busy event loop, or a clock that was set a little, or back, for no sleep', () => {
    const { fake, leap } = surroundings()
    const heard: Wakeup[] = []
    const stop = watchWakeups(fake)((wakeup) => heard.push(wakeup))
    for (const ms of [29_000, 30_000, -3_600_000]) {
      leap(ms)
      vi.advanceTimersByTime(20_000)
    }
    expect(heard).toEqual([])
    leap(30_001)
    vi.advanceTimersByTime(5_000)
    expect(heard).toEqual(['slept'])
    stop()
  })

  it('does not count the time before the first listener, or between two', () => {
    const { fake, leap } = surroundings()
    const wakeups = watchWakeups(fake)
    leap(3_600_000)
    const heard: Wakeup[] = []
    const stop = wakeups((wakeup) => heard.push(wakeup))
    vi.advanceTimersByTime(10_000)
    stop()
    leap(3_600_000)
    const stopAgain = wakeups((wakeup) => heard.push(wakeup))
    vi.advanceTimersByTime(10_000)
    stopAgain()
    expect(heard).toEqual([])
  })

  it('tells of online, and of a page that is shown but not of one that is hidden', () => {
    const { fake, online, visibility } = surroundings()
    const heard: Wakeup[] = []
    const stop = watchWakeups(fake)((wakeup) => heard.push(wakeup))
    online()
    visibility('hidden')
    visibility('visible')
    expect(heard).toEqual(['online', 'visible'])
    stop()
    online()
    visibility('visible')
    expect(heard).toHaveLength(2)
  })

  it('has one timer and one set of listeners for all, from the first to the last of them', () => {
    const { fake, listeners } = surroundings()
    const wakeups = watchWakeups(fake)
    expect([vi.getTimerCount(), listeners()]).toEqual([0, 0])
    const stops = Array.from({ length: 100 }, () => wakeups(() => {}))
    expect([vi.getTimerCount(), listeners()]).toEqual([1, 2])
    const [first, ...rest] = stops
    for (const stop of rest) stop()
    expect([vi.getTimerCount(), listeners()]).toEqual([1, 2])
    first?.()
    first?.()
    expect([vi.getTimerCount(), listeners()]).toEqual([0, 0])
    const again = wakeups(() => {})
    expect([vi.getTimerCount(), listeners()]).toEqual([1, 2])
    again()
    expect([vi.getTimerCount(), listeners()]).toEqual([0, 0])
  })

  it('does not end for one because another has stopped twice', () => {
    const { fake, online } = surroundings()
    const wakeups = watchWakeups(fake)
    const heard: string[] = []
    const listener = (wakeup: Wakeup): void => void heard.push(wakeup)
    const [one, two] = [wakeups(listener), wakeups(listener)]
    one()
    one()
    online()
    expect(heard).toEqual(['online'])
    two()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not tell one that another has stopped meanwhile, and not one that came meanwhile', () => {
    const { fake, online } = surroundings()
    const wakeups = watchWakeups(fake)
    const heard: string[] = []
    const stops: (() => void)[] = []
    stops.push(
      wakeups(() => {
        heard.push('first')
        stops[1]?.()
        if (stops.length < 3) stops.push(wakeups(() => heard.push('late')))
      }),
      wakeups(() => heard.push('second')),
    )
    online()
    expect(heard).toEqual(['first'])
    online()
    expect(heard).toEqual(['first', 'first', 'late'])
    for (const stop of stops) stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('works where there are no events, and keeps no process alive', () => {
    const { fake, leap } = surroundings({ page: false })
    const timers: { hasRef(): boolean }[] = []
    const heard: Wakeup[] = []
    const stop = watchWakeups({
      ...fake,
      setInterval(callback, ms) {
        const timer = setInterval(callback, ms)
        timers.push(timer)
        return timer
      },
    })((wakeup) => heard.push(wakeup))
    leap(100_000)
    vi.advanceTimersByTime(5_000)
    expect(heard).toEqual(['slept'])
    expect(timers.map((timer) => timer.hasRef())).toEqual([false])
    stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('works where a timer is a number', () => {
    const { fake } = surroundings()
    const cleared: unknown[] = []
    const stop = watchWakeups({
      ...fake,
      setInterval: () => 17,
      clearInterval: (timer) => cleared.push(timer),
    })(() => {})
    stop()
    expect(cleared).toEqual([17])
  })
})

/** Wake-ups of the test's making. */
function switchboard() {
  const listeners = new Set<(wakeup: Wakeup) => void>()
  const wakeups: Wakeups = (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return {
    wakeups,
    listeners,
    wake: (wakeup: Wakeup) => {
      for (const listener of [...listeners]) listener(wakeup)
    },
  }
}

function woken(
  replies: readonly Reply[],
  config: EventStreamConfig<ServerSentEvent>,
  { random = () => 0.5 }: { random?: () => number } = {},
) {
  const board = switchboard()
  const stream = new VirtualStream(replies, config, { random, wakeups: board.wakeups }).start()
  return { ...board, stream, clock: stream.clock }
}

const feed = { dialect: eventSource(), retry: { delay: 40_000, jitter: 'none' } } as const
const every: Wakeup[] = ['slept', 'online', 'visible']

/** Lets so much time pass. */
const pass = (stream: VirtualStream, ms: number): void => {
  let over = false
  stream.clock.start(() => {
    over = true
  }, ms)
  while (!over && stream.clock.step());
}

describe('a wait', () => {
  it.each(every)('shrinks to a random share of a second on %s', (wakeup) => {
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

  it('is never made longer, however often it happens', () => {
    const { stream, wake } = woken([{ status: 503 }, { text: '', end: 'open' }], feed, { random: () => 0.9 })
    wake('online')
    for (let time = 0; time < 8; time++) {
      pass(stream, 100)
      for (const wakeup of every) wake(wakeup)
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
    for (const wakeup of every) {
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
    for (const wakeup of every) wake(wakeup)
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(1)
    stream.session.stop()
    expect(stream.clock.pending).toBe(0)
  })

  it('of a stream that is no feed shrinks as well', () => {
    const { stream, wake, listeners } = woken([{ text: events(1) }, { text: DONE }], {
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

describe('a feed that was open', () => {
  const open: Reply = { text: events(1), end: 'open' }

  it.each<Wakeup>(['slept', 'online'])(
    'and is silent for 10 s after %s is begun again at its cursor',
    (wakeup) => {
      const { stream, wake } = woken([open], feed)
      pass(stream, 1_000_000)
      wake(wakeup)
      pass(stream, 9_999)
      expect(stream.signals.some(({ type }) => type === 'waiting')).toBe(false)
      pass(stream, 1)
      const waiting = stream.signals.find((signal) => signal.type === 'waiting')
      expect(waiting?.error).toMatchObject({
        kind: 'stream_terminated',
        reason: 'idle',
        retryable: true,
        events: 1,
      })
      expect(stream.requests[0]?.left).toBe(true)
      pass(stream, 40_000)
      expect(stream.requests[1]?.headers.get('last-event-id')).toBe('1')
      stream.session.stop()
      expect(stream.clock.pending).toBe(0)
    },
  )

  it.each(['data: x\n\n', ': ping\n\n', '\n', 'd'])('and shows %j stays open', (sign) => {
    const { stream, wake } = woken([open], feed)
    wake('slept')
    pass(stream, 9_000)
    stream.requests[0]?.more(sign)
    pass(stream, 1_000_000)
    expect(stream.requests).toHaveLength(1)
    expect(stream.clock.pending).toBe(0)
  })

  it('and shows something that its content coding holds back stays open', () => {
    const { stream, wake } = woken([open], feed)
    wake('slept')
    pass(stream, 9_000)
    stream.requests[0]?.received()
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(1)
  })

  it('and has only shown something before is not believed for it', () => {
    const { stream, wake } = woken([open], feed)
    stream.requests[0]?.more(': ping\n\n')
    wake('slept')
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(2)
  })

  it('is left alone by visible', () => {
    const { stream, wake } = woken([open], feed)
    wake('visible')
    expect(stream.clock.pending).toBe(0)
    pass(stream, 1_000_000)
    expect(stream.requests).toHaveLength(1)
  })

  it('and is in doubt twice is begun again once', () => {
    const { stream, wake } = woken([open], feed)
    wake('slept')
    wake('online')
    expect(stream.clock.pending).toBe(1)
    pass(stream, 10_000)
    expect(stream.signals.filter(({ type }) => type === 'waiting')).toHaveLength(1)
    pass(stream, 40_000)
    expect(stream.requests).toHaveLength(2)
  })

  it('and is in doubt again and again is not trusted for ever', () => {
    const { stream, wake } = woken([open], feed)
    for (let time = 0; time < 10; time++) {
      wake('online')
      pass(stream, 9_000)
    }
    expect(stream.signals.some(({ type }) => type === 'waiting')).toBe(true)
  })

  it('and ends while it is in doubt leaves no timer', () => {
    const { stream, wake, listeners } = woken([{ text: events(1), end: 'open' }, { status: 204 }], {
      ...feed,
      timeout: { idle: 5_000 },
    })
    wake('slept')
    pass(stream, 5_010)
    expect(stream.signals.filter(({ type }) => type === 'waiting')).toHaveLength(1)
    pass(stream, 40_000)
    expect(stream.ends).toEqual(['complete'])
    expect([stream.clock.pending, listeners.size]).toEqual([0, 0])
  })

  it('and is unsubscribed while it is in doubt leaves no timer', () => {
    const { stream, wake, listeners, clock } = woken([open], feed)
    wake('slept')
    stream.session.stop()
    expect([clock.pending, listeners.size]).toEqual([0, 0])
  })

  it('and was paused by its consumer then is doubted once it is read again', () => {
    const { stream, wake } = woken([open], feed)
    stream.session.pause()
    wake('slept')
    pass(stream, 60_000)
    stream.session.resume()
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(2)
  })
})

describe('a feed that was not answered yet', () => {
  it('when the machine went to sleep is asked for again: no other deadline runs', () => {
    const { stream, wake } = woken([{ end: 'silent' }], feed)
    wake('slept')
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(2)
  })
})

describe('a feed that was begun after the wake-up', () => {
  it.each<[string, Reply]>([
    ['at once', { status: 503 }],
    ['once the floor was over', { status: 503, headers: { 'retry-after-ms': '9900' } }],
  ])('%s may be as quiet as it likes', (_, first) => {
    for (const wakeup of every) {
      const { stream, wake } = woken([first, { text: '', end: 'open' }], feed)
      wake(wakeup)
      pass(stream, 1_000_000)
      expect(stream.requests).toHaveLength(2)
      expect(stream.clock.pending).toBe(0)
      stream.session.stop()
    }
  })
})

describe('a stream that is no feed', () => {
  it('is left alone while it is open: it has deadlines of its own', () => {
    const { stream, wake, listeners } = woken([{ text: events(1), end: 'open' }], {})
    expect(listeners.size).toBe(0)
    for (const wakeup of every) wake(wakeup)
    expect(stream.clock.pending).toBe(0)
    stream.session.stop()
  })

  it('is left alone also once it has waited', () => {
    const { stream, wake, listeners } = woken([{ status: 503 }, { text: events(1), end: 'open' }], {
      retry: { delay: 1 },
    })
    pass(stream, 1)
    expect(listeners.size).toBe(1)
    for (const wakeup of every) wake(wakeup)
    expect(stream.clock.pending).toBe(0)
    stream.session.stop()
    expect(listeners.size).toBe(0)
  })

  it.each<[string, readonly Reply[], EventStreamConfig<ServerSentEvent>]>([
    ['complete', [{}, { text: DONE }], {}],
    ['the budget is spent', [{}], {}],
    ['a failure is final', [{}, { status: 401 }], {}],
    ['time is up', [{ status: 503 }, { text: '', end: 'open' }], { timeout: { total: 50_000 } }],
  ])('hears nothing any more after %s', (_, replies, config) => {
    const { stream, listeners } = woken(replies, config)
    expect(listeners.size).toBe(1)
    while (stream.ends.length === 0 && stream.clock.step());
    expect(stream.ends).toHaveLength(1)
    expect([stream.clock.pending, listeners.size]).toEqual([0, 0])
  })
})

describe('real streams', () => {
  /** What the watch of the library itself takes of `globalThis`. */
  function watched() {
    const timers = new Set<unknown>()
    const target = new EventTarget()
    const listeners = { count: 0 }
    const set = vi.spyOn(globalThis, 'setInterval').mockImplementation(((
      callback: () => void,
      ms: number,
    ) => {
      const timer = { callback, ms }
      timers.add(timer)
      return timer
    }) as never)
    const clear = vi
      .spyOn(globalThis, 'clearInterval')
      .mockImplementation((timer) => void timers.delete(timer))
    vi.stubGlobal('addEventListener', (type: string, listener: () => void) => {
      listeners.count++
      target.addEventListener(type, listener)
    })
    vi.stubGlobal('removeEventListener', (type: string, listener: () => void) => {
      listeners.count--
      target.removeEventListener(type, listener)
    })
    return {
      timers,
      listeners,
      online: () => target.dispatchEvent(new Event('online')),
      [Symbol.dispose]() {
        set.mockRestore()
        clear.mockRestore()
        vi.unstubAllGlobals()
      },
    }
  }

  it('leave neither timer nor listener after the last of them, however each ended', async () => {
    await using server = await startFaultServer({
      ids: true,
      events: ['a', 'b', '[DONE]'],
      answers: [{ fault: { type: 'stall', after: { events: 1 } } }],
    })
    using watch = watched()
    const config = { dialect: eventSource() }
    const one = fromEventStream(server.url, config).subscribe()
    const controller = new AbortController()
    let aborted = false
    eventStreamSignals(server.url, { ...config, signal: controller.signal }).subscribe({
      error: () => {
        aborted = true
      },
    })
    const iterator = toAsyncIterable(server.url, config)[Symbol.asyncIterator]()
    await iterator.next()
    await until(() => server.requests.length === 3)
    expect([watch.timers.size, watch.listeners.count]).toEqual([1, 1])
    one.unsubscribe()
    await iterator.return?.()
    expect([watch.timers.size, watch.listeners.count]).toEqual([1, 1])
    controller.abort()
    expect(aborted).toBe(true)
    expect([watch.timers.size, watch.listeners.count]).toEqual([0, 0])
  })

  it('that wait go on when the machine is online again', async () => {
    await using server = await startFaultServer({ answers: [{ status: 503 }, {}] })
    using watch = watched()
    vi.spyOn(Math, 'random').mockReturnValue(0.01)
    let completed = false
    let waiting = false
    eventStreamSignals(server.url, { retry: { delay: 50_000, jitter: 'none' } }).subscribe({
      next: ({ type }) => {
        waiting ||= type === 'waiting'
      },
      complete: () => {
        completed = true
      },
    })
    await until(() => waiting)
    watch.online()
    await until(() => completed)
    vi.mocked(Math.random).mockRestore()
    expect(server.requests).toHaveLength(2)
    expect([watch.timers.size, watch.listeners.count]).toEqual([0, 0])
  })
})
