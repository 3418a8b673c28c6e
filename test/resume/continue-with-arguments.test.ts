import { describe, expect, it } from 'vitest'
import { continueWith, fromEventStream, openaiChat, rawEvents } from '../../src/index.ts'

describe('continueWith', () => {
  it('refuses wrong arguments at the call', () => {
    for (const wrong of [undefined, {}, 'f']) expect(() => continueWith(wrong as never)).toThrow(TypeError)
    for (const maxKept of [0, -1, '5', Number.NaN, 2 ** 40])
      expect(() => continueWith(() => undefined, { maxKept: maxKept as never })).toThrow(TypeError)
  })

  it('refuses unknown options at the call', () => {
    for (const wrong of [{ overlaps: true }, { time: 3 }, [], 5, null])
      expect(() => continueWith(() => undefined, wrong as never)).toThrow(/^continueWith: /)
    expect(() => continueWith(() => undefined, { maxkept: 5 } as never)).toThrow(
      'continueWith: unknown option "maxkept"; there are overlap, times, maxKept.',
    )
  })

  it('refuses overlap on a wire that has no text', () => {
    const resume = continueWith(() => ({}), { overlap: true })
    expect(() => fromEventStream('http://127.0.0.1', { resume })).toThrow(/raw does not/)
    expect(() => fromEventStream('http://127.0.0.1', { dialect: rawEvents(), resume })).toThrow(TypeError)
    const half = { ...rawEvents(), text: () => '' }
    expect(() => fromEventStream('http://127.0.0.1', { dialect: half, resume })).toThrow(TypeError)
    expect(() =>
      fromEventStream('http://127.0.0.1', { dialect: openaiChat(), resume: resume as never }),
    ).not.toThrow()
  })
})
