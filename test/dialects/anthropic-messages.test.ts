import fc from 'fast-check'
import type { Observable } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type AnthropicMessage,
  type AnthropicMessageEvent,
  anthropicMessages,
  fromEventStream,
  type Message,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { fixtures } from '../fixtures/fixture.ts'
import { serve } from '../server.ts'
import { expectNoHarm, oddEvents } from './odd-events.ts'

type Json = Record<string, unknown>

const dialect = anthropicMessages<Json>()
const start: Json = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'm', content: [], usage: { input_tokens: 3, output_tokens: 1 } },
}
const block = (index: number, content_block: Json): Json => ({
  type: 'content_block_start',
  index,
  content_block,
})
const tool = (index: number): Json =>
  block(index, { type: 'tool_use', id: `toolu_${index}`, name: 'f', input: {} })
const piece = (index: number, delta: Json): Json => ({ type: 'content_block_delta', index, delta })
const json = (index: number, partial_json: string): Json =>
  piece(index, { type: 'input_json_delta', partial_json })
const text = (index: number, words: string): Json => piece(index, { type: 'text_delta', text: words })
const stop = (index: number): Json => ({ type: 'content_block_stop', index })
const over = (stop_reason: string | null, usage?: Json): Json => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  ...(usage && { usage }),
})
const end: Json = { type: 'message_stop' }

const messageOf = (values: readonly Json[]): Message<AnthropicMessage> | undefined =>
  values.reduce<Message<AnthropicMessage> | undefined>(
    (so, value) => dialect.accumulate(so, value),
    undefined,
  )

const completeAt = (values: readonly Json[], at: number): (string | undefined)[] =>
  messageOf(values.slice(0, at))
    ?.toolCalls.filter(({ complete }) => complete)
    .map(({ id }) => id) ?? []

describe('a tool call', () => {
  it('is complete once the next block has begun, or the stop reason has come, and never before', () => {
    const values = fixtures.find(({ name }) => name === 'anthropic-messages/tool-calls')?.values as Json[]
    const next = values.findIndex(({ type, index }) => type === 'content_block_start' && index === 2) + 1
    const reason = values.findIndex(({ type }) => type === 'message_delta') + 1
    for (let at = 0; at <= values.length; at++) {
      const want = at >= reason ? ['toolu_1', 'toolu_2'] : at >= next ? ['toolu_1'] : []
      expect(completeAt(values, at), `after ${at} values`).toEqual(want)
    }
  })

  it.each([
    ['tool_use', true],
    ['end_turn', true],
    ['max_tokens', false],
    ['model_context_window_exceeded', false],
    ['refusal', false],
    ['pause_turn', false],
    ['stop_sequence', false],
    ['compaction', false],
    ['of tomorrow', false],
    [null, false],
  ])('that was the last before %s is complete: %s', (reason, complete) => {
    const values = [start, tool(0), json(0, '{"a":1}'), stop(0), over(reason), end]
    for (let at = 0; at < 5; at++) expect(completeAt(values, at)).toEqual([])
    expect(completeAt(values, values.length)).toEqual(complete ? ['toolu_0'] : [])
    expect(messageOf(values)?.finishReason).toBe(reason ?? undefined)
  })

  it('is not complete without its stop, nor with arguments that are no JSON', () => {
    expect(completeAt([start, tool(0), json(0, '{}'), tool(1), stop(1), over('tool_use')], 6)).toEqual([
      'toolu_1',
    ])
    expect(completeAt([start, tool(0), json(0, '{"a":'), stop(0), over('tool_use')], 5)).toEqual([])
  })

  it('has the input that a relay sends all at once', () => {
    const whole = block(0, { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } })
    expect(messageOf([start, whole, stop(0), over('tool_use')])?.toolCalls).toMatchObject([
      { arguments: '', complete: true, input: { a: 1 } },
    ])
    // The API's own streams begin every input with an empty piece.
    const message = messageOf([start, whole, json(0, ''), stop(0), over('tool_use')])
    expect(message?.toolCalls).toMatchObject([{ arguments: '', complete: true, input: { a: 1 } }])
    expect(message?.snapshot.content).toMatchObject([{ input: { a: 1 } }])
  })

  it('does not change any more once it is complete', () => {
    const values = [
      start,
      tool(0),
      json(0, '{}'),
      stop(0),
      tool(1),
      json(0, 'x'),
      stop(0),
      start,
      over('end_turn'),
    ]
    expect(messageOf(values)?.toolCalls[0]).toMatchObject({ arguments: '{}', complete: true, input: {} })
  })
})

