import { tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { counted, watch } from './subscribers.ts'

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
