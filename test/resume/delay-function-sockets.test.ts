import { Subject, timer } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  eventStreamSignals,
  fromEventStream,
  type ServerSentEvent,
  type SseError,
  type StreamSignal,
} from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { until } from '../server.ts'
import { settled } from './with-delay.ts'

describe('over a real connection', () => {
  it('a delay function resumes a stream, and the retry operator’s own arguments fit', async () => {
    await using server = await startFaultServer({
      ids: true,
      answers: [
        { fault: { type: 'fin', after: { events: 3 } } },
        { fault: { type: 'rst', after: { events: 4 } } },
        {},
      ],
    })
    const delay = vi.fn((_error: SseError, retryCount: number) => timer(retryCount * 2))
    const whole = await collect(fromEventStream(server.url, { retry: { delay } }))
    expect(whole.completed).toBe(true)
    expect(new Set(whole.values.map(({ id }) => id)).size).toBe(whole.values.length)
    expect(delay.mock.calls.map(([error, count]) => [error.events, count])).toEqual([
      [3, 1],
      [7, 1],
    ])
  })

  it('a button makes the next attempt, and an unsubscribe while nobody presses it leaves nothing', async () => {
    await using server = await startFaultServer({ answers: [{ status: 503 }, { status: 503 }, {}] })
    const button = new Subject<void>()
    const seen: StreamSignal<ServerSentEvent>['type'][] = []
    const stream = eventStreamSignals(server.url, { retry: { delay: () => button } })
    let completed = false
    stream.subscribe({ next: ({ type }) => void seen.push(type), complete: () => (completed = true) })
    await until(() => button.observed)
    button.next()
    await until(() => seen.filter((type) => type === 'waiting').length === 2 && button.observed)
    expect(server.requests).toHaveLength(2)
    button.next()
    await until(() => completed)
    expect(server.requests).toHaveLength(3)
    expect(button.observed).toBe(false)

    server.use({ answers: [{ status: 503 }] })
    const subscription = stream.subscribe()
    await until(() => button.observed)
    subscription.unsubscribe()
    expect(button.observed).toBe(false)
    button.next()
    await settled()
    expect(server.requests).toHaveLength(4)
  })

  it('an unsubscribed async generator is left at its first value', async () => {
    await using server = await startFaultServer({ answers: [{ status: 503 }, {}] })
    let left = false
    const delay = async function* () {
      try {
        yield 1
        yield 2
      } finally {
        left = true
      }
    }
    expect((await collect(fromEventStream(server.url, { retry: { delay } }))).completed).toBe(true)
    await until(() => left)
    expect(server.requests).toHaveLength(2)
  })
})
