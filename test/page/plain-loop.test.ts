import { describe, expect, it } from 'vitest'
import { type FirstOutcome, loopCode, plainLoop } from '../../page/src/wire/plain-loop.ts'
import type { DialectName, TraceEntry } from '../../page/src/wire/types.ts'

const REQUEST: TraceEntry = {
  at: 0,
  type: 'request',
  request: { method: 'POST', url: 'http://x/', headers: [], bodyBytes: 0 },
}
const head = (status = 200): TraceEntry => ({
  at: 1,
  type: 'head',
  status,
  contentType: undefined,
  ok: status < 300,
})
const chunk = (text: string): TraceEntry => ({ at: 2, type: 'chunk', bytes: new TextEncoder().encode(text) })
const END: TraceEntry = { at: 3, type: 'end' }
const token = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`

function outcomeOf(
  entries: readonly TraceEntry[],
  outcome: FirstOutcome,
  dialect: DialectName = 'openai-chat',
) {
  const loop = plainLoop(dialect)
  for (const entry of [REQUEST, ...entries]) loop.take(entry)
  loop.settle(outcome, 4)
  return loop.state
}

describe('the plain loop', () => {
  it('calls every end of the body complete, whole or not', () => {
    expect(outcomeOf([head(), chunk(token('a')), chunk('data: [DONE]\n\n')], 'complete')).toMatchObject({
      status: 'complete',
      text: 'a',
      honest: true,
    })
    for (const rest of ['', 'data: {"cho', '<html>']) {
      expect(outcomeOf([head(), chunk(token('a') + rest), END], 'failed')).toMatchObject({
        status: 'complete',
        says: 'complete',
        text: 'a',
        honest: false,
      })
    }
  })

  it('reads what comes in pieces, with either line end', () => {
    const bytes = [...new TextEncoder().encode(token('–é') + token('b').replaceAll('\n', '\r\n'))]
    const pieces = bytes.map((byte): TraceEntry => ({ at: 2, type: 'chunk', bytes: Uint8Array.of(byte) }))
    expect(outcomeOf([head(), ...pieces, END], 'failed').text).toBe('–éb')
  })

  it('shows the exception that the engine throws at an error in the stream', () => {
    const state = outcomeOf(
      [head(), chunk(`${token('a')}data: {"error":{"code":"model_overloaded"}}\n\n`)],
      'failed-in-band',
    )
    expect(state).toMatchObject({ status: 'exception', text: 'a', honest: true })
    expect(state.says).toMatch(/^TypeError: .*undefined/)
  })

  it('reads past an error of a wire whose text is elsewhere', () => {
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'
    expect(outcomeOf([head(), chunk(error)], 'failed-in-band', 'anthropic-messages')).toMatchObject({
      status: 'deaf',
      honest: false,
    })
  })

  it('waits for ever where the library has given up', () => {
    expect(outcomeOf([head(), chunk(token('a')), { at: 3, type: 'abort' }], 'failed')).toMatchObject({
      status: 'hanging',
      honest: false,
    })
    expect(outcomeOf([head()], 'stopped').status).toBe('stopped')
  })

  it('says what fetch says of a status, a lost connection and a refused one', () => {
    const failure = (cause: unknown): TraceEntry => ({
      at: 3,
      type: 'failure',
      failure: { code: 'stream_terminated', message: 'm', cause },
    })
    expect(outcomeOf([head(429)], 'failed').says).toBe('Error: HTTP 429')
    expect(outcomeOf([head(), failure(new TypeError('network error'))], 'failed').says).toBe(
      'TypeError: network error',
    )
    expect(outcomeOf([head(), failure(new Error('other side closed'))], 'failed').says).toBe(
      'TypeError: terminated',
    )
    expect(outcomeOf([failure(new Error('ECONNREFUSED'))], 'failed').says).toBe('TypeError: fetch failed')
  })

  it('is open until it is known', () => {
    const loop = plainLoop('openai-chat')
    expect(loop.state).toMatchObject({ status: 'idle', honest: undefined })
    loop.take(REQUEST)
    loop.take(chunk(token('a')))
    expect(loop.state).toMatchObject({ status: 'reading', text: 'a' })
    loop.take(END)
    expect(loop.state).toMatchObject({ status: 'complete', honest: undefined, endedAt: 3 })
  })

  it('is shown as code that parses', () => {
    for (const dialect of [
      'openai-chat',
      'anthropic-messages',
      'openai-responses',
      'raw',
      'gemini',
    ] as const) {
      expect(() => new Function('fetch', `return async () => {${loopCode(dialect)}}`), dialect).not.toThrow()
    }
  })
})
