import { describe, expect, it } from 'vitest'
import { isVerdict } from '../../src/dialects/dialect.ts'
import { fixtures } from '../fixtures/fixture.ts'
import { parseReference } from '../fixtures/reference-parser.ts'
import { runCampaign } from '../fuzz/campaign.ts'
import { corpusInputs } from '../fuzz/corpus.ts'
import { FIELDS, LINES } from '../fuzz/dictionary.ts'
import type { FuzzInput } from '../fuzz/fuzz-input.ts'
import { growthOf } from '../fuzz/growth.ts'
import { eventOf } from '../fuzz/model.ts'
import { seedInputs } from '../fuzz/seeds.ts'
import { WIRE_NAMES, wireNamed } from '../fuzz/wires.ts'

describe('fuzzing from bytes to values', () => {
  it('finds nothing in a hundred thousand inputs', () => {
    const seeds = [...seedInputs(), ...corpusInputs()]
    const { finds, inputs } = runCampaign({ inputs: 100_000, seed: 20_250, seeds })
    expect(finds).toEqual([])
    expect(inputs).toBe(100_000)
  })
})

/** The events of a wire's fixtures that are values to it: a body of them goes on as long as it is. */
function valuesOf(wire: string): Buffer {
  const dialect = wireNamed(wire)
  // The test's own wire has no fixtures.
  const folder = wire === 'own' ? 'raw' : wire.split(',')[0]
  const own = fixtures.filter(({ dialectName }) => dialectName === folder)
  const blocks: string[] = []
  for (const { entries } of own.map(({ bytes }) => parseReference(bytes))) {
    for (const entry of entries) {
      if (entry.type !== 'event') continue
      const event = eventOf(entry, '')
      try {
        if (isVerdict(dialect.read(event, dialect.memory?.()))) continue
      } catch {
        continue
      }
      const type = event.event === undefined ? '' : `event: ${event.event}\n`
      blocks.push(`${type}${event.data.replace(/^/gm, 'data: ')}\n\n`)
    }
  }
  return Buffer.from(blocks.join(''))
}

describe('the time grows as the bytes do', () => {
  it.each(WIRE_NAMES)('%s: values, and the message they make', (wire) => {
    const body = valuesOf(wire)
    expect(body.length).toBeGreaterThan(0)
    const { factor, isSuperlinear } = growthOf({ target: 'ending', wire, seed: 0, body })
    expect(isSuperlinear, `eight times the body takes ${factor.toFixed(1)} times as long`).toBe(false)
  })

  const pieces = [...FIELDS, ...LINES, '<title', '<h1', '<', '{"a":', '[', '"', '\\', ' ', '\t', '0', 'a']

  it.each(pieces)('an error body, and header fields, of %j alone', (piece) => {
    const { factor, isSuperlinear } = growthOf({
      target: 'fields',
      wire: 'raw',
      seed: 0,
      body: Buffer.from(piece),
    })
    expect(isSuperlinear, `eight times the body takes ${factor.toFixed(1)} times as long`).toBe(false)
  })

  it.each([...LINES, 'data: x\ndata', ': x\n', 'id: 1\n\n', '\r', '\n', 'a', '\u00ff', '\ufeff'])(
    'lines of %j',
    (piece) => {
      const { factor, isSuperlinear } = growthOf({
        target: 'decode',
        wire: 'raw',
        seed: 0,
        body: Buffer.from(`${piece}\n`),
      })
      expect(isSuperlinear, `eight times the body takes ${factor.toFixed(1)} times as long`).toBe(false)
    },
  )

  it('a square is seen for what it is', () => {
    let steps = 0
    const square = ({ body }: FuzzInput): void => {
      for (let at = 0; at < body.length; at += 64)
        for (let other = 0; other < body.length; other++) if (body[other] !== at) steps++
    }
    const input = { target: 'decode', wire: 'raw', seed: 0, body: Buffer.from('a') }
    expect(growthOf(input, square).isSuperlinear).toBe(true)
    expect(steps).toBeGreaterThan(0)
  })

  it('JSON nested a hundred thousand levels deep ends in a value or an error, not in a stack that overflows', () => {
    for (const wire of WIRE_NAMES) {
      const dialect = wireNamed(wire)
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const data = `${open.repeat(100_000)}0${close.repeat(100_000)}`
        const read = (): unknown => dialect.read({ data }, dialect.memory?.())
        expect(read, wire).not.toThrow(RangeError)
      }
    }
  })
})
