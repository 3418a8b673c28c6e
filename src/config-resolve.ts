import type { EventStreamConfig, RetryConfig, TimeoutConfig } from './config.ts'
import { type DelayFunction, delayNotifier } from './delay-notifier.ts'
import { checkMembers } from './dialects/check-dialect.ts'
import type { Dialect } from './dialects/dialect.ts'
import { refuseUnknown, show } from './errors/options.ts'
import type { RetryPolicy } from './session/backoff.ts'
import { isMethod } from './session/build-request.ts'
import { MAX_TIMER_MS } from './session/clock.ts'
import type { Timeouts } from './session/deadlines.ts'
import type { StreamPlan } from './session/plan.ts'
import { encodeBody } from './session/request-body.ts'
import { fromCursor, reconnect } from './session/strategies.ts'
import { checkStrategy, type ResumeStrategy } from './session/strategy.ts'
import { addHeaders, type HeadersInput, isSendable, utf8Bytes } from './transport/headers.ts'
import { parseUrl } from './transport/parse-url.ts'

const OPTIONS: Readonly<Record<keyof EventStreamConfig<unknown>, true>> = {
  method: true,
  headers: true,
  body: true,
  dialect: true,
  transport: true,
  dispatcher: true,
  signal: true,
  lastEventId: true,
  timeout: true,
  retry: true,
  resume: true,
  maxEventSize: true,
  maxErrorBody: true,
  idempotencyKey: true,
  sensitiveHeaders: true,
}

function number(value: unknown, name: string, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback
  if (
    typeof value !== 'number' ||
    Number.isNaN(value) ||
    value < min ||
    (value > max && value !== Number.POSITIVE_INFINITY)
  ) {
    throw new TypeError(`${name} must be a number from ${min} to ${max}, not ${show(value)}.`)
  }
  return value
}

function resolveUrl(url: string | URL, base: string | undefined): URL {
  const parsed = typeof url === 'string' ? parseUrl(url, base) : url instanceof URL ? new URL(url) : null
  if (parsed === null) {
    const what = base === undefined ? 'an absolute URL such as "https://host/path"' : 'a URL'
    throw new TypeError(`url must be ${what}, not ${show(withoutSecrets(url))}.`)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new TypeError(`url must begin with http:// or https://, not ${parsed.protocol}`)
  }
  return parsed
}

/**
 * Nothing that may be a secret is repeated in an error: of a URL no more than its host, and not what may be a key that was put
 * in its place. A relative one is known by its path.
 */
function withoutSecrets(url: unknown): unknown {
  if (typeof url !== 'string') return url
  const [place = ''] = url.split(/[?#]/)
  if (place.includes('@')) return '…@…'
  if (/^[./]/.test(place)) return place === url ? url : `${place}…`
  const host = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*|[a-z0-9.-]+\.[a-z]{2,24}(?=[:/]|$))/i.exec(place)?.[0] ?? ''
  return host === url ? url : `${host}…`
}

function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  }
  return `Basic ${btoa(utf8Bytes(`${decode(username)}:${decode(password)}`))}`
}

type Defaults<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined | DelayFunction> }

const TIMEOUTS: Defaults<TimeoutConfig> = {
  connect: 10_000,
  first: 300_000,
  idle: 120_000,
  stall: 300_000,
  total: 0,
}
/** An endless feed may be quiet for as long as it likes [whatwg]. */
const FEED_TIMEOUTS: Defaults<TimeoutConfig> = { ...TIMEOUTS, first: 0, idle: 0, stall: 0 }

const OFF = Number.POSITIVE_INFINITY
const DEFAULT_TIMEOUTS: Timeouts = { ...TIMEOUTS, total: OFF }
const DEFAULT_FEED_TIMEOUTS: Timeouts = { ...DEFAULT_TIMEOUTS, first: OFF, idle: OFF, stall: OFF }

