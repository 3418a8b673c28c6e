import type { ServerResponse } from 'node:http'
import { from, lastValueFrom, map, retry, config as rxConfig, switchMap, take, timer, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  catchStreamError,
  eventSource,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  type ServerSentEvent,
  type StreamSignal,
  toAsyncIterable,
  values,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve, until } from '../server.ts'

const WHOLE = 'data: one\n\ndata: two\n\ndata: [DONE]\n\n'

/** A stream that goes on until the client leaves. */
const endless = (res: ServerResponse): void => {
  res.writeHead(200, SSE)
  let n = 0
  const send = (): void => void res.write(`id: ${++n}\ndata: ${n}\n\n`)
  send()
  const timer = setInterval(send, 1)
  res.on('close', () => clearInterval(timer))
}

describe('fromEventStream', () => {
  it('is cold: each subscription makes its own request', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const stream = fromEventStream(server.url)
    expect(server.requests).toHaveLength(0)
    expect(await lastValueFrom(stream.pipe(toArray()))).toEqual([{ data: 'one' }, { data: 'two' }])
    expect(await lastValueFrom(stream.pipe(toArray()))).toHaveLength(2)
    expect(server.requests).toHaveLength(2)
  })

  it('never completes at an end without the marker', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end('data: one\n\n'))
    const { values: seen, error } = await collect(fromEventStream(server.url, { retry: false }))
    expect(seen).toEqual([{ data: 'one' }])
    expect(error).toMatchObject({
      kind: 'stream_terminated',
      code: 'stream_terminated',
      reason: 'clean_end',
      events: 1,
      retryable: true,
      resumable: false,
      status: 200,
    })
  })

  it('says what the server said inside the stream, once, though [DONE] follows', async () => {
    const body =
      'data: {"n":1}\n\ndata: {"error":{"type":"model","code":"model_overloaded","message":"busy"}}\n\ndata: [DONE]\n\n'
    const server = await serve(
      (_, res) => void res.writeHead(200, { ...SSE, 'x-request-id': 'r1' }).end(body),
    )
    const { values: seen, error } = await collect(fromEventStream(server.url))
    expect(seen).toHaveLength(1)
    expect(error).toMatchObject({
      kind: 'stream_error',
      code: 'model_overloaded',
      type: 'model',
      message: 'busy',
      retryable: true,
      requestId: 'r1',
    })
    expect(server.requests).toHaveLength(1)
  })

  it('repeats the request after an in-band error before the first value', async () => {
    const server = await serve(
      (_, res, n) =>
        void res
          .writeHead(200, SSE)
          .end(
            n < 3
              ? 'event: error\ndata: {"error":{"type":"t","code":"model_overloaded","message":"m"}}\n\n'
              : WHOLE,
          ),
    )
    const { values: seen, completed } = await collect(fromEventStream(server.url, { retry: { delay: 1 } }))
    expect(completed).toBe(true)
    expect(seen).toHaveLength(2)
    expect(server.requests).toHaveLength(3)
  })

  it('emits the last failure itself when the budget is spent', async () => {
    const server = await serve((_, res, n) => void res.writeHead(n === 3 ? 502 : 503).end())
    const { error } = await collect(fromEventStream(server.url, { retry: { count: 2, delay: 1 } }))
    expect(error).toMatchObject({ kind: 'request_failed', status: 502, attempt: 3 })
    expect(server.requests).toHaveLength(3)
  })

  it('resumes where the consumer stands, any number of times, as long as there is progress', async () => {
    const server = await serve((req, res) => {
      const last = Number(req.headers['last-event-id'] ?? 0)
      res.writeHead(200, SSE)
      if (last === 8) return void res.end('data: [DONE]\n\n')
      // Two whole events, then a cut inside the third: its id must not count.
      res.write(
        `id: ${last + 1}\ndata: ${last + 1}\n\nid: ${last + 2}\ndata: ${last + 2}\n\nid: ${last + 3}\ndata: cu`,
        () => setTimeout(() => res.socket?.destroy(), 10),
      )
    })
    const { values: seen, completed } = await collect(
      fromEventStream(server.url, { retry: { count: 1, delay: 1 } }),
    )
    expect(completed).toBe(true)
    expect(seen.map(({ data }) => Number(data))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(server.requests.map((request) => request.headers['last-event-id'])).toEqual([
      undefined,
      '2',
      '4',
      '6',
      '8',
    ])
  })

  it('an accepted connection is no progress: it does not refill the budget', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(': hello\n\n'))
    const { error } = await collect(fromEventStream(server.url, { retry: { count: 2, delay: 1 } }))
    expect(error).toMatchObject({ kind: 'stream_terminated', attempt: 3 })
    expect(server.requests).toHaveLength(3)
  })

  it('notices a server that ignores the cursor and says something else', async () => {
    const server = await serve((_, res, n) => {
      res
        .writeHead(200, SSE)
        .write(`id: 1\ndata: ${n === 1 ? 'a' : 'c'}\n\nid: 2\ndata: b\n\n`, () =>
          setTimeout(() => res.socket?.destroy(), 10),
        )
    })
    const { values: seen, error } = await collect(fromEventStream(server.url, { retry: { delay: 1 } }))
    expect(seen.map(({ data }) => data)).toEqual(['a', 'b'])
    expect(error).toMatchObject({
      kind: 'stream_terminated',
      code: 'resume_mismatch',
      retryable: false,
      events: 2,
      lastEventId: '2',
    })
    expect(server.requests).toHaveLength(2)
  })

  it('notices it also when the stream begins with an event without an id', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE)
      res.write('data: hello\n\nid: 1\ndata: a\n\n', () => setTimeout(() => res.socket?.destroy(), 10))
    })
    const { values: seen, error } = await collect(fromEventStream(server.url, { retry: { delay: 1 } }))
    expect(seen.map(({ data }) => data)).toEqual(['hello', 'a'])
    expect(error).toMatchObject({
      code: 'resume_mismatch',
      message: expect.stringContaining('the first event again'),
    })
  })

  it('takes [DONE] with blanks around it, and an error: line without its line end, for what they are', async () => {
    const server = await serve(
      (req, res) =>
        void res
          .writeHead(200, SSE)
          .end(
            req.url === '/done'
              ? 'data: one\n\ndata:  [DONE] \n\n'
              : 'data: one\n\nerror: {"code":429,"message":"slow"}',
          ),
    )
    expect((await collect(fromEventStream(`${server.url}/done`))).completed).toBe(true)
    const { error } = await collect(fromEventStream(server.url))
    expect(error).toMatchObject({ kind: 'stream_error', code: 'rate_limit_exceeded', message: 'slow' })
  })

  it('does not resume when values came after the last id: the server would send them again', async () => {
    const server = await serve(
      (_, res) => void res.writeHead(200, SSE).end('id: 1\ndata: a\n\n\ndata: b\n\n'),
    )
    const { error } = await collect(fromEventStream(server.url, { retry: { delay: 1 } }))
    expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false, lastEventId: '1', events: 2 })
    expect(server.requests).toHaveLength(1)
  })

  it('begins after lastEventId', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    await collect(fromEventStream(server.url, { lastEventId: '41' }))
    expect(server.requests[0]?.headers['last-event-id']).toBe('41')
  })

  it('a transport failure after the marker is harmless', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, SSE).write(WHOLE, () => setTimeout(() => res.socket?.resetAndDestroy(), 10))
    })
    expect(await collect(fromEventStream(server.url))).toMatchObject({
      completed: true,
      values: [{ data: 'one' }, { data: 'two' }],
    })
    await until(() => server.sockets.size === 0, 'the reset')
    expect(server.requests).toHaveLength(1)
  })

  it('waits as long as Retry-After says, and gives up at once when that is longer than maxDelay', async () => {
    const server = await serve((_, res, n) => {
      if (n === 1) res.writeHead(429, { 'retry-after-ms': '60' }).end()
      else res.writeHead(200, SSE).end(WHOLE)
    })
    const started = performance.now()
    expect((await collect(fromEventStream(server.url, { retry: { delay: 1 } }))).completed).toBe(true)
    expect(performance.now() - started).toBeGreaterThanOrEqual(55)
    const busy = await serve((_, res) => void res.writeHead(429, { 'retry-after': '3600' }).end())
    const { error } = await collect(fromEventStream(busy.url))
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 3_600_000, retryable: true })
    expect(busy.requests).toHaveLength(1)
  })
})

