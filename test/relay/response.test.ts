import { BehaviorSubject, concat, from, NEVER, Observable, of, Subject, throwError } from 'rxjs'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { createSseError } from '../../src/errors/sse-error.ts'
import type { ChatCompletionChunk, ServerSentEvent, SseError, StreamSignal } from '../../src/index.ts'
import {
  type EventStreamResponseOptions,
  eventStreamResponse,
  lastEventIdOf,
  type RelayedValue,
  relayResponse,
} from '../../src/relay/index.ts'

const decoder = new TextDecoder()

/** A reader that says when it reads. */
function reading(response: Response) {
  const reader = response.body!.getReader()
  return {
    /** The next chunk, as text; `undefined` at the end. */
    async next(): Promise<string | undefined> {
      const { value } = await reader.read()
      return value === undefined ? undefined : decoder.decode(value)
    },
    cancel: () => reader.cancel(),
  }
}

const whole = <T>(
  source: Observable<T> | AsyncIterable<T>,
  options: EventStreamResponseOptions<RelayedValue<T>> = {},
) => eventStreamResponse(source, { heartbeatMs: 0, ...options }).text()

const errorOf = (code: SseError['code'], more: { retryAfterMs?: number } = {}): SseError =>
  createSseError(
    { kind: 'stream_error', code, message: 'internal-7 said no', ...more },
    { attempt: 1, events: 0, bytes: 0, lastEventId: undefined, resumable: true },
  )

const OVERLOADED =
  'event: error\ndata: {"error":{"type":"model_error","code":"model_overloaded","message":"the model is overloaded"}}\n\n'
const INTERNAL =
  'event: error\ndata: {"error":{"type":"gateway_error","code":"internal_error","message":"an unexpected error inside the gateway"}}\n\n'

/** Counts who is subscribed. */
function counted<T>(source: Observable<T>): { source: Observable<T>; subscribers: number } {
  const count = {
    subscribers: 0,
    source: new Observable<T>((subscriber) => {
      count.subscribers++
      subscriber.add(() => count.subscribers--)
      subscriber.add(source.subscribe(subscriber))
    }),
  }
  return count
}

describe('a response', () => {
  it('is an event stream that nothing on the way should hold back', () => {
    const { status, headers } = eventStreamResponse(NEVER, {
      headers: { 'x-a': '1', 'Content-Type': 'text/html' },
    })
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-a': '1',
    })
  })

  it('has values as JSON, so that no text of theirs is taken for a marker, an error or a second line', async () => {
    expect(await whole(of({ a: 1 }, '[DONE]', 'a\nb', '{"error":"x"}', null))).toBe(
      'data: {"a":1}\n\ndata: "[DONE]"\n\ndata: "a\\nb"\n\ndata: "{\\"error\\":\\"x\\"}"\n\ndata: null\n\ndata: [DONE]\n\n',
    )
  })

  it('has events as they are, an ID only where it is their own', async () => {
    const events: ServerSentEvent[] = [
      { id: '1', event: 'tick', data: 'a' },
      // [whatwg] The last event ID as of this event: it has none itself.
      { id: '1', data: 'b\nc' },
      { id: '2', data: '' },
    ]
    expect(await whole(from(events))).toBe(
      'id: 1\nevent: tick\ndata: a\n\ndata: b\ndata: c\n\nid: 2\ndata: \n\ndata: [DONE]\n\n',
    )
  })

  it('takes what has more fields than an event for a value', async () => {
    expect(await whole(of({ data: 'x', count: 1 }, { data: 1 }))).toBe(
      'data: {"data":"x","count":1}\n\ndata: {"data":1}\n\ndata: [DONE]\n\n',
    )
  })

  it('has values as the event option says', async () => {
    const event = (n: number) => ({ id: String(n), event: 'n', data: `${n}` })
    expect(await whole(of(7), { event, done: { event: 'end', data: '' } })).toBe(
      'id: 7\nevent: n\ndata: 7\n\nevent: end\ndata: \n\n',
    )
  })

  it.each([
    ['false', false as const, ''],
    ['other data', 'bye', 'data: bye\n\n'],
  ])('ends with what done says: %s', async (_, done, end) => {
    expect(await whole(of(1), { done })).toBe(`data: 1\n\n${end}`)
  })

  it('has the cursors of signals as IDs, and nothing else of them', async () => {
    const signals: StreamSignal<{ id: string }>[] = [
      { type: 'connecting', attempt: 1, lastEventId: undefined, resume: undefined, step: undefined } as never,
      { type: 'open', attempt: 1, status: 200, requestId: 'req_secret', header: () => 'secret' },
      { type: 'value', value: { id: 'chunk' }, lastEventId: 'c:1' },
      { type: 'value', value: { id: 'chunk' }, lastEventId: undefined },
      { type: 'cursor', lastEventId: 'c:3' },
      { type: 'waiting', error: errorOf('model_overloaded'), attempt: 1, delayMs: 1, until: 2 } as never,
      { type: 'cursor', lastEventId: undefined },
    ]
    const text =
      'id: c:1\ndata: {"id":"chunk"}\n\ndata: {"id":"chunk"}\n\nid: c:3\n\nid: \n\ndata: [DONE]\n\n'
    expect(await whole(from(signals))).toBe(text)
    expect(await whole(from(signals), { event: ({ id }) => ({ data: `{"id":"${id}"}` }) })).toBe(text)
  })

  it('knows what an item of a source is about', () => {
    expectTypeOf<RelayedValue<StreamSignal<ChatCompletionChunk>>>().toEqualTypeOf<ChatCompletionChunk>()
    expectTypeOf<RelayedValue<ServerSentEvent>>().toEqualTypeOf<ServerSentEvent>()
    expectTypeOf<RelayedValue<{ type: 'value' }>>().toEqualTypeOf<{ type: 'value' }>()
  })

  it('leaves values that only look like signals as they are', async () => {
    expect(await whole(of({ type: 'value', value: 1 }, { type: 'open' }), { done: false })).toBe(
      'data: {"type":"value","value":1}\n\ndata: {"type":"open"}\n\n',
    )
  })
})

