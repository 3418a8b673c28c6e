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
  created: 1,
  model: 'm',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason, ...more }],
})
const call = (fragment: object) => chunk({ tool_calls: [fragment] })

describe('a message', () => {
  it('shares what has not changed', () => {
    const two = { choices: [{ index: 1, delta: { content: 'b' }, finish_reason: null }] }
    const before = joined([call({ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }), two])
    const withText = add(before, chunk({ content: 'a' }))
    expect(withText).not.toBe(before)
    expect(withText.toolCalls).toBe(before.toolCalls)
    expect(withText.snapshot.choices[1]).toBe(before.snapshot.choices[1])
    expect(withText.snapshot.choices[0]?.message.tool_calls).toBe(
      before.snapshot.choices[0]?.message.tool_calls,
    )
    const usage = add(withText, { id: 'c', choices: [], usage: { total_tokens: 1 } })
    expect(usage.snapshot.choices).toBe(withText.snapshot.choices)
    expect(usage).toMatchObject({ text: 'a', usage: { total_tokens: 1 } })
    const secondCall = add(usage, call({ index: 1, id: 'b', function: { name: 'g', arguments: '{}' } }))
    expect(secondCall.toolCalls[0]).toBe(usage.toolCalls[0])
  })

  it('is a new one also where nothing was added', () => {
    const message = joined([chunk({ content: 'a' })])
    for (const odd of [null, 7, 'x', [], {}, { choices: 7 }]) {
      const next = add(message, odd)
      expect(next).toEqual(message)
      expect(next).not.toBe(message)
    }
    expect(add(undefined, null)).toMatchObject({ id: undefined, text: '', toolCalls: [] })
  })

  it('keeps choices in the order of their indices', () => {
    const piece = (index: number, content: string) => ({ choices: [{ index, delta: { content } }] })
    const message = joined([piece(2, 'c'), piece(0, 'a'), piece(1, 'b'), piece(2, 'C')])
    expect(message.text).toBe('a')
    expect(message.snapshot.choices.map(({ index, message: m }) => [index, m.content])).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'cC'],
    ])
  })

  it('takes nothing back when a chunk without an ID says nothing', () => {
    const choices = [{ index: 0, finish_reason: null }]
    const blank = { id: '', object: '', created: 0, model: '', choices, usage: null }
    const message = joined([chunk({ content: 'a' }, 'stop'), blank])
    expect(message).toMatchObject({ id: 'c', model: 'm', finishReason: 'stop' })
    expect(message.snapshot).toMatchObject({ id: 'c', created: 1, model: 'm' })
  })

  it('has the usage of a server that sends no IDs', () => {
    const message = joined([
      { choices: [{ index: 0, delta: { content: 'a' } }] },
      { choices: [], usage: { total_tokens: 1 } },
    ])
    expect(message).toMatchObject({ id: undefined, text: 'a', usage: { total_tokens: 1 } })
    expect(message.snapshot).toEqual({
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: null,
          logprobs: null,
          message: { role: 'assistant', content: 'a', refusal: null },
        },
      ],
      usage: { total_tokens: 1 },
    })
  })

  it('has the last usage that was told, also Groq’s', () => {
    const message = joined([
      { ...chunk({}), usage: { n: 1 } },
      { ...chunk({}), usage: null },
    ])
    expect(message.usage).toEqual({ n: 1 })
    expect(joined([{ ...chunk({}), x_groq: { usage: { n: 2 } } }]).usage).toEqual({ n: 2 })
  })

  it('does not count a whole message beside the delta twice', () => {
    const beside = (content: string, soFar: string) =>
      chunk({ role: 'assistant', content }, null, { message: { role: 'assistant', content: soFar } })
    const message = joined([beside('a', 'a'), beside('b', 'ab')])
    expect(message.text).toBe('ab')
    expect(message.snapshot.choices[0]?.message.content).toBe('ab')
  })

  it('joins what is thought, once', () => {
    const both = (text: string) => chunk({ reasoning_content: text, reasoning: text })
    expect(joined([both('a'), both('b')]).reasoning).toBe('ab')
    const details = (part: object) => chunk({ reasoning_details: [{ index: 0, ...part }] })
    const message = joined([
      details({ type: 'reasoning.summary', summary: 'a' }),
      details({ type: 'reasoning.summary', summary: 'b' }),
      details({ type: 'reasoning.text', text: 'c' }),
      details({ type: 'reasoning.text', text: '', signature: 's' }),
      details({ type: 'reasoning.encrypted', data: 'e' }),
      details({ type: 'reasoning.encrypted', data: 'f' }),
    ])
    expect(message.reasoning).toBe('abc')
    expect(message.snapshot.choices[0]?.message).toMatchObject({
      reasoning_details: [
        { type: 'reasoning.summary', summary: 'ab' },
        { type: 'reasoning.text', text: 'c', signature: 's' },
        { type: 'reasoning.encrypted', data: 'e' },
        { type: 'reasoning.encrypted', data: 'f' },
      ],
    })
  })

  it('joins texts and lists in fields it does not know, and takes the last of others', () => {
    const message = joined([
      chunk({ note: 'a', list: [1], name: 'M', flag: true, empty: null }),
      chunk({ note: 'b', list: [2], name: 'M', flag: false, empty: null }),
      chunk({ note: null, list: null }),
    ])
    expect(message.snapshot.choices[0]?.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      note: 'ab',
      list: [1, 2],
      name: 'M',
      flag: false,
      empty: null,
    })
  })

  it('has a text after parts as a part', () => {
    const message = joined([
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'a' }] }] }),
      chunk({ content: 'b' }),
      chunk({ content: 'c' }),
    ])
    expect(message).toMatchObject({ text: 'bc', reasoning: 'a' })
    expect(message.snapshot.choices[0]?.message.content).toEqual([
      { type: 'thinking', thinking: [{ type: 'text', text: 'a' }] },
      { type: 'text', text: 'bc' },
    ])
    expect(joined([chunk({ content: 'a' }), chunk({ content: [{ type: 'text', text: 'b' }] })]).text).toBe(
      'ab',
    )
  })

  it('treats __proto__ as a field like any other', () => {
    const value = JSON.parse(
      '{"id":"c","__proto__":{"text":"p"},"choices":[{"index":0,"__proto__":{"a":1},"delta":{"__proto__":{"refusal":"p"},"tool_calls":[{"__proto__":{"id":"p"}}]}}]}',
    )
    const message = joined([value, value])
    const choice = message.snapshot.choices[0]
    for (const object of [message.snapshot, choice, choice?.message, choice?.message.tool_calls?.[0]]) {
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
      expect(Object.hasOwn(object as object, '__proto__')).toBe(true)
    }
    expect(message.toolCalls).toMatchObject([{ id: undefined }])
    expect(({} as { refusal?: string }).refusal).toBeUndefined()
  })
})