describe('deadlines', () => {
  const head = (res: ServerResponse, text = ''): void => {
    res.writeHead(200, SSE)
    res.flushHeaders()
    if (text !== '') res.write(text)
  }
  const chatter = (res: ServerResponse): void => {
    const every = setInterval(() => res.write(': still here\n\n'), 10)
    res.on('close', () => clearInterval(every))
  }

  it('first: no response', async () => {
    const server = await serve(() => {})
    const { error } = await collect(fromEventStream(server.url, { retry: false, timeout: { first: 50 } }))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'response_timeout', retryable: true })
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('first: a response, comments, but no content', async () => {
    const server = await serve((_, res) => {
      head(res)
      chatter(res)
    })
    const { error } = await collect(fromEventStream(server.url, { retry: false, timeout: { first: 80 } }))
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'first', status: 200 })
  })

  it('idle: silence after an event, and what was left unfinished', async () => {
    const server = await serve((_, res) => head(res, 'data: one\n\ndata: tw'))
    const { values: seen, error } = await collect(
      fromEventStream(server.url, { retry: false, timeout: { idle: 60 } }),
    )
    expect(seen).toEqual([{ data: 'one' }])
    expect(error).toMatchObject({
      kind: 'stream_terminated',
      reason: 'idle',
      leftover: 'data: tw',
      retryable: true,
    })
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('idle is held off by comments, stall is not', async () => {
    const server = await serve((_, res) => {
      head(res, 'data: one\n\n')
      chatter(res)
    })
    const timeout = { idle: 1_000, stall: 120 }
    const { error } = await collect(fromEventStream(server.url, { retry: false, timeout }))
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'stalled' })
  })

  it('stall is not held off by what the dialect does not count as content', async () => {
    const server = await serve((_, res) => {
      head(res, 'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n')
      const every = setInterval(() => res.write('data: {"choices":[]}\n\n'), 10)
      res.on('close', () => clearInterval(every))
    })
    const config = { retry: false, timeout: { stall: 120 }, dialect: openaiChat() } as const
    const { error } = await collect(fromEventStream(server.url, config))
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'stalled' })
  })

  it('total: all attempts and waits', async () => {
    const server = await serve((_, res) => head(res, 'data: one\n\n'))
    const { error } = await collect(fromEventStream(server.url, { timeout: { total: 60 } }))
    expect(error).toMatchObject({
      kind: 'stream_terminated',
      code: 'deadline_exceeded',
      reason: 'total',
      retryable: false,
    })
    const refusing = await serve((_, res) => void res.writeHead(503).end())
    const config = { timeout: { total: 40 }, retry: { delay: 5_000, jitter: 'none' } } as const
    expect((await collect(fromEventStream(refusing.url, config))).error).toMatchObject({ status: 503 })
  })
})

