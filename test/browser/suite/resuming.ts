import { collect } from './collect.ts'
import { equal, like, ok } from './expect.ts'
import type { SuiteCase } from './kit.ts'

const NUMBERS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const events = [...NUMBERS, '[DONE]']
const QUICK = { retry: { delay: 1 } }

/** How a stream goes on after a failure: each event once, in order, or an error. */
export const resuming: readonly SuiteCase[] = [
  {
    name: 'a stream that is cut twice is resumed by its cursor, each event once',
    async run({ sse, serve }) {
      // In pieces apart: a browser may drop what comes together with the end of the connection.
      const cut = { paceMs: 25, fault: { type: 'rst', after: { events: 3 } } } as const
      const { url, requests } = await serve({ events, ids: true, answers: [cut, cut, {}] })
      const { values, error } = await collect(sse.fromEventStream(url, QUICK))
      equal(error, undefined, 'error')
      equal(
        values.map(({ data }) => data),
        NUMBERS,
        'values',
      )
      const cursors = (await requests()).map(({ headers }) => headers['last-event-id'])
      equal(cursors.length, 3, 'requests')
      equal(cursors[0], undefined, 'the first cursor')
      // How far it came, it asked for the rest from there.
      ok(Number(cursors[1] ?? 0) <= 3 && Number(cursors[2] ?? 0) <= 6, `cursors ${cursors}`)
    },
  },
  {
    name: 'begins at a cursor, also one that is not ASCII',
    async run({ sse, serve }) {
      const { url, requests } = await serve({
        ids: true,
        events: [{ data: 'one', id: '\u00e9\u{1F30A}' }, { data: 'two', id: 'b' }, '[DONE]'],
      })
      const { values, error } = await collect(sse.fromEventStream(url, { lastEventId: '\u00e9\u{1F30A}' }))
      equal(error, undefined, 'error')
      equal(
        values.map(({ data }) => data),
        ['two'],
        'values',
      )
      // As UTF-8 [whatwg]; Node's server reads it as Latin-1.
      equal((await requests())[0]?.headers['last-event-id'], '\u00c3\u00a9\u00f0\u009f\u008c\u008a', 'cursor')
    },
  },
  {
    name: 'without a cursor a failure after values is an error, and nothing is asked again',
    async run({ sse, serve }) {
      const { url, requests } = await serve({
        events,
        answers: [{ fault: { type: 'clean-end', after: { events: 4 } } }],
      })
      const { values, error } = await collect(sse.fromEventStream(url, QUICK))
      like(error, { kind: 'stream_terminated', reason: 'clean_end', resumable: false, events: 4 }, 'error')
      equal([values.length, (await requests()).length], [4, 1], 'values and requests')
    },
  },
  {
    name: 'replay() skips what was delivered, and refuses another answer',
    async run({ sse, serve }) {
      const cut = { fault: { type: 'clean-end', after: { events: 4 } } } as const
      const same = await serve({ events, answers: [cut, {}] })
      const { values, error } = await collect(
        sse.fromEventStream(same.url, { ...QUICK, resume: sse.replay() }),
      )
      equal(error, undefined, 'error')
      equal(
        values.map(({ data }) => data),
        NUMBERS,
        'values',
      )
      const other = await serve({ events, answers: [cut, { events: ['one', 'zwei', '[DONE]'] }] })
      const mismatch = await collect(sse.fromEventStream(other.url, { ...QUICK, resume: sse.replay() }))
      like(mismatch.error, { code: 'replay_mismatch', retryable: false }, 'error')
      equal(mismatch.values.length, 4, 'values')
    },
  },
  {
    name: 'restart() says reset before it begins again',
    async run({ sse, serve }) {
      const { url } = await serve({
        events,
        answers: [{ fault: { type: 'clean-end', after: { events: 4 } } }, {}],
      })
      const { values, error } = await collect(
        sse.eventStreamSignals(url, { ...QUICK, resume: sse.restart() }),
      )
      equal(error, undefined, 'error')
      const types = values.map(({ type }) => type)
      const reset = types.indexOf('reset')
      equal(types.slice(0, reset).filter((type) => type === 'value').length, 4, 'values before the reset')
      equal(types.slice(reset).filter((type) => type === 'value').length, 9, 'values after the reset')
    },
  },
  {
    name: 'waits as long as Retry-After says',
    async run({ sse, serve }) {
      const { url } = await serve('rate-limit')
      const at = Date.now()
      const { values, error } = await collect(
        sse.eventStreamSignals(url, { dialect: sse.openaiChat(), retry: { delay: 1 } }),
      )
      equal(error, undefined, 'error')
      const waiting = values.find(({ type }) => type === 'waiting')
      ok(waiting?.type === 'waiting' && waiting.delayMs >= 1_000, `waits ${JSON.stringify(waiting)}`)
      equal(waiting.error.code, 'rate_limit_exceeded', 'what is waited out')
      ok(Date.now() - at >= 990, `came back after ${Date.now() - at} ms`)
    },
  },
  {
    name: 'retryNow() ends a wait at once',
    async run({ sse, serve }) {
      const { url } = await serve('overloaded-then-whole')
      const at = Date.now()
      await new Promise<void>((resolve, reject) => {
        sse
          .eventStreamSignals(url, {
            dialect: sse.openaiChat(),
            retry: { delay: 15_000, maxDelay: 15_000, jitter: 'none' },
          })
          .subscribe({
            next: (signal) => signal.type === 'waiting' && signal.retryNow(),
            complete: resolve,
            error: reject,
          })
      })
      ok(Date.now() - at < 14_000, `came back after ${Date.now() - at} ms`)
    },
  },
  {
    name: 'an endless feed is asked again after its end, from its cursor',
    async run({ sse, serve }) {
      const feed = [
        { data: 'one', id: '1', retry: 5 },
        { data: 'two', id: '2' },
      ]
      const { url, received, requests } = await serve({ events: feed })
      const seen: string[] = []
      const subscription = sse
        .fromEventStream(url, { dialect: sse.eventSource() })
        .subscribe(({ data }) => seen.push(data))
      await received(3)
      subscription.unsubscribe()
      equal(seen.slice(0, 4), ['one', 'two', 'one', 'two'], 'values')
      const cursors = (await requests()).slice(0, 3).map(({ headers }) => headers['last-event-id'])
      equal(cursors, [undefined, '2', '2'], 'cursors')
    },
  },
]
