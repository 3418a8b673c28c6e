import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Verdict } from '../../src/dialects/dialect.ts'
import { failureInBand } from '../../src/errors/http.ts'
import { fromEventStream, type GeminiChunk, gemini, type Message } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'
import type { Death } from '../fixtures/oracle.ts'
import { expectNoHarm, oddEvents } from './odd-events.ts'

const stream = (body: string, death: Death = 'clean') =>
  collect(
    fromEventStream('http://wire.test/v1beta/models/m:streamGenerateContent?alt=sse', {
      dialect: gemini(),
      retry: false,
      transport: scriptedTransport(() => ({ chunks: [Buffer.from(body)], death })),
    }),
  )

const chunk = (parts: unknown, finishReason?: string): GeminiChunk =>
  ({ candidates: [{ content: { parts }, ...(finishReason && { finishReason }) }] }) as GeminiChunk
const line = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`
const STOPPED = line(chunk([{ text: 'Hi' }], 'STOP'))
const ERROR = { error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } }

const messageOf = (values: readonly GeminiChunk[]) =>
  values.reduce<Message<GeminiChunk> | undefined>(gemini().accumulate, undefined)

describe('the end of an answer without an end marker', () => {
  it('is whole after a finishReason if the transport says so too', async () => {
    expect((await stream(STOPPED)).completed).toBe(true)
  })

  it.each(['fin', 'rst'] as const)('is not whole if the response was broken off (%s)', async (death) => {
    expect((await stream(STOPPED, death)).error).toMatchObject({ kind: 'stream_terminated' })
  })

  it('is an error if one comes behind the finishReason', async () => {
    const { completed, error } = await stream(STOPPED + line(ERROR))
    expect(completed).toBe(false)
    expect(error).toMatchObject({ kind: 'stream_error', message: 'overloaded' })
  })

  it.each([
    ['on one line', JSON.stringify(ERROR)],
    ['over several lines', `${JSON.stringify(ERROR, null, 2)}\n`],
    ['in an array', `[${JSON.stringify(ERROR, null, 2)}\n]\n`],
  ])('is not whole where bare JSON is left over, %s', async (_, rest) => {
    const { completed, error } = await stream(STOPPED + rest)
    expect(completed).toBe(false)
    expect(error).toBeDefined()
  })

  it('does not count a finishReason that text follows', async () => {
    const { error } = await stream(line(chunk([], 'STOP')) + line(chunk([{ text: 'Hi' }])))
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end' })
  })

  it('counts a finishReason behind code that was run, and MAX_TOKENS behind code that was not', async () => {
    const code = [{ executableCode: { code: '1' } }]
    expect((await stream(line(chunk(code)) + line(chunk([], 'STOP')))).completed).toBe(false)
    expect((await stream(line(chunk(code)) + line(chunk([], 'MAX_TOKENS')))).completed).toBe(true)
    const result = line(chunk([{ codeExecutionResult: { output: '1' } }]))
    expect((await stream(line(chunk(code, 'STOP')) + result + line(chunk([], 'STOP')))).completed).toBe(true)
  })

  it('keeps a bounded memory, whatever candidates a server makes up', () => {
    const dialect = gemini()
    const memory = {
      begun: new Set<number>(),
      finished: new Set<number>(),
      waiting: new Set<number>(),
      blocked: false,
    }
    for (let index = 0; index < 5_000; index++)
      dialect.read({ data: JSON.stringify({ candidates: [{ index, finishReason: 'STOP' }] }) }, memory)
    expect(memory.begun.size + memory.finished.size + memory.waiting.size).toBeLessThanOrEqual(3_072)
    expect(dialect.isWhole?.(memory, true)).toBe(false)
  })
})

describe('errors', () => {
  it.each(gemini().facts?.errors ?? [])('%s is one', async (lines) => {
    expect((await stream(`${line(chunk([{ text: 'a' }]))}${lines}\n\n`)).error?.kind).toBe('stream_error')
  })

  it('keep the payload, and take the delay of RetryInfo', () => {
    const details = [7, null, { retryDelay: '0.25s' }]
    const payload = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', details } }
    const memory = gemini().memory?.() as never
    const verdict = gemini().read({ data: JSON.stringify(payload) }, memory)
    expect(verdict).toBeInstanceOf(Verdict)
    expect(failureInBand((verdict as Verdict).upstream as never)).toMatchObject({
      retryAfterMs: 250,
      upstream: { code: 429, type: 'RESOURCE_EXHAUSTED', payload },
    })
  })
})

describe('the message', () => {
  it('shares what has not changed', () => {
    const first = messageOf([chunk([{ functionCall: { name: 'f', args: {} } }])])
    const second = gemini().accumulate(first, chunk([{ text: 'a' }]))
    const partOf = (message: Message<GeminiChunk> | undefined) =>
      message?.snapshot.candidates?.[0]?.content?.parts?.[0]
    expect(second).not.toBe(first)
    expect(second.toolCalls[0]).toBe(first?.toolCalls[0])
    expect(partOf(second)).toBe(partOf(first))
  })

  it('takes no finishReason for the last word while the answer goes on', () => {
    const message = messageOf([chunk([{ executableCode: { code: '1' } }], 'STOP'), chunk([{ text: 'a' }])])
    expect(message).toMatchObject({ text: 'a', finishReason: undefined })
    expect(message?.snapshot.candidates?.[0]).not.toHaveProperty('finishReason')
  })
})

describe('streamed arguments', () => {
  const piece = (functionCall: unknown, finish?: string): GeminiChunk => chunk([{ functionCall }], finish)
  const put = (jsonPath: string, value: object): GeminiChunk =>
    piece({ partialArgs: [{ jsonPath, ...value }], willContinue: true })
  const begin = piece({ name: 'f', willContinue: true })
  const callOf = (...values: GeminiChunk[]) => messageOf([begin, ...values])?.toolCalls[0]

  it('are not complete before the piece that ends the call, at any prefix', () => {
    const values = [begin, put('$.a', { stringValue: 'x' }), put('$.b', { numberValue: 1 }), piece({})]
    const complete = values.map((_, at) => messageOf(values.slice(0, at + 1))?.toolCalls[0]?.complete)
    expect(complete).toEqual([false, false, false, true])
    expect(callOf(...values.slice(1))).toMatchObject({
      arguments: '{"a":"x","b":1}',
      input: { a: 'x', b: 1 },
    })
  })

  it.each(['$.a[3]', '$.a[99999999999]', 'a.b', '$', '$..x', `$${'.a'.repeat(200)}`, ''])(
    'are never complete with a piece whose path does not fit: %s',
    (path) => {
      expect(callOf(put(path, { numberValue: 1 }), piece({}))).toMatchObject({ complete: false })
    },
  )

  it('are never complete with a piece that would replace another', () => {
    const [one, x] = [put('$.a', { numberValue: 1 }), put('$.a', { stringValue: 'x' })]
    expect(callOf(one, one, piece({}))?.complete).toBe(false)
    expect(callOf(x, put('$.a.b', { stringValue: 'y' }), piece({}))?.complete).toBe(false)
  })

  it('are never complete with another reason than STOP', () => {
    expect(callOf(put('$.a', { numberValue: 1 }), piece({}, 'MAX_TOKENS'))?.complete).toBe(false)
    expect(callOf(put('$.a', { numberValue: 1 }), piece({}, 'STOP'))?.complete).toBe(true)
  })

  it('are put together whatever the values and the names', () => {
    const call = callOf(
      put('$.on', { boolValue: true }),
      put("$['__proto__'].x", { nullValue: 'NULL_VALUE' }),
      put('$.list[0].name', { stringValue: 'a' }),
      put('$.list[1]', { numberValue: 2 }),
      put('$.list[]', {}),
      put('$.empty[]', {}),
      put('$.none', {}),
      put('$.text', { stringValue: '' }),
      piece({}),
    )
    expect(call?.arguments).toBe(
      '{"on":true,"__proto__":{"x":null},"list":[{"name":"a"},2],"empty":[],"none":{},"text":""}',
    )
    expect(call?.complete).toBe(true)
  })

  it('of one call are not taken for those of the next', () => {
    const message = messageOf([
      begin,
      put('$.a', { numberValue: 1 }),
      piece({ name: 'f', args: { a: 2 } }),
      piece({ name: 'g', id: '2', partialArgs: [{ jsonPath: '$.b', numberValue: 3 }] }),
    ])
    expect(message?.toolCalls.map(({ name, arguments: args, complete }) => [name, args, complete])).toEqual([
      ['f', '{"a":1}', false],
      ['f', '{"a":2}', true],
      ['g', '{"b":3}', true],
    ])
  })
})

describe('the values', () => {
  const keys =
    'candidates content parts text thought thoughtSignature functionCall name args partialArgs jsonPath stringValue numberValue willContinue finishReason index promptFeedback blockReason usageMetadata responseId executableCode'

  it('may be of any shape', () => {
    const odd = oddEvents(keys.split(' '), ['$.a', '$.a[0]', '$.a.b', 'STOP', 'MAX_TOKENS'])
    const nearly = fc.array(odd, { maxLength: 3 }).map((parts) => chunk(parts))
    fc.assert(
      fc.property(fc.array(fc.oneof(odd, nearly), { maxLength: 6 }), (events) =>
        expectNoHarm(gemini(), events),
      ),
      { numRuns: 400 },
    )
  })

  it('count as content if they say something', () => {
    const { isContent } = gemini()
    expect(isContent?.(chunk([{ text: '' }]))).toBe(false)
    expect(isContent?.(chunk([{ text: '', thoughtSignature: 'x' }]))).toBe(false)
    expect(isContent?.({ usageMetadata: { totalTokenCount: 1 } })).toBe(false)
    expect(isContent?.(chunk([{ text: 'a', thought: true }]))).toBe(true)
    expect(isContent?.(chunk([{ functionCall: { name: 'f' } }]))).toBe(true)
    expect(isContent?.({ promptFeedback: { blockReason: 'SAFETY' } })).toBe(true)
  })

  it('are the same where only what belongs to a run differs', () => {
    const { isSame } = gemini()
    const run = (id: string, text = 'a'): GeminiChunk => ({
      ...chunk([{ text }, { functionCall: { id, name: 'f' }, thoughtSignature: id }]),
      responseId: id,
      usageMetadata: { totalTokenCount: id.length },
    })
    expect(isSame?.(run('1'), run('22'))).toBe(true)
    expect(isSame?.(run('1'), run('1', 'b'))).toBe(false)
  })

  it('take another text into their first piece, thoughts left as they are', () => {
    const value = chunk([{ text: 't', thought: true }, { text: 'a' }, { functionCall: {} }, { text: 'b' }])
    const changed = gemini().withText?.(value, 'xy') as GeminiChunk
    expect(changed).toEqual(chunk([{ text: 't', thought: true }, { text: 'xy' }, { functionCall: {} }]))
    expect([gemini().text(changed), gemini().text(value)]).toEqual(['xy', 'ab'])
  })

  it('may be of a type of the caller', () => {
    interface Own {
      text: string
    }
    expectTypeOf(gemini<Own>().text).parameter(0).toEqualTypeOf<Own>()
    expectTypeOf(gemini().text).parameter(0).toEqualTypeOf<GeminiChunk>()
  })
})