describe('unsubscribing', () => {
  it('inside next ends the request, and no later value comes, though the chunk held more', async () => {
    const server = await serve(
      (_, res) => void res.writeHead(200, SSE).write('data: 1\n\ndata: 2\n\ndata: 3\n\n'),
    )
    const seen: string[] = []
    const subscription = fromEventStream(server.url).subscribe(({ data }) => {
      seen.push(data)
      subscription.unsubscribe()
    })
    await until(() => server.sockets.size === 0 && server.accepted === 1, 'the close')
    expect(seen).toEqual(['1'])
  })

  it('by take(n) ends the request, and nothing more of the chunk is decoded', async () => {
    let read = 0
    const dialect = {
      name: 'counting',
      read: (event: ServerSentEvent) => {
        read++
        return event.data
      },
    }
    const body = Array.from({ length: 2_000 }, (_, n) => `data: ${n}\n\n`).join('')
    const server = await serve((_, res) => void res.writeHead(200, SSE).write(body))
    const seen = await lastValueFrom(
      fromEventStream<string>(server.url, { dialect }).pipe(take(2), toArray()),
    )
    expect(seen).toEqual(['0', '1'])
    expect(read).toBe(2)
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('by switchMap ends the old request as the new one begins', async () => {
    const server = await serve((_, res) => endless(res))
    const seen = await lastValueFrom(
      from(['a', 'b', 'c']).pipe(
        switchMap((key) =>
          timer(0).pipe(
            switchMap(() => fromEventStream(`${server.url}/${key}`)),
            map(({ data }) => key + data),
          ),
        ),
        take(3),
        toArray(),
      ),
    )
    expect(seen).toEqual(['c1', 'c2', 'c3'])
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('while connecting, while waiting, and before the headers are known ends it', async () => {
    const silent = await serve(() => {})
    const connecting = fromEventStream(silent.url).subscribe()
    await until(() => silent.requests.length === 1, 'the request')
    connecting.unsubscribe()
    await until(() => silent.sockets.size === 0, 'the close')

    const refusing = await serve((_, res) => void res.writeHead(503).end())
    let waits = 0
    const waiting = eventStreamSignals(refusing.url, { retry: { delay: 50, jitter: 'none' } }).subscribe(
      (signal) => {
        if (signal.type === 'waiting') {
          waits++
          waiting.unsubscribe()
        }
      },
    )
    await until(() => waits === 1, 'the wait')
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(refusing.requests).toHaveLength(1)

    let release: (value: Record<string, string>) => void = () => {}
    const headers = () => new Promise<Record<string, string>>((resolve) => (release = resolve))
    const preparing = fromEventStream(refusing.url, { headers }).subscribe()
    preparing.unsubscribe()
    release({})
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(refusing.requests).toHaveLength(1)
  })

  it('and subscribing again, synchronously, inside next and inside error, begins a clean stream', async () => {
    const server = await serve(
      (_, res, n) => void res.writeHead(200, SSE).end(n < 3 ? 'data: one\n\n' : WHOLE),
    )
    const seen = await lastValueFrom(fromEventStream(server.url, { retry: false }).pipe(retry(2), toArray()))
    expect(seen.map(({ data }) => data)).toEqual(['one', 'one', 'one', 'two'])
    expect(server.requests).toHaveLength(3)

    const again = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const stream = fromEventStream(again.url)
    const twice: string[] = []
    await new Promise<void>((resolve) => {
      const first = stream.subscribe(({ data }) => {
        twice.push(data)
        first.unsubscribe()
        stream.subscribe({ next: (event) => twice.push(event.data), complete: resolve })
      })
    })
    expect(twice).toEqual(['one', 'one', 'two'])
  })
})

describe('an observer that throws in next', () => {
  afterEach(() => {
    rxConfig.onUnhandledError = null
  })

  it('is reported asynchronously and does not break the stream for itself or others', async () => {
    const reported: unknown[] = []
    rxConfig.onUnhandledError = (error) => reported.push(error)
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const seen: string[] = []
    await new Promise<void>((resolve, reject) => {
      fromEventStream(server.url).subscribe({
        next: ({ data }) => {
          seen.push(data)
          throw new Error(`observer of ${data}`)
        },
        complete: resolve,
        error: reject,
      })
    })
    expect(seen).toEqual(['one', 'two'])
    await until(() => reported.length === 2, 'the reports')
    expect(String(reported[0])).toContain('observer of one')
  })
})

describe('an AbortSignal', () => {
  it('that is already aborted errors at once, without a request', async () => {
    const server = await serve((_, res) => void res.end())
    const reason = new Error('stop')
    const { error } = await collect(fromEventStream(server.url, { signal: AbortSignal.abort(reason) }))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'aborted', retryable: false, cause: reason })
    expect(server.requests).toHaveLength(0)
  })

  it('that is aborted in mid-stream errors, never completes, and ends the request', async () => {
    const server = await serve((_, res) => endless(res))
    const controller = new AbortController()
    const stream = fromEventStream(server.url, { signal: controller.signal }).pipe(
      map((event) => {
        if (event.data === '3') controller.abort()
        return event.data
      }),
    )
    const { values: seen, error } = await collect(stream)
    expect(seen.slice(0, 2)).toEqual(['1', '2'])
    expect(error).toMatchObject({ kind: 'stream_terminated', code: 'aborted', reason: 'aborted' })
    await until(() => server.sockets.size === 0, 'the close')
  })

  it('is left without a listener after the stream has ended', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }
    await collect(fromEventStream(server.url, { signal }))
    expect(listeners).toBe(0)
  })
})

