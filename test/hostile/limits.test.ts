import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { resolveConfig } from '../../src/config-resolve.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { isCode } from '../../src/errors/codes.ts'
import { type EventStreamConfig, eventSource, fromEventStream, rawEvents } from '../../src/index.ts'
import { afterEnding } from '../../src/session/after-ending.ts'
import { ErrorBody } from '../../src/session/error-body.ts'
import { createProgress, hasExactCursor } from '../../src/session/progress.ts'
import { missed } from '../../src/session/termination.ts'
import { canDecode } from '../../src/transport/coding.ts'
import { redirected } from '../../src/transport/redirect.ts'
import { Hop } from '../../src/transport/undici-hop.ts'
import { collect } from '../collect.ts'
import { numberOf, type Row, rows } from './limits-page.ts'
import { pour, said } from './pour.ts'
import { OK, serveRaw } from './sockets.ts'

const root = resolve(import.meta.dirname, '../..')

const planOf = (config: EventStreamConfig<unknown> = {}) =>
  resolveConfig<unknown>('http://host/', config, rawEvents as unknown as () => Dialect<unknown>)

const HTTP_OVERFLOW = 16 * 1024

/** Where the session would come again, and how soon. */
const afterFailure = (retryAfterMs: number | undefined, reconnectionTime: number | undefined, failures = 1) =>
  afterEnding({
    ending: {
      type: 'failed',
      failure: { kind: 'stream_terminated', code: 'stream_terminated', message: '', retryAfterMs },
    },
    progress: { ...createProgress(''), reconnectionTime },
    failures,
    retry: planOf().retry,
    continues: true,
    polls: false,
    remaining: Number.POSITIVE_INFINITY,
    random: 0.5,
  })

const redirectedTo = (location: string, count = 1, from = 'http://host/') =>
  redirected(
    { method: 'GET', url: new URL(from), headers: new Map(), body: undefined, sensitiveHeaders: [] },
    302,
    location,
    count,
  )

/** A deadline that the plan has, and what comes of it. */
const deadline =
  (name: 'first' | 'stall' | 'idle' | 'connect', headSeen: boolean) =>
  ({ standard, option, ending }: Row): void => {
    const limit = planOf().timeouts[name]
    expect(numberOf(standard)).toBe(limit)
    expect(option).toBe(`\`timeout.${name}\``)
    const failure = missed(name, limit, headSeen, undefined)
    expect(failure.message).toContain(`timeout.${name}`)
    expect(failure.message).toContain(`(${limit} ms)`)
    expect(ending).toContain(`\`${failure.code}\``)
    if (failure.reason !== undefined) expect(ending).toContain(`reason \`${failure.reason}\``)
  }

/** A head, or trailers, just below and just above a size. */
async function headOf(bytes: number, before: string, after: string): Promise<string> {
  const field = `x: ${'y'.repeat(bytes)}\r\n\r\n`
  const server = await serveRaw((socket) => void socket.end(before + field + after))
  return said((await collect(fromEventStream(server.url, { retry: false }))).error)
}

afterEach(() => void vi.useRealTimers())