function resolveTimeouts(given: TimeoutConfig | undefined, endless: boolean): Timeouts {
  if (given === undefined) return endless ? DEFAULT_FEED_TIMEOUTS : DEFAULT_TIMEOUTS
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      `timeout must be an object of milliseconds such as { idle: 30_000 }, not ${show(given)}.`,
    )
  }
  const defaults = endless ? FEED_TIMEOUTS : TIMEOUTS
  refuseUnknown(given, defaults, 'timeout')
  const one = (name: keyof TimeoutConfig): number =>
    number(given[name], `timeout.${name}`, defaults[name], 0, MAX_TIMER_MS) || Number.POSITIVE_INFINITY
  return {
    connect: one('connect'),
    first: one('first'),
    idle: one('idle'),
    stall: one('stall'),
    total: one('total'),
  }
}

const RETRY: Defaults<RetryConfig> = { count: 3, delay: 500, maxDelay: 60_000, jitter: 'full' }
const FEED_RETRY: Defaults<RetryConfig> = { ...RETRY, count: Number.POSITIVE_INFINITY, delay: 3_000 }
const DEFAULT_RETRY: RetryPolicy = { ...RETRY, notifier: undefined }
const DEFAULT_FEED_RETRY: RetryPolicy = { ...FEED_RETRY, notifier: undefined }

function resolveRetry(given: false | number | RetryConfig | undefined, endless: boolean): RetryPolicy {
  if (given === undefined) return endless ? DEFAULT_FEED_RETRY : DEFAULT_RETRY
  const config: RetryConfig =
    given === false ? { count: 0 } : typeof given === 'number' ? { count: given } : given
  if (typeof config !== 'object' || config === null) {
    throw new TypeError(
      `retry must be false, a number, or an object such as { count: 3, delay: 500 }, not ${show(given)}.`,
    )
  }
  const defaults = endless ? FEED_RETRY : RETRY
  refuseUnknown(config, defaults, 'retry')
  const { jitter = defaults.jitter } = config
  if (jitter !== 'full' && jitter !== 'none') {
    throw new TypeError(`retry.jitter must be "full" or "none", not ${show(jitter)}.`)
  }
  const { delay } = config
  const notifier = typeof delay === 'function' ? delayNotifier(delay) : undefined
  return {
    count: number(config.count, 'retry.count', defaults.count, 0, Number.MAX_SAFE_INTEGER),
    delay: typeof delay === 'function' ? 0 : delayOf(delay, defaults.delay),
    maxDelay: Math.min(
      number(config.maxDelay, 'retry.maxDelay', defaults.maxDelay, 0, MAX_TIMER_MS),
      MAX_TIMER_MS,
    ),
    jitter,
    notifier,
  }
}

function delayOf(delay: unknown, fallback: number): number {
  if (delay !== undefined && typeof delay !== 'number') {
    throw new TypeError(
      `retry.delay must be a number of milliseconds, or a function (error, retryCount) => Observable or promise, not ${show(delay)}.`,
    )
  }
  return number(delay, 'retry.delay', fallback, 0, MAX_TIMER_MS)
}

function resolveResume<T>(
  given: EventStreamConfig<T>['resume'],
  dialect: Dialect<T>,
): ResumeStrategy<T> | undefined {
  if (given === 'never') return undefined
  if (given === undefined || given === 'auto') return dialect.endless === true ? reconnect : fromCursor()
  if (typeof given !== 'object' || given === null || typeof given.resume !== 'function') {
    const hint = Array.isArray(given)
      ? ' Of several strategies make one with firstOf(…).'
      : typeof given === 'function'
        ? ' Call it.'
        : ''
    throw new TypeError(
      `resume must be "auto", "never", or a strategy such as fromCursor() or replay(), not ${show(given)}.${hint}`,
    )
  }
  checkStrategy(given)
  if (given.needsText === true && (dialect.text === undefined || dialect.withText === undefined)) {
    throw new TypeError(
      `resume: overlap needs a dialect that knows the text of its values, with text(value) and withText(value, text); ${dialect.name} does not.`,
    )
  }
  return given
}

const noHeaders = (): HeadersInput => NO_HEADERS
const NO_HEADERS: HeadersInput = {}

