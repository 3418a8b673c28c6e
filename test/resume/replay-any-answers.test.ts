import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openaiChat, replay, type ServerSentEvent } from '../../src/index.ts'
import { pieces, shares } from './pieces.ts'
import { AT_ONCE, datas, mismatchOf, play } from './play.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, FINISH, ROLE, tokens } from './wire-text.ts'

/** A random answer as data lines; few different ones, so that a shift by one is no difference here and there. */
const answers = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 })

describe('replay, whatever the answers', () => {
  it('delivers the first answer once, or a part from its beginning and the exact first difference', () => {
    fc.assert(
      fc.property(
        answers,
        fc.nat(12),
        fc.array(fc.nat(12), { maxLength: 6 }),
        fc.option(fc.record({ at: fc.nat(12), by: fc.constantFrom('a', 'b', 'c', 'end'), from: fc.nat(6) })),
        shares(4),
        fc.boolean(),
        (first, firstCut, cuts, change, chunking, ids) => {
          const block = (data: string, index: number): string =>
            `${ids ? `id: ${index}-${data}\n` : ''}data: ${data}\n\n`
          const lengths = [firstCut, ...cuts].map((length) => Math.min(length, first.length))
          const given = (n: number): string[] => {
            if (change === null || n <= change.from + 1) return first
            const at = Math.min(change.at, first.length)
            return change.by === 'end'
              ? first.slice(0, at)
              : [...first.slice(0, at), change.by, ...first.slice(at + 1)]
          }
          const stream = new VirtualStream<ServerSentEvent>(
            (n) => {
              const length = lengths[n - 1]
              const answer = given(n)
              const text = answer.slice(0, length).map(block).join('')
              const isCut = length !== undefined && length < answer.length
              return { chunks: pieces(isCut ? text : text + DONE, chunking), end: isCut ? 'fin' : 'clean' }
            },
            { resume: replay(), retry: { ...AT_ONCE, count: 20 }, timeout: {} },
          ).run()
          // Whatever is left of time must not end it twice.
          while (stream.clock.step());
          const { values, error, ends, requests } = stream
          expect(ends).toHaveLength(1)
          // The oracle: play it by hand.
          const expected: string[] = []
          let expectedMismatch: { index: number; received: string | undefined } | undefined
          let isWhole = false
          for (let n = 1; !isWhole && expectedMismatch === undefined; n++) {
            const answer = given(n)
            const length = lengths[n - 1] ?? answer.length
            const had = expected.length
            for (const [index, data] of answer.slice(0, length).entries()) {
              if (index >= had) expected.push(data)
              else if (expected[index] !== data) {
                expectedMismatch = { index, received: data }
                break
              }
            }
            if (expectedMismatch !== undefined || length < answer.length) continue
            if (answer.length < had) expectedMismatch = { index: answer.length, received: undefined }
            else isWhole = true
          }
          expect(datas(values)).toEqual(expected)
          expect(ends[0] === 'complete').toBe(isWhole)
          if (expectedMismatch === undefined) {
            expect(error).toBeUndefined()
          } else {
            const { index, delivered, received } = mismatchOf(error)
            expect(index).toBe(expectedMismatch.index)
            expect(delivered).toEqual(values[index])
            expect((received as ServerSentEvent | undefined)?.data).toBe(expectedMismatch.received)
          }
          expect(requests.every(({ headers }) => !headers.has('last-event-id'))).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('delivers the answer once over sockets too, cut at any byte', async () => {
    const whole = ROLE + tokens('Two', ' 🌊', ' waves', '.') + FINISH
    const bytes = Buffer.from(whole)
    const { values } = await play([whole], { dialect: openaiChat() })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length - 1), { minLength: 1, maxLength: 3 }), async (cuts) => {
        const answers = cuts.map(
          (at) => ({ fixture: whole, fault: { type: 'fin', after: { bytes: at } } }) as const,
        )
        const seen = await play([...answers, whole], { dialect: openaiChat(), resume: replay() })
        expect(seen.error).toBeUndefined()
        expect(seen.values).toEqual(values)
      }),
      { numRuns: 25 },
    )
  })
})
