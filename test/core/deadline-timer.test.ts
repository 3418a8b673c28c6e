import { expect, it } from 'vitest'
import type { Clock } from '../../src/session/clock.ts'
import { DeadlineTimer } from '../../src/session/deadline-timer.ts'

const off = Number.POSITIVE_INFINITY

/** Time that only moves when told to. */
function virtualClock(): Clock & { advance(ms: number): void; pending(): number } {
  let now = 0
  const timers = new Set<{ at: number; callback: () => void }>()
  return {
    now: () => now,
    wall: () => now,
    start(callback, ms) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return timer
    },
    stop: (timer) => void timers.delete(timer as never),
    advance(ms) {
      const end = now + ms
      for (;;) {
        const next = [...timers].sort((a, b) => a.at - b.at)[0]
        if (next === undefined || next.at > end) break
        timers.delete(next)
        now = next.at
        next.callback()
      }
      now = end
    },
    pending: () => timers.size,
  }
}

function watch(timeouts: { connect?: number; first?: number; idle?: number; stall?: number }) {
  const clock = virtualClock()
  const due: [string, number][] = []
  const timer = new DeadlineTimer(
    { connect: off, first: off, idle: off, stall: off, total: off, ...timeouts },
    clock,
    { onDeadline: (name) => due.push([name, clock.now()]) },
  )
  timer.start()
  return { clock, due, timer }
}

it('a byte holds idle off without touching the timer', () => {
  const { clock, due, timer } = watch({ idle: 100 })
  timer.head()
  for (let i = 0; i < 10; i++) {
    clock.advance(60)
    timer.byte()
    expect(clock.pending()).toBe(1)
  }
  expect(due).toEqual([])
  clock.advance(150)
  expect(due).toEqual([['idle', 701]])
})

it('a pause does not count, and what happened during it only for the rest of it', () => {
  const { clock, due, timer } = watch({ idle: 300 })
  timer.pause()
  clock.advance(2_500)
  timer.head()
  clock.advance(500)
  expect(clock.pending()).toBe(0)
  timer.resume()
  clock.advance(290)
  expect(due).toEqual([])
  clock.advance(20)
  expect(due).toEqual([['idle', 3_301]])
})

it('a deadline is looked at once more a turn later, so that bytes that are waiting can still come', () => {
  const { clock, due, timer } = watch({ idle: 100 })
  timer.head()
  // The event loop was busy: the timer is late, and the byte that came in time has not been read yet.
  clock.advance(100)
  timer.byte()
  clock.advance(50)
  expect(due).toEqual([])
  clock.advance(60)
  expect(due).toHaveLength(1)
})

it('a redirect begins the connect deadline anew', () => {
  const { clock, due, timer } = watch({ connect: 100 })
  clock.advance(50)
  timer.connected()
  clock.advance(500)
  timer.connecting()
  clock.advance(99)
  expect(due).toEqual([])
  clock.advance(5)
  expect(due).toEqual([['connect', 651]])
})

it('leaves no timer when it is stopped', () => {
  const { clock, timer } = watch({ first: 100, idle: 100 })
  timer.head()
  timer.content()
  timer.stop()
  expect(clock.pending()).toBe(0)
})
