import { describe, expect, it } from 'vitest'
import { replay, type ServerSentEvent } from '../../src/index.ts'
import { datas, play } from './play.ts'
import { DONE, plain } from './wire-text.ts'

describe('replay', () => {
  it('goes by the isSame that it is given', async () => {
    const calls: unknown[][] = []
    const resume = replay<ServerSentEvent>({
      isSame: (delivered, again) => {
        calls.push([delivered.data, again.data])
        return delivered.data.toLowerCase() === again.data.toLowerCase()
      },
    })
    const seen = await play([plain('a', 'b'), plain('A', 'B', 'C') + DONE], { resume })
    expect(datas(seen.values)).toEqual(['a', 'b', 'C'])
    expect(calls).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ])
  })

  it('takes an isSame that throws for a difference, and keeps what it threw', async () => {
    const cause = new Error('no')
    const resume = replay<ServerSentEvent>({
      isSame: () => {
        throw cause
      },
    })
    const seen = await play([plain('a'), plain('a', 'b') + DONE], { resume })
    expect(datas(seen.values)).toEqual(['a'])
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', cause, mismatch: { index: 0 } })
  })

  it('emits the failure itself once more was delivered than it keeps', async () => {
    const resume = replay({ maxKept: 5 })
    const kept = await play([plain('ab', 'cd', 'e'), plain('ab', 'cd', 'e', 'f') + DONE], { resume })
    expect(kept.completed).toBe(true)
    const more = await play([plain('ab', 'cd', 'ef'), plain('ab', 'cd', 'ef') + DONE], { resume })
    expect(more.error).toMatchObject({
      code: 'stream_terminated',
      reason: 'socket_closed',
      events: 3,
      attempt: 1,
    })
    expect(more.requests).toHaveLength(1)
    // Not forgotten for good only because the next one would fit again.
    const late = await play([plain('ab', 'cd', 'e'), plain('ab', 'cd', 'e', 'f'), DONE], { resume })
    expect(late.error).toMatchObject({ reason: 'socket_closed', events: 4, attempt: 2 })
  })

  it('refuses wrong options at the call', () => {
    for (const wrong of [
      { isSame: 'same' },
      { maxKept: 0 },
      { maxKept: '5' },
      { maxKept: Number.NaN },
      { isSame: null },
      { issame: () => true },
      { keeps: 5 },
      [],
      null,
      5,
    ])
      expect(() => replay(wrong as never)).toThrow(TypeError)
  })
})
