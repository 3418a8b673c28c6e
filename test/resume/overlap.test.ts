import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  type ChatCompletionChunk,
  continueWith,
  openaiChat,
  type ResumeStrategy,
} from '../../src/index.ts'
import { overlapOf } from '../../src/session/overlap-gate.ts'
import { pieces, runInMemory } from './in-memory.ts'
import { AT_ONCE, cut, DONE, FINISH, plain, play, ROLE, textsOf, tokens } from './play.ts'
import { blockStart, messageStart, messageStop, PING, textDelta } from './wires.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog'

/** The longest end of one text that another begins with, found the plain way. */
const longest = (tail: string, next: string): number => {
  let length = 0
  for (let i = 1; i <= Math.min(tail.length, next.length); i++)
    if (tail.endsWith(next.slice(0, i))) length = i
  return length
}

describe('overlapOf', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 0],
    ['', 'abc', 0],
    ['abc', 'abc', 3],
    ['abc', 'bcd', 2],
    ['abc', 'xbc', 0],
    ['abc', 'abcabc', 3],
    ['abab', 'ababab', 4],
    ['aaa', 'aa', 2],
    ['abc', 'ABC', 0],
  ])('of %j and %j is %i', (tail, seen, length) => {
    expect(overlapOf(tail, seen)).toBe(length)
  })

  it('is the longest', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 })
    fc.assert(
      fc.property(texts, texts, (tail, seen) => {
        expect(overlapOf(tail, seen)).toBe(longest(tail, seen))
      }),
      { numRuns: 500 },
    )
  })
})

type Chunks = ResumeStrategy<ChatCompletionChunk>
const rest = (overlap: Parameters<typeof continueWith>[1] = { overlap: true }): Chunks =>
  continueWith<ChatCompletionChunk>(() => ({ url: '/rest' }), overlap)
const chat = (resume: Chunks = rest()) => ({ dialect: openaiChat(), resume, retry: { ...AT_ONCE, count: 2 } })

describe('a continuation that repeats the end of the text', () => {
  it('is delivered without that, however it is cut into tokens', async () => {
    for (const second of [
      ['jumps over the lazy dog'],
      ['jum', 'ps ', 'over', ' the lazy', ' dog'],
      [...'jumps over the lazy dog'],
    ]) {
      const seen = await play(
        [tokens('The quick', ' brown fox jumps over'), tokens(...second) + FINISH],
        chat(),
      )
      expect(textsOf(seen.values).join('')).toBe(TEXT)
      expect(seen.completed).toBe(true)
    }
  })

  it('keeps the values that have no text, in their places', async () => {
    const usage = plain(JSON.stringify({ choices: [], usage: { total_tokens: 1 } }))
    const seen = await play(
      [ROLE + tokens('The quick brown fox'), ROLE + tokens('brown') + usage + tokens(' fox jumps') + FINISH],
      chat(),
    )
    expect(textsOf(seen.values)).toEqual(['', 'The quick brown fox', '', '', '', ' jumps', ''])
    expect(seen.values[4]).toMatchObject({ usage: { total_tokens: 1 } })
  })

  it('leaves a repetition that is shorter than min, and one that is longer than max', async () => {
    const answers = ['The quick brown fox', 'brown fox jumps'] as const
    const run = async (min: number, max: number): Promise<string> => {
      const [first, second] = answers
      const seen = await play([tokens(first), tokens(second) + FINISH], chat(rest({ overlap: { min, max } })))
      return textsOf(seen.values).join('')
    }
    expect(await run(9, 9)).toBe('The quick brown fox jumps')
    expect(await run(10, 400)).toBe('The quick brown foxbrown fox jumps')
    expect(await run(1, 8)).toBe('The quick brown foxbrown fox jumps')
  })

  it('trims each continuation by the text so far', async () => {
    const seen = await play(
      [
        tokens('The quick brown'),
        tokens('quick brown fox jumps'),
        tokens('fox jumps over the'),
        tokens('over the lazy dog') + FINISH,
      ],
      chat(),
    )
    expect(textsOf(seen.values).join('')).toBe(TEXT)
    expect(seen.requests).toHaveLength(4)
  })

  it('does so on Anthropic', async () => {
    const seen = await play(
      [
        messageStart() + blockStart + textDelta('The quick brown fox'),
        messageStart() +
          blockStart +
          PING +
          textDelta('brown') +
          PING +
          textDelta(' fox jumps') +
          messageStop,
      ],
      { dialect: anthropicMessages(), resume: continueWith(() => ({}), { overlap: true }), retry: AT_ONCE },
    )
    expect(seen.completed).toBe(true)
    const texts = seen.values.map((value) => (anthropicMessages().text as (v: unknown) => string)(value))
    expect(texts.join('')).toBe('The quick brown fox jumps')
  })

  it('does not change the text of other choices', async () => {
    const two = plain(
      JSON.stringify({
        choices: [
          { index: 1, delta: { content: 'brown fox' } },
          { index: 0, delta: { content: 'brown fox jumps' } },
        ],
      }),
    )
    const seen = await play([tokens('The quick brown fox'), two + FINISH], chat())
    expect(seen.values[1]?.choices.map(({ delta }) => delta.content)).toEqual(['brown fox', ' jumps'])
  })
})

