import { retry, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
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
import { type Seen, watch } from './subscribers.ts'

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
