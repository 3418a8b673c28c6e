import {
  EMPTY,
  NEVER,
  Observable,
  of,
  retry,
  config as rxjs,
  Subject,
  take,
  tap,
  throwError,
  toArray,
} from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type EventStreamConfig,
  eventStreamSignals,
  fromEventStream,
  restart,
  type ServerSentEvent,
  type ShareOptions,
  type StreamSignal,
  shareStream,
  values,
} from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'

interface Seen<T> {
  readonly values: T[]
  readonly ends: unknown[]
  unsubscribe(): void
}

/** What a subscriber is told. */
function watch<T>(source: Observable<T>): Seen<T> {
  const values: T[] = []
  const ends: unknown[] = []
  const subscription = source.subscribe({
    next: (value) => void values.push(value),
    complete: () => void ends.push('complete'),
    error: (error: unknown) => void ends.push(error),
  })
  return { values, ends, unsubscribe: () => subscription.unsubscribe() }
}

/** A source that counts who is subscribed, and the subject that speaks for it. */
function counted<T>(options?: ShareOptions) {
  const state = { subscribed: 0, left: 0 }
  let subject = new Subject<T>()
  const shared = new Observable<T>((subscriber) => {
    state.subscribed++
    subject = new Subject<T>()
    subscriber.add(subject.subscribe(subscriber))
    subscriber.add(() => void state.left++)
  }).pipe(shareStream<T>(options))
  return { state, shared, next: (value: T) => subject.next(value), source: () => subject }
}

const data = (seen: Seen<ServerSentEvent>): string[] => seen.values.map((value) => value.data)