describe('eventStreamSignals', () => {
  it('tells the life of a stream, values with their cursor', async () => {
    const server = await serve((req, res) => {
      res.writeHead(200, { ...SSE, 'x-request-id': 'r7' })
      if (req.headers['last-event-id'] === '1') res.end('id: 2\ndata: b\n\ndata: [DONE]\n\n')
      else res.end('id: 1\ndata: a\n\n')
    })
    const signals: StreamSignal<ServerSentEvent>[] = (
      await collect(eventStreamSignals(server.url, { retry: { delay: 4, jitter: 'none' } }))
    ).values
    expect(signals).toMatchObject([
      { type: 'connecting', attempt: 1, lastEventId: undefined },
      { type: 'open', attempt: 1, status: 200, requestId: 'r7' },
      { type: 'value', value: { id: '1', data: 'a' }, lastEventId: '1' },
      {
        type: 'waiting',
        attempt: 1,
        delayMs: 4,
        error: { kind: 'stream_terminated', reason: 'clean_end', resumable: true },
      },
      { type: 'connecting', attempt: 2, lastEventId: '1' },
      { type: 'open', attempt: 2 },
      { type: 'value', value: { id: '2', data: 'b' }, lastEventId: '2' },
    ])
    const waiting = signals[3]
    expect(waiting?.type === 'waiting' && Math.abs(waiting.until - Date.now()) < 60_000).toBe(true)
  })

  it('with values() is fromEventStream', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    expect(await collect(eventStreamSignals(server.url).pipe(values()))).toEqual(
      await collect(fromEventStream(server.url)),
    )
  })
})

