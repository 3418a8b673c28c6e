import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSameStructure } from '../../src/dialects/same.ts'
import { anthropicMessages, openaiChat, rawEvents, type ServerSentEvent } from '../../src/index.ts'
import { chatChunk } from '../../src/testing/index.ts'

describe('isSameStructure', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['numbers', 1, 1, true],
    ['numbers that differ', 1, 2, false],
    ['NaN', Number.NaN, Number.NaN, true],
    ['zero and minus zero', 0, -0, false],
    ['a number and its text', 1, '1', false],
    ['null and undefined', null, undefined, false],
    ['null and an object', null, {}, false],
    ['null', null, null, true],
    ['an array and an object', [], {}, false],
    ['an array and one with the same keys as an object', ['a'], { 0: 'a' }, false],
    ['arrays', [1, [2, { a: 3 }]], [1, [2, { a: 3 }]], true],
    ['arrays in another order', [1, 2], [2, 1], false],
    ['arrays of other lengths', [1], [1, undefined], false],
    ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ['a key more', { a: 1 }, { a: 1, b: undefined }, false],
    ['a key less', { a: 1, b: undefined }, { a: 1 }, false],
    ['another key that is undefined', { a: undefined }, { b: undefined }, false],
    ['a key that every object has', { a: undefined }, { toString: undefined }, false],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }, true],
    ['what lies deep down', { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }, false],
    ['instances of a class', new Date(0), new Date(0), false],
    ['maps', new Map([[1, 2]]), new Map([[1, 2]]), false],
    ['bytes', new Uint8Array([1]), new Uint8Array([1]), false],
    ['functions', () => 1, () => 1, false],
    ['texts in two normal forms', 'é', 'e\u0301', false],
  ])('of %s', (_, a, b, same) => {
    expect(isSameStructure(a, b)).toBe(same)
    expect(isSameStructure(b, a)).toBe(same)
  })

  it('takes a thing for the same as itself, whatever it is', () => {
    for (const thing of [new Date(), new Map(), () => 1, Symbol('s'), { a: [1] }]) {
      expect(isSameStructure(thing, thing)).toBe(true)
    }
  })

  it('is what equal JSON is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(isSameStructure(a, structuredClone(a))).toBe(true)
        expect(isSameStructure(a, JSON.parse(JSON.stringify(a)))).toBe(
          isDeepStrictEqual(a, JSON.parse(JSON.stringify(a))),
        )
        expect(isSameStructure(a, b)).toBe(isDeepStrictEqual(a, b))
      }),
      { numRuns: 500 },
    )
  })

  it('sees every single change', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.array(fc.nat(3), { maxLength: 3 }), { minKeys: 1 }),
        fc.nat(),
        (value, choice) => {
          const changed = structuredClone(value)
          const keys = Object.keys(changed)
          const list = changed[keys[choice % keys.length] as string] as number[]
          if (choice % 2 === 0 || list.length === 0) list.push(9)
          else list[choice % list.length] = 9
          expect(isSameStructure(value, changed)).toBe(false)
        },
      ),
    )
  })
})

describe('the same part of two answers', () => {
  const same = (data: object, again: object): boolean | undefined =>
    openaiChat().isSame?.(data as never, again as never)
  const chunk = JSON.parse(chatChunk({ content: 'x' }))

  it('has the same text, choices and model on OpenAI, whatever its id and times', () => {
    expect(
      same(chunk, {
        ...chunk,
        id: 'other',
        created: 1,
        system_fingerprint: 'f',
        service_tier: 't',
        obfuscation: '..',
      }),
    ).toBe(true)
    expect(same(chunk, { ...chunk, model: 'other' })).toBe(false)
    expect(same(chunk, { ...chunk, choices: [] })).toBe(false)
    expect(same(chunk, { ...chunk, usage: null })).toBe(false)
    expect(same(chunk, JSON.parse(chatChunk({ content: 'x' }, 'stop')))).toBe(false)
  })

  it('may differ in id and usage of the message on Anthropic, and in nothing else', () => {
    const isSame = anthropicMessages().isSame as (a: unknown, b: unknown) => boolean
    const start = { type: 'message_start', message: { id: '1', model: 'm', usage: { input_tokens: 1 } } }
    expect(isSame(start, { ...start, message: { ...start.message, id: '2', usage: {} } })).toBe(true)
    expect(isSame(start, { ...start, message: { ...start.message, model: 'n' } })).toBe(false)
    expect(isSame(start, { type: 'message_stop' })).toBe(false)
    expect(isSame({ type: 'ping' }, { type: 'ping' })).toBe(true)
  })

  it('is the same on Anthropic if the message_start has no message', () => {
    const isSame = anthropicMessages().isSame as (a: unknown, b: unknown) => boolean
    expect(isSame({ type: 'message_start' }, { type: 'message_start' })).toBe(true)
  })

  it('has the same type and data on a raw wire, whatever its ID', () => {
    const isSame = rawEvents().isSame as (a: ServerSentEvent, b: ServerSentEvent) => boolean
    expect(isSame({ id: '1', data: 'a' }, { data: 'a' })).toBe(true)
    expect(isSame({ event: 'x', data: 'a' }, { data: 'a' })).toBe(false)
    expect(isSame({ data: 'a' }, { data: 'a ' })).toBe(false)
  })
})