/** What holds of each row, in the order of the page. */
const CHECKS: readonly (readonly [begins: string, check: (row: Row) => unknown])[] = [
  [
    'an event without an end',
    async ({ standard }) => {
      const limit = planOf().maxEventSize
      expect(numberOf(standard)).toBe(limit)
      const server = pour('data: ', 'x', { chunk: 1024 * 1024 })
      const { error } = await collect(fromEventStream('http://127.0.0.1:9', { transport: server.transport }))
      expect(error?.message).toContain(`maxEventSize (${limit} characters)`)
      expect(server.poured).toBeLessThan(limit + 2 * 1024 * 1024)
    },
  ],
  ['comments, blank lines', deadline('first', true)],
  ['the same after content', deadline('stall', true)],
  ['nothing any more', deadline('idle', true)],
  ['a connection that is not made', deadline('connect', false)],
  ['a head that does not come', deadline('first', false)],
  [
    'a head that is too large',
    async ({ standard }) => {
      expect(numberOf(standard) * 1024).toBe(HTTP_OVERFLOW)
      const rest = 'data: [DONE]\n\n'
      expect(await headOf(HTTP_OVERFLOW - 200, OK, rest)).toBe('no error')
      expect(await headOf(HTTP_OVERFLOW, OK, rest)).toBe('request_failed connection_failed')
    },
  ],
  [
    'trailers that are too large',
    async () => {
      const before = `${OK}transfer-encoding: chunked\r\n\r\n9\r\ndata: x\n\n\r\n0\r\n`
      expect(await headOf(HTTP_OVERFLOW - 200, before, '')).toBe(
        'stream_terminated stream_terminated clean_end',
      )
      expect(await headOf(HTTP_OVERFLOW, before, '')).toBe('stream_terminated stream_terminated bad_framing')
    },
  ],
  [
    'redirects without an end',
    ({ standard }) => {
      const most = numberOf(standard)
      expect(redirectedTo('/', most)).toHaveProperty('url')
      expect(redirectedTo('/', most + 1)).toMatchObject({
        code: 'redirect_refused',
        message: `more than ${most} redirects`,
      })
    },
  ],
  [
    'a redirect to `file:`',
    () => {
      for (const location of ['file:///etc/passwd', 'data:text/event-stream,x', 'ws://host/']) {
        expect(redirectedTo(location)).toMatchObject({ code: 'redirect_refused' })
      }
      expect(redirectedTo('http://host/', 1, 'https://host/')).toMatchObject({ code: 'redirect_refused' })
      expect(redirectedTo('https://other/')).toHaveProperty('url')
    },
  ],
  ['an error with a huge body', ({ standard }) => expect(numberOf(standard)).toBe(planOf().maxErrorBody)],
  [
    'an error whose body does not end',
    ({ standard }) => {
      const times: number[] = []
      const clock = {
        now: () => 0,
        wall: () => 0,
        start: (_: () => void, ms: number) => times.push(ms),
        stop: () => {},
      }
      new ErrorBody({ status: 500, header: () => undefined }, 10, clock, () => {})
      expect(times).toEqual([numberOf(standard)])
    },
  ],
  ['a compressed body', ({ standard }) => expect(numberOf(standard)).toBe(planOf().maxEventSize)],
  [
    'a body in many codings',
    ({ standard }) => {
      const most = numberOf(standard)
      expect(canDecode(Array(most).fill('gzip'))).toBe(true)
      expect(canDecode(Array(most + 1).fill('gzip'))).toBe(false)
    },
  ],
  [
    'a zstd frame',
    async ({ standard }) => {
      expect(numberOf(standard)).toBe(8)
      // A frame of a single segment, whose window is its content: 8 MiB, and a byte more [rfc8878 section 3.1.1.1].
      const head = (size: number) =>
        Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...new Uint8Array(new Uint32Array([size]).buffer)])
      expect(zstdCompressSync('x').subarray(0, 4)).toEqual(head(0).subarray(0, 4))
      for (const [size, reason] of [
        [8 * 1024 * 1024, 'idle'],
        [8 * 1024 * 1024 + 1, 'bad_encoding'],
      ] as const) {
        const server = await serveRaw((socket) => {
          socket.write(`${OK}content-encoding: zstd\r\n\r\n`)
          socket.write(head(size))
        })
        const { error } = await collect(fromEventStream(server.url, { retry: false, timeout: { idle: 150 } }))
        expect(said(error)).toBe(`stream_terminated stream_terminated ${reason}`)
      }
    },
  ],
  [
    '`retry: 99999999999999`',
    ({ standard }) => {
      expect(numberOf(standard)).toBe(planOf().retry.maxDelay)
      expect(afterFailure(undefined, 99_999_999_999_999)).toMatchObject({
        do: 'reconnect',
        delayMs: numberOf(standard),
      })
    },
  ],
  [
    '`Retry-After` in the year 9999',
    ({ standard }) => {
      const most = numberOf(standard)
      expect(afterFailure(most, undefined)).toMatchObject({ do: 'reconnect' })
      expect(afterFailure(most + 1, undefined)).toMatchObject({
        do: 'fail',
        failure: { retryAfterMs: most + 1 },
      })
    },
  ],
  [
    'failures, one after the other',
    ({ standard }) => {
      const most = numberOf(standard)
      expect(planOf().retry.count).toBe(most)
      expect(afterFailure(undefined, undefined, most)).toMatchObject({ do: 'reconnect' })
      expect(afterFailure(undefined, undefined, most + 1)).toMatchObject({ do: 'fail' })
    },
  ],
  [
    'one new event, then a cut',
    ({ standard }) => {
      expect(standard).toBe('off')
      expect(planOf().timeouts.total).toBe(Number.POSITIVE_INFINITY)
    },
  ],
  [
    'bytes without an end after the end marker',
    ({ standard, ending }) => {
      vi.useFakeTimers()
      const most = numberOf(standard)
      const drained = (bytes: readonly number[], ms: number): boolean => {
        let aborted = false
        const abort = (): void => {
          aborted = true
        }
        const hop = new Hop({ onStart() {}, onHead() {}, onData() {}, onEnd() {}, onError() {} })
        hop.onRequestStart({ abort, pause() {}, resume() {} } as never)
        hop.drain()
        for (const length of bytes) hop.onResponseData(undefined, new Uint8Array(length))
        vi.advanceTimersByTime(ms)
        return aborted
      }
      expect(drained([most], 0)).toBe(false)
      expect(drained([most, 1], 0)).toBe(true)
      const latest = numberOf(ending)
      expect([drained([], latest - 1), drained([], latest)]).toEqual([false, true])
    },
  ],
  [
    'an ID with a control character',
    () => {
      expect(hasExactCursor(createProgress('7'))).toBe(true)
      expect(hasExactCursor(createProgress('7\u0001'))).toBe(false)
    },
  ],
  [
    'JSON nested without an end',
    async ({ standard }) => {
      const most = numberOf(standard)
      // The envelope itself has two levels.
      for (const [levels, isKept] of [
        [most - 2, true],
        [most - 1, false],
      ] as const) {
        const deep = '['.repeat(levels) + ']'.repeat(levels)
        const server = pour(`data: {"error":{"code":"model_timeout","message":"m","x":${deep}}}\n\n`)
        const { error } = await collect(
          fromEventStream('http://127.0.0.1:9', { transport: server.transport, retry: false }),
        )
        expect(JSON.parse(JSON.stringify(error)).upstream.payload !== '[object]').toBe(isKept)
      }
    },
  ],
]