describe('toAsyncIterable', () => {
  it('iterates, completes, and throws the typed error after what was delivered', async () => {
    const server = await serve(
      (req, res) => void res.writeHead(200, SSE).end(req.url === '/cut' ? 'data: one\n\n' : WHOLE),
    )
    const seen: string[] = []
    for await (const { data } of toAsyncIterable(server.url)) seen.push(data)
    expect(seen).toEqual(['one', 'two'])
    const iterator = toAsyncIterable(`${server.url}/cut`, { retry: false })[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ done: false, value: { data: 'one' } })
    await expect(iterator.next()).rejects.toMatchObject({ kind: 'stream_terminated' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('ends the request on break, also while a next is pending', async () => {
    const server = await serve((_, res) => endless(res))
    for await (const { data } of toAsyncIterable(server.url)) if (data === '3') break
    await until(() => server.sockets.size === 0, 'the close')

    const silent = await serve((_, res) => void res.writeHead(200, SSE).flushHeaders())
    const iterator = toAsyncIterable(silent.url)[Symbol.asyncIterator]()
    const pending = iterator.next()
    await until(() => silent.requests.length === 1, 'the request')
    await iterator.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    await until(() => silent.sockets.size === 0, 'the close')
  })

  it('makes no request before the first next, and none after return', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const iterator = toAsyncIterable(server.url)[Symbol.asyncIterator]()
    await iterator.return?.()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(server.requests).toHaveLength(0)
  })

  it('answers several pending nexts in order', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(WHOLE))
    const iterator = toAsyncIterable(server.url)[Symbol.asyncIterator]()
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next()])
    expect(results.map(({ done, value }) => (done ? 'done' : value.data))).toEqual(['one', 'two', 'done'])
  })
})

