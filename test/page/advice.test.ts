import { describe, expect, it } from 'vitest'
import { adviceFor, adviceOfCode } from '../../page/src/wire/advice.ts'
import { errorView } from '../../page/src/wire/error-view.ts'
import { createSseError } from '../../src/errors/sse-error.ts'
import { gatewayCodes, ownCodes, type SseErrorCode } from '../../src/index.ts'

const CONTEXT = { attempt: 2, events: 3, bytes: 40, lastEventId: '3', resumable: true }
const CODES = [...Object.keys(gatewayCodes), ...Object.keys(ownCodes)] as SseErrorCode[]

describe('advice', () => {
  it.each(CODES)('says of %s what it is and what to do, a sentence each', (code) => {
    const { what, doThis } = adviceOfCode(code)
    for (const words of [what, doThis]) expect(words).toMatch(/^[A-Z“].*\.$/)
    expect(adviceFor(createSseError({ kind: 'request_failed', code, message: 'm' }, CONTEXT))).toEqual({
      what,
      doThis,
    })
  })

  it('says how a stream stopped, how long to wait, and what a browser hides', () => {
    const failure = { kind: 'stream_terminated', code: 'stream_terminated', message: 'm' } as const
    expect(adviceFor(createSseError({ ...failure, reason: 'clean_end' }, CONTEXT)).what).toContain('politely')
    expect(adviceFor(createSseError({ ...failure, reason: 'unknown' }, CONTEXT)).what).toBe(
      adviceOfCode('stream_terminated').what,
    )
    const refused = { kind: 'request_failed', code: 'rate_limit_exceeded', message: 'm' } as const
    expect(adviceFor(createSseError({ ...refused, retryAfterMs: 1500 }, CONTEXT)).doThis).toContain(
      'Wait 2 s',
    )
    const hidden = {
      kind: 'request_failed',
      code: 'connection_failed',
      message: 'm',
      hint: 'CORS, perhaps',
    } as const
    expect(adviceFor(createSseError(hidden, CONTEXT)).hint).toBe('CORS, perhaps')
    expect(adviceFor(new TypeError('no such option')).what).toContain('no such option')
  })

  it('shows an error with its fields, its row, and without what is undefined', () => {
    const failure = {
      kind: 'stream_terminated',
      code: 'stream_terminated',
      reason: 'cut_event',
      message: 'm',
      leftover: 'data: {',
    } as const
    const view = errorView(createSseError(failure, CONTEXT))
    expect(view).toMatchObject({
      title: 'stream_terminated (cut_event)',
      retryable: true,
      row: { code: 'stream_terminated', table: 'gateway', retryable: true },
    })
    expect(view.fields.slice(0, 3)).toEqual([
      ['kind', 'stream_terminated'],
      ['code', 'stream_terminated'],
      ['reason', 'cut_event'],
    ])
    expect(view.fields).toContainEqual(['leftover', 'data: {'])
    expect(view.fields.map(([name]) => name)).not.toContain('status')
    const own = errorView(
      createSseError({ kind: 'request_failed', code: 'not_event_stream', message: 'm' }, CONTEXT),
    )
    expect(own).toMatchObject({ title: 'request_failed/not_event_stream', row: { table: 'own' } })
    expect(errorView('odd')).toMatchObject({ kind: 'other', message: 'odd', row: undefined })
  })
})