describe('a shared stream, over a real connection', () => {
  const letters = ['a', 'b', 'c', 'd', '[DONE]']
  const shared = (url: string, config: EventStreamConfig<ServerSentEvent> = {}, options?: ShareOptions) =>
    fromEventStream(url, { ...config, dialect: undefined }).pipe(shareStream<ServerSentEvent>(options))

  it('makes one request for several subscribers, and none before the first', async () => {
    await using server = await startFaultServer({ events: letters })
    const stream = shared(server.url)
    expect(server.requests).toHaveLength(0)
    const seen = [watch(stream), watch(stream), watch(stream)]
    await until(() => seen.every(({ ends }) => ends.length > 0))
    for (const one of seen) expect([data(one), one.ends]).toEqual([['a', 'b', 'c', 'd'], ['complete']])
    expect(server.requests).toHaveLength(1)
  })

  it('gives a late subscriber all so far, then what comes', async () => {
    await using server = await startFaultServer({ events: letters, answers: [{ paceMs: 40 }] })
    const stream = shared(server.url)
    const first = watch(stream)
    await until(() => first.values.length === 2)
    const late = watch(stream)
    expect(data(late)).toEqual(['a', 'b'])
    await until(() => late.ends.length > 0)
    expect([data(late), data(first)]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ])
    expect(server.requests).toHaveLength(1)
  })

  it('is ended by the last one out, not by one before', async () => {
    await using server = await startFaultServer({
      events: letters,
      answers: [{ fault: { type: 'stall', after: { events: 2 } } }],
    })
    const stream = shared(server.url)
    const [first, second] = [watch(stream), watch(stream)]
    await until(() => second.values.length === 2)
    first.unsubscribe()
    expect(server.requests[0]?.clientGoneAt).toBeUndefined()
    second.unsubscribe()
    await server.abandoned(1)
    const again = watch(stream)
    await until(() => again.values.length === 2)
    expect(server.requests).toHaveLength(2)
    again.unsubscribe()
    await server.abandoned(2)
  })

  it('that is whole is told to those who come later without a request', async () => {
    await using server = await startFaultServer({ events: letters })
    const stream = shared(server.url)
    const first = watch(stream)
    await until(() => first.ends.length > 0)
    for (let time = 0; time < 3; time++) {
      const late = watch(stream)
      expect([data(late), late.ends]).toEqual([['a', 'b', 'c', 'd'], ['complete']])
    }
    const one = watch(stream.pipe(take(1)))
    expect([data(one), one.ends]).toEqual([['a'], ['complete']])
    expect(server.requests).toHaveLength(1)
  })

  it('that has failed is asked for again by the next subscriber', async () => {
    await using server = await startFaultServer({
      events: letters,
      answers: [{ fault: { type: 'fin', after: { events: 2 } } }, {}],
    })
    const stream = shared(server.url, { retry: false })
    const seen = [watch(stream), watch(stream)]
    await until(() => seen.every(({ ends }) => ends.length > 0))
    for (const one of seen)
      expect([data(one), one.ends]).toMatchObject([['a', 'b'], [{ reason: 'socket_closed' }]])
    const next = watch(stream)
    expect(next.values).toEqual([])
    await until(() => next.ends.length > 0)
    expect([data(next), next.ends]).toEqual([['a', 'b', 'c', 'd'], ['complete']])
    expect(server.requests).toHaveLength(2)
  })

  it('can be retried by all of its subscribers with one request for them together', async () => {
    await using server = await startFaultServer({
      events: letters,
      answers: [{ fault: { type: 'fin', after: { events: 2 } } }, { status: 401 }, {}],
    })
    const stream = shared(server.url, { retry: false })
    const seen = [watch(stream.pipe(retry(5))), watch(stream.pipe(retry(5))), watch(stream.pipe(retry(5)))]
    await until(() => seen.every(({ ends }) => ends.length > 0))
    for (const one of seen) {
      expect([data(one), one.ends]).toEqual([['a', 'b', 'a', 'b', 'c', 'd'], ['complete']])
    }
    expect(server.requests).toHaveLength(3)
  })

  it('of signals tells a late one of the reset in its place', async () => {
    await using server = await startFaultServer({
      events: letters,
      answers: [{ fault: { type: 'fin', after: { events: 2 } } }, { paceMs: 30 }],
    })
    const stream = eventStreamSignals(server.url, { retry: { delay: 1 }, resume: restart() }).pipe(
      shareStream<StreamSignal<ServerSentEvent>>(),
    )
    const words = (seen: Seen<StreamSignal<ServerSentEvent>>): string[] =>
      seen.values.map((signal) => (signal.type === 'value' ? signal.value.data : signal.type))
    const first = watch(stream)
    await until(() => words(first).filter((word) => word === 'a').length === 2)
    const late = watch(stream)
    expect(words(late)).toEqual(words(first))
    await until(() => late.ends.length > 0)
    const all = ['connecting', 'open', 'a', 'b', 'waiting', 'connecting', 'open', 'reset', 'a', 'b', 'c', 'd']
    expect([words(first), words(late), words(watch(stream))]).toEqual([all, all, all])
    expect(server.requests).toHaveLength(2)
    const [plain] = watch(stream.pipe(values())).ends
    expect(plain).toBeInstanceOf(TypeError)
  })
})

