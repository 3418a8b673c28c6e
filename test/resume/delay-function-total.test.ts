import { of, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type DelayFunction, eventSource } from '../../src/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { numbered } from './wire-text.ts'

/** A feed that is told to come back after so long, but is spread over two fifths more where no function decides. */
const told = (delay: DelayFunction | undefined, total: number): VirtualStream => {
  const over: Reply = { text: `retry: 1000\n\n${numbered(1)}`, end: 'clean' }
  return new VirtualStream(
    (n) => (n === 1 ? over : { status: 204 }),
    { dialect: eventSource(), timeout: { total }, ...(delay && { retry: { delay } }) },
    { random: () => 1 },
  ).run(9)
}

describe('timeout.total before a wait', () => {
  it('is compared with the floor of the server alone where a delay function decides', () => {
    const stream = told(() => of(1), 1_200)
    expect(stream.pauses).toEqual([1_000])
    expect(stream.ends).toEqual(['complete'])
  })

  it('is compared with the whole wait where none does', () => {
    const stream = told(undefined, 1_200)
    expect(stream.requests).toHaveLength(1)
    expect(stream.ends).toMatchObject([{ code: 'stream_terminated', reason: 'clean_end' }])
    expect(stream.clock.now()).toBe(0)
    expect(told(undefined, 1_500).pauses).toEqual([1_400])
  })

  it('that the floor goes beyond is not waited for, and the function not asked', () => {
    let asked = 0
    const stream = told(() => of(++asked), 900)
    expect(stream.ends).toMatchObject([{ code: 'stream_terminated' }])
    expect([asked, stream.clock.now()]).toEqual([0, 0])
  })

  it('ends a wait of the function’s own that goes beyond it', () => {
    const stream = told(() => timer(60_000), 1_200)
    expect(stream.ends).toMatchObject([{ code: 'deadline_exceeded' }])
    expect(stream.clock.now()).toBe(1_200)
  })
})
