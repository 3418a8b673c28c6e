import fc from 'fast-check'
import { map, type Observable, of } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type StreamSignal, type ViewOptions, viewState } from '../../src/index.ts'
import { FakeStream, failure, joined, seen } from './fake-stream.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const watched = (options: Partial<ViewOptions<string, string>> = {}) => {
  const stream = new FakeStream()
  const view = viewState<string, string>({ ...joined, ...options })
  return { stream, view, states: seen(stream.signals.pipe(view)) }
}

describe('a view', () => {
  it('says where a stream stands, from the first request to its proven end', () => {
    const { stream, view, states } = watched()
    expect(view.initial).toEqual({
      status: 'connecting',
      value: '',
      error: undefined,
      attempt: 0,
      retryAt: undefined,
      lastEventId: undefined,
      resumed: 0,
      values: 0,
      requestId: undefined,
      canStop: false,
      canRetryNow: false,
      canContinue: false,
      canStart: false,
    })
    stream.connecting().opened('req-1').values('a', 'b').completes()
    expect(states.all.map(({ status, value, values }) => [status, value, values])).toEqual([
      ['connecting', '', 0],
      ['connecting', '', 0],
      ['streaming', '', 0],
      ['streaming', 'a', 1],
      ['streaming', 'ab', 2],
      ['done', 'ab', 2],
    ])
    expect(states.last).toMatchObject({ requestId: 'req-1', attempt: 1, lastEventId: 'id-b', canStop: false })
    expect(states.last).toMatchObject({ canStart: true, canContinue: false })
    expect(states.ends).toEqual([])
  })

  it('waits with the failure and the time of the next attempt, and counts how often it went on', () => {
    const { stream, states } = watched()
    stream.connecting().opened().values('a').waiting(777)
    expect(states.last).toMatchObject({
      status: 'waiting',
      error: failure,
      retryAt: 777,
      canRetryNow: true,
      canStop: true,
      canContinue: false,
    })
    stream.connecting(2, 'continue')
    expect(states.last).toMatchObject({
      status: 'connecting',
      error: undefined,
      retryAt: undefined,
      resumed: 0,
    })
    stream.opened()
    expect(states.last).toMatchObject({ status: 'streaming', resumed: 1, attempt: 2, value: 'a' })
  })

  it('does not count a repeated request before the first value, nor one that begins anew', () => {
    const { stream, states } = watched()
    stream.connecting().waiting().connecting(2).opened()
    expect(states.last.resumed).toBe(0)
    stream.values('a').waiting().connecting(3, 'reset').opened()
    expect(states.last.resumed).toBe(0)
  })

  it('never errors: a failure is a state, and what was shown stands', () => {
    const { stream, states } = watched()
    stream.connecting().opened().values('a').fails()
    expect(states.last).toMatchObject({ status: 'failed', value: 'a', error: failure, canContinue: true })
    expect(states.ends).toEqual([])
  })

  it('says what it needs when it is given values instead of signals, and calls nothing whole', () => {
    for (const value of [{ data: 'a' }, { type: 'message_start' }, 'a']) {
      const values = of(value, value) as unknown as Observable<StreamSignal<string>>
      const states = seen(values.pipe(viewState(joined)))
      expect(states.last).toMatchObject({ status: 'failed', value: '', canContinue: false })
      expect(states.last.error?.message).toMatch(/give it eventStreamSignals/)
    }
  })

  it('takes what is no error of ours for a failure too', () => {
    const { stream, states } = watched()
    stream.connecting().fails('words')
    expect(states.last.status).toBe('failed')
    expect(states.last.error).toBeInstanceOf(Error)
    expect(states.last.error?.message).toBe('words')
    expect(states.last.error?.code).toBeUndefined()
  })

  it('ends the request when reduce throws, and says so', () => {
    const bug = new Error('a bug')
    const { stream, states } = watched({
      reduce: (text, value) => {
        if (value === 'b') throw bug
        return text + value
      },
    })
    stream.connecting().opened().values('a', 'b', 'c')
    expect(states.last).toMatchObject({ status: 'failed', value: 'a', error: bug, values: 1 })
    expect(stream.open).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('takes back what was shown at a reset', () => {
    const { stream, states } = watched({ seed: '>' })
    stream.connecting().opened().values('a').waiting().connecting(2, 'reset').opened()
    expect(states.last.value).toBe('>a')
    stream.reset().values('z')
    expect(states.all.slice(-2)).toMatchObject([
      { value: '>', values: 0, lastEventId: undefined },
      { value: '>z', values: 1 },
    ])
  })

  it('moves the cursor without a value', () => {
    const { stream, states } = watched()
    stream.connecting().opened().values('a').cursor('beyond')
    expect(states.last).toMatchObject({ value: 'a', lastEventId: 'beyond' })
    stream.cursor(undefined)
    expect(states.last.lastEventId).toBeUndefined()
  })

  it('needs no "open" to be streaming', () => {
    const { stream, states } = watched()
    stream.values('a')
    expect(states.last).toMatchObject({ status: 'streaming', value: 'a', attempt: 0, canContinue: false })
  })

  it('makes a request for each subscription, and acts on all of them', () => {
    const stream = new FakeStream()
    const view = viewState(joined)
    const states = [seen(stream.signals.pipe(view)), seen(stream.signals.pipe(view))]
    expect(stream.open).toBe(2)
    for (const teller of stream.tellers) teller.next({ type: 'value', value: 'x', lastEventId: undefined })
    view.stop()
    expect(states.map(({ last }) => last.status)).toEqual(['cancelled', 'cancelled'])
    expect(stream.open).toBe(0)
  })

  it('leaves nothing behind when it is unsubscribed, and tells nothing more', () => {
    for (const emit of ['value', 'frame'] as const) {
      const { stream, view, states } = watched({ emit })
      stream.connecting().opened().values('a', 'b')
      const told = states.all.length
      states.unsubscribe()
      expect(stream.open).toBe(0)
      expect(vi.getTimerCount()).toBe(0)
      view.startAgain()
      view.stop()
      expect(stream.tellers).toHaveLength(1)
      expect(states.all).toHaveLength(told)
    }
  })

  it('can be unsubscribed inside its first state', () => {
    const stream = new FakeStream()
    const states = stream.signals.pipe(viewState(joined))
    const subscription = states.subscribe((state) => {
      if (state.status === 'connecting') subscription.unsubscribe()
    })
    stream.connecting()
    expect(stream.open).toBe(0)
  })

  it('passes its actions on without "this", whatever they are called with', () => {
    const { stream, view, states } = watched()
    stream.connecting().opened().values('a')
    const { stop } = view
    ;(stop as (event: unknown) => void)({ type: 'click' })
    expect(states.last.status).toBe('cancelled')
  })
})

describe('the actions of a view', () => {
  it('stop keeps what is shown, and ends what is under way', () => {
    for (const until of ['connecting', 'streaming', 'waiting'] as const) {
      const { stream, view, states } = watched()
      stream.connecting()
      if (until !== 'connecting') stream.opened().values('a')
      if (until === 'waiting') stream.waiting()
      view.stop()
      expect(states.last).toMatchObject({
        status: 'cancelled',
        value: until === 'connecting' ? '' : 'a',
        error: undefined,
        retryAt: undefined,
        canStop: false,
        canRetryNow: false,
        canStart: true,
      })
      expect(stream.open).toBe(0)
      expect(vi.getTimerCount()).toBe(0)
      const told = states.all.length
      view.stop()
      expect(states.all).toHaveLength(told)
    }
  })

  it('retry now ends the wait, and does nothing without one', () => {
    const { stream, view } = watched()
    stream.connecting()
    view.retryNow()
    expect(stream.retryNow).not.toHaveBeenCalled()
    stream.waiting()
    view.retryNow()
    expect(stream.retryNow).toHaveBeenCalledOnce()
    stream.connecting(2)
    view.retryNow()
    expect(stream.retryNow).toHaveBeenCalledOnce()
  })

  it('start again begins with nothing, also in the middle of a stream', () => {
    const { stream, view, states } = watched()
    stream.connecting().opened('req-1').values('a').waiting().connecting(2, 'continue').opened().values('b')
    view.startAgain()
    expect(stream.open).toBe(1)
    stream.connecting()
    expect(states.last).toMatchObject({
      status: 'connecting',
      value: '',
      values: 0,
      attempt: 1,
      resumed: 0,
      requestId: undefined,
      lastEventId: undefined,
    })
    stream.tellers[0]?.next({ type: 'value', value: 'late', lastEventId: undefined })
    expect(states.last.value).toBe('')
  })

  it('continue goes on after what is shown, stopped or failed', () => {
    for (const ending of ['stopped', 'failed']) {
      const { stream, view, states } = watched()
      stream.connecting().opened().values('a')
      if (ending === 'stopped') view.stop()
      else stream.fails()
      expect(states.last.canContinue).toBe(true)
      view.continue()
      stream.connecting(2, 'continue').opened().values('b').completes()
      expect(states.last).toMatchObject({ status: 'done', value: 'ab', resumed: 1, values: 2, attempt: 2 })
      const told = states.all.length
      view.continue()
      expect(states.all).toHaveLength(told)
    }
  })

  it('continue does nothing where there is no way on', () => {
    const { stream, view, states } = watched()
    stream.isPossible = false
    stream.connecting().opened().values('a').fails()
    expect(states.last.canContinue).toBe(false)
    view.continue()
    expect(stream.tellers).toHaveLength(1)
  })

  it('begin only when told to with start: "later"', () => {
    const { stream, view, states } = watched({ start: 'later' })
    expect(states.all).toEqual([view.initial])
    expect(stream.tellers).toHaveLength(0)
    view.startAgain()
    stream.connecting()
    expect(states.last.status).toBe('connecting')
  })

  it('may be called from inside a state', () => {
    const stream = new FakeStream()
    const view = viewState(joined)
    const statuses: string[] = []
    stream.signals.pipe(view).subscribe(({ status, value }) => {
      statuses.push(status)
      if (value === 'ab') view.stop()
    })
    stream.connecting().opened().values('a', 'b', 'c')
    expect(statuses.at(-1)).toBe('cancelled')
    expect(statuses.filter((status) => status === 'cancelled')).toHaveLength(1)
    expect(stream.open).toBe(0)
  })
})

describe('a stall', () => {
  it('shows after a while without a value, and is over with the next', () => {
    const { stream, states } = watched({ stalledAfter: 1_000 })
    stream.connecting()
    vi.advanceTimersByTime(5_000)
    expect(states.last.status).toBe('connecting')
    stream.opened()
    vi.advanceTimersByTime(900)
    stream.values('a')
    vi.advanceTimersByTime(900)
    expect(states.last.status).toBe('streaming')
    vi.advanceTimersByTime(200)
    expect(states.last).toMatchObject({ status: 'stalled', value: 'a', canStop: true })
    stream.values('b')
    expect(states.last).toMatchObject({ status: 'streaming', value: 'ab' })
    vi.advanceTimersByTime(1_100)
    expect(states.last.status).toBe('stalled')
    stream.waiting()
    vi.advanceTimersByTime(5_000)
    expect(states.last.status).toBe('waiting')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('never shows with 0', () => {
    const { stream, states } = watched({ stalledAfter: 0 })
    stream.connecting().opened()
    expect(vi.getTimerCount()).toBe(0)
    expect(states.last.status).toBe('streaming')
  })

  it('may be farther off than any timer reaches', () => {
    const { stream, states } = watched({ stalledAfter: 1e12 })
    stream.connecting().opened()
    vi.advanceTimersByTime(2 ** 31)
    expect(states.last.status).toBe('streaming')
  })
})

describe('a view at frame rate', () => {
  const frames = () => {
    const waiting = new Map<number, () => void>()
    let handle = 0
    vi.stubGlobal('requestAnimationFrame', (call: () => void) => {
      waiting.set(++handle, call)
      return handle
    })
    vi.stubGlobal('cancelAnimationFrame', (which: number) => waiting.delete(which))
    return {
      draw: () => {
        const due = [...waiting.values()]
        waiting.clear()
        for (const call of due) call()
      },
    }
  }

  it('tells at most once a frame, and loses no value', () => {
    const screen = frames()
    const { stream, states } = watched({ emit: 'frame' })
    stream.connecting().opened()
    const before = states.all.length
    stream.values(...'abcdef')
    expect(states.all).toHaveLength(before)
    screen.draw()
    expect(states.all.slice(before).map(({ value }) => value)).toEqual(['abcdef'])
    stream.values('g')
    screen.draw()
    screen.draw()
    expect(states.all.slice(before).map(({ value }) => value)).toEqual(['abcdef', 'abcdefg'])
  })

  it('tells every change of status at once, with all that had come before', () => {
    const screen = frames()
    const { stream, states } = watched({ emit: 'frame' })
    stream.connecting().opened().values('a', 'b').waiting()
    expect(states.last).toMatchObject({ status: 'waiting', value: 'ab' })
    stream.connecting(2, 'continue').opened().values('c').completes()
    expect(states.last).toMatchObject({ status: 'done', value: 'abc' })
    const told = states.all.length
    screen.draw()
    vi.runAllTimers()
    expect(states.all).toHaveLength(told)
  })

  it('goes on in a page that is hidden, which has no frames', () => {
    frames()
    const { stream, states } = watched({ emit: 'frame' })
    stream.connecting().opened().values('a', 'b')
    vi.advanceTimersByTime(300)
    expect(states.last.value).toBe('ab')
  })

  it('goes by time where there is no screen', () => {
    const { stream, states } = watched({ emit: 'frame' })
    stream.connecting().opened().values('a', 'b')
    vi.advanceTimersByTime(20)
    expect(states.last.value).toBe('ab')
  })

  it('ends with the very state that one with every value has, whatever comes', () => {
    const step = fc.constantFrom('value', 'cursor', 'reset', 'waiting', 'connecting', 'opened', 'draw')
    const end = fc.constantFrom('completes', 'fails', 'stop', 'nothing')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), end, (steps, ending) => {
        const screen = frames()
        const [each, frame] = [watched(), watched({ emit: 'frame' })]
        let n = 0
        for (const what of steps) {
          n++
          for (const { stream } of [each, frame]) {
            if (what === 'value') stream.values(`${n} `)
            else if (what === 'cursor') stream.cursor(`at-${n}`)
            else if (what === 'reset') stream.reset()
            else if (what === 'waiting') stream.waiting(n)
            else if (what === 'connecting') stream.connecting(n, 'continue')
            else if (what === 'opened') stream.opened(`req-${n}`)
          }
          if (what === 'draw') screen.draw()
        }
        for (const { stream, view } of [each, frame]) {
          if (ending === 'stop') view.stop()
          else if (ending !== 'nothing') stream[ending]()
        }
        screen.draw()
        expect(frame.states.last).toEqual(each.states.last)
        expect(frame.states.all.length).toBeLessThanOrEqual(each.states.all.length)
        for (const { states } of [each, frame]) states.unsubscribe()
        expect(vi.getTimerCount()).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the options of a view', () => {
  it.each([
    ['nothing', undefined, /options/],
    ['no seed', { reduce: joined.reduce }, /seed is missing/],
    ['no reduce', { seed: '' }, /reduce must be a function/],
    ['another emit', { ...joined, emit: 'second' }, /emit must be "value" or "frame", not "second"/],
    ['a time below 0', { ...joined, stalledAfter: -1 }, /stalledAfter must be milliseconds/],
    ['another start', { ...joined, start: 'soon' }, /start must be "now" or "later"/],
    ['one that does not exist', { ...joined, frames: true }, /"?frames"?/],
  ])('are refused at the call: %s', (_, options, words) => {
    expect(() => viewState(options as never)).toThrow(words)
    expect(() => viewState(options as never)).toThrow(TypeError)
  })

  it('let the seed be undefined', () => {
    const view = viewState<string, string | undefined>({ seed: undefined, reduce: (_, next) => next })
    expect(view.initial.value).toBeUndefined()
  })

  it('leave the signals to other operators before it', () => {
    const stream = new FakeStream()
    const states = seen(
      stream.signals.pipe(
        map((signal) => signal),
        viewState(joined),
      ),
    )
    stream.connecting().opened().values('a').completes()
    expect(states.last).toMatchObject({ status: 'done', value: 'a' })
  })
})
