import { describe, expect, it } from 'vitest'
import { replay } from '../../src/index.ts'
import { mismatchOf, play } from './play.ts'
import { wires } from './wires.ts'

describe.each(wires)('the same answer again on $name', ({ dialect, blocks, end, count, noise }) => {
  const upTo = (n: number, between = ''): string => blocks.slice(0, n).join(between) + between
  const whole = blocks.join('') + end
  const config = { dialect, resume: replay() }

  it('gives each value once, wherever it was cut', async () => {
    const { values } = await play([whole], { dialect })
    expect(values).toHaveLength(count)
    for (let at = 0; at <= blocks.length; at++) {
      const seen = await play([upTo(at), whole], config)
      expect([at, seen.completed, seen.error]).toEqual([at, true, undefined])
      expect(seen.values).toEqual(values)
    }
  })

  it('gives each value once though it is cut several times, also while it is passed over', async () => {
    const { values } = await play([whole], { dialect })
    const seen = await play([upTo(4), upTo(1), upTo(3), upTo(5), upTo(2), upTo(5), whole], config)
    expect(seen.completed).toBe(true)
    expect(seen.values).toEqual(values)
    expect(seen.requests).toHaveLength(7)
  })

  it('does not mind pings, comments and empty data between', async () => {
    const { values } = await play([whole], { dialect })
    const seen = await play([upTo(4, noise), noise + upTo(3), upTo(5, noise + noise) + end], config)
    expect(seen.completed).toBe(true)
    expect(seen.values).toEqual(values.filter((_, index) => index !== 5 || blocks.length === 5))
  })

  it('counts a cut while it is passed over as no progress', async () => {
    const seen = await play([upTo(4), ...Array.from({ length: 9 }, () => upTo(4))], config)
    expect(seen.values).toHaveLength(4)
    expect(seen.error).toMatchObject({ reason: 'socket_closed', events: 4, attempt: 4 })
    expect(seen.requests).toHaveLength(4)
  })

  it('is found out to be another at the first value that differs', async () => {
    for (let at = 0; at < 5; at++) {
      const seen = await play([upTo(5), upTo(at) + (blocks[(at + 1) % 5] as string) + upTo(5) + end], config)
      const replaced = (blocks[(at + 1) % 5] as string) === blocks[at]
      if (replaced) continue
      const first = await play([upTo(5)], { dialect, retry: false })
      expect(seen.values).toEqual(first.values)
      expect(seen.error).toMatchObject({ code: 'replay_mismatch', retryable: false, events: 5, attempt: 2 })
      const { index, delivered, received } = mismatchOf(seen.error)
      expect([index, delivered]).toEqual([at, first.values[at]])
      expect(received).toEqual(first.values[(at + 1) % 5])
    }
  })

  it('is found out to be shorter', async () => {
    for (let at = 0; at < 5; at++) {
      const seen = await play([upTo(5), upTo(at) + end], config)
      const first = await play([upTo(5)], { dialect, retry: false })
      expect([at, seen.completed]).toEqual([at, false])
      expect(seen.values).toEqual(first.values)
      expect(seen.error).toMatchObject({ code: 'replay_mismatch', events: 5 })
      expect(seen.error).toMatchObject({ mismatch: { index: at, delivered: first.values[at] } })
    }
  })
})
