import { describe, expect, it } from 'vitest'
import { type ChatCompletionChunk, openaiChat } from '../../src/index.ts'
import { chatChunk } from '../../src/testing/index.ts'
import { textsOf } from './play.ts'
import { overlapping } from './strategies.ts'
import { VirtualStream } from './virtual.ts'
import { FINISH, plain, ROLE, tokens } from './wire-text.ts'

const THINKING = plain(chatChunk({ reasoning: 'hm' } as never))

/** An answer that was cut, and a rest of it that begins like this and is still open. */
function rest(beginning: string): VirtualStream<ChatCompletionChunk> {
  return new VirtualStream<ChatCompletionChunk>(
    [{ text: tokens('The quick brown fox') }, { text: beginning, end: 'open' }],
    { body: {}, dialect: openaiChat(), resume: overlapping() },
  ).run(2)
}

describe('a rest, with overlap, that begins with reasoning', () => {
  it('gives it at once, and the role before it', () => {
    const stream = rest(ROLE + THINKING)
    expect(stream.values.slice(1).map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { reasoning: 'hm' },
    ])
    stream.requests[1]?.more(THINKING.repeat(500))
    expect(stream.values).toHaveLength(503)
  })

  it('has the text after it trimmed all the same', () => {
    const stream = rest(THINKING + tokens('brown'))
    expect(textsOf(stream.values)).toEqual(['The quick brown fox', ''])
    stream.requests[1]?.more(tokens(' fox jumps'))
    expect(textsOf(stream.values).join('')).toBe('The quick brown fox jumps')
    stream.requests[1]?.more(tokens(' over') + FINISH)
    expect(textsOf(stream.values).join('')).toBe('The quick brown fox jumps over')
    expect(stream.ends).toEqual(['complete'])
  })

  it('is held back once there is text of which it is not known whether it repeats', () => {
    const stream = rest(tokens('brown') + THINKING)
    expect(stream.values).toHaveLength(1)
    stream.requests[1]?.more(tokens(' fox jumps'))
    expect(stream.values).toHaveLength(4)
  })
})
