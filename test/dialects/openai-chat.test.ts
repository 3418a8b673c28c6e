import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Verdict } from '../../src/dialects/dialect.ts'
import { failureInBand } from '../../src/errors/http.ts'
import {
  type ChatCompletionChunk,
  type OpenaiChatOptions,
  openaiChat,
  type ValueOf,
} from '../../src/index.ts'

const dialect = openaiChat()
const memory = { begun: new Set<number>(), finished: new Set<number>() }

const read = (data: string, event?: string): unknown =>
  dialect.read(event === undefined ? { data } : { event, data }, memory)

function failureOf(payload: unknown) {
  const verdict = read(JSON.stringify(payload))
  if (!(verdict instanceof Verdict) || verdict.upstream === undefined) throw new Error('not a failure')
  const { code, message, type, retryable } = failureInBand(verdict.upstream)
  return { code, message, type, retryable, payload: verdict.upstream.payload }
}

const chunk = (delta: object, more: object = {}): ChatCompletionChunk =>
  ({
    id: 'c',
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  }) as unknown as ChatCompletionChunk

const any = fc.jsonValue()

/** What servers and adversaries send where a chunk is due. */
const oddities = fc.oneof(
  { weight: 1, arbitrary: any },
  {
    weight: 3,
    arbitrary: fc.record({
      id: any,
      usage: any,
      choices: fc.oneof(
        any,
        fc.array(
          fc.oneof(
            any,
            fc.record({
              index: any,
              finish_reason: any,
              logprobs: fc.oneof(any, fc.record({ content: any })),
              delta: fc.oneof(
                any,
                fc.record({
                  content: any,
                  refusal: any,
                  audio: any,
                  function_call: any,
                  reasoning_details: any,
                  tool_calls: fc.oneof(
                    any,
                    fc.array(fc.oneof(any, fc.record({ index: any, function: any }))),
                  ),
                }),
              ),
            }),
          ),
          { maxLength: 3 },
        ),
      ),
    }),
  },
) as fc.Arbitrary<unknown> as fc.Arbitrary<ChatCompletionChunk>

describe('a value of an odd shape', () => {
  it.each(['null', '7', '"x"', '[]', '[null]', 'true', '{"choices":7}'])('%s passes untouched', (data) => {
    expect(read(data)).toEqual(JSON.parse(data))
  })

  it('makes no accessor throw, and never changes', () => {
    fc.assert(
      fc.property(oddities, oddities, (odd, other) => {
        const before = structuredClone(odd)
        expect(typeof dialect.text(odd)).toBe('string')
        expect(typeof dialect.isContent?.(odd)).toBe('boolean')
        expect(dialect.isSame?.(odd, odd)).toBe(true)
        dialect.isSame?.(odd, other)
        const renamed = dialect.withText?.(odd, 'new') as ChatCompletionChunk
        expect(['new', '']).toContain(dialect.text(renamed))
        const message = dialect.accumulate(dialect.accumulate(undefined, odd), other)
        expect(message.toolCalls.every((call) => typeof call.arguments === 'string')).toBe(true)
        JSON.stringify(message)
        expect(odd).toEqual(before)
      }),
      { numRuns: 500 },
    )
  })

  it('is remembered by the policy finish_reason without a crash', () => {
    const patient = openaiChat({ endMarker: 'finish_reason' })
    fc.assert(
      fc.property(oddities, (odd) => {
        const finishes = { begun: new Set<number>(), finished: new Set<number>() }
        patient.read({ data: JSON.stringify(odd) }, finishes)
        expect(finishes.begun.size).toBeGreaterThanOrEqual(finishes.finished.size)
      }),
      { numRuns: 200 },
    )
  })

  it('that is no JSON throws, which ends the stream', () => {
    expect(() => read('{"choices":[')).toThrow(SyntaxError)
    expect(() => read('retry later')).toThrow(SyntaxError)
  })
})

