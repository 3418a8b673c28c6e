import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ViewState, viewStore } from '../../src/index.ts'
import { FakeStream, joined, seen } from './fake-stream.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const turn = (): Promise<void> => Promise.resolve()
const made = () => {
  const stream = new FakeStream()
  return { stream, store: viewStore(stream.signals, joined) }
}

describe('a view as a store', () => {
  it('makes no request before somebody looks, and one for all who do', () => {
    const { stream, store } = made()
    expect(store.getSnapshot()).toMatchObject({ status: 'connecting', attempt: 0, canStart: false })
    expect(store.getServerSnapshot()).toBe(store.getSnapshot())
    expect(stream.tellers).toHaveLength(0)
    const one: string[] = []
    const two: string[] = []
    store.subscribe(({ value }) => one.push(value))
    stream.connecting().opened().values('a')
    store.subscribe(({ value }) => two.push(value))
    stream.values('b')
    expect(one.at(-1)).toBe('ab')
    expect(two).toEqual(['a', 'ab'])
    expect(stream.tellers).toHaveLength(1)
  })

  it('calls a subscriber at once, and gives the same snapshot until there is another', () => {
    const { stream, store } = made()
    const states: ViewState<string>[] = []
    store.subscribe((state) => states.push(state))
    stream.connecting()
    const snapshot = store.getSnapshot()
    expect(store.getSnapshot()).toBe(snapshot)
    expect(states.at(-1)).toBe(snapshot)
    stream.opened()
    expect(store.getSnapshot()).not.toBe(snapshot)
  })

  it('ends the request with the last one out, and begins anew with the next', async () => {
    const { stream, store } = made()
    const [one, two] = [store.subscribe(() => {}), store.subscribe(() => {})]
    stream.connecting().opened().values('a')
    one()
    await turn()
    expect(stream.open).toBe(1)
    two()
    two()
    await turn()
    expect(stream.open).toBe(0)
    expect(store.getSnapshot()).toMatchObject({ status: 'connecting', value: '', attempt: 0 })
    store.subscribe(() => {})
    expect(stream.tellers).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not ended by who comes back in the same turn', async () => {
    const { stream, store } = made()
    const leave = store.subscribe(() => {})
    stream.connecting().opened().values('a')
    leave()
    store.subscribe(() => {})
    await turn()
    expect([stream.open, stream.tellers.length]).toEqual([1, 1])
    expect(store.getSnapshot().value).toBe('a')
  })

  it.each(['completes', 'fails', 'stop'] as const)(
    'keeps what has ended (%s) for those who come later',
    async (end) => {
      const { stream, store } = made()
      const leave = store.subscribe(() => {})
      stream.connecting().opened().values('a')
      if (end === 'stop') store.stop()
      else stream[end]()
      const ended = store.getSnapshot()
      leave()
      await turn()
      const states: unknown[] = []
      store.subscribe((state) => states.push(state))
      expect(states).toEqual([ended])
      expect(stream.tellers).toHaveLength(1)
      store.startAgain()
      expect(stream.tellers).toHaveLength(2)
    },
  )

  it('does nothing when nobody looks', async () => {
    const { stream, store } = made()
    store.startAgain()
    expect(stream.tellers).toHaveLength(0)
    const leave = store.subscribe(() => {})
    stream.connecting().completes()
    leave()
    await turn()
    store.startAgain()
    expect(stream.open).toBe(0)
    expect(store.getSnapshot().status).toBe('done')
  })

  it('tells the others too when one subscriber throws', () => {
    const { stream, store } = made()
    const told: string[] = []
    store.subscribe(({ value }) => {
      if (value === 'a') throw new Error('a bug in a component')
    })
    store.subscribe(({ value }) => told.push(value))
    stream.connecting().opened().values('a', 'b')
    expect(told.at(-1)).toBe('ab')
    expect(() => vi.runAllTimers()).toThrow('a bug in a component')
  })

  it('is an Observable as well, of the same stream', async () => {
    const { stream, store } = made()
    const states = seen(store.state$)
    store.subscribe(() => {})
    stream.connecting().opened().values('a')
    expect(states.last.value).toBe('a')
    expect(stream.tellers).toHaveLength(1)
    states.unsubscribe()
    await turn()
    expect(stream.open).toBe(1)
  })

  it('makes one request also for a subscriber that the first brings with it', () => {
    const stream = new FakeStream()
    const store = viewStore(stream.signals, joined)
    let second: (() => void) | undefined
    const first = store.subscribe(() => {
      second ??= store.subscribe(() => {})
    })
    expect(stream.open).toBe(1)
    stream.connecting().opened().values('a')
    first()
    second?.()
    return turn().then(() => expect(stream.open).toBe(0))
  })

  it('may be left from inside a state', async () => {
    const { stream, store } = made()
    let calls = 0
    const leave = store.subscribe(({ value }) => {
      calls++
      if (value === 'a') leave()
    })
    stream.connecting().opened().values('a', 'b')
    await turn()
    expect(stream.open).toBe(0)
    const before = calls
    stream.tellers[0]?.next({ type: 'value', value: 'c', lastEventId: undefined })
    expect(calls).toBe(before)
  })
})
