import type { SseErrorCode } from './codes.ts'
import { errorInPayload, errorOfText, tryParse } from './envelope.ts'
import { type Failure, preview, type UpstreamError } from './failure.ts'
import type { HeaderLookup } from './header-lookup.ts'
import { parseDate } from './http-date.ts'
import { codeOfStatus, rowOfUpstream } from './lookup.ts'
import { rateLimitResetMs } from './rate-limit.ts'

/**
 * How long the server asks to wait, in milliseconds from `now`, or nothing.
 *
 * `retry-after-ms` [openai]; `Retry-After` as seconds or as a date [rfc9110 section 10.2.3].
 */
export function retryAfterMs(header: HeaderLookup, now: number): number | undefined {
  const ms = header('retry-after-ms')
  if (ms !== undefined && /^\d+(\.\d+)?$/.test(ms.trim())) return Math.ceil(Number(ms))
  const value = header('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  const date = parseDate(value)
  return date === undefined ? undefined : Math.max(0, date - now)
}

const REQUEST_ID = ['x-request-id', 'request-id', 'x-goog-request-id', 'apim-request-id', 'x-amzn-requestid']

/** @param own - where the API has it, before the usual places */
export function requestIdOf(header: HeaderLookup, own: readonly string[] = []): string | undefined {
  for (const name of [...own, ...REQUEST_ID]) {
    const value = header(name.toLowerCase())
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** The server's own verdict, which overrules the row's: `x-should-retry` [openai], else that it says when to come again. */
function shouldRetry(header: HeaderLookup, now: number): boolean | undefined {
  const value = header('x-should-retry')
  if (value === 'true' || value === 'false') return value === 'true'
  return retryAfterMs(header, now) === undefined ? undefined : true
}

/** Statuses whose request may be tried again when no envelope says otherwise. */
const RETRYABLE_STATUS = new Set([408, 425, 429, 502, 503, 504, 529])

const TOO_LARGE = 413

const HTML = /^\s*(?:<!doctype html|<html|<head|<body|<title)/i

/** An HTML page says what it has to say in its title. No tag runs on over a `<`: a page of unclosed ones would take the square of its length. */
function htmlTitle(body: string): string | undefined {
  const title = /<title[^<>]*>([^<]*)<\/title>/i.exec(body)?.[1] ?? /<h1[^<>]*>([^<]*)<\/h1>/i.exec(body)?.[1]
  const words = title?.replace(/\s+/g, ' ').trim()
  return words === '' ? undefined : words
}

const describe = (body: string): string => {
  if (body.trim() === '') return 'an empty body'
  if (HTML.test(body)) {
    const title = htmlTitle(body)
    return title === undefined ? 'an HTML page' : `an HTML page, "${preview(title)}"`
  }
  return `"${preview(body.trim())}"`
}

export interface ErrorResponse {
  readonly status: number
  readonly header: HeaderLookup
  /** The body as far as it was read. */
  readonly body: string
  readonly now: number
}

/** A response that is an error by its status. The envelope's code wins; without one the status decides. */
export function failureOfStatus({ status, header, body, now }: ErrorResponse): Failure {
  const html = HTML.test(body)
  const upstream = body.trim() === '' || html ? undefined : errorOfText(body)
  const named = upstream === undefined ? undefined : rowOfUpstream(upstream, status)
  const code: SseErrorCode = named?.code ?? codeOfStatus(status)
  // A row that the envelope named carries its own verdict; without one the status decides.
  const byName = named === undefined ? RETRYABLE_STATUS.has(status) : named.retryable
  // Groq's code for one request that is larger than the limit of a minute is `rate_limit_exceeded`: no wait makes it smaller.
  const verdict = status === TOO_LARGE ? false : byName
  return {
    kind: 'request_failed',
    code,
    message: upstream?.message ?? `HTTP ${status} with ${describe(body)}`,
    type: upstream?.type,
    retryable: shouldRetry(header, now) ?? upstream?.retryable ?? verdict,
    status,
    requestId: upstream?.requestId,
    retryAfterMs:
      retryAfterMs(header, now) ??
      upstream?.retryAfterMs ??
      (status === 429 ? rateLimitResetMs(header, now) : undefined),
    upstream,
  }
}

/** A 200 that is no event stream: an error envelope sent with the wrong status, or simply something else. */
export function failureOfContentType({ status, header, body, now }: ErrorResponse): Failure {
  const upstream = errorInPayload(tryParse(body))
  const named = upstream === undefined ? undefined : rowOfUpstream(upstream)
  const contentType = header('content-type')
  const expected = contentType === undefined ? 'no content-type' : `"${preview(contentType)}"`
  return {
    kind: 'request_failed',
    code: named?.code ?? 'not_event_stream',
    message: upstream?.message ?? `expected text/event-stream, got ${expected} with ${describe(body)}`,
    type: upstream?.type,
    retryable: shouldRetry(header, now) ?? upstream?.retryable ?? named?.retryable,
    status,
    requestId: upstream?.requestId,
    retryAfterMs: retryAfterMs(header, now) ?? upstream?.retryAfterMs,
    upstream,
  }
}

/** `text/event-stream`, in any case, with or without parameters or a trailing `;` [whatwg]. */
export const isEventStream = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^\s*text\/event-stream\s*(?:;|$)/i.test(contentType)

/** `application/json`, in any case, with or without parameters. */
export const isJson = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^\s*application\/json\s*(?:;|$)/i.test(contentType)

/** An error that the server reported inside the stream. An unknown code is `stream_error`. */
export function failureInBand(upstream: UpstreamError): Failure {
  const row = rowOfUpstream(upstream)
  // A dialect may put in anything: without a number there would be no wait.
  const { retryable, retryAfterMs: wait } = upstream
  return {
    kind: 'stream_error',
    code: row?.code ?? 'stream_error',
    message: upstream.message ?? 'the server reported an error inside the stream',
    type: upstream.type,
    retryable: typeof retryable === 'boolean' ? retryable : row?.retryable,
    requestId: upstream.requestId,
    retryAfterMs: typeof wait === 'number' && wait >= 0 ? wait : undefined,
    upstream,
  }
}
