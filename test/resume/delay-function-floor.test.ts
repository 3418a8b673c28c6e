import { of, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Reply } from './virtual.ts'
import { DONE } from './wire-text.ts'
import { withDelay } from './with-delay.ts'

describe('the floor of the server beneath a delay function', () => {
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

  it('does not hold up a value that comes later, which maxDelay does not bound', () => {
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

  it('above maxDelay ends the stream at once', () => {
    const stream = withDelay(() => of(1), [{ status: 429, headers: { 'retry-after': '61' } }]).run()
    expect(stream.ends).toMatchObject([{ code: 'rate_limit_exceeded', retryAfterMs: 61_000, attempt: 1 }])
  })
})
