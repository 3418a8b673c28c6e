import { describe, expect, it } from 'vitest'
import type { EventStreamConfig, ServerSentEvent } from '../../src/index.ts'
import type { Reply } from './virtual.ts'
import { DONE, numbered } from './wire-text.ts'
import { everyWakeup, pass, woken } from './woken.ts'

describe('a stream that is no feed', () => {
  it('is left alone while it is open: it has deadlines of its own', () => {
    const { stream, wake, listeners } = woken([{ text: numbered(1), end: 'open' }], {})
    expect(listeners.size).toBe(0)
    for (const wakeup of everyWakeup) wake(wakeup)
    expect(stream.clock.pending).toBe(0)
    stream.session.stop()
  })

  it('is left alone also once it has waited', () => {
    const { stream, wake, listeners } = woken([{ status: 503 }, { text: numbered(1), end: 'open' }], {
      retry: { delay: 1 },
    })
    pass(stream, 1)
    expect(listeners.size).toBe(1)
    for (const wakeup of everyWakeup) wake(wakeup)
    expect(stream.clock.pending).toBe(0)
    stream.session.stop()
    expect(listeners.size).toBe(0)
  })

  it.each<[string, readonly Reply[], EventStreamConfig<ServerSentEvent>]>([
    ['it is complete', [{}, { text: DONE }], {}],
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
