import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HeldLine } from '../../src/decode/held-line.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (held: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(held)

/** In pieces, each from one of the places to the next. */
function heldIn(line: Uint8Array, places: readonly number[], isFirst = false): HeldLine {
  const cuts = [...new Set(places.map((place) => 1 + (place % line.length)))].sort((a, b) => a - b)
  const [first = line.length, ...rest] = cuts
  const held = new HeldLine(line.subarray(0, first), isFirst)
  let from = first
  for (const cut of [...rest, line.length]) {
    held.add(line.subarray(from, cut))
    from = cut
  }
  return held
}

const places = fc.array(fc.nat(), { minLength: 1, maxLength: 20 })

it('holds what it was given, however that is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 900 }), places, (line, cuts) => {
      const all = bytes(`data: ${line}`)
      expect(heldIn(all, cuts).bytes).toEqual(all)
    }),
  )
})

it('does not go by what becomes of the bytes that it was given', () => {
  const piece = bytes('data: one')
  const held = new HeldLine(piece, false)
  piece.fill(0)
  expect(text(held.bytes)).toBe('data: one')
})

it('counts characters and not bytes, however they are cut', () => {
  const line = bytes('€'.repeat(40) + '😀'.repeat(5))
  for (let cut = 1; cut < line.length; cut++) {
    const held = heldIn(line, [cut])
    expect(held.exceeds(50)).toBe(false)
    expect(held.exceeds(49)).toBe(true)
  }
})

it('goes on counting where it has stopped', () => {
  const held = new HeldLine(bytes('é'.repeat(10)), false)
  expect(held.exceeds(10)).toBe(false)
  held.add(bytes('é'))
  expect(held.exceeds(10)).toBe(true)
})

it('keeps of a comment its beginning, and never finds it too long', () => {
  const held = new HeldLine(bytes(':'), false)
  for (let piece = 0; piece < 1_000; piece++) held.add(bytes('0123456789'))
  expect(held.bytes.length).toBeLessThan(300)
  expect(text(held.bytes).startsWith(':0123456789012')).toBe(true)
  expect(held.exceeds(10)).toBe(false)
})

it('a comment that is cut inside a character still shows that', () => {
  const line = bytes(`: ${'x'.repeat(400)}€`)
  fc.assert(
    fc.property(places, (cuts) => {
      expect(text(heldIn(line.subarray(0, -1), cuts).bytes).at(-1)).toBe('\ufffd')
      expect(text(heldIn(line, cuts).bytes).at(-1)).toBe('€')
    }),
  )
})

it('knows a comment behind a BOM at the beginning of the stream, and only there', () => {
  const line = bytes(`\ufeff:${'x'.repeat(400)}`)
  for (const cut of [0, 1, 2, 3, 4, 300]) {
    expect(heldIn(line, [cut], true).exceeds(100)).toBe(false)
    expect(heldIn(line, [cut], false).exceeds(100)).toBe(true)
  }
})