describe('the message', () => {
  it('shares what has not changed', () => {
    const first = { type: 'text', text: 'a' }
    const before = messageOf([start, block(0, first), stop(0), block(1, { type: 'text', text: '' })])
    const after = dialect.accumulate(before, text(1, 'b'))
    expect([before?.text, after.text]).toEqual(['a', 'ab'])
    expect(after.snapshot.content[0]).toBe(first)
    expect(after.toolCalls).toBe(before?.toolCalls)
    expect(after.usage).toBe(before?.usage)
  })

  it('has the usage of its beginning and its end', () => {
    const usage = { output_tokens: 9, input_tokens: null, server_tool_use: { web_search_requests: 1 } }
    expect(messageOf([start, over('end_turn', usage)])?.usage).toEqual({
      input_tokens: 3,
      output_tokens: 9,
      server_tool_use: { web_search_requests: 1 },
    })
  })

  it('is put together from its middle on', () => {
    const values = [text(0, 'a'), piece(1, { type: 'thinking_delta', thinking: 'hm' }), text(4, 'b')]
    expect(messageOf(values)).toMatchObject({
      text: 'ab',
      reasoning: 'hm',
      snapshot: { content: [{ text: 'a' }, { thinking: 'hm' }, { text: 'b' }] },
    })
  })
})

describe('the text', () => {
  it('begins with what a block has from its beginning, as that of the message does', () => {
    const values = [start, block(0, { type: 'text', text: 'He' }), text(0, 'llo'), stop(0)]
    expect(values.map((value) => dialect.text(value)).join('')).toBe('Hello')
    expect(messageOf(values)?.text).toBe('Hello')
    expect(dialect.withText?.(block(0, { type: 'text', text: 'He' }), 'e')).toEqual(
      block(0, { type: 'text', text: 'e' }),
    )
    expect(dialect.text(block(0, { type: 'thinking', text: 'no', thinking: 'hm' }))).toBe('')
    expect(dialect.text(block(0, { type: 'text', text: 7 }))).toBe('')
  })
})

describe('content', () => {
  it.each([
    [start, false],
    [block(0, { type: 'text', text: '' }), false],
    [block(0, { type: 'thinking', thinking: '' }), false],
    [text(0, ''), false],
    [json(0, ''), false],
    [stop(0), false],
    [tool(0), true],
    [block(0, { type: 'redacted_thinking', data: 'x' }), true],
    [text(0, 'a'), true],
    [json(0, '{'), true],
    [piece(0, { type: 'thinking_delta', thinking: 'a' }), true],
  ])('%j: %s', (value, want) => {
    expect(dialect.isContent?.(value)).toBe(want)
  })
})

describe('errors', () => {
  it.each([
    ['invalid_request_error', 'invalid_request', false],
    ['authentication_error', 'invalid_api_key', false],
    ['billing_error', 'unauthorized', false],
    ['permission_error', 'unauthorized', false],
    ['not_found_error', 'not_found', false],
    ['conflict_error', 'conflict', false],
    ['request_too_large', 'invalid_request', false],
    ['rate_limit_error', 'rate_limit_exceeded', true],
    ['api_error', 'model_server_error', true],
    ['timeout_error', 'model_timeout', true],
    ['overloaded_error', 'model_overloaded', true],
    ['error_of_tomorrow', 'stream_error', true],
  ])('%s is %s, retryable: %s', async (type, code, retryable) => {
    const server = await serve((_, res) => {
      res.writeHead(200, {
        'content-type': 'text/event-stream',
        'request-id': 'req_1',
        'x-request-id': 'proxy',
      })
      res.end(`event: error\ndata: ${JSON.stringify({ type: 'error', error: { type, message: 'm' } })}\n\n`)
    })
    const { error } = await collect(
      fromEventStream(server.url, { dialect: anthropicMessages(), retry: false }),
    )
    expect(error).toMatchObject({
      kind: 'stream_error',
      code,
      type,
      retryable,
      message: 'm',
      requestId: 'req_1',
    })
  })
})

