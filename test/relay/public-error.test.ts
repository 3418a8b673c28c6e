import { describe, expect, it } from 'vitest'
import type { Dialect, Verdict } from '../../src/dialects/dialect.ts'
import { gatewayCodes, ownCodes, wordsOf } from '../../src/errors/code-table.ts'
import { rowOf } from '../../src/errors/codes.ts'
import { type Failure, isRetryable } from '../../src/errors/failure.ts'
import { failureInBand, failureOfStatus } from '../../src/errors/http.ts'
import { createSseError, type SseError } from '../../src/errors/sse-error.ts'
import { failed, type SseErrorCode } from '../../src/index.ts'
import { envelopeOf, errorHeaders, publicErrorOf } from '../../src/relay/public-error.ts'
import { DIALECTS } from '../fixtures/fixture.ts'

const CODES = Object.keys({ ...gatewayCodes, ...ownCodes }) as SseErrorCode[]

const errorOf = (code: SseErrorCode, more: Partial<Failure> = {}): SseError =>
  createSseError(
    {
      kind: 'stream_error',
      code,
      message: 'upstream-7.internal:8443 refused key sk-secret',
      requestId: 'req_secret',
      upstream: { message: 'sk-secret', payload: { secret: 'sk-secret' } },
      cause: new Error('connect ECONNREFUSED 10.0.0.7:8443'),
      ...more,
    },
    { attempt: 2, events: 3, bytes: 99, lastEventId: 'secret-9', resumable: false },
  )

/** The same where the row's verdict is not the error's own: what is on the wire says so. */
const verdictOf = (envelope: string, code: SseErrorCode): boolean =>
  (JSON.parse(envelope) as { error: { retryable?: boolean } }).error.retryable ?? rowOf(code).retryable

describe('what a reader is told of an error', () => {
  it.each(CODES)('of %s: a code that a reader knows, the same verdict, and nothing internal', (code) => {
    for (const retryable of [undefined, true, false]) {
      const error = errorOf(code, { retryable })
      const told = publicErrorOf(error)
      const envelope = envelopeOf(told)
      expect(told.message).toBe(wordsOf(told.code).meaning)
      expect(envelope).not.toMatch(/secret|upstream-7|8443|10\.0/)
      expect(verdictOf(envelope, told.code)).toBe(error.retryable)
      if (Object.hasOwn(gatewayCodes, code)) expect(told.code).toBe(code)
    }
  })

  const wires = Object.entries(DIALECTS).filter(([name]) => name !== 'event-source')

  it.each(wires)('is typed again in the middle of a stream by %s', (_, dialectOf) => {
    const dialect = dialectOf() as Dialect
    const verdicts = [{}, { retryable: true, retryAfterMs: 1_200 }, { retryable: false }]
    for (const [code, given] of CODES.flatMap((one) => verdicts.map((verdict) => [one, verdict] as const))) {
      const told = publicErrorOf(errorOf(code, given))
      const verdict = dialect.read({ event: 'error', data: envelopeOf(told) }, dialect.memory?.())
      const { upstream } = verdict as Verdict
      expect(verdict).toEqual(failed(upstream!))
      const failure = failureInBand(upstream!)
      expect(failure).toMatchObject({
        kind: 'stream_error',
        code: told.code,
        message: told.message,
        type: told.type,
      })
      expect(isRetryable(failure)).toBe(told.retryable)
      expect(failure.retryAfterMs).toBe(told.retryAfterMs)
    }
  })

  it.each(CODES)('is typed again before a stream: %s', (code) => {
    for (const retryable of [true, false]) {
      const told = publicErrorOf(errorOf(code, { retryable, retryAfterMs: 1_200 }))
      const headers = new Headers(errorHeaders(told))
      const failure = failureOfStatus({
        status: told.status,
        header: (name) => headers.get(name) ?? undefined,
        body: envelopeOf(told),
        now: 0,
      })
      expect(failure).toMatchObject({
        code: told.code,
        message: told.message,
        retryable,
        retryAfterMs: 2_000,
      })
      // 401, 403 and 407 are about the reader's own login.
      expect([401, 403, 407]).not.toContain(told.status)
      expect(told.status).toBeGreaterThanOrEqual(400)
    }
  })

  it('is an internal_error where the error is not one of ours', () => {
    const told = publicErrorOf(new Error('SELECT * FROM users'))
    expect(told).toMatchObject({ code: 'internal_error', retryable: false, status: 500 })
    expect(envelopeOf(told)).not.toContain('SELECT')
  })

  it('is a stream_error where another copy of the package has a code that this one does not know', () => {
    expect(publicErrorOf(errorOf('of_tomorrow' as never, { retryable: true, type: 'x' })).code).toBe(
      'stream_error',
    )
  })

  it('is more where the message option says more, and the row where it fails', () => {
    const error = errorOf('model_overloaded')
    expect(publicErrorOf(error, () => 'Busy, code 7').message).toBe('Busy, code 7')
    for (const none of [
      () => undefined,
      () => '',
      () => {
        throw error
      },
    ]) {
      expect(publicErrorOf(error, none).message).toBe('the model is overloaded')
    }
  })
})
