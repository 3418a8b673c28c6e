import { EMPTY, NEVER, Observable, of, config as rxjs, take, throwError, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { shareStream } from '../../src/index.ts'
import { until } from '../server.ts'
import { counted, watch } from './subscribers.ts'

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
    { lates: 'all' },
    { maxkept: 5 },
    [],
    null,
    'all',
  ])('refuses %o at the call', (options) => {
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
