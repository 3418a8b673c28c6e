import type { ScenarioName } from '../../../src/testing/index.ts'
import { collect } from './collect.ts'
import { equal, like, ok, thrown } from './expect.ts'
import { type Kit, type RuntimeName, type SuiteCase, sleep, until } from './kit.ts'

const moved = (location: string) => ({ answers: [{ status: 307, headers: { location } }, {}] })

/**
 * Chromium, seldom, waits up to 5 s for the rest of a response that is not wanted, so that it can use its connection again: then
 * it is tried once more.
 */
async function endsWithinASecond({ sse, serve, runtime }: Kit, scenario: ScenarioName): Promise<void> {
  for (let tries = runtime.startsWith('chromium') ? 3 : 1; ; tries--) {
    const { url, abandoned, received } = await serve(scenario)
    const subscription = sse.fromEventStream(url).subscribe()
    await received(1)
    await sleep(100)
    const at = Date.now()
    subscription.unsubscribe()
    await abandoned(1)
    if (Date.now() - at < 1_000) return
    ok(tries > 1, `seen after ${Date.now() - at} ms`)
  }
}

/** What the buffers on the way hold. Chromium reads some 64 MiB ahead of a page, Firefox without a limit. */
const MOST_MEBIBYTES: Readonly<Record<RuntimeName, number>> = {
  chromium: 100,
  'chromium worker': 100,
  firefox: Number.POSITIVE_INFINITY,
  deno: 32,
  bun: 32,
  node: 32,
}

