import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOfStatus } from '../../src/errors/http.ts'
import { rateLimitResetMs } from '../../src/errors/rate-limit.ts'

const NOW = Date.UTC(2026, 10, 23, 9, 0, 0)

const lookup =
  (headers: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    headers[name]

const resetOf = (headers: Readonly<Record<string, string>>): number | undefined =>
  rateLimitResetMs(lookup(headers), NOW)

const failureOf = (status: number, headers: Readonly<Record<string, string>>, body = '') =>
  failureOfStatus({ status, header: lookup(headers), body, now: NOW })

describe('the time until a rate limit is reset', () => {
  it.each([
    ['minutes and seconds [openai]', '6m0s', 360_000],
    ['seconds with a unit [openai]', '1s', 1_000],
    ['milliseconds with a unit [openai]', '120ms', 120],
    ['a part of a second [openai]', '8.64s', 8_640],
    ['hours, minutes and parts of a second [openai]', '1h2m3.5s', 3_723_500],
    ['days', '1d', 86_400_000],
    ['nothing left to wait for', '0s', 0],
    ['seconds', '30', 30_000],
    ['parts of a second, rounded up', '0.0001', 1],
    ['zero', '0', 0],
    ['seconds since 1970 [github]', String(NOW / 1_000 + 45), 45_000],
    ['parts of seconds since 1970', String(NOW / 1_000 + 45.5), 45_500],
    ['milliseconds since 1970 [openrouter]', String(NOW + 1_234), 1_234],
    ['an RFC 3339 time [anthropic]', '2026-11-23T09:01:00Z', 60_000],
    ['an RFC 3339 time with parts of a second', '2026-11-23T09:00:00.250Z', 250],
    ['an RFC 3339 time with an offset', '2026-11-23T10:00:30+01:00', 30_000],
    ['blanks around it', '  6m0s ', 360_000],
  ])('is read from %s', (_, value, expected) => {
    expect(resetOf({ 'x-ratelimit-reset': value })).toBe(expected)
  })

  it.each([
    ['seconds since 1970', String(NOW / 1_000 - 45)],
    ['milliseconds since 1970', String(NOW - 1)],
    ['an RFC 3339 time', '2026-11-23T08:59:59Z'],
  ])('is 0 if it has passed, as %s', (_, value) => {
    expect(resetOf({ 'x-ratelimit-reset': value })).toBe(0)
  })

  it.each([
    'x-ratelimit-reset',
    'x-ratelimit-reset-after',
    'x-ratelimit-reset-requests',
    'x-ratelimit-reset-tokens',
    'x-ratelimit-reset-input-tokens',
    'x-ratelimit-reset-output-tokens',
    'ratelimit-reset',
    'anthropic-ratelimit-requests-reset',
    'anthropic-ratelimit-tokens-reset',
    'anthropic-ratelimit-input-tokens-reset',
    'anthropic-ratelimit-output-tokens-reset',
  ])('is told by %s', (name) => {
    expect(resetOf({ [name]: '2s' })).toBe(2_000)
  })

  it.each([
    ['x-ratelimit-reset', 'x-ratelimit-remaining'],
    ['x-ratelimit-reset-after', 'x-ratelimit-remaining'],
    ['x-ratelimit-reset-requests', 'x-ratelimit-remaining-requests'],
    ['x-ratelimit-reset-tokens', 'x-ratelimit-remaining-tokens'],
    ['ratelimit-reset', 'ratelimit-remaining'],
    ['anthropic-ratelimit-requests-reset', 'anthropic-ratelimit-requests-remaining'],
    ['anthropic-ratelimit-output-tokens-reset', 'anthropic-ratelimit-output-tokens-remaining'],
  ])('of %s does not matter while %s is above 0', (reset, remaining) => {
    expect(resetOf({ [reset]: '2s', [remaining]: '1' })).toBeUndefined()
    expect(resetOf({ [reset]: '2s', [remaining]: '0.5' })).toBeUndefined()
    for (const used of ['0', '-3', '', 'none']) {
      expect(resetOf({ [reset]: '2s', [remaining]: used }), `remaining: ${used}`).toBe(2_000)
    }
  })

  it('is that of the limit which is used up, not of the others that are told of with it', () => {
    const headers = {
      'x-ratelimit-reset-requests': '6m0s',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-tokens': '1.2s',
      'x-ratelimit-remaining-tokens': '0',
    }
    expect(resetOf(headers)).toBe(1_200)
  })

  it('is the longest of several that are used up', () => {
    const headers = {
      'anthropic-ratelimit-requests-reset': '2026-11-23T09:00:05Z',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-23T09:00:20Z',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-output-tokens-reset': '2026-11-23T09:00:10Z',
      'anthropic-ratelimit-output-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2026-11-23T09:30:00Z',
      'anthropic-ratelimit-tokens-remaining': '1000',
    }
    expect(resetOf(headers)).toBe(20_000)
    expect(resetOf({ 'x-ratelimit-reset-requests': 'soon', 'x-ratelimit-reset-tokens': '3s' })).toBe(3_000)
  })

  it.each([
    '',
    'soon',
    'NaN',
    'Infinity',
    '-1s',
    '1 s',
    '1s2',
    '5 minutes',
    '1e3',
    '0x10',
    '10;w=60',
    '60, 120',
  ])('is unknown where the header says %j', (value) => {
    expect(resetOf({ 'x-ratelimit-reset': value })).toBeUndefined()
  })

  it.each(['-5', '+60', '"60"', '5.', '.5', 'in 3000', 'foo 1'])(
    'is unknown where the header says %j, which Date.parse takes for a date',
    (value) => {
      expect(resetOf({ 'x-ratelimit-reset': value })).toBeUndefined()
    },
  )

  it('is unknown without a header', () => {
    expect(resetOf({})).toBeUndefined()
    expect(
      resetOf({ 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '0' }),
    ).toBeUndefined()
  })

  it('is a whole number from 0 up, or unknown, whatever the header says', () => {
    const values = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.nat().map(String),
      fc.tuple(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h', 'd')).map((pair) => pair.join('')),
      fc.date().map(String),
    )
    fc.assert(
      fc.property(values, fc.string(), (reset, remaining) => {
        const ms = resetOf({ 'x-ratelimit-reset': reset, 'x-ratelimit-remaining': remaining })
        if (ms === undefined) return
        expect(Number.isFinite(ms)).toBe(true)
        expect(Number.isInteger(ms)).toBe(true)
        expect(ms).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 500 },
    )
  })

  it('is found without delay in a header that is as long as a header can be', () => {
    const started = performance.now()
    expect(resetOf({ 'x-ratelimit-reset': `${'1s'.repeat(8_000)}x` })).toBeUndefined()
    expect(resetOf({ 'x-ratelimit-reset': '1'.repeat(16_000) })).toBeGreaterThan(60_000)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('a response', () => {
  const used = { 'x-ratelimit-reset-requests': '7s', 'x-ratelimit-remaining-requests': '0' }

  it('429 asks to wait for the reset', () => {
    expect(failureOf(429, used)).toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: 7_000,
      retryable: true,
    })
  })

  it.each([400, 401, 403, 500, 502, 503, 529])(
    '%i does not: it is told there as with every answer',
    (status) => {
      expect(failureOf(status, used).retryAfterMs).toBeUndefined()
    },
  )

  it('with a Retry-After is waited for as long as that says, be it shorter or longer', () => {
    expect(failureOf(429, { ...used, 'retry-after': '2' }).retryAfterMs).toBe(2_000)
    expect(failureOf(429, { ...used, 'retry-after': '20' }).retryAfterMs).toBe(20_000)
    expect(failureOf(429, { ...used, 'retry-after': '0' }).retryAfterMs).toBe(0)
    expect(failureOf(429, { ...used, 'retry-after-ms': '150' }).retryAfterMs).toBe(150)
    expect(failureOf(429, { ...used, 'retry-after': 'Mon, 23 Nov 2026 09:00:03 GMT' }).retryAfterMs).toBe(
      3_000,
    )
    expect(failureOf(429, { ...used, 'retry-after-ms': '150', 'retry-after': '2' }).retryAfterMs).toBe(150)
  })

  it('with a Retry-After that says nothing is waited for as the limit says', () => {
    expect(failureOf(429, { ...used, 'retry-after': 'soon' }).retryAfterMs).toBe(7_000)
    expect(failureOf(429, { ...used, 'retry-after': '' }).retryAfterMs).toBe(7_000)
    expect(failureOf(429, { ...used, 'retry-after-ms': 'x' }).retryAfterMs).toBe(7_000)
  })

  it('with a Retry-After that only Date.parse understands is waited for as the limit says', () => {
    expect(failureOf(429, { ...used, 'retry-after': '"60"' }).retryAfterMs).toBe(7_000)
    expect(failureOf(429, { ...used, 'retry-after': '-1' }).retryAfterMs).toBe(7_000)
  })

  it('is not made retryable by a Retry-After that is none', () => {
    expect(failureOf(400, { 'retry-after': '-1' }).retryable).not.toBe(true)
    expect(failureOf(400, { 'retry-after': '1' }).retryable).toBe(true)
  })

  it('with an envelope that forbids it is not retried for the sake of a reset', () => {
    const body = JSON.stringify({ error: { type: 't', code: 'invalid_api_key', message: 'm' } })
    const failure = failureOf(429, used, body)
    expect(failure).toMatchObject({ code: 'invalid_api_key', retryAfterMs: 7_000 })
    expect(failure.retryable).toBeUndefined()
  })
})