describe('a failure', () => {
  it('is one event, in public words, and no end marker follows', async () => {
    const onError = vi.fn()
    const error = errorOf('model_overloaded')
    expect(
      await whole(
        concat(
          of(1),
          throwError(() => error),
        ),
        { onError },
      ),
    ).toBe(`data: 1\n\n${OVERLOADED}`)
    expect(onError.mock.calls).toEqual([[error]])
  })

  it.each<readonly [string, unknown]>([
    ['a value that is no JSON', () => {}],
    ['a circle', circle()],
    ['an id with a line end', { id: '1\n2', data: '' }],
    ['a reset', { type: 'reset', attempt: 2 }],
  ])('is an internal_error of %s, and ends the source', async (_, item) => {
    const onError = vi.fn()
    const count = counted(concat(from([1, item, 3]), NEVER))
    expect(await whole(count.source, { onError })).toBe(`data: 1\n\n${INTERNAL}`)
    expect(count.subscribers).toBe(0)
    expect(onError.mock.calls).toEqual([[expect.any(TypeError)]])
  })

  it('of an AsyncIterable is told likewise', async () => {
    async function* source() {
      yield 1
      throw errorOf('model_overloaded')
    }
    expect(await whole(source())).toBe(`data: 1\n\n${OVERLOADED}`)
  })

  it('in the handler of errors does not hide the failure', async () => {
    vi.useFakeTimers()
    const onError = () => {
      throw new Error('the log is full')
    }
    expect(
      await whole(
        throwError(() => errorOf('model_overloaded')),
        { onError },
      ),
    ).toBe(OVERLOADED)
    // As in RxJS, it is thrown where nothing can swallow it.
    expect(() => vi.runAllTimers()).toThrow('the log is full')
    vi.useRealTimers()
  })
})

function circle(): unknown {
  const value: { self?: unknown } = {}
  value.self = value
  return value
}

