import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AiSdkUiChunk, type AiSdkUiMessage, aiSdkUi, type Message } from '../../src/index.ts'

const dialect = aiSdkUi()

const messageOf = (chunks: readonly object[], from?: Message<AiSdkUiMessage>): Message<AiSdkUiMessage> =>
  chunks.reduce<Message<AiSdkUiMessage> | undefined>(
    (message, chunk) => dialect.accumulate(message, chunk as AiSdkUiChunk),
    from,
  ) as Message<AiSdkUiMessage>

const textStart = (id: string) => ({ type: 'text-start', id })
const textDelta = (id: string, delta: string) => ({ type: 'text-delta', id, delta })

describe('a chunk with an error of its own', () => {
  it.each(['data-job', 'tool-output-available'])('is a value, as %s', (type) => {
    const chunk = { type, toolCallId: 'c', data: {}, error: 'no such file' }
    expect(dialect.read({ data: JSON.stringify(chunk) }, { finished: false })).toEqual(chunk)
  })
})

describe('a message of the AI SDK', () => {
  it('says of a call that the provider carries it out itself', () => {
    const call = { toolCallId: 'c', toolName: 'web_search' }
    const message = messageOf([
      { type: 'tool-input-start', ...call, providerExecuted: true },
      { type: 'tool-input-available', ...call, input: {}, providerExecuted: true },
      { type: 'tool-input-available', toolCallId: 'd', toolName: 'rm', input: {} },
    ])
    expect(message.toolCalls.map((one) => [one.name, one.complete, one.providerExecuted])).toEqual([
      ['web_search', true, true],
      ['rm', true, undefined],
    ])
  })

  it('loses with reset-step all that came since start-step, and nothing else', () => {
    const call = { toolCallId: 'c', toolName: 't' }
    const first = messageOf([
      { type: 'start', messageId: 'm' },
      { type: 'start-step' },
      textStart('1'),
      textDelta('1', 'kept'),
      { type: 'tool-input-available', ...call, input: { a: 1 } },
      { type: 'start-step' },
    ])
    const second = messageOf(
      [
        { type: 'reasoning-start', id: '2' },
        { type: 'reasoning-delta', id: '2', delta: 'gone' },
        textStart('3'),
        textDelta('3', 'gone'),
        { type: 'tool-input-start', toolCallId: 'd', toolName: 't' },
      ],
      first,
    )
    expect(second).toMatchObject({ text: 'keptgone', reasoning: 'gone' })
    expect(second.toolCalls).toHaveLength(2)
    const third = messageOf([{ type: 'reset-step' }], second)
    expect(third).toEqual(first)
    expect(third.toolCalls[0]).toBe(first.toolCalls[0])
    expect(messageOf([{ type: 'reset-step' }, textStart('3'), textDelta('3', '!')], second).text).toBe(
      'kept!',
    )
  })

  it('puts the pieces of interleaved parts where they belong', () => {
    const message = messageOf([
      textStart('a'),
      textStart('b'),
      textDelta('a', '1'),
      textDelta('b', '3'),
      textDelta('a', '2'),
    ])
    expect(message.snapshot.parts.map(({ text }) => text)).toEqual(['12', '3'])
    expect(message.text).toBe('123')
  })

  it('goes on after it was copied', () => {
    const message = structuredClone(messageOf([textStart('a'), textDelta('a', '1')]))
    expect(messageOf([textDelta('a', '2'), { type: 'text-end', id: 'a' }], message)).toMatchObject({
      text: '12',
      snapshot: { parts: [{ type: 'text', text: '12', state: 'done' }] },
    })
  })

  it('shares what has not changed', () => {
    const before = messageOf([
      { type: 'tool-input-available', toolCallId: 'c', toolName: 't', input: {} },
      textStart('a'),
    ])
    const after = messageOf([textDelta('a', '1')], before)
    expect(after.toolCalls).toBe(before.toolCalls)
    expect(after.snapshot.parts[0]).toBe(before.snapshot.parts[0])
    expect(after.snapshot.parts[1]).not.toBe(before.snapshot.parts[1])
  })

  it('has a call complete only once its input is available', () => {
    const call = { toolCallId: 'c', toolName: 't' }
    const begun = messageOf([
      { type: 'tool-input-start', ...call },
      { type: 'tool-input-delta', toolCallId: 'c', inputTextDelta: '{}' },
    ])
    expect(begun.toolCalls).toEqual([{ index: 0, id: 'c', name: 't', arguments: '{}', complete: false }])
    expect(begun.snapshot.parts[0]).toMatchObject({ state: 'input-streaming', rawInput: '{}' })
    expect(begun.snapshot.parts[0]).not.toHaveProperty('input')
    const failed = messageOf([{ type: 'tool-input-error', ...call, input: '{}', errorText: 'no' }], begun)
    expect(failed.toolCalls[0]?.complete).toBe(false)
    const whole = messageOf([{ type: 'tool-input-available', ...call, input: {} }], begun)
    expect(whole.toolCalls[0]).toMatchObject({ arguments: '{}', complete: true, input: {} })
    expect(messageOf([{ type: 'finish', finishReason: 'length' }], begun).toolCalls[0]?.complete).toBe(false)
  })

  it('keeps approvals, data parts and metadata as the SDK does', () => {
    const message = messageOf([
      { type: 'start', messageId: 'm', messageMetadata: { a: { b: 1 }, __proto__: null } },
      { type: 'message-metadata', messageMetadata: { a: { c: 2 } } },
      { type: 'data-note', id: '1', data: 1 },
      { type: 'data-note', id: '1', data: 2 },
      { type: 'data-note', data: 3, transient: true },
      { type: 'tool-input-available', toolCallId: 'c', toolName: 't', input: {}, dynamic: true },
      { type: 'tool-approval-request', approvalId: 'p', toolCallId: 'c' },
      { type: 'tool-approval-response', approvalId: 'p', approved: true },
      { type: 'tool-output-available', toolCallId: 'c', output: 7 },
    ])
    expect(message.snapshot).toEqual({
      id: 'm',
      role: 'assistant',
      metadata: { a: { b: 1, c: 2 } },
      parts: [
        { type: 'data-note', id: '1', data: 2 },
        {
          type: 'dynamic-tool',
          toolName: 't',
          toolCallId: 'c',
          state: 'output-available',
          input: {},
          output: 7,
          approval: { id: 'p', approved: true },
        },
      ],
    })
  })
})

