import {
  failureInBand,
  failureOfContentType,
  failureOfStatus,
  isEventStream,
  isJson,
  requestIdOf,
  retryAfterMs,
} from '../../../src/errors/http.ts'
import { parseDate } from '../../../src/errors/http-date.ts'
import { rateLimitResetMs } from '../../../src/errors/rate-limit.ts'
import { createSseError } from '../../../src/errors/sse-error.ts'
import { lastEventIdOf } from '../../../src/relay/index.ts'
import { canDecode, codingsOf } from '../../../src/transport/coding.ts'
import { isSendable, utf8Bytes } from '../../../src/transport/headers.ts'
import type { FuzzInput } from '../fuzz-input.ts'
import { hold, shown } from '../mismatch.ts'
import { checkError } from '../play.ts'
import { Random } from '../random.ts'

const NOW = 1_800_000_000_000
const NAMES = [
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-reset',
  'x-ratelimit-reset-requests',
  'x-ratelimit-remaining-requests',
  'ratelimit-reset',
  'anthropic-ratelimit-requests-reset',
  'x-should-retry',
  'x-request-id',
  'content-type',
]
const CODINGS = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

/** A line of the body, as a field value: what a parser of HTTP lets through, without blanks around it. */
const fieldValueOf = (line: string): string => line.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim()

/** What a server puts into its header fields and its error bodies: read as the standards say, and always a number or nothing. */
export function runFields({ seed, body }: FuzzInput): string {
  const random = new Random(seed)
  const text = Buffer.from(body).toString(random.pick(['utf8', 'latin1'] as const))
  const lines = text.split(/[\r\n]+/)
  const headers = new Map<string, string>()
  for (const line of lines.slice(0, 6)) headers.set(random.pick(NAMES), fieldValueOf(line))
  const header = (name: string): string | undefined => headers.get(name)
  const value = fieldValueOf(lines[0] ?? '')

  checkWait('retry-after', retryAfterMs(header, NOW))
  checkWait('rate limit', rateLimitResetMs(header, NOW))
  for (const name of ['retry-after', 'retry-after-ms', 'x-ratelimit-reset']) {
    const alone = (wanted: string): string | undefined => (wanted === name ? value : undefined)
    checkWait(name, name.startsWith('retry') ? retryAfterMs(alone, NOW) : rateLimitResetMs(alone, NOW))
  }
  checkSeconds(value)
  const date = parseDate(value)
  hold(date === undefined || Number.isFinite(date), 'a date is a number', () => shown({ value, date }))
  checkType(value)
  checkCodings(value)
  const id = requestIdOf(header)
  hold(id === undefined || id !== '', 'a request ID says something')
  checkCursor(text.slice(0, 40))
  return `${checkBodies(text, header, random)} ${date === undefined} ${headers.size}`
}

function checkWait(what: string, ms: number | undefined): void {
  hold(ms === undefined || (Number.isFinite(ms) && ms >= 0), `${what} is a number of milliseconds`, () =>
    String(ms),
  )
}

/** delay-seconds = 1*DIGIT [rfc9110 section 10.2.3] */
function checkSeconds(value: string): void {
  if (!/^[0-9]{1,12}$/.test(value)) return
  const ms = retryAfterMs((name) => (name === 'retry-after' ? value : undefined), NOW)
  hold(ms === Number(BigInt(value) * 1_000n), 'delay-seconds are seconds', () => shown({ value, ms }))
}

/** The essence of a MIME type, step by step [mimesniff section 4.4]; a comma makes another type of it. */
function essenceOf(value: string): string {
  let essence = ''
  for (const character of value) {
    if (character === ';') break
    essence += character
  }
  return essence.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '').toLowerCase()
}

function checkType(value: string): void {
  const essence = essenceOf(value)
  // No-break space is no blank in a header; `\s` takes it for one, which no server sends.
  if (/[^\x00-\x7f]/.test(value)) return
  hold(isEventStream(value) === (essence === 'text/event-stream'), 'the content type decides', () => value)
  hold(isJson(value) === (essence === 'application/json'), 'the content type decides', () => value)
}

/** [rfc9110 section 8.4] a list of codings, in any case, empty members left out */
function checkCodings(value: string): void {
  const codings = codingsOf(value)
  hold(
    codings.every((coding) => coding !== '' && coding !== 'identity' && !/[A-Z,]/.test(coding)),
    'codings are names',
    () => shown(codings),
  )
  const known = codings.every((coding) => CODINGS.has(coding)) && codings.length <= 3
  hold(canDecode(codings) === known, 'only known codings are decoded', () => shown(codings))
}

/** An ID that is sent is the ID that a server reads, and no other field. */
function checkCursor(id: string): void {
  if (!isSendable(id)) return
  const sent = utf8Bytes(id)
  hold(!/[^\x20-\x7e\x80-\xff]/.test(sent), 'a cursor smuggles nothing', () => shown({ id, sent }))
  const read = lastEventIdOf({ 'last-event-id': sent })
  hold((read ?? '') === Buffer.from(id).toString(), 'the ID that is sent is the one that is read', () =>
    shown({ id, sent, read }),
  )
}

const STATUSES = [400, 401, 403, 404, 408, 409, 413, 425, 429, 500, 502, 503, 504, 529, 302]

function checkBodies(body: string, header: (name: string) => string | undefined, random: Random): string {
  const status = random.pick(STATUSES)
  const failures = [
    failureOfStatus({ status, header, body, now: NOW }),
    failureOfContentType({ status: 200, header, body, now: NOW }),
    failureInBand({ payload: body, code: body.slice(0, 20), type: body.slice(5, 30) }),
  ]
  for (const failure of failures)
    checkError(
      createSseError(failure, { attempt: 1, events: 0, bytes: 0, lastEventId: undefined, resumable: false }),
    )
  return failures.map(({ code }) => code).join()
}