describe('docs/limits.md', () => {
  it('has a row for each check, and a check for each row', () => {
    expect(rows().map(({ what }, index) => what.startsWith(CHECKS[index]?.[0] ?? '?'))).toEqual(
      CHECKS.map(() => true),
    )
  })

  it.each(CHECKS.map(([begins, check], index) => [begins, index, check] as const))(
    'tells the truth of %s',
    async (_, index, check) => {
      const row = rows()[index]
      expect(row).toBeDefined()
      await check(row as Row)
    },
  )

  it('names no option, code or reason that there is not', () => {
    const reasons = readFileSync(resolve(root, 'src/errors/failure.ts'), 'utf8')
    for (const { option, ending } of rows()) {
      const path = /^`([a-zA-Z.]+)/.exec(option)?.[1]
      if (option !== 'none') {
        const [first = '', second] = path?.split('.') ?? []
        const value = first === 'dispatcher' ? { dispatch() {} } : second === undefined ? 1 : { [second]: 1 }
        expect(() => planOf({ [first]: value })).not.toThrow()
      }
      for (const [, name = ''] of ending.matchAll(/reason `(\w+)`/g)) expect(reasons).toContain(`| '${name}'`)
      for (const [, name = ''] of ending.matchAll(/(?:^|or )`([a-z_]+)`/g))
        expect(isCode(name), name).toBe(true)
    }
  })

  it('tells what is off on a feed', () => {
    const { timeouts, retry } = planOf({ dialect: eventSource() as Dialect<unknown> })
    const off = [timeouts.first, timeouts.idle, timeouts.stall, retry.count]
    expect(off).toEqual(Array(4).fill(Number.POSITIVE_INFINITY))
    expect([timeouts.connect, retry.maxDelay]).toEqual([10_000, 60_000])
  })
})

describe('test/hostile/README.md', () => {
  it('names files that there are, and every file of its own', () => {
    const text = readFileSync(resolve(import.meta.dirname, 'README.md'), 'utf8')
    const named = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file)
    for (const file of named) expect(existsSync(resolve(import.meta.dirname, file)), file).toBe(true)
    const own = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
    expect(own.filter((file) => !named.includes(file))).toEqual([])
  })
})
