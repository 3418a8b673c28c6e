import { describe, expect, it } from 'vitest'
import { runCampaign } from './campaign.ts'
import { fromJson, toJson } from './fuzz-input.ts'
import { minimize } from './minimize.ts'
import { Random } from './random.ts'
import { seedInputs } from './seeds.ts'
import { TARGET_NAMES } from './targets.ts'

describe('the fuzzer', () => {
  it('finds nothing in a short run, and looks at every target', () => {
    const all = seedInputs()
    // Every so many: the whole is the long form's.
    const seeds = all.filter((_, nth) => nth % 11 === 0)
    const { finds, inputs, perTarget } = runCampaign({ inputs: 1_800, seed: 7, seeds })
    expect(finds).toEqual([])
    expect(inputs).toBe(1_800)
    expect(Object.keys(perTarget).sort()).toEqual([...TARGET_NAMES].sort())
  })

  it('does the same again with the same seed', () => {
    const numbers = (seed: number): number[] => {
      const random = new Random(seed)
      return Array.from({ length: 5 }, () => random.int(1_000_000))
    }
    expect(numbers(3)).toEqual(numbers(3))
    expect(numbers(3)).not.toEqual(numbers(4))
  })

  it('makes an input as small as what it shows allows', () => {
    const noise = 'data: noise\n\n'.repeat(20)
    const input = { target: 'decode', wire: 'raw', seed: 99, body: Buffer.from(`${noise}id: x!y\n${noise}`) }
    const { body, seed } = minimize(input, (candidate) => Buffer.from(candidate.body).includes('!'))
    expect(Buffer.from(body).toString()).toBe('!')
    expect(seed).toBe(0)
  })

  it('writes an input down and reads it again, text or not', () => {
    for (const body of [Buffer.from('data: é\n\n'), Buffer.from([0xff, 0x0a, 0x00])]) {
      const input = { target: 'decode', wire: 'raw', seed: 1, body }
      expect(fromJson(JSON.parse(JSON.stringify(toJson(input))))).toEqual(input)
    }
  })
})