describe('a reader', () => {
  it('that has not come yet costs nothing', async () => {
    const count = counted(NEVER)
    const response = eventStreamResponse(count.source)
    expect(count.subscribers).toBe(0)
    const reader = reading(response)
    expect(await reader.next()).toBe(':\n\n')
    expect(count.subscribers).toBe(1)
    await reader.cancel()
    expect(count.subscribers).toBe(0)
  })

  it('that goes ends an AsyncIterable', async () => {
    let returned = false
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return() {
          returned = true
          return Promise.reject(new Error('nobody hears this'))
        },
      }),
    }
    const reader = reading(eventStreamResponse(source))
    expect(await reader.next()).toBe(':\n\n')
    await reader.cancel()
    expect(returned).toBe(true)
  })

  it('that aborts ends the source, and gets no clean end', async () => {
    const count = counted(NEVER)
    const abort = new AbortController()
    const reader = reading(eventStreamResponse(count.source, { signal: abort.signal }))
    await reader.next()
    const next = reader.next()
    abort.abort()
    expect(count.subscribers).toBe(0)
    await expect(next).rejects.toThrow('aborted')
  })

  it('that had aborted before is not served', async () => {
    const count = counted(NEVER)
    await expect(eventStreamResponse(count.source, { signal: AbortSignal.abort() }).text()).rejects.toThrow()
    expect((await relayResponse(count.source, { signal: AbortSignal.abort() })).status).toBe(499)
    expect(count.subscribers).toBe(0)
  })

  it('that is slow pulls an AsyncIterable no faster', async () => {
    let pulled = 0
    async function* source() {
      for (;;) yield ++pulled
    }
    const reader = reading(eventStreamResponse(source(), { heartbeatMs: 0 }))
    for (let i = 1; i <= 3; i++) expect(await reader.next()).toBe(`data: ${i}\n\n`)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(pulled).toBeLessThanOrEqual(4)
    await reader.cancel()
  })

  it('that is slower than an Observable gets what waits, and is told what it missed', async () => {
    const subject = new Subject<string>()
    const count = counted(subject)
    const onError = vi.fn()
    const reader = reading(eventStreamResponse(count.source, { maxBuffered: 100, heartbeatMs: 0, onError }))
    const first = reader.next()
    await vi.waitFor(() => expect(count.subscribers).toBe(1))
    // A single event may be of any size.
    subject.next('x'.repeat(500))
    expect((await first)?.length).toBeGreaterThan(500)
    let waiting = 0
    while (count.subscribers > 0) {
      subject.next('y'.repeat(20))
      waiting++
    }
    // 'data: "y…y"\n\n' has 30 bytes.
    expect(waiting).toBe(4)
    for (let i = 0; i < 3; i++) expect(await reader.next()).toContain('yyy')
    expect(await reader.next()).toContain('"code":"stream_error"')
    expect(await reader.next()).toBeUndefined()
    expect(onError.mock.calls[0]?.[0]).toBeInstanceOf(RangeError)
  })

  it('that is slower than a source which emits while it is subscribed stops it in the middle', async () => {
    let emitted = 0
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed) subscriber.next(++emitted)
    })
    const text = await whole(endless, { maxBuffered: 1_000 })
    expect(text).toContain('"code":"stream_error"')
    expect(emitted).toBeLessThan(200)
  })
})

describe('silence', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('is filled with comments, one that waits being enough', async () => {
    const subject = new Subject<number>()
    const reader = reading(eventStreamResponse(subject, { heartbeatMs: 1_000 }))
    expect(await reader.next()).toBe(':\n\n')
    let next = reader.next()
    await vi.advanceTimersByTimeAsync(600)
    subject.next(1)
    expect(await next).toBe('data: 1\n\n')
    next = reader.next()
    await vi.advanceTimersByTimeAsync(600)
    subject.next(2)
    expect(await next).toBe('data: 2\n\n')
    // Nobody reads for a while.
    await vi.advanceTimersByTimeAsync(5_500)
    expect(await reader.next()).toBe(':\n\n')
    subject.next(3)
    expect(await reader.next()).toBe('data: 3\n\n')
    await reader.cancel()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is filled while an AsyncIterable is waited for', async () => {
    let yieldOne = (_: IteratorResult<number>): void => {}
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise((resolve) => (yieldOne = resolve)) }),
    }
    const reader = reading(eventStreamResponse(source, { heartbeatMs: 1_000 }))
    expect(await reader.next()).toBe(':\n\n')
    const next = reader.next()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await next).toBe(':\n\n')
    yieldOne({ value: 1, done: false })
    expect(await reader.next()).toBe('data: 1\n\n')
    await reader.cancel()
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([0, Infinity])('stays silent with heartbeatMs %s', async (heartbeatMs) => {
    const subject = new BehaviorSubject(1)
    const reader = reading(eventStreamResponse(subject, { heartbeatMs }))
    expect(await reader.next()).toBe('data: 1\n\n')
    expect(vi.getTimerCount()).toBe(0)
    await reader.cancel()
  })
})

