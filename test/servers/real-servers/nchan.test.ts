import { take } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventSource,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  type ServerSentEvent,
} from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { until } from '../../server.ts'
import { needs } from '../installed.ts'
import { cutter } from './cutter.ts'
import { NCHAN_MODULE, type Nchan, startNchan } from './nchan.ts'

const here = needs({
  programs: ['nginx'],
  files: [NCHAN_MODULE],
  debian: ['nginx', 'libnginx-mod-nchan'],
})

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `message ${from + i}`)
const dataOf = (events: readonly ServerSentEvent[]): string[] => events.map(({ data }) => data)

describe.runIf(here)("nginx's nchan", () => {
  let nchan: Nchan

  beforeAll(async () => {
    nchan = await startNchan()
  })
  afterAll(() => nchan?.stop())

  it('sends a body without framing, and each message once, in order', async () => {
    const relay = await cutter(nchan.port, [])
    const messages = [...range(1, 5), 'two\nlines', 'Grüße 語 🙂']
    await nchan.publish('plain', ...messages)
    const { values } = await collect(
      fromEventStream(`${relay.url}/feed/plain`, { dialect: eventSource() }).pipe(take(messages.length)),
    )
    expect(dataOf(values)).toEqual(messages)
    expect(new Set(values.map(({ id }) => id)).size).toBe(messages.length)
    const [head] = (relay.responses[0] as string).split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 200 .*text\/event-stream/is)
    expect(head).not.toMatch(/transfer-encoding|content-length|connection: close/i)
  })

  it.each(['reset', 'close'] as const)(
    'is cut twice (%s): what was published while the client was away comes too, each message once',
    async (by) => {
      const channel = `away_${by}`
      const relay = await cutter(nchan.port, [
        // The first block is a comment.
        { after: 4, bytesMore: 9, by },
        { after: 3, bytesMore: 22, by },
      ])
      await nchan.publish(channel, ...range(1, 5))
      const away: Record<number, string[]> = { 2: range(6, 8), 3: range(9, 12) }
      const { values } = await collect(
        fromEventStream(`${relay.url}/feed/${channel}`, {
          dialect: eventSource(),
          retry: { delay: 1 },
          // Called before each connection: nobody listens then.
          headers: async ({ attempt }) => {
            await nchan.publish(channel, ...(away[attempt] ?? []))
            return {}
          },
        }).pipe(take(12)),
      )
      expect(dataOf(values)).toEqual(range(1, 12))
      expect(relay.requests).toHaveLength(3)
      expect(relay.requests[0]).not.toMatch(/last-event-id/i)
      expect(relay.requests[1]).toContain(`last-event-id: ${values[2]?.id}\r\n`)
      expect(relay.requests[2]).toContain(`last-event-id: ${values[4]?.id}\r\n`)
    },
  )

  it('begins after the cursor of an earlier visit', async () => {
    await nchan.publish('page', ...range(1, 6))
    const url = `${nchan.url}/feed/page`
    const first = await collect(fromEventStream(url, { dialect: eventSource() }).pipe(take(3)))
    const lastEventId = first.values[2]?.id as string
    const second = await collect(fromEventStream(url, { dialect: eventSource(), lastEventId }).pipe(take(3)))
    expect(dataOf([...first.values, ...second.values])).toEqual(range(1, 6))
  })

  /** What nchan keeps of a completion, with or without its end. */
  const completion = (words: readonly string[]): string[] => [
    ...words.map((content) => JSON.stringify({ choices: [{ index: 0, delta: { content } }] })),
    '[DONE]',
  ]
  const words = ['To', 'day', ' the', ' wire', ' was', ' cut', '.']

  it('keeps a completion: cut three times, it is resumed by its IDs to the [DONE]', async () => {
    const relay = await cutter(nchan.port, [
      { after: 3, bytesMore: 40, by: 'reset' },
      { after: 1, by: 'close' },
      { after: 2, bytesMore: 1, by: 'close' },
    ])
    await nchan.publish('answer', ...completion(words))
    const { values, completed } = await collect(
      fromEventStream(`${relay.url}/feed/answer`, { dialect: openaiChat(), retry: { delay: 1 } }),
    )
    expect(completed).toBe(true)
    expect(values.map(({ choices }) => choices[0]?.delta.content)).toEqual(words)
    expect(relay.requests).toHaveLength(4)
  })

  it('ends cleanly in the middle of a completion, for want of framing: stream_terminated all the same', async () => {
    const relay = await cutter(nchan.port, [{ after: 4, by: 'close' }])
    await nchan.publish('cut', ...completion(words))
    const { values, completed, error } = await collect(
      fromEventStream(`${relay.url}/feed/cut`, { dialect: openaiChat(), retry: false }),
    )
    expect(completed).toBe(false)
    expect(values).toHaveLength(3)
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end', resumable: true })
  })

  it.each([
    ['reloads gracefully', () => nchan.reload()],
    ['loses its worker to SIGKILL', () => nchan.killWorker()],
  ])('%s: the client comes back, and each message is there once', async (what, strike) => {
    const channel = what.startsWith('reloads') ? 'reload' : 'kill'
    const events: ServerSentEvent[] = []
    const life: string[] = []
    await nchan.publish(channel, ...range(1, 3))
    const subscription = eventStreamSignals(`${nchan.url}/feed/${channel}`, {
      dialect: eventSource(),
      retry: { delay: 20 },
    }).subscribe((signal) => {
      if (signal.type === 'value') events.push(signal.value)
      else life.push(signal.type)
    })
    await until(() => events.length === 3, 'the messages before')
    strike()
    await until(() => life.includes('waiting'), 'the end of the response')
    // Its messages live in the worker, and the IDs of the next one begin anew within each second.
    const second = Number(events[2]?.id?.split(':')[0])
    await until(() => Date.now() / 1_000 >= second + 1, 'another second')
    await nchan.publish(channel, ...range(4, 6))
    await until(() => events.length >= 6, 'the messages after')
    subscription.unsubscribe()
    expect(dataOf(events)).toEqual(range(1, 6))
    expect(life.filter((type) => type === 'open').length).toBeGreaterThanOrEqual(2)
  })
})