describe('the examples in its facts', () => {
  it('are read as what they are examples of', () => {
    const read = (example: string) => {
      const [type, data] = /^(?:event: (.*)\n)?data: (.*)$/.exec(example)?.slice(1) ?? []
      return dialect.read({ ...(type ? { event: type } : {}), data: data as string }, {}) as { type?: string }
    }
    for (const example of dialect.facts?.end ?? []) expect(read(example).type).toBe('done')
    for (const example of dialect.facts?.errors ?? []) expect(read(example).type).toBe('failed')
  })
})

describe('two runs of a request', () => {
  it('say the same whatever their IDs, signatures and numbers of tokens are', () => {
    const run = (id: string, n: number): Json[] => [
      { type: 'message_start', message: { id, model: 'm', usage: { n } } },
      block(0, { type: 'tool_use', id, name: 'f' }),
      piece(0, { type: 'signature_delta', signature: id }),
      over('tool_use', { n }),
    ]
    const [a, b] = [run('a', 1), run('b', 2)]
    for (const [i, value] of a.entries()) expect(dialect.isSame?.(value, b[i] as Json)).toBe(true)
    expect(dialect.isSame?.(text(0, 'a'), text(0, 'b'))).toBe(false)
    expect(dialect.isSame?.(over('a'), over('b'))).toBe(false)
  })
})

describe('odd events', () => {
  const keys =
    'type message id model content usage index content_block delta text thinking partial_json citation signature name input stop_reason stop_details explanation to error'
  const words =
    'message_start content_block_start content_block_delta content_block_stop message_delta message_stop text thinking tool_use server_tool_use fallback compaction text_delta input_json_delta thinking_delta citations_delta signature_delta compaction_delta end_turn max_tokens'
  it('do no harm', () => {
    fc.assert(
      fc.property(fc.array(oddEvents(keys.split(' '), words.split(' ')), { maxLength: 8 }), (events) =>
        expectNoHarm(dialect, events),
      ),
      { numRuns: 500 },
    )
  })

  const event = fc.oneof(
    fc.constantFrom(start, over('tool_use'), over('max_tokens'), end),
    fc
      .constantFrom(0, 1, 2, 'x', -1)
      .chain((index) =>
        fc.constantFrom<Json>(
          tool(index as number),
          block(index as number, { type: 'text', text: 'x' }),
          json(index as number, '{}'),
          json(index as number, '{"a"'),
          text(index as number, 'y'),
          stop(index as number),
        ),
      ),
  )
  it('in an order that makes no sense do none either', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) =>
        expectNoHarm(dialect, structuredClone(events)),
      ),
      { numRuns: 500 },
    )
  })
})

describe('the type of the values', () => {
  it('is the one that is named, else that of the API', () => {
    const url = 'http://127.0.0.1:9/'
    const plain = fromEventStream(url, { dialect: anthropicMessages() })
    expectTypeOf(plain).toEqualTypeOf<Observable<AnthropicMessageEvent>>()
    const named = fromEventStream(url, { dialect: anthropicMessages<{ type: 'mine' }>() })
    expectTypeOf(named).toEqualTypeOf<Observable<{ type: 'mine' }>>()
    const narrowed = (event: AnthropicMessageEvent) =>
      event.type === 'content_block_delta' ? event.delta.text : undefined
    expect(narrowed({ type: 'message_stop' })).toBeUndefined()
  })
})
