import { Observable } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type StreamSignal, type StreamView, type ViewState, viewState, viewStore } from '../../src/index.ts'
import { FakeStream, joined, seen } from './fake-stream.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('an action inside reduce', () => {
  const acting = (act: (view: StreamView<string, string>) => void, emit: 'value' | 'frame' = 'value') => {
    const stream = new FakeStream()
    const view: StreamView<string, string> = viewState<string, string>({
      ...joined,
      emit,
      reduce: (text, value) => {
        if (value === 'b') act(view)
        return text + value
      },
    })
    return { stream, view, states: seen(stream.signals.pipe(view)) }
  }

  it('stop: keeps the value too, which was delivered, and stays stopped', () => {
    for (const emit of ['value', 'frame'] as const) {
      const { stream, states } = acting((view) => view.stop(), emit)
      stream.connecting().opened().values('a', 'b', 'c')
      expect(states.last).toMatchObject({ status: 'cancelled', value: 'ab', values: 2, canStop: false })
      expect(stream.open).toBe(0)
      expect(vi.getTimerCount()).toBe(0)
    }
  })

  it('start again: the value is not taken over into the new answer', () => {
    const { stream, states } = acting((view) => view.startAgain())
    stream.connecting().opened().values('a')
    stream.tellers[0]?.next({ type: 'value', value: 'b', lastEventId: undefined })
    expect(states.last).toMatchObject({ status: 'connecting', value: '', values: 0, canStop: true })
    stream.connecting().opened().values('z')
    expect(states.last.value).toBe('z')
  })

  it('unsubscribe: leaves no timer and no frame behind', () => {
    for (const emit of ['value', 'frame'] as const) {
      const { stream, states } = acting(() => states.unsubscribe(), emit)
      stream.connecting().opened().values('a', 'b')
      expect(stream.open).toBe(0)
      expect(vi.getTimerCount()).toBe(0)
    }
  })
})

describe('a frame', () => {
  it('that is drawn at once, as stand-ins in tests do, tells each value', () => {
    vi.stubGlobal('requestAnimationFrame', (call: () => void) => {
      call()
      return 1
    })
    vi.stubGlobal('cancelAnimationFrame', () => {})
    const stream = new FakeStream()
    const states = seen(stream.signals.pipe(viewState({ ...joined, emit: 'frame' })))
    stream.connecting().opened()
    for (const [value, text] of [
      ['a', 'a'],
      ['b', 'ab'],
      ['c', 'abc'],
    ] as const) {
      stream.values(value)
      expect(states.last.value).toBe(text)
    }
    states.unsubscribe()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is called off by a reset, whose state is told at once', () => {
    const stream = new FakeStream()
    const states = seen(stream.signals.pipe(viewState({ ...joined, emit: 'frame' })))
    stream.connecting().opened().values('a', 'b').reset()
    expect(states.last).toMatchObject({ value: '', values: 0 })
    const told = states.all.length
    vi.advanceTimersByTime(1_000)
    expect(states.all).toHaveLength(told)
    states.unsubscribe()
  })
})

describe('a source that says all at once', () => {
  it('is left in the middle when it is stopped', () => {
    let asked = 0
    const source = new Observable<StreamSignal<string>>((subscriber) => {
      for (; asked < 1_000 && !subscriber.closed; asked++)
        subscriber.next({ type: 'value', value: 'x', lastEventId: undefined })
    })
    const view = viewState(joined)
    const states: ViewState<string>[] = []
    source.pipe(view).subscribe((state) => {
      states.push(state)
      if (state.value === 'xx') view.stop()
    })
    expect(asked).toBe(2)
    expect(states.at(-1)).toMatchObject({ status: 'cancelled', value: 'xx' })
  })

  it('is left in the middle when it is unsubscribed or begun anew', () => {
    const asked: number[] = []
    const source = new Observable<StreamSignal<string>>((subscriber) => {
      const at = asked.push(0) - 1
      for (let i = 0; i < 10 && !subscriber.closed; i++) {
        asked[at] = i + 1
        subscriber.next({ type: 'value', value: 'x', lastEventId: undefined })
      }
    })
    const view = viewState(joined)
    let again = false
    source.pipe(view).subscribe((state) => {
      if (state.value === 'xx' && !again) {
        again = true
        view.startAgain()
      }
    })
    expect(asked).toEqual([2, 10])
  })
})

describe('a store', () => {
  it('tells nobody an older state after a newer one, when one of them acts', () => {
    const stream = new FakeStream()
    const store = viewStore(stream.signals, joined)
    const other: string[] = []
    store.subscribe(({ value }) => {
      if (value === 'a') store.stop()
    })
    store.subscribe(({ status }) => other.push(status))
    stream.connecting().opened().values('a')
    expect(other.at(-1)).toBe('cancelled')
    expect(store.getSnapshot().status).toBe('cancelled')
  })
})