describe('dialects', () => {
  it('eventSource() reconnects for ever with the last event ID, after the told time', async () => {
    const server = await serve((req, res, n) => {
      if (n === 4) return void res.writeHead(204).end()
      const last = Number(req.headers['last-event-id'] ?? 0)
      res.writeHead(200, SSE).end(`retry: 5\nid: ${last + 1}\ndata: ${last + 1}\n\n`)
    })
    const { values: seen, completed } = await collect(fromEventStream(server.url, { dialect: eventSource() }))
    expect(seen).toEqual([
      { id: '1', data: '1' },
      { id: '2', data: '2' },
      { id: '3', data: '3' },
    ])
    expect(completed).toBe(true)
    expect(server.requests.map((request) => request.headers['last-event-id'])).toEqual([
      undefined,
      '1',
      '2',
      '3',
    ])
  })

  it('openaiChat() with endMarker finish_reason accepts an end without [DONE], but not before every choice has finished', async () => {
    const chunk = (index: number, finish: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index, delta: { content: 'x' }, finish_reason: finish }] })}\n\n`
    const server = await serve(
      (req, res) =>
        void res
          .writeHead(200, SSE)
          .end(
            chunk(0, null) +
              chunk(1, null) +
              chunk(0, 'stop') +
              (req.url === '/both' ? chunk(1, 'length') : ''),
          ),
    )
    const lenient = { dialect: openaiChat({ endMarker: 'finish_reason' }), retry: false } as const
    expect((await collect(fromEventStream(`${server.url}/both`, lenient))).completed).toBe(true)
    expect((await collect(fromEventStream(`${server.url}/one`, lenient))).error).toMatchObject({
      kind: 'stream_terminated',
    })
    const strict = { dialect: openaiChat(), retry: false } as const
    expect((await collect(fromEventStream(`${server.url}/both`, strict))).error).toMatchObject({
      reason: 'clean_end',
    })
  })

  it('anthropicMessages() delivers message_stop and completes, drops pings, and types an error that comes first', async () => {
    const event = (type: string, data: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
    const whole =
      event('message_start', {}) + event('ping', {}) + event('brand_new', {}) + event('message_stop', {})
    const error = event('error', {
      error: { type: 'overloaded_error', message: 'Overloaded' },
      request_id: 'req_1',
    })
    const server = await serve(
      (req, res) => void res.writeHead(200, SSE).end(req.url === '/whole' ? whole : error),
    )
    const config = { dialect: anthropicMessages(), retry: false } as const
    const seen = await collect(fromEventStream(`${server.url}/whole`, config))
    expect(seen.values.map(({ type }) => type)).toEqual(['message_start', 'brand_new', 'message_stop'])
    expect(seen.completed).toBe(true)
    const failed = await collect(fromEventStream(server.url, config))
    expect(failed.error).toMatchObject({
      kind: 'stream_error',
      code: 'model_overloaded',
      type: 'overloaded_error',
      requestId: 'req_1',
      retryable: true,
      events: 0,
    })
  })

  it('data that is not JSON where JSON is due is a malformed_event, and what came before stands', async () => {
    const server = await serve(
      (_, res) => void res.writeHead(200, SSE).end('data: {"choices":[]}\n\ndata: <html>oops\n\n'),
    )
    const { values: seen, error } = await collect(fromEventStream(server.url, { dialect: openaiChat() }))
    expect(seen).toHaveLength(1)
    expect(error).toMatchObject({
      kind: 'stream_terminated',
      code: 'malformed_event',
      retryable: false,
      message: expect.stringContaining('event 2 cannot be read as openai-chat: "<html>oops"'),
    })
    expect(error?.cause).toBeInstanceOf(SyntaxError)
  })

  it('that throw, wherever they do, end the stream with a malformed_event and never the process', async () => {
    const oops = () => {
      throw new RangeError('oops')
    }
    const server = await serve((_, res) => void res.writeHead(200, SSE).end('strange: 1\ndata: one\n\n'))
    const read = ({ data }: ServerSentEvent) => data
    const broken = [
      { name: 'a', read: oops },
      { name: 'b', read, isContent: oops },
      { name: 'c', read, readField: oops },
    ]
    for (const dialect of broken) {
      const { error } = await collect(fromEventStream<string>(server.url, { dialect }))
      expect(error).toMatchObject({ code: 'malformed_event', cause: expect.any(RangeError) })
    }
  })

  it('catchStreamError goes on with something else', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end('data: one\n\n'))
    const stream = fromEventStream(server.url, { retry: false }).pipe(
      map(({ data }) => data),
      catchStreamError('stream_terminated', (error) => [`[${error.reason}]`]),
    )
    expect(await lastValueFrom(stream.pipe(toArray()))).toEqual(['one', '[clean_end]'])
  })
})

describe('wrong options', () => {
  const url = 'http://127.0.0.1:9/'
  it.each<[string, () => unknown, RegExp]>([
    ['a relative URL', () => fromEventStream('/v1/chat'), /absolute URL .* not "\/v1\/chat"/],
    ['a URL without a scheme', () => fromEventStream('localhost:8080/x'), /http:\/\/ or https:\/\//],
    ['another scheme', () => fromEventStream('ftp://host/x'), /not ftp:/],
    ['a secret in a wrong URL', () => fromEventStream('htp//u:secret@host?key=secret'), /^(?!.*secret)/],
    [
      'an unknown option',
      () => fromEventStream(url, { timeouts: 5 } as never),
      /unknown option "timeouts"; there are method, /,
    ],
    [
      'an unknown timeout',
      () => fromEventStream(url, { timeout: { body: 5 } } as never),
      /timeout: unknown option "body"/,
    ],
    [
      'a negative timeout',
      () => fromEventStream(url, { timeout: { idle: -1 } }),
      /timeout.idle must be a number from 0/,
    ],
    [
      'a timeout of text',
      () => fromEventStream(url, { timeout: { idle: '5s' as never } }),
      /timeout.idle .* not "5s"/,
    ],
    ['a delay beyond a timer', () => fromEventStream(url, { retry: { delay: 1e12 } }), /retry.delay/],
    [
      'a wrong jitter',
      () => fromEventStream(url, { retry: { jitter: 'some' as never } }),
      /retry.jitter must be "full" or "none"/,
    ],
    [
      'a wrong retry',
      () => fromEventStream(url, { retry: 'always' as never }),
      /retry must be false, a number/,
    ],
    [
      'a wrong resume',
      () => fromEventStream(url, { resume: 'always' as never }),
      /resume must be "auto", "never", or a strategy such as fromCursor/,
    ],
    [
      'a dialect not called',
      () => fromEventStream(url, { dialect: openaiChat as never }),
      /call openaiChat\(\)/,
    ],
    [
      'a stream as body',
      () => fromEventStream(url, { body: new ReadableStream() }),
      /body must be .* cannot be a stream/,
    ],
    ['a body that is no JSON', () => fromEventStream(url, { body: { n: 1n } }), /cannot be written as JSON/],
    [
      'a header with a line end',
      () => fromEventStream(url, { headers: { 'x-a': 'b\r\nx-c: d' } }),
      /value of "x-a" has a character/,
    ],
    [
      'a header name with a space',
      () => fromEventStream(url, { headers: { 'x a': 'b' } }),
      /"x…" is not a header name/,
    ],
    [
      'a lastEventId with a line end',
      () => fromEventStream(url, { lastEventId: '1\r\nx: y' }),
      /lastEventId must be text that a header can carry/,
    ],
    ['a HEAD request', () => fromEventStream(url, { method: 'HEAD' }), /method must be one that streams/],
    ['a signal that is none', () => fromEventStream(url, { signal: {} as never }), /AbortSignal/],
    [
      'a transport that is none',
      () => fromEventStream(url, { transport: 'fetch' as never }),
      /send\(request, sink\)/,
    ],
    [
      'a dispatcher that is none',
      () => fromEventStream(url, { dispatcher: {} as never }),
      /undici dispatcher/,
    ],
    ['a wrong endMarker', () => openaiChat({ endMarker: 'eof' as never }), /endMarker/],
    ['a wrong maxEventSize', () => fromEventStream(url, { maxEventSize: 0 }), /maxEventSize/],
  ])('%s is a TypeError at the call', (_, call, words) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(words)
  })

  it('are the same for every face', () => {
    for (const face of [fromEventStream, eventStreamSignals, toAsyncIterable])
      expect(() => face('nowhere')).toThrow(TypeError)
  })
})
