import { firstValueFrom, filter as only, type Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  type ConnectingSignal,
  continueWith,
  type EventStreamConfig,
  eventSource,
  eventStreamSignals,
  openaiChat,
  replay,
  restart,
  type ServerSentEvent,
  type StreamSignal,
  viewState,
} from '../../src/index.ts'
import { type Scenario, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { seen } from './fake-stream.ts'

const BARE = ['a', 'b', 'c', 'd', '[DONE]']
/** With IDs from 1 up, and after the one that is asked for. */
const NUMBERED = { events: BARE, ids: true } as const
/** The socket is closed after so many of them. */
const cut = (events: number) => ({ fault: { type: 'fin', after: { events } } }) as const
const silent = (events: number) => ({ fault: { type: 'stall', after: { events } } }) as const

const datas = { seed: '', reduce: (text: string, { data }: ServerSentEvent): string => text + data }

async function viewOf(scenario: Scenario, config: EventStreamConfig<ServerSentEvent> = {}) {
  const server = await startFaultServer(scenario)
  const view = viewState(datas)
  const signals = eventStreamSignals(server.url, { ...config, dialect: undefined })
  const states = seen(signals.pipe(view))
  return {
    server,
    view,
    states,
    async [Symbol.asyncDispose]() {
      states.unsubscribe()
      await server.close()
    },
  }
}

describe('a stream that was stopped by hand', () => {
  it('goes on by its IDs: what was shown stands, what is missing follows, nothing comes twice', async () => {
    await using played = await viewOf({ ...NUMBERED, answers: [silent(2), {}] })
    const { server, view, states } = played
    await until(() => states.last.value === 'ab')
    view.stop()
    expect(states.last).toMatchObject({
      status: 'cancelled',
      value: 'ab',
      canContinue: true,
      lastEventId: '2',
    })
    await until(() => server.requests[0]?.clientGoneAt !== undefined)
    view.continue()
    await until(() => states.last.status === 'done')
    expect(states.last).toMatchObject({ value: 'abcd', values: 4, attempt: 2, resumed: 1 })
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2'])
  })

  it('can be stopped and continued again and again', async () => {
    await using played = await viewOf({
      ...NUMBERED,
      answers: [silent(1), silent(1), silent(1), {}],
    })
    const { view, states } = played
    for (const value of ['a', 'ab', 'abc']) {
      await until(() => states.last.value === value)
      view.stop()
      view.continue()
    }
    await until(() => states.last.status === 'done')
    expect(states.last).toMatchObject({ value: 'abcd', resumed: 3, attempt: 4 })
  })

  it('has no way on without IDs, and says so before it is asked', async () => {
    await using played = await viewOf({ events: BARE, answers: [silent(2)] })
    const { view, states } = played
    await until(() => states.last.value === 'ab')
    view.stop()
    expect(states.last).toMatchObject({ status: 'cancelled', canContinue: false, canStart: true })
  })

  it('has no way on with resume: "never"', async () => {
    await using played = await viewOf({ ...NUMBERED, answers: [silent(2)] }, { resume: 'never' })
    const { view, states } = played
    await until(() => states.last.value === 'ab')
    view.stop()
    expect(states.last.canContinue).toBe(false)
  })

  it('goes on by replay(), which shows nothing twice, also without retries', async () => {
    await using played = await viewOf(
      { events: BARE, answers: [silent(2), {}] },
      { resume: replay(), retry: false },
    )
    const { view, states } = played
    await until(() => states.last.value === 'ab')
    view.stop()
    view.continue()
    await until(() => states.last.status === 'done')
    expect(states.last).toMatchObject({ value: 'abcd', values: 4 })
  })

  it('goes on by restart(), which begins anew', async () => {
    await using played = await viewOf({ events: BARE, answers: [silent(2), {}] }, { resume: restart() })
    const { view, states } = played
    await until(() => states.last.value === 'ab')
    view.stop()
    view.continue()
    await until(() => states.last.status === 'done')
    expect(states.last).toMatchObject({ value: 'abcd', values: 4, resumed: 0 })
    expect(states.all.some(({ status, value }) => status === 'streaming' && value === '')).toBe(true)
  })

  it('of a feed goes on where it was', async () => {
    const server = await startFaultServer({
      events: BARE.slice(0, 4),
      ids: true,
      answers: [silent(2), silent(4)],
    })
    const view = viewState(datas)
    const states = seen(eventStreamSignals(server.url, { dialect: eventSource() }).pipe(view))
    await until(() => states.last.value === 'ab')
    view.stop()
    expect(states.last.canContinue).toBe(true)
    view.continue()
    await until(() => states.last.value === 'abcd')
    states.unsubscribe()
    await server.close()
  })
})

describe('a stream that has failed', () => {
  it('goes on by hand after the last retry, with a budget of its own', async () => {
    await using played = await viewOf(
      { ...NUMBERED, answers: [cut(2), { status: 503 }, { status: 503 }, {}] },
      { retry: { count: 1, delay: 0, jitter: 'none' } },
    )
    const { server, view, states } = played
    await until(() => states.last.status === 'failed')
    expect(states.last).toMatchObject({ value: 'ab', canContinue: true, attempt: 2 })
    expect(states.last.error).toMatchObject({ code: 'service_unavailable', reason: 'not_resumed' })
    view.continue()
    await until(() => states.last.status === 'done')
    expect(states.last).toMatchObject({ value: 'abcd', resumed: 1, attempt: 4 })
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2', '2'])
  })

  it('goes on by continueWith(), which was told what was shown', async () => {
    const chat = openaiChat()
    await using server = await startFaultServer(scenarios['clean-end'])
    const told: string[] = []
    const view = viewState({
      seed: '',
      reduce: (text: string, chunk: ChatCompletionChunk) => text + chat.text(chunk),
    })
    const signals = eventStreamSignals(server.url, {
      dialect: chat,
      body: { model: 'm' },
      retry: false,
      resume: continueWith<ChatCompletionChunk>(({ text }) => {
        told.push(text)
        return { body: { model: 'm', prefix: text } }
      }),
    })
    const states = seen(signals.pipe(view))
    await until(() => states.last.status === 'failed')
    const shown = states.last.value
    expect(states.last.canContinue).toBe(true)
    view.continue()
    await until(() => states.last.value.length > shown.length && states.last.status === 'failed')
    expect(told).toEqual([shown])
    expect(server.requests[1]?.body).toContain(shown)
    expect(states.last.value).toBe(shown + shown)
    states.unsubscribe()
  })

  it('before the first value has nothing to go on with, and is only started again', async () => {
    await using played = await viewOf({ ...NUMBERED, answers: [{ status: 401 }, {}] })
    const { view, states } = played
    await until(() => states.last.status === 'failed')
    expect(states.last).toMatchObject({ canContinue: false, canStart: true, values: 0 })
    view.startAgain()
    await until(() => states.last.status === 'done')
    expect(states.last).toMatchObject({ value: 'abcd', attempt: 1 })
  })

  it('says so when its strategy knows no way after all', async () => {
    await using played = await viewOf(
      { events: BARE, answers: [cut(2)] },
      { retry: false, resume: { name: 'none', resume: () => undefined } },
    )
    const { view, states } = played
    await until(() => states.last.status === 'failed')
    expect(states.last.canContinue).toBe(true)
    view.continue()
    await until(
      () => states.last.error?.kind === 'stream_terminated' && states.last.error.reason === 'not_resumed',
    )
    expect(states.last).toMatchObject({ status: 'failed', value: 'ab' })
  })
})

describe('a wait', () => {
  it('is over when retry now is pressed, however long it was to be', async () => {
    await using played = await viewOf(
      { ...NUMBERED, answers: [{ status: 503, headers: { 'retry-after': '50' } }, {}] },
      {},
    )
    const { view, states } = played
    await until(() => states.last.status === 'waiting')
    expect(states.last.retryAt).toBeGreaterThan(Date.now() + 30_000)
    view.retryNow()
    await until(() => states.last.status === 'done')
    expect(states.last.value).toBe('abcd')
  })

  it('may be ended inside its own signal, and by a notifier of the config in the same way', async () => {
    for (const delay of [60_000, () => new Promise(() => {})] as const) {
      const server = await startFaultServer({ ...NUMBERED, answers: [cut(1), cut(1), {}] })
      let waits = 0
      const values: string[] = []
      const signals = eventStreamSignals(server.url, { retry: { delay, jitter: 'none' } })
      await new Promise<void>((resolve, reject) => {
        signals.subscribe({
          next(signal) {
            if (signal.type === 'value') values.push(signal.value.data)
            if (signal.type !== 'waiting') return
            waits++
            signal.retryNow()
            signal.retryNow()
          },
          error: reject,
          complete: resolve,
        })
      })
      expect([values.join(''), waits, server.requests.length]).toEqual(['abcd', 2, 3])
      await server.close()
    }
  })
})

describe('a continuation', () => {
  const connectingOf = async (scenario: Scenario, config: EventStreamConfig<ServerSentEvent> = {}) => {
    const server = await startFaultServer(scenario)
    const signals: StreamSignal<ServerSentEvent>[] = []
    let ended: unknown
    const subscription: Subscription = eventStreamSignals(server.url, {
      ...config,
      dialect: undefined,
    }).subscribe({
      next: (signal) => signals.push(signal),
      error: (error: unknown) => {
        ended = error
      },
      complete: () => {
        ended = 'complete'
      },
    })
    const [connecting] = signals as [ConnectingSignal<ServerSentEvent>]
    return {
      server,
      signals,
      subscription,
      connecting,
      ended: () => ended,
      async [Symbol.asyncDispose]() {
        subscription.unsubscribe()
        await server.close()
      },
    }
  }
  const errorOf = (signals: ConnectingSignal<ServerSentEvent>['continuation']): unknown => {
    let seen: unknown
    signals.subscribe({ error: (error: unknown) => (seen = error) }).unsubscribe()
    return seen
  }

  it('is neither printed nor compared', async () => {
    await using stream = await connectingOf({ ...NUMBERED })
    expect(Object.keys(stream.connecting)).not.toContain('continuation')
    expect(JSON.stringify(stream.connecting)).not.toContain('continuation')
  })

  it('is refused while the stream goes on, once it is whole, and a second time', async () => {
    await using early = await connectingOf({ ...NUMBERED, answers: [silent(1)] })
    expect(early.connecting.continuation.isPossible).toBe(false)
    expect(errorOf(early.connecting.continuation)).toMatchObject({ message: /still going on/ })
    await using whole = await connectingOf({ ...NUMBERED })
    await until(() => whole.ended() === 'complete')
    expect(whole.connecting.continuation.isPossible).toBe(false)
    expect(errorOf(whole.connecting.continuation)).toMatchObject({ message: /is whole/ })
    await using twice = await connectingOf({ ...NUMBERED, answers: [cut(1), {}] }, { retry: false })
    await until(() => twice.ended() !== undefined)
    expect(twice.connecting.continuation.isPossible).toBe(true)
    const rest = twice.connecting.continuation.pipe(only(({ type }) => type === 'value'))
    expect(await firstValueFrom(rest)).toMatchObject({ value: { data: 'b' } })
    expect(twice.connecting.continuation.isPossible).toBe(false)
    expect(errorOf(twice.connecting.continuation)).toBeInstanceOf(TypeError)
    expect(errorOf(twice.connecting.continuation)).toMatchObject({ message: /continued before/ })
  })

  it('leaves no socket behind when it is unsubscribed at once', async () => {
    await using stream = await connectingOf({ ...NUMBERED, answers: [cut(1), silent(1)] }, { retry: false })
    await until(() => stream.ended() !== undefined)
    stream.connecting.continuation.subscribe().unsubscribe()
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const request of stream.server.requests.slice(1)) expect(request.clientGoneAt).toBeDefined()
  })
})
