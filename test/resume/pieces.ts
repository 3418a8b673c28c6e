import fc from 'fast-check'
import { cutAt } from '../fixtures/in-memory.ts'

const utf8 = new TextEncoder()

/** Where to cut something: parts of its length, from 0 to 1. */
export const shares = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength })

/** The bytes of a text, cut at these shares of them: also inside a character. */
export function pieces(text: string, at: readonly number[]): Uint8Array[] {
  const bytes = utf8.encode(text)
  const offsets = at.map((share) => Math.floor(share * bytes.length))
  return [...cutAt(bytes, offsets)]
}