describe('an error', () => {
  it('may be a number, the HTTP status', () => {
    expect(failureOf({ error: 503, message: 'No slot' })).toMatchObject({
      code: 'service_unavailable',
      message: 'No slot',
    })
    expect(failureOf({ error: 429 })).toMatchObject({ code: 'rate_limit_exceeded' })
  })

  it('is nothing when it is null, false, zero or empty', () => {
    for (const error of [null, false, 0, '']) {
      const value = { ...chunk({ content: 'a' }), error }
      expect(read(JSON.stringify(value))).toEqual(value)
    }
    const inChoice = chunk({ content: 'a' }, { error: null })
    expect(read(JSON.stringify(inChoice))).toEqual(inChoice)
    const withGroq = { ...chunk({ content: 'a' }), x_groq: { id: 'req_1', error: null } }
    expect(read(JSON.stringify(withGroq))).toEqual(withGroq)
  })

  it('of Groq is a text, or was an object', () => {
    expect(failureOf({ choices: [], x_groq: { error: 'over capacity' } }).message).toBe('over capacity')
    expect(failureOf({ choices: [], x_groq: { error: { message: 'over' } } }).message).toBe('over')
  })

  it('of a choice counts, whatever the finish_reason, and beside an x_groq', () => {
    const error = { code: 504, message: 'Upstream idle timeout exceeded' }
    const expected = { code: 'model_timeout', message: error.message }
    expect(failureOf(chunk({}, { error }))).toMatchObject(expected)
    expect(failureOf(chunk({}, { error, finish_reason: 'error' }))).toMatchObject(expected)
    const payload = { ...chunk({}, { error }), x_groq: { id: 'req_1' } }
    expect(failureOf(payload)).toMatchObject({ ...expected, payload })
  })

  it('is a finish_reason "error" of any choice', () => {
    const choices = [
      { index: 0, delta: {}, finish_reason: null },
      { index: 1, delta: {}, finish_reason: 'error' },
    ]
    expect(failureOf({ choices })).toMatchObject({ code: 'stream_error', payload: { choices } })
    expect(failureOf({ choices, x_groq: { id: 'req_1' } })).toMatchObject({ code: 'stream_error' })
  })

  it.each([
    [{ code: 'insufficient_quota', type: 'insufficient_quota' }, 'rate_limit_exceeded', false],
    [{ code: 'rate_limit_exceeded', type: 'tokens' }, 'rate_limit_exceeded', undefined],
    [{ code: 'DeploymentNotFound' }, 'unknown_model', undefined],
    [{ code: 'content_filter', status: 400, innererror: {} }, 'unsafe_content', undefined],
    [{ code: '500', type: 'None', param: 'None' }, 'internal_error', undefined],
    [{ code: 400, type: 'exceed_context_size_error' }, 'invalid_argument', undefined],
    [{ code: 503, type: 'unavailable_error' }, 'model_unavailable', true],
    [{ code: '3505', type: 'service_tier_capacity_exceeded' }, 'model_overloaded', undefined],
    [{ code: 400, type: 'BadRequestError' }, 'invalid_request', undefined],
    [{ code: 404, type: 'NotFoundError' }, 'unknown_model', undefined],
    [{ code: 'model_decommissioned', type: 'invalid_request_error' }, 'unknown_model', undefined],
    [{ code: 'something_new' }, 'stream_error', undefined],
    [{ code: '__proto__' }, 'stream_error', undefined],
  ])('%j is the row %s', (error, code, retryable) => {
    expect(failureOf({ error: { message: 'x', ...error } })).toMatchObject({ code, retryable })
  })
})

describe('content, for the first and stall deadlines', () => {
  it.each([
    ['text', { content: 'a' }],
    ['a refusal', { refusal: 'I' }],
    ['thinking', { reasoning_content: 'a' }],
    ['thinking in parts', { content: [{ type: 'thinking', thinking: [] }] }],
    ['a tool call', { tool_calls: [{ index: 0 }] }],
    ['the old function call', { function_call: { name: 'f' } }],
    ['sound', { audio: { data: 'AAAA' } }],
  ])('is %s', (_, delta) => {
    expect(dialect.isContent?.(chunk(delta))).toBe(true)
  })

  it.each([
    ['a role', { role: 'assistant', content: '', refusal: null }],
    ['nothing', {}],
    ['empty thinking', { content: null, reasoning_content: '', reasoning_details: [], tool_calls: [] }],
    ['a label', { name: 'MiniMax AI', index: 1, channel: 'final', type: 'x', id: '1', tool_call_id: '2' }],
  ])('is not %s', (_, delta) => {
    expect(dialect.isContent?.(chunk(delta))).toBe(false)
  })

  it('is the finish, but not the usage or a verdict of Azure’s filters', () => {
    expect(dialect.isContent?.(chunk({}, { finish_reason: 'length' }))).toBe(true)
    expect(dialect.isContent?.({ ...chunk({}), choices: [], usage: { total_tokens: 1 } } as never)).toBe(
      false,
    )
    const filtered = { choices: [{ index: 0, finish_reason: null, content_filter_results: {} }] }
    expect(dialect.isContent?.(filtered as never)).toBe(false)
  })
})

