import { concat, NEVER, Observable, of, Subject, throwError } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSseError } from '../../src/errors/sse-error.ts'
import {
  type RelayEvent,
  type RelayEventOptions,
  type RelayedValue,
  toRelayEvents,
} from '../../src/relay/index.ts'

/** All that it says, synchronously, and whether it completed. */
function saidOf<T>(source: Observable<T>, options: RelayEventOptions<RelayedValue<T>> = {}) {
  const events: RelayEvent[] = []
  let completed = false
  const subscription = source.pipe(toRelayEvents(options)).subscribe({
    next: (event) => events.push(event),
    complete: () => {
      completed = true
    },
  })
  return {
    events,
    subscription,
    get completed() {
      return completed
    },
  }
}

const DONE = { id: '', data: '[DONE]' }

afterEach(() => vi.useRealTimers())

describe('events for a framework', () => {
  it('are the values, then the end marker; without an ID an empty one, that none is made up', () => {
    const said = saidOf(of({ a: 1 }, { id: '7', event: 'tick', data: 'b', retry: 5 }))
    expect(said.events).toEqual([
      { id: '', data: '{"a":1}' },
      { id: '7', type: 'tick', data: 'b', retry: 5 },
      DONE,
    ])
    expect(said.completed).toBe(true)
  })

  it('tell a failure as one of them, in public words, and end', () => {
    const onError = vi.fn()
    const error = createSseError(
      { kind: 'stream_terminated', code: 'model_overloaded', message: 'gpu-17.internal is busy' },
      { attempt: 1, events: 1, bytes: 9, lastEventId: undefined, resumable: false },
    )
    const said = saidOf(
      concat(
        of(1),
        throwError(() => error),
      ),
      { onError },
    )
    expect(said.events).toEqual([
      { id: '', data: '1' },
      {
        id: '',
        type: 'error',
        data: '{"error":{"type":"model_error","code":"model_overloaded","message":"the model is overloaded"}}',
      },
    ])
    expect(said.completed).toBe(true)
    expect(onError).toHaveBeenCalledExactlyOnceWith(error)
  })

  it.each([
    ['an ID with a line end', { id: '1\nx', data: '' }],
    ['no JSON', Symbol('x')],
  ])('cannot be made of a value with %s: an internal_error, and the source is ended', (_, value) => {
    let isSubscribed = true
    const source = new Observable<unknown>((subscriber) => {
      subscriber.next(value)
      return () => {
        isSubscribed = false
      }
    })
    const said = saidOf(source)
    expect(said.events).toMatchObject([{ type: 'error', data: expect.stringContaining('"internal_error"') }])
    expect(said.completed).toBe(true)
    expect(isSubscribed).toBe(false)
  })

  it('are comments where there is silence', () => {
    vi.useFakeTimers()
    const subject = new Subject<number>()
    const said = saidOf(subject, { heartbeatMs: 1_000 })
    vi.advanceTimersByTime(600)
    subject.next(1)
    vi.advanceTimersByTime(600)
    expect(said.events).toEqual([{ id: '', data: '1' }])
    vi.advanceTimersByTime(1_400)
    expect(said.events.slice(1)).toEqual([{ comment: '' }, { comment: '' }])
    subject.complete()
    expect(said.events.at(-1)).toEqual(DONE)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('end the source and the timer when nobody listens any more', () => {
    vi.useFakeTimers()
    const said = saidOf(NEVER)
    expect(vi.getTimerCount()).toBe(1)
    said.subscription.unsubscribe()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('begin anew for each subscriber', () => {
    const events = of({ id: '1', data: 'a' }).pipe(toRelayEvents())
    for (let i = 0; i < 2; i++) {
      const seen: RelayEvent[] = []
      events.subscribe((event) => seen.push(event))
      expect(seen[0]).toEqual({ id: '1', data: 'a' })
    }
  })

  it('have no option for what a framework does itself', () => {
    expect(() => toRelayEvents({ maxBuffered: 1 } as never)).toThrow('unknown option "maxBuffered"')
  })
})
