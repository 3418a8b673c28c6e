import { firstValueFrom, of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { wordsOf } from '../../src/errors/code-table.ts'
import type { SseErrorCode } from '../../src/errors/codes.ts'
import { errorInPayload, errorOfText } from '../../src/errors/envelope.ts'
import {
  failureInBand,
  failureOfContentType,
  failureOfStatus,
  isEventStream,
  retryAfterMs,
} from '../../src/errors/http.ts'
import { codeOfStatus, rowOfUpstream } from '../../src/errors/lookup.ts'
import { createSseError } from '../../src/errors/sse-error.ts'
import { catchStreamError, gatewayCodes, isSseError, ownCodes, type SseErrorName } from '../../src/index.ts'

const context = { attempt: 1, events: 3, bytes: 99, lastEventId: '7', resumable: true }
const header =
  (headers: Record<string, string> = {}) =>
  (name: string) =>
    headers[name]

describe('the table of codes', () => {
  // The gateway's own page: code, retryable.
  const page: [string, boolean][] = [
    ['missing_api_key', false],
    ['invalid_api_key', false],
    ['unauthorized', false],
    ['rate_limit_exceeded', true],
    ['invalid_request', false],
    ['invalid_argument', false],
    ['not_found', false],
    ['unknown_model', false],
    ['invalid_content_media', false],
    ['unavailable_content_media', false],
    ['unsafe_content', false],
    ['unknown_app', false],
    ['invalid_app', false],
    ['unsupported_interface', false],
    ['unknown_workspace', false],
    ['failed_request', false],
    ['internal_error', false],
    ['model_server_error', true],
    ['model_overloaded', true],
    ['model_unavailable', false],
    ['model_timeout', true],
    ['stream_error', true],
    ['stream_terminated', true],
  ]

  it('has the 23 codes of the gateway, each with its verdict', () => {
    expect(Object.entries(gatewayCodes).map(([code, row]) => [code, row.retryable])).toEqual(page)
    expect(page).toHaveLength(23)
  })

  it('has no row of its own under a name of the gateway', () => {
    for (const code of Object.keys(ownCodes)) expect(gatewayCodes).not.toHaveProperty(code)
  })

  it.each(page)(
    'takes the verdict on %s from an in-band envelope and from an HTTP one',
    (code, retryable) => {
      const body = JSON.stringify({ error: { type: 'x', code, message: 'because' } })
      const upstream = errorInPayload(JSON.parse(body))
      const inBand = createSseError(failureInBand(upstream!), context)
      expect(inBand).toMatchObject({ kind: 'stream_error', code, retryable, type: 'x', message: 'because' })
      const http = failureOfStatus({ status: 503, header: header(), body, now: 0 })
      expect(createSseError(http, context)).toMatchObject({
        kind: 'request_failed',
        code,
        retryable,
        status: 503,
      })
    },
  )

  it.each([
    [400, 'invalid_request', false],
    [401, 'invalid_api_key', false],
    [403, 'unauthorized', false],
    [404, 'not_found', false],
    [409, 'conflict', false],
    [429, 'rate_limit_exceeded', true],
    [500, 'internal_error', false],
    [502, 'service_unavailable', true],
    [503, 'service_unavailable', true],
    [408, 'request_timeout', true],
    [425, 'service_unavailable', true],
    [504, 'model_timeout', true],
    [529, 'model_overloaded', true],
    [418, 'invalid_request', false],
    [599, 'internal_error', false],
    [304, 'unexpected_status', false],
    [206, 'unexpected_status', false],
  ])('reads HTTP %i without an envelope as %s', (status, code, retryable) => {
    for (const body of ['', '<html><title>Sorry</title></html>', 'plain words', '{"unrelated":1}']) {
      const failure = failureOfStatus({ status, header: header(), body, now: 0 })
      expect(createSseError(failure, context)).toMatchObject({ code, retryable, status })
    }
  })

  it('maps codes and types of other APIs to the nearest row', () => {
    expect(rowOfUpstream({ code: 'overloaded_error', payload: null })?.code).toBe('model_overloaded')
    expect(rowOfUpstream({ code: 'rate_limit_error', payload: null })?.code).toBe('rate_limit_exceeded')
    expect(rowOfUpstream({ code: 'server_error', payload: null })?.code).toBe('model_server_error')
    expect(rowOfUpstream({ code: 503, payload: null })?.code).toBe('service_unavailable')
    expect(rowOfUpstream({ code: '429', payload: null })?.code).toBe('rate_limit_exceeded')
    expect(rowOfUpstream({ code: 500, payload: null })?.code).toBe('internal_error')
    // Of two that are broad, the one that says whose error it is.
    for (const type of ['server_error', 'InternalServerError'])
      expect(rowOfUpstream({ code: 500, type, payload: null })?.code).toBe('model_server_error')
    expect(rowOfUpstream({ code: 503, type: 'server_error', payload: null })?.code).toBe(
      'service_unavailable',
    )
    expect(rowOfUpstream({ code: 'something_new', payload: null })?.code).toBeUndefined()
    expect(rowOfUpstream({ code: '__proto__', payload: null })?.code).toBeUndefined()
    expect(rowOfUpstream({ code: 'constructor', payload: null })?.code).toBeUndefined()
    expect(codeOfStatus(499)).toBe('invalid_request')
  })

  it('gives every row a meaning and a remedy', () => {
    for (const code of [...Object.keys(gatewayCodes), ...Object.keys(ownCodes)]) {
      const row = wordsOf(code as SseErrorCode)
      expect(row.meaning.length, code).toBeGreaterThan(5)
      expect(row.remedy, code).toMatch(/\.$/)
    }
  })
})

describe('an error envelope', () => {
  it.each([
    [
      'gateway',
      { error: { type: 't', code: 'model_overloaded', message: 'm' } },
      { code: 'model_overloaded', message: 'm', type: 't' },
    ],
    ['text', { error: 'broken' }, { message: 'broken' }],
    ['TGI', { error: 'overloaded', error_type: 'overloaded' }, { message: 'overloaded', type: 'overloaded' }],
    [
      'vLLM',
      { object: 'error', message: 'm', type: 'BadRequestError', code: 400 },
      { message: 'm', code: 400 },
    ],
    [
      'Responses',
      { type: 'error', code: 'server_error', message: 'm', sequence_number: 3 },
      { code: 'server_error', message: 'm', type: undefined },
    ],
    [
      'Anthropic',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_1' },
      { type: 'overloaded_error', requestId: 'req_1' },
    ],
    ['AI SDK', { type: 'error', errorText: 'boom' }, { message: 'boom' }],
    [
      'response.failed',
      { type: 'response.failed', response: { error: { code: 'server_error', message: 'm' } } },
      { code: 'server_error' },
    ],
    ['AG-UI', { type: 'RUN_ERROR', message: 'm', code: 'c' }, { message: 'm', code: 'c' }],
    [
      'Interactions',
      { event_type: 'error', error: { code: 'c', message: 'm' } },
      { code: 'c', message: 'm' },
    ],
    ['Groq', { id: 'x', x_groq: { error: 'over capacity' } }, { message: 'over capacity' }],
    [
      'OpenRouter',
      { error: { code: 502, message: 'm' }, choices: [{ finish_reason: 'error' }] },
      { code: 502, message: 'm' },
    ],
    ['finish_reason', { choices: [{ index: 0, finish_reason: 'error' }] }, {}],
    [
      'LiteLLM',
      { error: { message: 'm', type: 'None', param: 'None', code: '500' } },
      { type: undefined, param: undefined, code: '500' },
    ],
    [
      'Gemini',
      { error: { code: 503, message: 'm', status: 'UNAVAILABLE' } },
      { code: 503, type: 'UNAVAILABLE' },
    ],
    [
      'LangGraph',
      { error: 'ValueError', message: 'node 3 exploded' },
      { type: 'ValueError', message: 'node 3 exploded' },
    ],
  ])('in the shape of %s is read', (_, payload, expected) => {
    const found = errorInPayload(payload)
    expect(found).toMatchObject(expected)
    expect(found?.payload).toBe(payload)
  })

  it.each([
    ['"error": null', { error: null, choices: [] }],
    ['an empty error', { error: '' }],
    ['error: false', { error: false }],
    ['an error inside content', { choices: [{ delta: { content: '{"error":{"message":"x"}}' } }] }],
    ['an error inside a tool result', { result: { error: { message: 'x' } } }],
    ['content_filter', { choices: [{ finish_reason: 'content_filter' }] }],
    ['length', { choices: [{ finish_reason: 'length' }] }],
    ['x_groq without an error', { x_groq: { id: 'req_1' } }],
    ['an array', [{ error: 'x' }]],
    ['a number', 7],
    ['null', null],
  ])('is not seen in %s', (_, payload) => {
    expect(errorInPayload(payload)).toBeUndefined()
  })

  it('is the text itself where an error is known but is not JSON', () => {
    expect(errorOfText('it broke')).toEqual({ message: 'it broke', payload: 'it broke' })
    expect(errorOfText('{"detail":"no such model"}')).toMatchObject({ message: 'no such model' })
    expect(errorOfText('')).toMatchObject({ message: undefined })
  })

  it('with an unknown code in band is stream_error, the original kept', () => {
    const upstream = errorInPayload({ error: { code: 'brand_new', message: 'm' } })!
    expect(failureInBand(upstream)).toMatchObject({ code: 'stream_error', upstream: { code: 'brand_new' } })
  })
})

describe('what a server says about trying again', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 23:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '120', 'retry-after': '7' }, 120],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, expect.toBeOneOf([undefined, 0])],
    [{}, undefined],
  ])('%j means %s ms', (headers, expected) => {
    expect(retryAfterMs(header(headers as Record<string, string>), now)).toEqual(expected)
  })

  it('x-should-retry overrules code and status', () => {
    const body = JSON.stringify({ error: { type: 'x', code: 'internal_error', message: 'm' } })
    const yes = failureOfStatus({ status: 500, header: header({ 'x-should-retry': 'true' }), body, now })
    expect(createSseError(yes, context).retryable).toBe(true)
    const no = failureOfStatus({ status: 429, header: header({ 'x-should-retry': 'false' }), body: '', now })
    expect(createSseError(no, context).retryable).toBe(false)
  })

  it('lets a specific status speak before a generic type', () => {
    const body = JSON.stringify({ error: { type: 'invalid_request_error', code: null, message: 'm' } })
    expect(failureOfStatus({ status: 401, header: header(), body, now }).code).toBe('invalid_api_key')
    expect(failureOfStatus({ status: 400, header: header(), body, now }).code).toBe('invalid_request')
  })
})

