import { EMPTY, of, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Reply, VirtualStream } from './virtual.ts'
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

  it('above maxDelay is the function’s to decide about, which hears of it by the error', () => {
    const long = (n: number): Reply =>
      n === 1 ? { status: 429, headers: { 'retry-after': '3600' } } : { text: DONE }
    const asked: (number | undefined)[] = []
    const patient = withDelay((error) => {
      asked.push(error.retryAfterMs)
      return of(1)
    }, long).run()
    expect([patient.ends, patient.pauses]).toEqual([['complete'], [3_600_000]])
    const hurried = withDelay(({ retryAfterMs = 0 }) => (retryAfterMs > 60_000 ? EMPTY : of(1)), long).run()
    expect(hurried.ends).toMatchObject([{ code: 'rate_limit_exceeded', retryAfterMs: 3_600_000, attempt: 1 }])
    expect(hurried.clock.pending).toBe(0)
    expect(asked).toEqual([3_600_000])
  })

  it('above maxDelay ends the stream at once where a number is the delay', () => {
    const reply: Reply = { status: 429, headers: { 'retry-after': '61' } }
    const stream = new VirtualStream([reply], { retry: { count: 3, delay: 5 } }).run()
    expect(stream.ends).toMatchObject([{ code: 'rate_limit_exceeded', retryAfterMs: 61_000, attempt: 1 }])
  })
})
