import { take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ShareOptions } from '../../src/index.ts'
import { counted, type Seen, watch } from './subscribers.ts'

describe('a late subscriber', () => {
  it.each<[ShareOptions, number[]]>([
    [{}, [1, 2, 3, 4, 5, 6, 7]],
    [{ late: 'all' }, [1, 2, 3, 4, 5, 6, 7]],
    [{ late: 0 }, []],
    [{ late: 1 }, [7]],
    [{ late: 3 }, [5, 6, 7]],
    [{ late: 7 }, [1, 2, 3, 4, 5, 6, 7]],
    [{ late: 100 }, [1, 2, 3, 4, 5, 6, 7]],
  ])('with %j first gets %j', (options, expected) => {
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
