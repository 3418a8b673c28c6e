import { NEVER, Observable, of } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventStreamResponse, lastEventIdOf, relayResponse, toRelayEvents } from '../../src/relay/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const INTERNAL = '"code":"internal_error"'

/** What no type would let pass: someone's JavaScript. */
const untyped = (value: unknown): never => value as never

describe('an event option', () => {
  it.each<[string, unknown]>([
    ['a promise, since it is async', async (data: string) => ({ data })],
    ['an object without any field of an event', (payload: string) => ({ payload })],
    ['nothing', () => ({})],
  ])('that returns %s is a failure, and no stream without its values', async (_, event) => {
    const told: unknown[] = []
    const onError = (error: unknown): void => void told.push(error)
    const options = { event: untyped(event), heartbeatMs: 0, onError }
    const text = await eventStreamResponse(of('a'), options).text()
    expect(text).toContain(INTERNAL)
    expect(text).not.toContain('[DONE]')
    expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining('event option') })])
    const events: unknown[] = []
    of('a')
      .pipe(toRelayEvents({ event: untyped(event), heartbeatMs: 0 }))
      .subscribe((one) => events.push(one))
    expect(JSON.stringify(events)).toContain('internal_error')
    expect(JSON.stringify(events)).not.toContain('[DONE]')
  })
})

describe('headers that cannot be sent', () => {
  it('are refused at the call, before anything has begun, and not repeated', () => {
    let begun = 0
    const source = new Observable<string>(() => {
      begun++
    })
    const signal = new AbortController().signal
    const listens = vi.spyOn(signal, 'addEventListener')
    const options = { headers: { 'x-secret': 'sk-1\nset-cookie: a=1' }, signal }
    for (const respond of [eventStreamResponse, relayResponse]) {
      let thrown: unknown
      try {
        respond(source, options)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(TypeError)
      expect((thrown as Error).message).toMatch(/^(?:eventStream|relay)Response: headers/)
      expect((thrown as Error).message).not.toContain('sk-1')
    }
    expect(begun).toBe(0)
    expect(listens).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a source that is none', () => {
  const sources: readonly [string, unknown][] = [
    [
      'something to subscribe to that throws',
      {
        subscribe() {
          throw new Error('no')
        },
      },
    ],
    [
      'an iterable whose results are none',
      { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) },
    ],
    [
      'an iterable that throws',
      {
        [Symbol.asyncIterator]() {
          throw new Error('no')
        },
      },
    ],
  ]

  it.each(sources)('is told as a failure, and leaves no heartbeat: %s', async (_, source) => {
    const onError = vi.fn()
    const text = await eventStreamResponse(untyped(source), { onError }).text()
    expect(text).toContain(INTERNAL)
    expect(onError).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(sources)('never makes relayResponse reject: %s', async (_, source) => {
    const response = await relayResponse(untyped(source))
    expect(response.status).toBe(500)
    expect(await response.text()).toContain(INTERNAL)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is unsubscribed, also if it knows nothing of RxJS', async () => {
    const unsubscribe = vi.fn()
    const source = {
      subscribe(observer: { next(value: string): void }) {
        observer.next('a')
        return { unsubscribe }
      },
    }
    const reader = eventStreamResponse(untyped(source), { heartbeatMs: 0 }).body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: "a"\n\n')
    await reader.cancel()
    expect(unsubscribe).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a response that is cloned', () => {
  it('gives both readers the same', async () => {
    const response = eventStreamResponse(of('a', 'b'))
    const clone = response.clone()
    const [one, other] = await Promise.all([response.text(), clone.text()])
    expect(one).toBe(':\n\ndata: "a"\n\ndata: "b"\n\ndata: [DONE]\n\n')
    expect(other).toBe(one)
  })

  it('ends its source once both have gone', async () => {
    let open = 0
    const source = new Observable<string>((subscriber) => {
      open++
      subscriber.next('a')
      return () => open--
    })
    const response = eventStreamResponse(source)
    const clone = response.clone()
    const [one, other] = [response.body!.getReader(), clone.body!.getReader()]
    await Promise.all([one.read(), other.read()])
    expect(open).toBe(1)
    await Promise.all([one.cancel(), other.cancel()])
    expect(open).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the cursor of a reader', () => {
  it('that a server has decoded already is taken as it is', () => {
    expect(lastEventIdOf({ 'last-event-id': 'Łódź-7' })).toBe('Łódź-7')
    expect(lastEventIdOf({ 'last-event-id': Buffer.from('Łódź-7').toString('latin1') })).toBe('Łódź-7')
  })
})

describe('a response whose body is never read', () => {
  it('has begun nothing, and leaves no timer', () => {
    eventStreamResponse(NEVER)
    expect(vi.getTimerCount()).toBe(0)
  })
})