describe('an answer that is no stream', () => {
  it.each([
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=latin1', true],
    ['text/event-stream;', true],
    [' text/event-stream ', true],
    ['text/event-streams', false],
    ['application/json', false],
    ['', false],
    [undefined, false],
  ])('is told by its content type: %s', (contentType, expected) => {
    expect(isEventStream(contentType)).toBe(expected)
  })

  it('shows what came instead, and reads an envelope sent with a 200', () => {
    const html = {
      status: 200,
      header: header({ 'content-type': 'text/html' }),
      body: '<!doctype html><title>Log in</title>',
      now: 0,
    }
    expect(failureOfContentType(html)).toMatchObject({
      code: 'not_event_stream',
      message: expect.stringContaining('"Log in"'),
    })
    const json = {
      status: 200,
      header: header({ 'content-type': 'application/json' }),
      body: '{"error":{"code":"unknown_model","message":"no such model"}}',
      now: 0,
    }
    expect(failureOfContentType(json)).toMatchObject({ code: 'unknown_model', message: 'no such model' })
  })
})

describe('SseError', () => {
  const failure = {
    kind: 'stream_terminated',
    code: 'stream_terminated',
    reason: 'socket_closed',
    message: 'gone',
    cause: new Error('secret'),
  } as const

  it('is an Error, is recognised by its brand, and shows no cause in its JSON', () => {
    const error = createSseError(failure, context)
    expect(error).toBeInstanceOf(Error)
    expect(isSseError(error)).toBe(true)
    expect(error.stack).toMatch(/^SseError: gone/)
    expect(error.cause).toBe(failure.cause)
    const json = JSON.parse(JSON.stringify(error)) as Record<string, unknown>
    expect(json).toMatchObject({
      name: 'SseError',
      message: 'gone',
      kind: 'stream_terminated',
      reason: 'socket_closed',
      events: 3,
      lastEventId: '7',
    })
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  it('is recognised across realms and duplicated packages, and nothing else is', () => {
    expect(isSseError({ [Symbol.for('rx-sse.error')]: true })).toBe(true)
    for (const other of [undefined, null, 'x', new Error('SseError'), { name: 'SseError' }])
      expect(isSseError(other)).toBe(false)
  })

  it('has a reason only where a stream was terminated', () => {
    expect(
      createSseError({ kind: 'stream_error', code: 'stream_error', message: 'm' }, context),
    ).not.toHaveProperty('reason')
  })
})

describe('catchStreamError', () => {
  const terminated = createSseError(
    { kind: 'stream_terminated', code: 'stream_terminated', reason: 'idle', message: 'm' },
    context,
  )
  const overloaded = createSseError({ kind: 'stream_error', code: 'model_overloaded', message: 'm' }, context)
  const inBandTerminated = createSseError(
    { kind: 'stream_error', code: 'stream_terminated', message: 'm' },
    context,
  )

  it('catches by kind, by code, or all; a name that is both means the kind', async () => {
    const by = (error: unknown, name: SseErrorName) =>
      firstValueFrom(throwError(() => error).pipe(catchStreamError(name, (e) => of(e.code)))).catch(
        (e: unknown) => e,
      )
    expect(await by(terminated, 'stream_terminated')).toBe('stream_terminated')
    expect(await by(overloaded, 'model_overloaded')).toBe('model_overloaded')
    expect(await by(overloaded, 'stream_terminated')).toBe(overloaded)
    expect(await by(inBandTerminated, 'stream_terminated')).toBe(inBandTerminated)
    expect(await by(inBandTerminated, 'stream_error')).toBe('stream_terminated')
    const all = throwError(() => overloaded).pipe(catchStreamError((e) => of(e.kind)))
    expect(await firstValueFrom(all)).toBe('stream_error')
  })

  it('rethrows what is no SseError untouched', async () => {
    const other = new Error('other')
    await expect(firstValueFrom(throwError(() => other).pipe(catchStreamError(() => of(1))))).rejects.toBe(
      other,
    )
  })

  it('refuses a name that is in no table, and a missing selector', () => {
    expect(() => catchStreamError('stream_terminatd' as 'stream_terminated', () => of(1))).toThrow(
      /neither a kind .* nor a code/,
    )
    expect(() => catchStreamError('stream_error', undefined as never)).toThrow(TypeError)
  })
})

describe('bodies of errors as providers send them', () => {
  const said = (status: number, error: unknown) => {
    const body = JSON.stringify({ error })
    return createSseError(failureOfStatus({ status, header: header(), body, now: 0 }), context)
  }
  const message = 'x'

  it.each([
    // https://github.com/deepseek-ai/DeepSeek-R1/issues/82: the code is the same whatever it is
    [401, { message, type: 'authentication_error', code: 'invalid_request_error' }, 'invalid_api_key', false],
    [429, { message, type: 'rate_limit_error', code: 'invalid_request_error' }, 'rate_limit_exceeded', true],
    [402, { message, type: 'unknown_error', code: 'invalid_request_error' }, 'invalid_request', false],
    [404, { message, type: 'invalid_request_error', code: 'invalid_request_error' }, 'not_found', false],
    // Groq: the flex tier is full; and one request larger than the limit of a minute
    [498, { message, type: 'invalid_request_error', code: 'capacity_exceeded' }, 'model_overloaded', true],
    [413, { message, type: 'tokens', code: 'rate_limit_exceeded' }, 'rate_limit_exceeded', false],
    // vLLM has the status in its code, OpenAI has not
    [500, { message, type: 'InternalServerError', code: 500 }, 'model_server_error', true],
    [500, { message, type: 'server_error', code: null }, 'model_server_error', true],
    [503, { message, type: 'api_error', code: 503 }, 'service_unavailable', true],
    [503, { message, type: 'server_error', code: null }, 'model_server_error', true],
    [500, { message, code: 'server_error' }, 'model_server_error', true],
    [504, { message, code: 'server_error' }, 'model_timeout', true],
    [500, { message, code: 500 }, 'internal_error', false],
    [400, { message, code: 'content_filter', type: null }, 'unsafe_content', false],
    [429, { message, type: 'invalid_request_error', code: null }, 'rate_limit_exceeded', true],
    [401, { message, type: 'invalid_request_error', code: null }, 'invalid_api_key', false],
    [400, { message, type: 'budget_exceeded', code: '400' }, 'rate_limit_exceeded', false],
  ])('HTTP %i with %j is %s', (status, error, code, retryable) => {
    expect(said(status, error)).toMatchObject({ code, retryable })
  })

  it('says the same of an error sent with the status 200, and when to come again', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '17s' }]
    const body = JSON.stringify({ error: { code: 429, message, status: 'RESOURCE_EXHAUSTED', details } })
    const failure = failureOfContentType({ status: 200, header: header(), body, now: 0 })
    expect(failure).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 17_000 })
    const told = failureOfContentType({ status: 200, header: header({ 'retry-after': '2' }), body, now: 0 })
    expect(told.retryAfterMs).toBe(2_000)
  })

  it('takes a number for an HTTP status only where it is that of an error', () => {
    expect(rowOfUpstream({ code: 599, payload: null })?.code).toBe('internal_error')
    expect(rowOfUpstream({ code: 600, payload: null })).toBeUndefined()
    expect(rowOfUpstream({ code: 399, payload: null })).toBeUndefined()
  })

  it('takes an array for an error only if it is one envelope', () => {
    const one = { error: { message } }
    expect(errorInPayload([one])).toMatchObject({ message })
    expect(errorInPayload([one, one])).toBeUndefined()
  })

  it('prefers what says most of what kind it is: type, error_type, that of the metadata, status', () => {
    const error = { type: 'a', error_type: 'b', metadata: { error_type: 'c' }, status: 'd' }
    const typeOf = (part: object) => errorInPayload({ error: part })?.type
    expect(typeOf(error)).toBe('a')
    expect(typeOf({ ...error, type: null })).toBe('b')
    expect(typeOf({ metadata: error.metadata, status: 'd' })).toBe('c')
    expect(typeOf({ status: 'd' })).toBe('d')
  })
})