describe('two runs of the same request', () => {
  it('are the same but for IDs, times and throughput', () => {
    const run = (n: number, text = 'a') => ({
      ...chunk({ content: text }),
      id: `c${n}`,
      created: n,
      timings: { n },
      x_groq: { id: `${n}` },
    })
    expect(dialect.isSame?.(run(1), run(2))).toBe(true)
    expect(dialect.isSame?.(run(1), run(2, 'b'))).toBe(false)
  })
})

describe('another text in a chunk', () => {
  it('leaves the others and the given chunk alone', () => {
    const two = {
      choices: [
        { index: 1, delta: { content: 'b' } },
        { index: 0, delta: { role: 'assistant', content: 'a' } },
      ],
    } as unknown as ChatCompletionChunk
    const before = structuredClone(two)
    const changed = dialect.withText?.(two, 'c') as ChatCompletionChunk
    expect(dialect.text(changed)).toBe('c')
    expect(changed.choices[0]).toBe(two.choices[0])
    expect(changed.choices[1]?.delta).toEqual({ role: 'assistant', content: 'c' })
    expect(two).toEqual(before)
  })

  it('keeps what is no text in a list of parts', () => {
    const parts = [
      { type: 'thinking', thinking: [] },
      { type: 'text', text: 'a' },
    ]
    const changed = dialect.withText?.(chunk({ content: parts }), 'b') as ChatCompletionChunk
    expect(changed.choices[0]?.delta.content).toEqual([parts[0], { type: 'text', text: 'b' }])
  })
})

describe('the facts', () => {
  const fieldsOf = (text: string) =>
    Object.fromEntries(text.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))

  it('of ends and errors are what it reads', () => {
    for (const end of dialect.facts?.end ?? [])
      expect(read(fieldsOf(end).data as string)).toMatchObject({ type: 'done' })
    for (const error of dialect.facts?.errors ?? []) {
      const { data, event, error: line } = fieldsOf(error)
      const verdict = line === undefined ? read(data as string, event) : dialect.readField?.('error', line)
      expect(verdict, error).toMatchObject({ type: 'failed' })
    }
    expect(dialect.facts?.errors.length).toBeGreaterThan(5)
  })
})

describe('the options', () => {
  it('refuse what they do not know', () => {
    expect(() => openaiChat({ endMarker: 'eof' } as unknown as OpenaiChatOptions)).toThrow(
      'openaiChat: endMarker is "[DONE]" or "finish_reason", not "eof".',
    )
    expect(() => openaiChat({ end: 1 } as unknown as OpenaiChatOptions)).toThrow('unknown option "end"')
  })

  it('give a policy under which each choice that has begun must have finished, however the response ended', () => {
    const patient = openaiChat({ endMarker: 'finish_reason' })
    const finishes = { begun: new Set<number>(), finished: new Set<number>() }
    const tell = (choice: object) => patient.read({ data: JSON.stringify({ choices: [choice] }) }, finishes)
    expect(patient.isWhole?.(finishes, true)).toBe(false)
    tell({ index: 0, delta: { content: 'a' } })
    tell({ index: 1, delta: { content: 'b' }, finish_reason: 'stop' })
    expect(patient.isWhole?.(finishes, true)).toBe(false)
    tell({ index: 0, delta: {}, finish_reason: 'length' })
    expect(patient.isWhole?.(finishes, true)).toBe(true)
    expect(patient.isWhole?.(finishes, false)).toBe(true)
    expect(dialect.isWhole?.(finishes, true)).toBe(false)
  })

  it('take the type of the chunks', () => {
    interface Own extends ChatCompletionChunk {
      timings?: { prompt_n: number }
    }
    const own = openaiChat<Own>()
    expectTypeOf<ValueOf<typeof own>>().toEqualTypeOf<Own>()
    expectTypeOf<ValueOf<typeof dialect>>().toEqualTypeOf<ChatCompletionChunk>()
    expect(own.name).toBe('openai-chat')
  })
})

describe('the policy finish_reason', () => {
  it('does not call whole what an error has followed, whatever a later attempt brings', () => {
    const dialect = openaiChat({ endMarker: 'finish_reason' })
    const memory = dialect.memory?.()
    dialect.read({ data: '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}' }, memory)
    expect(dialect.isWhole?.(memory, true)).toBe(true)
    dialect.read({ data: '{"error":{"message":"busy"}}' }, memory)
    expect(dialect.isWhole?.(memory, true)).toBe(false)
    dialect.read({ data: '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}' }, memory)
    expect(dialect.isWhole?.(memory, false)).toBe(true)
  })
})
