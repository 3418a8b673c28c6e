import { asyncScheduler, map, observeOn } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type EventStreamConfig,
  eventStreamSignals,
  type ServerSentEvent,
  shareStream,
  viewState,
} from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { seen } from './fake-stream.ts'

const EVENTS = ['a', 'b', 'c', 'd', '[DONE]']
const silent = (events: number) => ({ fault: { type: 'stall', after: { events } } }) as const
const datas = { seed: '', reduce: (text: string, { data }: ServerSentEvent): string => text + data }

async function numbered(answers: readonly object[], config: EventStreamConfig<ServerSentEvent> = {}) {
  const server = await startFaultServer({ events: EVENTS, ids: true, answers } as never)
  return {
    server,
    signals: eventStreamSignals(server.url, { ...config, dialect: undefined }),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

describe('a view does not go on', () => {
  it('after a value that reduce could not take: it would be left out', async () => {
    await using stream = await numbered([{}, {}])
    let breaks = true
    const view = viewState({
      ...datas,
      reduce: (text, { data }: ServerSentEvent) => {
        if (data === 'b' && breaks) throw new Error('a bug')
        return text + data
      },
    })
    const states = seen(stream.signals.pipe(view))
    await until(() => states.last.status === 'failed')
    expect(states.last).toMatchObject({ value: 'a', canContinue: false, canStart: true, lastEventId: '1' })
    breaks = false
    view.continue()
    expect(states.last.status).toBe('failed')
    expect(stream.server.requests).toHaveLength(1)
    states.unsubscribe()
  })

  it('after a value that an operator in between could not take', async () => {
    await using stream = await numbered([{}, {}])
    const view = viewState(datas)
    const broken = map(<S>(signal: S): S => {
      if (JSON.stringify(signal).includes('"b"')) throw new Error('a bug')
      return signal
    })
    const states = seen(stream.signals.pipe(broken, view))
    await until(() => states.last.status === 'failed')
    expect(states.last).toMatchObject({ value: 'a', canContinue: false })
    states.unsubscribe()
  })

  it('after values that an operator in between still had when it was stopped', async () => {
    await using stream = await numbered([silent(3), {}])
    const view = viewState(datas)
    const states = seen(stream.signals.pipe(observeOn(asyncScheduler, 300), view))
    await until(() => stream.server.requests.length === 1)
    await until(() => states.last.status === 'streaming')
    view.stop()
    const { values } = states.last
    if (values < 3) expect(states.last.canContinue).toBe(false)
    else expect(states.last.canContinue).toBe(true)
    states.unsubscribe()
  })

  it('with the rest of a shared stream that went further without it', async () => {
    await using stream = await numbered([{ paceMs: 60, ...silent(3) }, {}])
    const shared = stream.signals.pipe(shareStream())
    const [one, other] = [viewState(datas), viewState(datas)]
    const states = [seen(shared.pipe(one)), seen(shared.pipe(other))] as const
    await until(() => states[0].last.value !== '')
    one.stop()
    const shown = states[0].last.value
    expect(states[0].last.canContinue).toBe(false)
    await until(() => states[1].last.value === 'abc')
    other.stop()
    expect(states[1].last.canContinue).toBe(true)
    one.continue()
    if (shown !== 'abc') expect(states[0].last).toMatchObject({ status: 'cancelled', value: shown })
    other.continue()
    await until(() => states[1].last.status === 'done')
    expect(states[1].last.value).toBe('abcd')
    for (const one of states) one.unsubscribe()
  })
})

describe('a stream that was asked to go on', () => {
  it('can be asked again if it was stopped while its strategy was still thinking', async () => {
    let answers = 0
    await using stream = await numbered([silent(2), {}], {
      resume: {
        name: 'slow',
        resume: ({ afterCursor }) =>
          ++answers === 1
            ? new Promise(() => {})
            : Promise.resolve({ type: 'continue', request: afterCursor }),
      },
    })
    const view = viewState(datas)
    const states = seen(stream.signals.pipe(view))
    await until(() => states.last.value === 'ab')
    view.stop()
    view.continue()
    expect(states.last.status).toBe('connecting')
    view.stop()
    expect(states.last).toMatchObject({ status: 'cancelled', value: 'ab', canContinue: true })
    view.continue()
    await until(() => states.last.status === 'done')
    expect(states.last.value).toBe('abcd')
    states.unsubscribe()
  })

  it('can be asked again if its strategy has failed', async () => {
    let answers = 0
    await using stream = await numbered([silent(2), {}], {
      resume: {
        name: 'unlucky',
        resume({ afterCursor }) {
          if (++answers === 1) throw new Error('no luck')
          return { type: 'continue', request: afterCursor }
        },
      },
    })
    const view = viewState(datas)
    const states = seen(stream.signals.pipe(view))
    await until(() => states.last.value === 'ab')
    view.stop()
    view.continue()
    await until(() => states.last.status === 'failed')
    expect(states.last).toMatchObject({ value: 'ab', canContinue: true })
    view.continue()
    await until(() => states.last.status === 'done')
    expect(states.last.value).toBe('abcd')
    states.unsubscribe()
  })

  it('cannot once its own signal is aborted', async () => {
    const abort = new AbortController()
    await using stream = await numbered([silent(2), {}], { signal: abort.signal })
    const view = viewState(datas)
    const states = seen(stream.signals.pipe(view))
    await until(() => states.last.value === 'ab')
    abort.abort()
    expect(states.last).toMatchObject({ status: 'failed', canContinue: false })
    states.unsubscribe()
  })
})

describe('the cursor of a view', () => {
  it('is the one that it was given until there is another: a page may be reloaded twice', async () => {
    await using stream = await numbered([silent(2), {}], { lastEventId: '0' })
    const view = viewState({ ...datas, seed: 'what was shown' })
    const states = seen(stream.signals.pipe(view))
    expect(states.last).toMatchObject({ value: 'what was shown', lastEventId: '0' })
    states.unsubscribe()
  })
})
