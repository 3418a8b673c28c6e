import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Surroundings, type Wakeup, watchWakeups } from '../../src/session/wakeups.ts'

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