describe('a response that is held back', () => {
  it('has a status and the wait where nothing had begun', async () => {
    const onError = vi.fn()
    const error = errorOf('rate_limit_exceeded', { retryAfterMs: 1_500 })
    const response = await relayResponse(
      throwError(() => error),
      { onError, headers: { 'x-a': '1' } },
    )
    expect(response.status).toBe(429)
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'retry-after': '2',
      'x-a': '1',
      'x-should-retry': 'true',
    })
    expect(await response.json()).toEqual({
      error: {
        type: 'client_error',
        code: 'rate_limit_exceeded',
        message: 'the quota is used up',
        retry_after_ms: 1_500,
      },
    })
    expect(onError).toHaveBeenCalledExactlyOnceWith(error)
  })

  it('is a stream from the first value on', async () => {
    const count = counted(
      concat(
        of(1),
        throwError(() => errorOf('model_overloaded')),
      ),
    )
    const response = await relayResponse(count.source)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(`data: 1\n\n${OVERLOADED}`)
  })

  it('is a stream without values where the source has none', async () => {
    expect(await (await relayResponse(of())).text()).toBe('data: [DONE]\n\n')
  })

  it('is an error of an AsyncIterable, too, or a stream', async () => {
    async function* failing() {
      if (failing.name !== '') throw errorOf('model_timeout')
      yield 1
    }
    expect((await relayResponse(failing())).status).toBe(504)
    async function* good() {
      yield 1
      yield 2
    }
    expect(await (await relayResponse(good())).text()).toBe('data: 1\n\ndata: 2\n\ndata: [DONE]\n\n')
  })

  it('is held no longer than holdMs', async () => {
    vi.useFakeTimers()
    const subject = new Subject<number>()
    const pending = relayResponse(subject, { holdMs: 2_000, heartbeatMs: 1_000 })
    await vi.advanceTimersByTimeAsync(2_000)
    const response = await pending
    expect(response.status).toBe(200)
    subject.error(errorOf('model_overloaded'))
    expect(await response.text()).toBe(`:\n\n${OVERLOADED}`)
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('ends the source if the reader goes meanwhile', async () => {
    const count = counted(NEVER)
    const abort = new AbortController()
    const pending = relayResponse(count.source, { signal: abort.signal })
    expect(count.subscribers).toBe(1)
    abort.abort()
    expect((await pending).status).toBe(499)
    expect(count.subscribers).toBe(0)
  })
})

describe('a wrong call', () => {
  it.each<[string, () => unknown, string]>([
    ['a promise', () => eventStreamResponse(Promise.resolve(1) as never), 'the source must be an Observable'],
    [
      'text',
      () => relayResponse('x' as never),
      'the source must be an Observable or an AsyncIterable, not "x"',
    ],
    [
      'an unknown option',
      () => eventStreamResponse(NEVER, { holdMs: 1 } as never),
      'unknown option "holdMs"',
    ],
    [
      'a negative time',
      () => eventStreamResponse(NEVER, { heartbeatMs: -1 }),
      'heartbeatMs must be a number',
    ],
    [
      'no function',
      () => eventStreamResponse(NEVER, { event: 1 as never }),
      'event must be a function, not 1',
    ],
    ['a wrong marker', () => eventStreamResponse(NEVER, { done: true as never }), 'done must be text'],
    [
      'a wrong marker event',
      () => eventStreamResponse(NEVER, { done: { id: 'a\nb' } }),
      'done: id must be text',
    ],
    ['no signal', () => eventStreamResponse(NEVER, { signal: {} as never }), 'signal must be an AbortSignal'],
  ])('throws at once: %s', (_, call, message) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(message)
  })
})

describe('the last event ID of a request', () => {
  it('is read from any kind of headers, and decoded', () => {
    const wave = String.fromCharCode(...new TextEncoder().encode('wave \u{1F30A}'))
    expect(lastEventIdOf(new Headers({ 'Last-Event-ID': '7' }))).toBe('7')
    expect(lastEventIdOf({ 'last-event-id': wave })).toBe('wave \u{1F30A}')
    expect(lastEventIdOf(new Headers({ 'last-event-id': wave }))).toBe('wave \u{1F30A}')
    // Not UTF-8: as it came.
    expect(lastEventIdOf({ 'last-event-id': '\xff' })).toBe('\xff')
    for (const headers of [new Headers(), {}, { 'last-event-id': '' }]) {
      expect(lastEventIdOf(headers)).toBeUndefined()
    }
  })
})