describe('while it is not known whether the continuation repeats', () => {
  it('gives all that is held if the end marker comes: it was the text', async () => {
    const seen = await play([tokens('The quick brown fox'), tokens('brown') + FINISH], chat())
    expect(textsOf(seen.values).join('')).toBe('The quick brown foxbrown')
    expect(seen.completed).toBe(true)
  })

  it('forgets what is held if it is cut, and asks again with the same text', async () => {
    const partials: string[] = []
    const resume = continueWith<ChatCompletionChunk>(
      ({ text }) => {
        partials.push(text)
        return {}
      },
      { overlap: true },
    )
    const seen = await play(
      [
        tokens('The quick brown fox'),
        ROLE + tokens('brown'),
        tokens('br'),
        tokens('brown fox jumps') + FINISH,
      ],
      { ...chat(resume), retry: AT_ONCE },
    )
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox jumps')
    expect(partials).toEqual(Array(3).fill('The quick brown fox'))
  })

  it('forgets it also if the server reports an error that may be tried again', async () => {
    const busy = plain(JSON.stringify({ error: { code: 'model_overloaded', type: 't', message: 'm' } }))
    const seen = await play(
      [tokens('The quick brown fox'), tokens('brown') + busy + DONE, tokens('brown fox jumps') + FINISH],
      chat(),
    )
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox jumps')
  })

  it.each([
    ['is cut', [tokens('brown f')]],
    [
      'has an error in it',
      [`${tokens('brown f')}${plain('{"error":{"code":"unsafe_content","type":"t","message":"m"}}')}`],
    ],
  ])('does not double what stands at the end of the text if the last one %s', async (_, last) => {
    const seen = await play([tokens('The quick brown fox'), ...last, cut(tokens('brown f'))], {
      ...chat(),
      retry: { ...AT_ONCE, count: 1 },
    })
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox')
    expect(seen.error?.events).toBe(seen.values.length)
  })

  it('gives what is certainly new before the last failure', async () => {
    const further = await play([tokens('The quick brown fox'), cut(tokens('brown fox jumps')), ''], {
      ...chat(),
      retry: { ...AT_ONCE, count: 1 },
    })
    expect(textsOf(further.values).join('')).toBe('The quick brown fox jumps')
    expect(further.error).toMatchObject({ events: 2 })
  })

  it('is not decided by an ID that comes without a value', async () => {
    for (const second of [
      `id: 7\n\n${tokens('brown fox jumps')}`,
      `${tokens('brown')}id: 7\n\n${tokens(' fox jumps')}`,
    ]) {
      const seen = await play([tokens('The quick brown fox'), second + FINISH], chat())
      expect(textsOf(seen.values).join('')).toBe('The quick brown fox jumps')
    }
  })

  it('a server that only repeats, for ever, spends the budget', async () => {
    let asked = 0
    const resume = continueWith<ChatCompletionChunk>(() => (++asked > 30 ? undefined : {}), { overlap: true })
    const seen = await play([tokens('The quick brown fox'), cut(tokens('brown fox'))], chat(resume))
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox')
    expect(asked).toBeLessThanOrEqual(3)
  })
})

