import { take } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventSource,
  eventStreamSignals,
  fromEventStream,
  type ServerSentEvent,
  toAsyncIterable,
} from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { until } from '../../server.ts'
import { needs } from '../installed.ts'
import { type Child, start } from './child.ts'
import { cutter } from './cutter.ts'

const here = needs({ packages: ['better-sse'] })

/** As many numbers in a row as there are events: none is missing, none is there twice. */
const inARow = (events: readonly ServerSentEvent[]): number[] => {
  const first = JSON.parse((events[0] as ServerSentEvent).data).n
  return events.map((_, i) => first + i)
}
const numbers = (events: readonly ServerSentEvent[]): number[] => events.map(({ data }) => JSON.parse(data).n)

describe.runIf(here)('an endless feed of better-sse', () => {
  let server: Child

  beforeAll(async () => {
    server = await start({
      command: process.execPath,
      args: [`${import.meta.dirname}/../origins/better-sse.mjs`],
      ready: /listening on (\d+)/,
    })
  })
  afterAll(() => server?.end())

  const sessions = async (): Promise<{ open: number; connections: number }> =>
    (await fetch(`${server.url}/sessions`)).json() as Promise<{ open: number; connections: number }>

  /** Until the server has seen every client go. */
  async function noneOpen(): Promise<void> {
    let open = -1
    const poll = setInterval(async () => {
      open = (await sessions()).open
    }, 10)
    try {
      await until(() => open === 0, 'the server to see the close')
    } finally {
      clearInterval(poll)
    }
  }

  it('is cut three times, and gives every event once, in order', async () => {
    const relay = await cutter(server.port, [
      { after: 12, bytesMore: 25, by: 'reset' },
      { after: 7, by: 'close' },
      { after: 20, bytesMore: 3, by: 'reset' },
    ])
    const { values } = await collect(
      fromEventStream(`${relay.url}/feed`, { dialect: eventSource(), retry: { delay: 1 } }).pipe(take(100)),
    )
    expect(relay.requests).toHaveLength(4)
    expect(values).toHaveLength(100)
    expect(numbers(values)).toEqual(inARow(values))
    expect(values.map(({ id }) => id)).toEqual(numbers(values).map((n) => `e${n}`))
    expect(new Set(values.map(({ event }) => event))).toEqual(new Set(['tick']))
  })

  it('comes back after a clean end, not before the time that the server asks for', async () => {
    const events: ServerSentEvent[] = []
    const life: string[] = []
    const waits: number[] = []
    const subscription = eventStreamSignals(`${server.url}/feed`, { dialect: eventSource() }).subscribe(
      (signal) => {
        if (signal.type === 'value') events.push(signal.value)
        else life.push(signal.type)
        if (signal.type === 'waiting') waits.push(signal.delayMs)
      },
    )
    await until(() => events.length >= 5, 'the first events')
    await fetch(`${server.url}/end`, { method: 'POST' })
    await until(() => life.length === 5, 'the second response')
    const before = events.length
    await until(() => events.length >= before + 20, 'the events that were missed, and more')
    subscription.unsubscribe()
    expect(life).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
    // The server's 100 ms, and up to two fifths of them on top.
    expect(waits).toEqual([expect.toSatisfy((ms: number) => ms >= 100 && ms <= 140)])
    expect(numbers(events)).toEqual(inARow(events))
    await noneOpen()
  })

  it('is unsubscribed: the server sees the close', async () => {
    const events: ServerSentEvent[] = []
    const subscription = fromEventStream(`${server.url}/feed`, { dialect: eventSource() }).subscribe(
      (event) => {
        events.push(event)
      },
    )
    await until(() => events.length >= 3, 'events')
    expect((await sessions()).open).toBe(1)
    subscription.unsubscribe()
    const { length } = events
    await noneOpen()
    expect(events).toHaveLength(length)
  })

  it('is left by break: the server sees the close', async () => {
    const events: ServerSentEvent[] = []
    for await (const event of toAsyncIterable(`${server.url}/feed`, { dialect: eventSource() })) {
      events.push(event)
      if (events.length === 5) break
    }
    expect(numbers(events)).toEqual(inARow(events))
    await noneOpen()
  })

  it('is told by 204 to stay away: completes without an event, and does not come again', async () => {
    const { values, completed } = await collect(
      fromEventStream(`${server.url}/gone`, { dialect: eventSource(), retry: { delay: 1 } }),
    )
    expect({ values, completed }).toEqual({ values: [], completed: true })
  })
})