describe('a long answer', () => {
  /** How long the last quarter takes, in first quarters: 1 if a chunk costs the same wherever it is, 7 if it costs all before it. */
  function slope(values: (i: number) => unknown): number {
    const quarter = 2_500
    let best = Number.POSITIVE_INFINITY
    for (let run = 0; run < 3; run++) {
      let message: Chat | undefined
      const times = [performance.now()]
      for (let i = 0; i < 4 * quarter; i++) {
        message = add(message, values(i))
        if ((i + 1) % quarter === 0) times.push(performance.now())
      }
      const [start, first, , third, end] = times as [number, number, number, number, number]
      best = Math.min(best, (end - third) / (first - start))
      expect(message?.snapshot.choices).toHaveLength(1)
    }
    return best
  }

  const thinking = { reasoning_content: 'word ', reasoning_details: [{ type: 'reasoning.text', text: 'w' }] }
  const logprobs = { content: [{ token: 'a' }], refusal: null }

  it.each([
    ['text', () => chunk({ content: 'word ' })],
    ['thinking', () => chunk(thinking)],
    [
      'arguments',
      (i: number) => call({ index: 0, ...(i === 0 && { id: 'a' }), function: { arguments: 'word ' } }),
    ],
    ['log probabilities', () => chunk({ content: 'a' }, null, { logprobs })],
  ])('of %s costs as much per chunk at its end as at its beginning', (_, values) => {
    expect(slope(values as (i: number) => unknown)).toBeLessThan(3)
  })

  it('has all its log probabilities when they are looked at', () => {
    let message: Chat | undefined
    for (let i = 0; i < 1_000; i++) {
      const content = [{ token: `${i}` }]
      message = add(message, chunk({ content: 'a' }, null, { logprobs: { content, refusal: null } }))
      if (i === 300 || i === 301) expect(message.snapshot.choices[0]?.logprobs?.content).toHaveLength(i + 1)
    }
    const content = message?.snapshot.choices[0]?.logprobs?.content as { token: string }[]
    expect(content.map(({ token }) => token)).toEqual(Array.from({ length: 1_000 }, (_, i) => `${i}`))
    expect(JSON.parse(JSON.stringify(message)).snapshot.choices[0].logprobs.content).toHaveLength(1_000)
    expect(message?.snapshot.choices[0]?.logprobs?.refusal).toBeNull()
  })
})