function resolveHeaders(given: EventStreamConfig<unknown>['headers']): StreamPlan<unknown>['headers'] {
  if (given === undefined) return noHeaders
  if (typeof given === 'function') return given
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      `headers must be an object, pairs, or a function that returns them, not ${typeof given}.`,
    )
  }
  const fixed = new Map<string, string>()
  addHeaders(fixed, given)
  return always(fixed)
}

/** Here and not where it is wanted: a closure keeps all that is around it. */
const always =
  <T>(value: T): (() => T) =>
  () =>
    value

const isSignal = (value: unknown): value is AbortSignal =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value

// What most streams have in common they share: each has a plan of its own.
const ACCEPTS_EVENTS: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([['accept', 'text/event-stream']])
const ACCEPTS_JSON: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['accept', 'application/json, text/event-stream'],
])
const NONE: readonly string[] = []

export function resolveConfig<T>(
  url: string | URL,
  config: EventStreamConfig<T>,
  defaultDialect: () => Dialect<T>,
  baseUrl?: string | undefined,
): StreamPlan<T> {
  if (typeof config !== 'object' || config === null) {
    throw new TypeError(`config must be an object, not ${show(config)}.`)
  }
  refuseUnknown(config, OPTIONS, 'config')
  const target = resolveUrl(url, baseUrl)
  const { body, contentType } = encodeBody(config.body)
  const method = config.method ?? (body === undefined ? 'GET' : 'POST')
  if (!isMethod(method)) {
    throw new TypeError(
      `method must be one that streams a body, such as "GET" or "POST", not ${show(method)}.`,
    )
  }
  const { signal, lastEventId = '', idempotencyKey = false, sensitiveHeaders = [] } = config
  if (signal !== undefined && !isSignal(signal)) throw new TypeError('signal must be an AbortSignal.')
  if (typeof lastEventId !== 'string') {
    throw new TypeError(
      `lastEventId must be text, or undefined to begin at the beginning, not ${show(lastEventId)}.`,
    )
  }
  if (!isSendable(lastEventId)) {
    throw new TypeError(
      'lastEventId must be text that a header can carry: no control characters, no blanks at its ends.',
    )
  }
  if (typeof idempotencyKey !== 'boolean' && (typeof idempotencyKey !== 'string' || idempotencyKey === '')) {
    throw new TypeError('idempotencyKey must be true, false or the key.')
  }
  if (!Array.isArray(sensitiveHeaders) || sensitiveHeaders.some((name) => typeof name !== 'string')) {
    throw new TypeError('sensitiveHeaders must be an array of header names.')
  }
  const dialect = config.dialect ?? defaultDialect()
  if (typeof dialect !== 'object' || dialect === null || typeof dialect.read !== 'function') {
    throw new TypeError(
      'dialect must be an object with a read(event) method; call openaiChat(), do not pass openaiChat.',
    )
  }
  checkMembers(dialect, 'dialect: ')
  const endless = dialect.endless === true
  const accepts = dialect.acceptsJson === true ? ACCEPTS_JSON : ACCEPTS_EVENTS
  const authorization = basicAuthorization(target)
  const ownHeaders =
    authorization === undefined ? accepts : new Map([...accepts, ['authorization', authorization]])
  if (typeof idempotencyKey === 'string') addHeaders(new Map(), { 'idempotency-key': idempotencyKey })
  target.username = ''
  target.password = ''
  target.hash = ''
  return {
    url: target.href,
    method: method.toUpperCase(),
    givenBody: config.body,
    body,
    contentType,
    ownHeaders,
    headers: resolveHeaders(config.headers),
    dialect,
    signal,
    lastEventId,
    timeouts: resolveTimeouts(config.timeout, endless),
    retry: resolveRetry(config.retry, endless),
    resume: resolveResume(config.resume, dialect),
    maxEventSize: number(config.maxEventSize, 'maxEventSize', 16 * 1024 * 1024, 1, 512 * 1024 * 1024),
    maxErrorBody: number(config.maxErrorBody, 'maxErrorBody', 64 * 1024, 0, 64 * 1024 * 1024),
    idempotencyKey,
    sensitiveHeaders:
      sensitiveHeaders.length === 0 ? NONE : sensitiveHeaders.map((name) => name.toLowerCase()),
  }
}
