import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChatCompletion, type Message, openaiChat } from '../../src/index.ts'

type Chat = Message<ChatCompletion>
const dialect = openaiChat()

const add = (message: Chat | undefined, value: unknown): Chat => dialect.accumulate(message, value as never)

function joined(values: readonly unknown[]): Chat {
  let message: Chat | undefined
  for (const value of values) message = add(message, value)
  return message as Chat
}

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  id: 'c',
  choices: [{ index: 0, delta, finish_reason, ...more }],
})
const call = (fragment: object) => chunk({ tool_calls: [fragment] })
const calls = (...values: unknown[]) => joined(values).toolCalls

const CLOSES = ['tool_calls', 'stop', 'function_call']

describe('tool calls', () => {
  const toolArguments = fc
    .oneof(fc.object({ maxDepth: 2 }), fc.array(fc.jsonValue()))
    .map((value) => JSON.stringify(value))

  /** Two calls, their arguments in pieces, in any order between the calls. */
  const streams = fc
    .tuple(toolArguments, toolArguments)
    .chain(([a, b]) =>
      fc.record({
        texts: fc.constant([a, b] as const),
        cuts: fc.tuple(fc.array(fc.nat({ max: a.length })), fc.array(fc.nat({ max: b.length }))),
        order: fc.infiniteStream(fc.boolean()),
        finish: fc.constantFrom(...CLOSES, 'length', 'content_filter', 'error'),
        repeatsId: fc.boolean(),
        repeatsName: fc.boolean(),
      }),
    )
    .map(({ texts, cuts, order, finish, repeatsId, repeatsName }) => {
      const queues = texts.map((text, index) => {
        const at = [...new Set([0, ...(cuts[index] ?? []), text.length])].sort((x, y) => x - y)
        const name = `tool${index}`
        const pieces = at.slice(1).map((end, i) => ({
          index,
          id: repeatsId ? `call_${index}` : null,
          function: { ...(repeatsName && { name }), arguments: text.slice(at[i], end) },
        }))
        return [
          { index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } },
          ...pieces,
        ]
      })
      const values: unknown[] = [chunk({ role: 'assistant', content: null })]
      for (const isFirst of order) {
        const wanted = queues[isFirst ? 0 : 1]
        const fragment = (wanted?.length ? wanted : queues[isFirst ? 1 : 0])?.shift()
        if (fragment === undefined) break
        values.push(call(fragment))
      }
      return { texts, finish, values: [...values, chunk({}, finish)] }
    })

  it('are the same however their arguments were cut, and complete at no prefix', () => {
    fc.assert(
      fc.property(streams, ({ texts, finish, values }) => {
        let message: Chat | undefined
        for (const value of values.slice(0, -1)) {
          message = add(message, value)
          expect(message.toolCalls.some(({ complete }) => complete)).toBe(false)
        }
        message = add(message, values.at(-1))
        const isWhole = CLOSES.includes(finish)
        const expected = texts.map((text, index) => ({
          index,
          id: `call_${index}`,
          name: `tool${index}`,
          arguments: text,
          complete: isWhole,
          ...(isWhole && { input: JSON.parse(text) }),
        }))
        expect([...message.toolCalls].sort((a, b) => a.index - b.index)).toEqual(expected)
        expect('input' in (message.toolCalls[0] as object)).toBe(isWhole)
        expect(message.finishReason).toBe(finish)
      }),
      { numRuns: 200 },
    )
  })

  it('that break off are not complete, whatever the server says', () => {
    const text = '{"path":"/tmp/x","force":true}'
    for (let cut = 1; cut < text.length; cut++) {
      for (const finish of CLOSES) {
        const fragment = { index: 0, id: 'a', function: { name: 'rm', arguments: text.slice(0, cut) } }
        expect(calls(call(fragment), chunk({}, finish))).toEqual([
          { index: 0, id: 'a', name: 'rm', arguments: text.slice(0, cut), complete: false },
        ])
      }
    }
  })

  it('without arguments have an empty input, unless a stop sequence may have cut them', () => {
    const first = call({ index: 0, id: 'a', function: { name: 'now', arguments: '' } })
    expect(calls(first, chunk({}, 'tool_calls'))).toMatchObject([
      { complete: true, input: {}, arguments: '' },
    ])
    expect(calls(first, chunk({}, 'function_call'))).toMatchObject([{ complete: true, input: {} }])
    expect(calls(first, chunk({}, 'stop'))).toMatchObject([{ complete: false }])
    expect(calls(first, chunk({}, 'length'))).toMatchObject([{ complete: false }])
  })

  it('of another choice do not matter, nor does its finish', () => {
    const other = (delta: object, finish_reason: string | null) => ({
      choices: [{ index: 1, delta, finish_reason }],
    })
    const message = joined([
      call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
      other({ tool_calls: [{ index: 0, function: { name: 'g' } }] }, null),
      other({}, 'tool_calls'),
    ])
    expect(message.toolCalls).toMatchObject([{ name: 'f', complete: false }])
    expect(message.finishReason).toBeUndefined()
    expect(message.snapshot.choices[1]?.message.tool_calls).toMatchObject([{ function: { name: 'g' } }])
  })

  it('without an index are told apart by their IDs', () => {
    expect(
      calls(
        call({ id: 'a', function: { name: 'f', arguments: '{"x":' } }),
        call({ id: 'b', function: { name: 'f', arguments: '{}' } }),
        call({ id: 'a', function: { arguments: '1}' } }),
        chunk({}, 'stop'),
      ),
    ).toMatchObject([
      { index: 0, id: 'a', input: { x: 1 } },
      { index: 1, id: 'b', input: {} },
    ])
  })

  it('without index and ID begin with their names', () => {
    const f = (text: string) => ({ function: { name: 'f', arguments: text } })
    const more = (text: string) => ({ function: { arguments: text } })
    const inputs = (...values: unknown[]) => calls(...values, chunk({}, 'stop')).map(({ input }) => input)
    expect(inputs(chunk({ tool_calls: [f('{"x":1}'), f('{"x":2}')] }))).toEqual([{ x: 1 }, { x: 2 }])
    expect(inputs(call(f('{"x":1}')), call(f('{"x":2}')))).toEqual([{ x: 1 }, { x: 2 }])
    expect(inputs(call(f('{"x"')), call(more(':1}')))).toEqual([{ x: 1 }])
    // The name repeated on a fragment that goes on, and on one that says nothing.
    expect(inputs(call(f('{"x"')), call(f(':1}')))).toEqual([{ x: 1 }])
    expect(inputs(call(f('{"x":1}')), call(f('')))).toEqual([{ x: 1 }])
    expect(inputs(call(f('{"x":1}')), call({ function: { name: 'g', arguments: '{}' } }))).toEqual([
      { x: 1 },
      {},
    ])
  })

  it('that all have the index 0 are told apart by what can only be another call', () => {
    const zero = (id: string | undefined, name: string | undefined, text: string) =>
      call({ index: 0, ...(id && { id }), function: { ...(name && { name }), arguments: text } })
    expect(calls(zero('a', 'f', '{}'), zero('b', 'f', '{"x":1}'), chunk({}, 'stop'))).toMatchObject([
      { index: 0, id: 'a', input: {} },
      { index: 1, id: 'b', input: { x: 1 } },
    ])
    expect(calls(zero('a', 'f', ''), zero('b', 'g', '{}'))).toMatchObject([{ name: 'f' }, { name: 'g' }])
    expect(calls(zero(undefined, 'f', '{}'), zero(undefined, 'f', '{}'))).toHaveLength(2)
    // A new ID with every fragment of one call.
    expect(calls(zero('a', 'f', '{"x"'), zero('b', 'f', ':1}'), chunk({}, 'stop'))).toMatchObject([
      { id: 'b', input: { x: 1 } },
    ])
    // The same as older servers of vLLM do it, which end with a fragment of what has not been sent yet: nothing.
    const fresh = [
      zero('a', 'f', '{"x"'),
      zero('b', undefined, ':1}'),
      zero('c', undefined, ''),
      zero('d', undefined, ' '),
      chunk({}, 'tool_calls'),
    ]
    expect(calls(...fresh)).toMatchObject([{ name: 'f', complete: true, input: { x: 1 } }])
    expect(calls(...fresh)).toHaveLength(1)
    // Its ID and its name again, with nothing or a blank.
    const again = calls(
      zero('a', 'f', '{}'),
      zero('a', 'f', ''),
      zero(undefined, 'f', '\n'),
      chunk({}, 'stop'),
    )
    expect(again).toMatchObject([{ id: 'a', arguments: '{}\n', input: {} }])
    expect(again).toHaveLength(1)
  })

  it('with arguments that are no text have their JSON', () => {
    const fragment = { index: 0, id: 'a', function: { name: 'f', arguments: { city: 'Berlin' } } }
    const message = joined([call(fragment), chunk({}, 'tool_calls')])
    expect(message.toolCalls).toMatchObject([
      { arguments: '{"city":"Berlin"}', complete: true, input: { city: 'Berlin' } },
    ])
    expect(message.snapshot.choices[0]?.message.tool_calls?.[0]?.function?.arguments).toBe(
      '{"city":"Berlin"}',
    )
  })

  it('keep what else a server says of them', () => {
    const extra_content = { google: { thought_signature: 's' } }
    const message = joined([call({ id: 'a', extra_content, function: { name: 'f', arguments: '{}' } })])
    expect(message.snapshot.choices[0]?.message.tool_calls).toEqual([
      { id: 'a', type: 'function', extra_content, function: { name: 'f', arguments: '{}' } },
    ])
  })

  it('go on after the message was copied', () => {
    const first = joined([
      call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } }),
      chunk({ content: 'a' }, null, { logprobs: { content: [{ token: 'a' }], refusal: null } }),
    ])
    const last = chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }, 'tool_calls', {
      logprobs: { content: [{ token: 'b' }], refusal: null },
    })
    expect(add(structuredClone(first), last)).toEqual(add(first, last))
    expect(add(first, last).toolCalls).toMatchObject([{ input: { x: 1 } }])
    expect(add(first, last).snapshot.choices[0]?.logprobs?.content).toHaveLength(2)
  })

  it('are no more than a server may make up', () => {
    const many = Array.from({ length: 2_000 }, (_, index) => ({
      index,
      id: `${index}`,
      function: { name: 'f' },
    }))
    expect(calls(chunk({ tool_calls: many }))).toHaveLength(1_024)
    const choices = Array.from({ length: 2_000 }, (_, index) => ({ index, delta: { content: 'a' } }))
    expect(joined([{ choices }]).snapshot.choices).toHaveLength(1_024)
  })
})