describe('overlap that cannot be', () => {
  it.each([
    { min: 0 },
    { max: 0 },
    { min: 9, max: 8 },
    { min: 1.5 },
    { max: Number.POSITIVE_INFINITY },
    { min: '8' },
    { min: 401 },
  ])('is refused at the call: %o', (overlap) => {
    expect(() => continueWith(() => undefined, { overlap: overlap as never })).toThrow(TypeError)
  })

  it.each([['yes'], [5], [null], [[]], [{ mim: 8 }]])('is refused at the call: %o', (overlap) => {
    expect(() => continueWith(() => undefined, { overlap: overlap as never })).toThrow(TypeError)
  })

  it.each([true, false, undefined, {}, { min: 1, max: 1 }, { min: 3 }, { max: 8 }])(
    'may be %o',
    (overlap) => {
      expect(() => continueWith(() => undefined, { overlap })).not.toThrow()
    },
  )
})

/** Words that repeat each other often, with characters of several bytes. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '🌊'), minLength: 1, maxLength: 40 })
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })

/** A text as tokens, cut where the shares say. Never inside a surrogate pair, which no server can do. */
function asTokens(whole: string, cuts: readonly number[]): string[] {
  const characters = [...whole]
  const places = [...new Set(cuts.map((share) => Math.round(share * characters.length)))].sort(
    (a, b) => a - b,
  )
  const ends = [0, ...places, characters.length]
  return ends.slice(1).map((to, index) => characters.slice(ends[index], to).join(''))
}

describe('overlap, whatever the text', () => {
  it('joins to the text, if it was the longest repetition that there is', () => {
    let trimmed = 0
    fc.assert(
      fc.property(
        text,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(30),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 8, max: 40 }),
        shares,
        shares,
        shares,
        (whole, share, back, min, max, firstTokens, secondTokens, chunking) => {
          const at = Math.round(share * [...whole].length)
          const before = [...whole].slice(0, at).join('')
          const repeated = back === 0 ? '' : [...before].slice(-back).join('')
          const continuation = repeated + [...whole].slice(at).join('')
          fc.pre(before !== '')
          const tail = before.slice(-max)
          const longestOfAll = longest(tail, continuation)
          // What is said twice by chance cannot be told from a repetition; what is longer than max is not one.
          fc.pre(repeated.length < min ? longestOfAll < min : longestOfAll === repeated.length)
          const { values, completed, endings } = runInMemory<ChatCompletionChunk>(
            (_, n) =>
              n === 1
                ? { chunks: pieces(ROLE + tokens(...asTokens(before, firstTokens)), chunking), end: 'cut' }
                : {
                    chunks: pieces(ROLE + tokens(...asTokens(continuation, secondTokens)) + FINISH, chunking),
                    end: 'clean',
                  },
            { dialect: openaiChat(), resume: rest({ overlap: { min, max } }), retry: AT_ONCE },
          )
          expect([completed, endings]).toEqual([true, 1])
          const isTrimmed = repeated.length >= min
          expect(textsOf(values).join('')).toBe(isTrimmed ? whole : before + continuation)
          if (isTrimmed) trimmed++
          // No value is lost: the roles, the tokens, the finish reason.
          const all = asTokens(before, firstTokens).length + asTokens(continuation, secondTokens).length + 3
          expect(values).toHaveLength(all - (before === '' ? 1 : 0))
        },
      ),
      { numRuns: 600 },
    )
    expect(trimmed).toBeGreaterThan(50)
  })
})
