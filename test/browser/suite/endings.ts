import { collect } from './collect.ts'
import { equal, like, ok, thrown } from './expect.ts'
import type { SuiteCase } from './kit.ts'

/** How a stream ends, and what its error says. */
export const endings: readonly SuiteCase[] = [
  {
    name: 'is the face that needs no undici, under the same name',
    async run({ sse }) {
      for (const make of [
        () => sse.undiciTransport(),
        () => sse.fromEventStream('http://127.0.0.1/', { dispatcher: { dispatch: () => true } as never }),
      ]) {
        const error = thrown(make)
        ok(error instanceof TypeError, `a TypeError, not ${error}`)
        ok(error.message.includes('fetchTransport'), `says what to use instead: ${error.message}`)
      }
    },
  },
  {
    name: 'a raw stream completes at its [DONE], and not before',
    async run({ sse, serve }) {
      const { url } = await serve({ events: ['one', { data: 'two', event: 'named', id: '7' }, '[DONE]'] })
      const { values, error } = await collect(sse.fromEventStream(url))
      equal(error, undefined, 'error')
      equal(
        values.map(({ data }) => data),
        ['one', 'two'],
        'values',
      )
      like(values[1], { event: 'named', id: '7' }, 'the second event')
      const cut = await collect(sse.fromEventStream((await serve({ events: ['one'] })).url, { retry: false }))
      like(cut.error, { kind: 'stream_terminated', code: 'stream_terminated', reason: 'clean_end' }, 'error')
    },
  },
  {
    name: 'values arrive while the stream is still open',
    async run({ sse, serve }) {
      const { url } = await serve({ answers: [{ fault: { type: 'stall', after: { events: 3 } } }] })
      const first = await new Promise<number>((resolve, reject) => {
        let count = 0
        const subscription = sse.fromEventStream(url, { dialect: sse.openaiChat() }).subscribe({
          next() {
            if (++count < 3) return
            subscription.unsubscribe()
            resolve(count)
          },
          error: reject,
        })
        setTimeout(() => reject(new Error(`only ${count} values came of a stream that stalls`)), 10_000)
      })
      equal(first, 3, 'values')
    },
  },
  {
    name: "an error in the stream has the server's own words",
    async run({ sse, serve }) {
      const { url } = await serve({
        answers: [
          {
            fault: {
              type: 'in-band-error',
              after: { events: 5 },
              error: { type: 'server_error', code: 'model_overloaded', message: 'Too many of you.' },
            },
          },
        ],
      })
      const { values, error } = await collect(
        sse.fromEventStream(url, { dialect: sse.openaiChat(), retry: false }),
      )
      equal(values.length, 5, 'values')
      like(
        error,
        {
          kind: 'stream_error',
          code: 'model_overloaded',
          message: 'Too many of you.',
          retryable: true,
          events: 5,
        },
        'error',
      )
      ok(sse.isSseError(error), 'is known by the guard')
    },
  },
  {
    name: 'an error response is told by its envelope, its request ID and its Retry-After',
    async run({ sse, serve }) {
      const body = (code: string): string =>
        JSON.stringify({ error: { type: 'invalid_request_error', code, message: 'Not like this.' } })
      const headers = { 'content-type': 'application/json', 'x-request-id': 'req_7' }
      const refused = await serve({ answers: [{ status: 401, headers, body: body('invalid_api_key') }] })
      like(
        (await collect(sse.fromEventStream(refused.url))).error,
        {
          kind: 'request_failed',
          code: 'invalid_api_key',
          status: 401,
          message: 'Not like this.',
          requestId: 'req_7',
          retryable: false,
        },
        'the 401',
      )
      equal((await refused.requests()).length, 1, 'requests')
      const limited = await serve({
        answers: [
          { status: 429, headers: { ...headers, 'retry-after': '90' }, body: body('rate_limit_exceeded') },
        ],
      })
      like(
        (await collect(sse.fromEventStream(limited.url))).error,
        { code: 'rate_limit_exceeded', status: 429, retryable: true, retryAfterMs: 90_000 },
        'the 429 that asks for more than the longest wait',
      )
    },
  },
  {
    name: 'a refused connection is a request that failed, and no error tells a secret of the URL',
    async run({ sse, serve, isBrowser }) {
      const secret = 'sk-3c5f'
      const gone = await serve('whole')
      await gone.close()
      const { error } = await collect(
        sse.fromEventStream(`${gone.url.replace('//', `//user:${secret}@`)}/v1?key=${secret}`, {
          retry: { count: 1, delay: 1 },
        }),
      )
      like(error, { kind: 'request_failed', code: 'connection_failed', retryable: true, attempt: 2 }, 'error')
      const cut = await serve('fin-before-events')
      const ended = await collect(
        sse.fromEventStream(`${cut.url}/v1?key=${secret}`, {
          headers: { 'x-api-key': secret },
          retry: false,
        }),
      )
      // Its head, which Chromium may not have handed on when the connection died.
      ok(
        ended.error?.kind === 'stream_terminated' || (isBrowser && ended.error?.kind === 'request_failed'),
        `ended as ${ended.error?.kind}`,
      )
      for (const one of [error, ended.error]) {
        ok(!`${one?.message} ${JSON.stringify(one)}`.includes(secret), `keeps the secret: ${one?.message}`)
      }
    },
  },
  {
    name: 'a page whose origin is not allowed is told what to look at; elsewhere there is nothing to allow',
    async run({ sse, serve, isBrowser }) {
      const { url } = await serve('whole', { options: { cors: false } })
      const { error } = await collect(sse.fromEventStream(url, { dialect: sse.openaiChat(), retry: false }))
      if (!isBrowser) {
        equal(error, undefined, 'error')
        return
      }
      like(error, { kind: 'request_failed', code: 'connection_failed' }, 'error')
      ok(error?.hint?.includes('CORS'), `hint ${error?.hint}`)
    },
  },
  {
    name: "a relative URL is the page's own, and a mistake where there is no page",
    async run({ sse, isBrowser }) {
      if (isBrowser) {
        const { error } = await collect(sse.fromEventStream('nowhere?a=b', { retry: false }))
        like(error, { kind: 'request_failed', code: 'not_found', status: 404 }, 'error')
      } else {
        const error = thrown(() => sse.fromEventStream('nowhere?a=b'))
        ok(error instanceof TypeError, `a TypeError, not ${error}`)
      }
    },
  },
  {
    name: 'a request that cannot be made says so, and is not repeated',
    async run({ sse, serve }) {
      const { url, requests } = await serve('whole')
      let calls = 0
      const { error } = await collect(
        sse.fromEventStream(url, {
          headers: () => {
            calls++
            throw new Error('no token')
          },
        }),
      )
      like(error, { kind: 'request_failed', code: 'request_setup_failed', retryable: false }, 'error')
      equal([calls, (await requests()).length], [1, 0], 'calls and requests')
    },
  },
  {
    name: 'an event that is too large ends the stream',
    async run({ sse, serve }) {
      const { url } = await serve({ events: ['small', 'x'.repeat(5_000), '[DONE]'] })
      const { values, error } = await collect(sse.fromEventStream(url, { maxEventSize: 1_000, retry: false }))
      equal(values.length, 1, 'values')
      like(error, { code: 'event_too_large', retryable: false }, 'error')
    },
  },
  {
    name: 'a coded body is read',
    async run({ sse, serve, completion }) {
      const chat = sse.openaiChat()
      for (const coding of ['gzip', 'br'] as const) {
        const { url } = await serve({ answers: [{ coding, paceMs: 2 }] })
        const { values, error } = await collect(sse.fromEventStream(url, { dialect: chat }))
        equal(error, undefined, coding)
        equal(values.map((chunk) => chat.text(chunk)).join(''), completion, coding)
      }
    },
  },
  {
    name: 'Anthropic Messages are read, and their in-band errors',
    async run({ sse, serve, completion }) {
      const dialect = sse.anthropicMessages()
      const whole = await serve('whole', { anthropic: true })
      const all = await collect(sse.fromEventStream(whole.url, { dialect }))
      equal(all.error, undefined, 'error')
      equal(all.values.map((event) => dialect.text(event)).join(''), completion, 'text')
      const failing = await serve('in-band-error', { anthropic: true })
      const { error } = await collect(sse.fromEventStream(failing.url, { dialect, retry: false }))
      like(error, { kind: 'stream_error', retryable: true }, 'error')
    },
  },
]
