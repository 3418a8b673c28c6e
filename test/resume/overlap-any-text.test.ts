import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChatCompletionChunk, openaiChat } from '../../src/index.ts'
import { overlapOf } from '../../src/session/overlap-gate.ts'
import { pieces, shares } from './pieces.ts'
import { AT_ONCE, textsOf } from './play.ts'
import { overlapping } from './strategies.ts'
import { VirtualStream } from './virtual.ts'
import { FINISH, ROLE, tokens } from './wire-text.ts'

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

/** Words that repeat each other often, with characters of several bytes. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '🌊'), minLength: 1, maxLength: 40 })

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
  it('joins the parts to the text, if what was repeated is the longest repetition that there is', () => {
    let trimmed = 0
    fc.assert(
      fc.property(
        text,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(30),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 8, max: 40 }),
        shares(6),
        shares(6),
        shares(6),
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
          const stream = new VirtualStream<ChatCompletionChunk>(
            (n) =>
              n === 1
                ? { chunks: pieces(ROLE + tokens(...asTokens(before, firstTokens)), chunking), end: 'fin' }
                : {
                    chunks: pieces(ROLE + tokens(...asTokens(continuation, secondTokens)) + FINISH, chunking),
                    end: 'clean',
                  },
            {
              dialect: openaiChat(),
              resume: overlapping({ overlap: { min, max } }),
              retry: AT_ONCE,
              timeout: {},
            },
          ).run()
          // Whatever is left of time must not end it twice.
          while (stream.clock.step());
          const { values, ends } = stream
          expect(ends).toEqual(['complete'])
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