describe('a late subscriber', () => {
  it.each<[ShareOptions, number[]]>([
    [{}, [1, 2, 3, 4, 5, 6, 7]],
    [{ late: 'all' }, [1, 2, 3, 4, 5, 6, 7]],
    [{ late: 0 }, []],
    [{ late: 1 }, [7]],
    [{ late: 3 }, [5, 6, 7]],
    [{ late: 7 }, [1, 2, 3, 4, 5, 6, 7]],
    [{ late: 100 }, [1, 2, 3, 4, 5, 6, 7]],
  ])('with %j gets first %j', (options, expected) => {
    const { shared, next } = counted<number>(options)
    const first = watch(shared)
    for (let value = 1; value <= 7; value++) next(value)
    const late = watch(shared)
    expect(late.values).toEqual(expected)
    next(8)
    expect(late.values).toEqual([...expected, 8])
    expect(first.values).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('gets just the last so many, however many there were', () => {
    for (const late of [0, 1, 2, 5]) {
      const { shared, next } = counted<number>({ late })
      watch(shared)
      for (let value = 1; value <= 40; value++) {
        next(value)
        const expected = Array.from(
          { length: Math.min(late, value) },
          (_, index) => value - Math.min(late, value) + 1 + index,
        )
        expect(watch(shared.pipe(take(late || 1))).values).toEqual(expected)
      }
    }
  })

  it('that takes what it needs of the past is done, and nothing else is', () => {
    const { state, shared, next } = counted<number>()
    const first = watch(shared)
    next(1)
    next(2)
    next(3)
    const late = watch(shared.pipe(take(1)))
    expect([late.values, late.ends]).toEqual([[1], ['complete']])
    next(4)
    expect(late.values).toEqual([1])
    expect(first.values).toEqual([1, 2, 3, 4])
    expect(state).toEqual({ subscribed: 1, left: 0 })
    first.unsubscribe()
    expect(state).toEqual({ subscribed: 1, left: 1 })
  })

  it('that unsubscribes inside the past gets no more of it', () => {
    const { shared, next } = counted<number>()
    watch(shared)
    next(1)
    next(2)
    next(3)
    const seen: number[] = []
    const late: { unsubscribe(): void } = shared
      .pipe(
        tap((value) => {
          seen.push(value)
          if (value === 2) queueMicrotask(() => late.unsubscribe())
        }),
        take(2),
      )
      .subscribe()
    expect(seen).toEqual([1, 2])
  })

  it('that comes inside a value gets that value once', () => {
    const { shared, next } = counted<number>()
    const late: Seen<number>[] = []
    shared.subscribe((value) => {
      if (value === 2) late.push(watch(shared))
    })
    next(1)
    next(2)
    next(3)
    expect(late.map(({ values }) => values)).toEqual([[1, 2, 3]])
  })

  it.each<[ShareOptions, number[]]>([
    [{}, [1, 2, 10, 20]],
    [{ late: 2 }, [1, 2, 10, 20]],

    [{ late: 1 }, [2, 10, 20]],
  ])('with %j misses nothing that it itself brings about while it hears of the past', (options, expected) => {
    const { shared, next } = counted<number>(options)
    const first = watch(shared)
    next(1)
    next(2)
    const seen: number[] = []
    shared.subscribe((value) => {
      seen.push(value)
      if (value === 2) {
        next(10)
        next(20)
      }
    })
    expect(seen).toEqual(expected)
    expect(first.values).toEqual([1, 2, 10, 20])
  })

  it('is told of an end that comes while it hears of the past', () => {
    for (const end of ['complete', 'error'] as const) {
      const { shared, next, source } = counted<number>()
      watch(shared)
      next(1)
      next(2)
      const late = watch(
        shared.pipe(
          tap((value) => {
            if (value !== 1) return
            if (end === 'complete') source().complete()
            else source().error('broken')
          }),
        ),
      )
      expect([late.values, late.ends]).toEqual([[1, 2], [end === 'complete' ? 'complete' : 'broken']])
    }
  })
})

describe('more values than are kept', () => {
  it('are a RangeError for those who come late; those who are there go on', () => {
    const { state, shared, next, source } = counted<number>({ maxKept: 3 })
    const first = watch(shared)
    for (const value of [1, 2, 3]) next(value)
    const inTime = watch(shared)
    next(4)
    const late = watch(shared)
    expect(late.values).toEqual([])
    expect(late.ends).toEqual([expect.any(RangeError)])
    expect(String(late.ends[0])).toContain('maxKept')
    next(5)
    expect([first.values, inTime.values]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ])
    expect(state).toEqual({ subscribed: 1, left: 0 })
    source().complete()
    expect([first.ends, inTime.ends, late.values]).toEqual([['complete'], ['complete'], []])
    expect(watch(shared).ends).toEqual([expect.any(RangeError)])
  })

  it('are forgotten once all have gone: the next subscriber asks again', () => {
    const { state, shared, next } = counted<number>({ maxKept: 1 })
    const first = watch(shared)
    next(1)
    next(2)
    expect(watch(shared).ends).toHaveLength(1)
    first.unsubscribe()
    expect(state).toEqual({ subscribed: 1, left: 1 })
    const again = watch(shared)
    next(3)
    expect([again.values, again.ends, state.subscribed]).toEqual([[3], [], 2])
  })

  it('do not matter where only the last so many are told', () => {
    const { shared, next } = counted<number>({ maxKept: 1, late: 2 })
    watch(shared)
    for (const value of [1, 2, 3, 4, 5]) next(value)
    expect(watch(shared).values).toEqual([4, 5])
  })

  it('are no half answer either for one that is hearing of the past just then', () => {
    const { shared, next } = counted<number>({ maxKept: 3 })
    const first = watch(shared)
    next(1)
    next(2)
    const late = watch(
      shared.pipe(
        tap((value) => {
          if (value === 1) for (const more of [3, 4, 5, 6]) next(more)
        }),
      ),
    )
    expect(first.values).toEqual([1, 2, 3, 4, 5, 6])
    // The whole without a hole, or an error.
    if (late.ends.length === 0) expect(late.values).toEqual([1, 2, 3, 4, 5, 6])
    else expect(late.ends).toEqual([expect.any(RangeError)])
  })
})

describe('a source that speaks at once', () => {
  it('is shared whole, however it ends', () => {
    let subscribed = 0
    const source = new Observable<number>((subscriber) => {
      subscribed++
      of(1, 2, 3).subscribe(subscriber)
    })
    const shared = source.pipe(shareStream())
    expect(watch(shared)).toMatchObject({ values: [1, 2, 3], ends: ['complete'] })
    expect(watch(shared)).toMatchObject({ values: [1, 2, 3], ends: ['complete'] })
    expect(subscribed).toBe(1)
    expect(watch(EMPTY.pipe(shareStream())).ends).toEqual(['complete'])
    const broken = throwError(() => 'broken').pipe(shareStream())
    expect([watch(broken).ends, watch(broken).ends]).toEqual([['broken'], ['broken']])
  })

  it('is left by one who has enough, and asked again by the next', () => {
    let subscribed = 0
    const shared = new Observable<number>((subscriber) => {
      subscribed++
      for (let value = 1; value <= 3 && !subscriber.closed; value++) subscriber.next(value)
      subscriber.complete()
    }).pipe(shareStream())
    expect(watch(shared.pipe(take(1)))).toMatchObject({ values: [1], ends: ['complete'] })
    expect(watch(shared.pipe(toArray()))).toMatchObject({ values: [[1, 2, 3]], ends: ['complete'] })
    expect(subscribed).toBe(2)
  })
})

describe('an observer that throws', () => {
  afterEach(() => {
    rxjs.onUnhandledError = null
  })

  it('in next, live or while it hears of the past, harms nobody else', async () => {
    const thrown: unknown[] = []
    rxjs.onUnhandledError = (error) => void thrown.push(error)
    const { state, shared, next, source } = counted<number>()
    const first = watch(shared)
    next(1)
    const late: number[] = []
    shared.subscribe((value) => {
      late.push(value)
      throw new Error(`no ${value}`)
    })
    const other = watch(shared)
    next(2)
    source().complete()
    expect([first.values, other.values, late]).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
    expect([first.ends, other.ends]).toEqual([['complete'], ['complete']])
    await until(() => thrown.length === 2)
    expect(thrown.map(String)).toEqual(['Error: no 1', 'Error: no 2'])
    expect(state.subscribed).toBe(1)
  })
})

describe('shareStream', () => {
  it.each([
    { late: -1 },
    { late: 1.5 },
    { late: Number.NaN },
    { late: Number.POSITIVE_INFINITY },
    { late: 'none' },
    { late: null },
    { late: '3' },
    { maxKept: 0 },
    { maxKept: -1 },
    { maxKept: 2.5 },
    { maxKept: Number.POSITIVE_INFINITY },
    { maxKept: '9' },
    { maxKept: null },
  ])('refuses %j at the call', (options) => {
    expect(() => shareStream(options as never)).toThrow(TypeError)
  })

  it('takes undefined for the default', () => {
    const { shared, next } = counted<number>({ late: undefined, maxKept: undefined })
    watch(shared)
    next(1)
    expect(watch(shared).values).toEqual([1])
  })

  it('is one share for each stream that it is applied to', () => {
    const operator = shareStream<number>()
    const [one, two] = [of(1).pipe(operator), of(2).pipe(operator)]
    expect([watch(one).values, watch(two).values, watch(one).values]).toEqual([[1], [2], [1]])
  })

  it('leaves a subscriber of a silent stream free to go', () => {
    const { state, shared } = counted<number>()
    const seen = [watch(shared), watch(shared)]
    for (const { unsubscribe } of seen) unsubscribe()
    for (const { unsubscribe } of seen) unsubscribe()
    expect(state).toEqual({ subscribed: 1, left: 1 })
    expect(watch(NEVER.pipe(shareStream())).ends).toEqual([])
  })
})
