import { timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type EventStreamConfig,
  eventSource,
  eventStreamSignals,
  fromEventStream,
  type ServerSentEvent,
  type SseError,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve, until } from '../server.ts'
import { said } from './pour.ts'

const MAX_TIMER = 2_147_483_647
const SOON = 60

/** Which waits are told within a while, and how many requests were made. */
async function waits(url: string, config: EventStreamConfig<ServerSentEvent>) {
  const told: { delayMs: number; until: number }[] = []
  let error: SseError | undefined
  const subscription = eventStreamSignals(url, config).subscribe({
    next: (signal) => {
      if (signal.type === 'waiting') told.push({ delayMs: signal.delayMs, until: signal.until })
    },
    error: (thrown: SseError) => {
      error = thrown
    },
  })
  await until(() => told.length > 0 || error !== undefined, 'the first wait')
  await new Promise((resolve) => setTimeout(resolve, SOON))
  subscription.unsubscribe()
  return { told, error }
}

const HUGE = ['99999999999999', '9007199254740993', '9'.repeat(400)]

describe('a retry field beyond all measure', () => {
  it.each(HUGE)('is cut to retry.maxDelay: %s', async (ms) => {
    for (const dialect of [undefined, eventSource()]) {
      const server = await serve(
        (_, res) => void res.writeHead(200, SSE).end(`retry: ${ms}\nid: 1\ndata: one\n\n`),
      )
      const { told, error } = await waits(server.url, {
        ...(dialect && { dialect }),
        retry: { maxDelay: 5_000 },
      })
      expect(error).toBe(undefined)
      expect(told.map(({ delayMs }) => delayMs)).toEqual([5_000])
      expect(server.requests).toHaveLength(1)
    }
  })

  it('is cut to what a timer can hold where maxDelay is Infinity: not to one millisecond', async () => {
    const server = await serve(
      (_, res) => void res.writeHead(200, SSE).end('retry: 99999999999999\nid: 1\ndata: one\n\n'),
    )
    const { told } = await waits(server.url, { retry: { maxDelay: Number.POSITIVE_INFINITY } })
    expect(told.map(({ delayMs }) => delayMs)).toEqual([MAX_TIMER])
    expect(Number.isFinite(new Date(told[0]?.until ?? Number.NaN).getTime())).toBe(true)
    expect(server.requests).toHaveLength(1)
  })

  it('of 0 makes no haste where nothing is delivered: the budget holds, and a feed pauses', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end('retry: 0\n\n'))
    const { error } = await collect(fromEventStream(server.url, { retry: { count: 2, delay: 1 } }))
    expect(said(error)).toBe('stream_terminated stream_terminated clean_end')
    expect(server.requests).toHaveLength(3)
    const feed = await serve((_, res) => void res.writeHead(200, SSE).end('retry: 0\n\n'))
    const subscription = fromEventStream(feed.url, { dialect: eventSource() }).subscribe()
    await new Promise((resolve) => setTimeout(resolve, 200))
    subscription.unsubscribe()
    expect(feed.requests.length).toBeGreaterThan(0)
    expect(feed.requests.length).toBeLessThanOrEqual(2)
  })
})

const FAR: readonly (readonly [string, string, string])[] = [
  ['a date in the year 9999', 'retry-after', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ['seconds', 'retry-after', '99999999999999'],
  ['more seconds than a number holds', 'retry-after', '9'.repeat(400)],
  ['just more than a timer holds', 'retry-after', '2147484'],
  ['milliseconds', 'retry-after-ms', '99999999999999'],
  ['a rate limit', 'x-ratelimit-reset', '253402300799999'],
  ['a rate limit in days', 'x-ratelimit-reset-tokens', '99999999d'],
]

describe('a wait that the server asks for, far beyond a life', () => {
  it.each(FAR)('is no wait, and no request: the error says when: %s', async (_, name, value) => {
    for (const maxDelay of [60_000, Number.POSITIVE_INFINITY]) {
      const server = await serve((_req, res) => void res.writeHead(429, { [name]: value }).end())
      const { error } = await collect(fromEventStream(server.url, { retry: { maxDelay } }))
      expect(said(error)).toBe('request_failed rate_limit_exceeded')
      expect(error).toMatchObject({ retryable: true, attempt: 1 })
      expect(error?.retryAfterMs).toBeGreaterThan(MAX_TIMER)
      expect(server.requests).toHaveLength(1)
      expect(() => JSON.stringify(error)).not.toThrow()
    }
  })

  it.each(FAR.slice(0, 3))(
    'is held to though a delay function says otherwise: %s',
    async (_, name, value) => {
      const server = await serve((_req, res) => void res.writeHead(429, { [name]: value }).end())
      const { error } = await waits(server.url, { retry: { delay: () => timer(0) } })
      if (error !== undefined) expect(said(error)).toBe('request_failed rate_limit_exceeded')
      expect(server.requests).toHaveLength(1)
    },
  )

  it('inside an error of the stream as well', async () => {
    const server = await serve(
      (_, res) =>
        void res
          .writeHead(200, SSE)
          .end('data: {"error":{"code":"model_overloaded","message":"m","retry_after_ms":1e300}}\n\n'),
    )
    const { error } = await collect(fromEventStream(server.url))
    expect(said(error)).toBe('stream_error model_overloaded')
    expect(error?.retryAfterMs).toBe(1e300)
    expect(server.requests).toHaveLength(1)
  })
})

describe('a server that cuts after each new event, for ever', () => {
  const endless = () =>
    serve((req, res) => {
      const next = Number(req.headers['last-event-id'] ?? 0) + 1
      res.writeHead(200, SSE).write(`id: ${next}\ndata: ${next}\n\n`, () => res.destroy())
    })

  it('makes progress each time, so that retry.count does not end it, but timeout.total does', async () => {
    const server = await endless()
    const { values, error } = await collect(
      fromEventStream(server.url, { retry: { count: 1, delay: 5 }, timeout: { total: 400 } }),
    )
    // In the middle of an attempt, or before a wait that it leaves no time for: then with the last failure.
    expect(said(error)).toMatch(/deadline_exceeded|socket_closed|socket_reset/)
    expect(values.length).toBeGreaterThan(2)
    expect(values.map(({ data }) => Number(data))).toEqual(values.map((_, index) => index + 1))
    // One request for each value, and the one that was under way.
    expect(server.requests.length - values.length).toBeLessThanOrEqual(1)
    expect(server.sockets.size).toBeLessThanOrEqual(1)
  })

  it.each([
    ['nothing', () => ''],
    ['comments', () => ': ping\n\n'],
    ['the same event', () => 'id: 1\ndata: one\n\n'],
    ['a retry field', () => 'retry: 1\n\n'],
    ['an ID without an event, another each time', (n: number) => `id: ${n}\n\n`],
  ])('but not one that gives %s: that is no progress', async (_, body) => {
    const server = await serve((_req, res, n) => {
      res.writeHead(200, SSE).write(n === 1 ? 'id: 1\ndata: one\n\n' : body(n) || ':', () => res.destroy())
    })
    const { values, error } = await collect(fromEventStream(server.url, { retry: { count: 3, delay: 1 } }))
    expect(values).toEqual([{ id: '1', data: 'one' }])
    expect(error?.kind).toBe('stream_terminated')
    // The first, which gave a value, and three without one.
    expect(server.requests.length).toBeLessThanOrEqual(4)
    expect(error?.attempt).toBe(server.requests.length)
  })
})