/** What is sent, where it goes, and how it is ended. */
export const requests: readonly SuiteCase[] = [
  {
    name: 'unsubscribing ends the request, seen by the server within a second',
    run: (kit) => endsWithinASecond(kit, 'stall'),
  },
  {
    name: 'unsubscribing before there is an answer ends the request too',
    run: (kit) => endsWithinASecond(kit, 'no-answer'),
  },
  {
    name: 'unsubscribing inside the first value ends the request',
    async run({ sse, serve }) {
      const { url, abandoned } = await serve('stall')
      let count = 0
      const subscription = sse.fromEventStream(url).subscribe(() => {
        count++
        subscription.unsubscribe()
      })
      await abandoned(1)
      equal(count, 1, 'values')
    },
  },
  {
    name: 'an aborted signal errors as aborted, and the server sees it',
    async run({ sse, serve }) {
      const { url, abandoned, received, requests } = await serve('stall')
      const controller = new AbortController()
      const ended = collect(sse.fromEventStream(url, { signal: controller.signal }))
      await received(1)
      controller.abort()
      like((await ended).error, { code: 'aborted', retryable: false }, 'error')
      await abandoned(1)
      const before = await collect(sse.fromEventStream(url, { signal: AbortSignal.abort() }))
      like(before.error, { code: 'aborted' }, 'error of a signal that was aborted before')
      equal((await requests()).length, 1, 'requests')
    },
  },
  {
    name: 'headers are asked for with each attempt, and the body goes with each',
    async run({ sse, serve }) {
      const { url, requests } = await serve('overloaded-then-whole')
      const { error } = await collect(
        sse.fromEventStream(`${url}/v1/chat?a=b`, {
          dialect: sse.openaiChat(),
          body: { model: 'm', text: '\u00e9' },
          headers: async ({ attempt }) => ({
            'x-attempt': String(attempt),
            authorization: `Bearer ${attempt}`,
          }),
          idempotencyKey: true,
          retry: { delay: 1 },
        }),
      )
      equal(error, undefined, 'error')
      const seen = await requests()
      equal(
        seen.map(({ method, url, headers, body }) => [
          method,
          url,
          headers['x-attempt'],
          headers.authorization,
          headers['content-type'],
          headers.accept,
          body,
        ]),
        [1, 2].map((attempt) => [
          'POST',
          '/v1/chat?a=b',
          String(attempt),
          `Bearer ${attempt}`,
          'application/json',
          'text/event-stream',
          '{"model":"m","text":"\u00e9"}',
        ]),
        'requests',
      )
      const keys = new Set(seen.map(({ headers }) => headers['idempotency-key']))
      ok(keys.size === 1 && !keys.has(undefined), `one idempotency key, not ${[...keys]}`)
    },
  },
  {
    name: 'a redirect is followed',
    async run({ sse, serve }) {
      const { url, requests } = await serve(moved('/new?place'))
      const { error } = await collect(sse.fromEventStream(`${url}/old`, { dialect: sse.openaiChat() }))
      equal(error, undefined, 'error')
      equal(
        (await requests()).map(({ url }) => url),
        ['/old', '/new?place'],
        'requests',
      )
    },
  },
  {
    name: 'no credential follows a redirect to another origin',
    async run({ sse, serve, isBrowser }) {
      const target = await serve('whole')
      const config = {
        dialect: sse.openaiChat(),
        headers: {
          authorization: 'Bearer secret',
          'x-api-key': 'secret',
          'x-mine': 'secret',
          'x-open': 'yes',
        },
        sensitiveHeaders: ['x-mine'],
        retry: false,
      } as const
      const first = await serve({ answers: [{ status: 307, headers: { location: `${target.url}/` } }] })
      const { error } = await collect(sse.fromEventStream(first.url, config))
      const reached = await target.requests()
      if (isBrowser) {
        // Where it leads a browser does not show, so that it cannot be followed without them.
        like(error, { kind: 'request_failed', code: 'redirect_refused', retryable: false }, 'error')
        equal(reached.length, 0, 'requests to the other origin')
      } else {
        equal(error, undefined, 'error')
        equal(reached.length, 1, 'requests to the other origin')
      }
      // What every fetch takes out by itself.
      const again = await serve({ answers: [{ status: 307, headers: { location: `${target.url}/` } }] })
      const open = await collect(
        sse.fromEventStream(again.url, {
          ...config,
          headers: { authorization: 'Bearer secret', 'x-open': 'yes' },
        }),
      )
      equal(open.error, undefined, 'error with authorization alone')
      for (const { headers } of await target.requests()) {
        const { authorization, 'x-api-key': key, 'x-mine': mine, 'x-open': harmless } = headers
        equal([authorization, key, mine, harmless], [undefined, undefined, undefined, 'yes'], 'headers')
      }
    },
  },
  {
    name: "fetchTransport({ redirect: 'error' }) follows none",
    async run({ sse, serve }) {
      const { url, requests } = await serve(moved('/new'))
      const { error } = await collect(
        sse.fromEventStream(url, { transport: sse.fetchTransport({ redirect: 'error' }), retry: false }),
      )
      like(error, { kind: 'request_failed', code: 'redirect_refused', retryable: false }, 'error')
      equal((await requests()).length, 1, 'requests')
    },
  },
  {
    name: 'cookies go along where credentials say so',
    async run({ sse, serve, isBrowser }) {
      const { url, requests } = await serve({
        answers: [{ headers: { 'set-cookie': 'session=7; Path=/' } }, {}],
      })
      const dialect = sse.openaiChat()
      for (const credentials of ['include', 'include', 'omit', 'same-origin'] as const) {
        const { error } = await collect(
          sse.fromEventStream(url, { dialect, transport: sse.fetchTransport({ credentials }) }),
        )
        equal(error, undefined, credentials)
      }
      const cookies = (await requests()).map(({ headers }) => /session=7/.test(String(headers.cookie)))
      // Only browsers keep cookies; the server is another origin than the page.
      equal(cookies, isBrowser ? [false, true, false, false] : [false, false, false, false], 'cookies')
    },
  },
  {
    name: 'a wrong option throws at the call',
    async run({ sse }) {
      for (const options of [{ credentials: 'yes' }, { fetch: 7 }, { redirect: 'manual' }, { agent: {} }]) {
        const error = thrown(() => sse.fetchTransport(options as never))
        ok(error instanceof TypeError, `a TypeError for ${JSON.stringify(options)}, not ${error}`)
      }
    },
  },
  {
    name: 'an injected fetch is used, without a this',
    async run({ sse, serve }) {
      const { url } = await serve('whole')
      const asked: string[] = []
      const spy = function (this: unknown, input: string, init: object): Promise<Response> {
        asked.push(`${input} ${this === undefined}`)
        return fetch(input, init)
      }
      const { error } = await collect(
        sse.fromEventStream(`${url}/`, {
          dialect: sse.openaiChat(),
          transport: sse.fetchTransport({ fetch: spy as never }),
        }),
      )
      equal(error, undefined, 'error')
      equal(asked.length, 1, 'calls')
    },
  },
  {
    name: 'a slow consumer of toAsyncIterable() holds the server back, as far as the runtime lets it',
    async run({ sse, flood, runtime }) {
      const { url, seen } = await flood()
      let count = 0
      let held = 0
      for await (const _ of sse.toAsyncIterable(url)) {
        if (++count < 100) continue
        // Until the buffers on the way are full: the same twice.
        await until(async () => {
          const { bytes } = await seen()
          const same = bytes === held
          held = bytes
          await sleep(300)
          return same
        }, 'the server to be held back')
        break
      }
      const mebibytes = held / 2 ** 20
      const most = MOST_MEBIBYTES[runtime]
      ok(mebibytes < most, `${mebibytes.toFixed(1)} MiB were sent to a consumer that had stopped`)
      await until(async () => (await seen()).open === 0, 'the connection to be closed')
    },
  },
]
