import { checkMembers } from '../dialects/check-dialect.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { StreamPlan } from '../session/plan.ts'
import { encodeBody } from '../session/request-body.ts'
import { fromCursor, reconnect } from '../session/strategies.ts'
import { show } from './check.ts'

/** What is asked, and the head of what answers. */
export interface Setting {
  readonly url?: string | undefined
  readonly method?: string | undefined
  readonly requestBody?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * A stream with a dialect, as a config makes it that says no more. Not made by a config: that knows RxJS, and the test kit
 * works without it. `idle` is on: the one deadline that a silent server runs into.
 */
export function planFor(
  dialect: Dialect<unknown>,
  { url = 'http://dialect.test/stream', method, requestBody }: Setting,
  { retry = 0, lastEventId = '' }: { readonly retry?: number; readonly lastEventId?: string } = {},
): StreamPlan<unknown> {
  const { body, contentType } = encodeBody(requestBody)
  const off = Number.POSITIVE_INFINITY
  return {
    url: new URL(url).href,
    method: (method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase(),
    givenBody: requestBody,
    body,
    contentType,
    ownHeaders: new Map(),
    sensitiveHeaders: [],
    headers: () => ({}),
    dialect,
    signal: undefined,
    lastEventId,
    timeouts: { connect: off, first: off, idle: 1_000, stall: off, total: off },
    retry: { count: retry, delay: 500, maxDelay: 60_000, jitter: 'none' },
    resume: dialect.endless === true ? reconnect : fromCursor(),
    maxEventSize: 512 * 1024 * 1024,
    maxErrorBody: 64 * 1024,
    idempotencyKey: false,
  }
}

/** @throws TypeError for what no stream would take for a dialect */
export function assertDialect(dialect: Dialect<unknown>, path: string): void {
  if (typeof dialect !== 'object' || dialect === null || typeof dialect.read !== 'function')
    throw new TypeError(
      `${path} must be an object with a read(event) method, or make one, not ${show(dialect)}`,
    )
  // Run, it would end the process of the tests: nobody hears what its promises reject with.
  if (dialect.read.constructor.name === 'AsyncFunction')
    throw new TypeError(`${path}.read must read at once, and not be async`)
  if (typeof dialect.name !== 'string')
    throw new TypeError(`${path}.name must be text, not ${show(dialect.name)}`)
  checkMembers(dialect, `${path}.`)
}
