import { describe, expect, it } from 'vitest'
import { Verdict } from '../../src/dialects/dialect.ts'
import { anthropicMessages, type Dialect, openaiChat, rawEvents } from '../../src/index.ts'

/** Every shape in which servers are known to report an error inside a stream. */
const shapes: [string, unknown][] = [
  ['an envelope', { error: { type: 't', code: 'c', message: 'm' } }],
  ['a text', { error: 'broken' }],
  ['a text with a type', { error: 'broken', error_type: 'overloaded' }],
  ['an object of type error', { object: 'error', message: 'm' }],
  ['a flat error', { type: 'error', code: 'server_error', message: 'm', sequence_number: 1 }],
  ['an enveloped error', { type: 'error', error: { type: 'overloaded_error', message: 'm' } }],
  ['an errorText', { type: 'error', errorText: 'm' }],
  [
    'a failed response',
    { type: 'response.failed', response: { error: { code: 'server_error', message: 'm' } } },
  ],
  ['a run error', { type: 'RUN_ERROR', message: 'm' }],
  ['an event_type', { event_type: 'error', message: 'm' }],
  ['an x_groq error', { id: 'x', choices: [], x_groq: { error: { message: 'm' } } }],
  ['a finish reason', { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'error' }] }],
  [
    'a finish reason of the second choice',
    { choices: [{ finish_reason: null }, { finish_reason: 'error' }] },
  ],
  [
    'an error beside choices',
    { id: 'x', choices: [{ finish_reason: 'error' }], error: { code: 502, message: 'm' } },
  ],
]

const healthy: [string, unknown][] = [
  ['a null error', { id: 'x', error: null, choices: [] }],
  ['the word in its content', { choices: [{ delta: { content: '{"error":{"message":"x"}} RUN_ERROR' } }] }],
  [
    'the word in tool arguments',
    { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"error":1}' } }] } }] },
  ],
  ['x_groq without an error', { choices: [], x_groq: { id: 'req' } }],
  ['a content filter', { choices: [{ delta: {}, finish_reason: 'content_filter' }] }],
]

const dialects: [string, () => Dialect<unknown>][] = [
  ['rawEvents', rawEvents],
  ['openaiChat', openaiChat],
  ['openaiChat by finish reasons', () => openaiChat({ endMarker: 'finish_reason' })],
  ['anthropicMessages', anthropicMessages],
]

describe.each(dialects)('%s', (_, create) => {
  const read = (data: string, event?: string): unknown => {
    const dialect = create()
    return dialect.read({ data, ...(event === undefined ? {} : { event }) }, dialect.memory?.())
  }

  it.each(shapes)('takes %s for an error', (_shape, payload) => {
    for (const space of [undefined, 2]) {
      const reading = read(JSON.stringify(payload, null, space))
      expect(reading).toBeInstanceOf(Verdict)
      expect(reading).toMatchObject({ type: 'failed', upstream: { payload } })
    }
  })

  it.each(healthy)('does not take %s for one', (_shape, payload) => {
    const reading = read(JSON.stringify(payload))
    expect(reading instanceof Verdict && reading.type === 'failed').toBe(false)
  })

  it('takes every event of the type error for one, with the words that it has', () => {
    expect(read('it broke', 'error')).toMatchObject({ type: 'failed', upstream: { message: 'it broke' } })
    expect(read('', 'error')).toMatchObject({ type: 'failed' })
  })
})