describe('the end of a UI message stream', () => {
  const read = (memory: { finished: boolean }, chunk: object) =>
    dialect.read({ data: JSON.stringify(chunk) }, memory)

  it('is proved by a finish only as long as nothing follows it', () => {
    const memory = { finished: false }
    read(memory, { type: 'finish' })
    expect(dialect.isWhole?.(memory, false)).toBe(true)
    read(memory, textStart('a'))
    expect(dialect.isWhole?.(memory, true)).toBe(false)
  })

  it('is none where the server gave up or its provider broke off', () => {
    const memory = { finished: false }
    for (const chunk of [
      { type: 'abort' },
      { type: 'finish', finishReason: 'error' },
      { type: 'finish', finishReason: 'interrupted' },
    ]) {
      expect(read(memory, chunk)).toMatchObject({ type: 'failed', upstream: { payload: chunk } })
      expect(dialect.isWhole?.(memory, true)).toBe(false)
    }
  })
})

describe('UI message chunks', () => {
  it('are the same in another run but for what belongs to the run', () => {
    const same = (a: object, b: object) => dialect.isSame?.(a as AiSdkUiChunk, b as AiSdkUiChunk)
    expect(same({ type: 'start', messageId: 'a' }, { type: 'start', messageId: 'b' })).toBe(true)
    expect(same({ type: 'start' }, { type: 'start-step' })).toBe(false)
    expect(same(textDelta('a', 'x'), textDelta('b', 'x'))).toBe(false)
    expect(same(textDelta('a', 'x'), { ...textDelta('a', 'x'), providerMetadata: { o: 1 } })).toBe(true)
  })

  it('of any shape throw nowhere, and change no prototype', () => {
    const types = [
      'start',
      'reset-step',
      'text-start',
      'text-delta',
      'text-end',
      'tool-input-start',
      'tool-input-delta',
      'tool-input-available',
      'tool-output-available',
      'tool-output-error',
      'tool-approval-request',
      'tool-approval-response',
      'data-x',
      'message-metadata',
      'finish',
    ]
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'c', null, 7))
    const keys = ['id', 'delta', 'toolCallId', 'toolName', 'inputTextDelta', 'messageMetadata', '__proto__']
    const chunk = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(fc.constantFrom(...types), fc.array(fc.tuple(fc.constantFrom(...keys), odd), { maxLength: 5 }))
        .map(([type, fields]) => Object.fromEntries([['type', type], ...fields])),
    )
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
        let message: Message<AiSdkUiMessage> | undefined
        for (const value of chunks as AiSdkUiChunk[]) {
          expect(typeof dialect.text(value)).toBe('string')
          dialect.isContent?.(value)
          dialect.isSame?.(value, value)
          dialect.withText?.(value, 'x')
          message = dialect.accumulate(message, value)
        }
        expect({}).not.toHaveProperty('type')
      }),
      { numRuns: 300 },
    )
  })
})
