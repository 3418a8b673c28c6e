import { describe, expect, it } from 'vitest'
import { EventDecoder, type Leftover } from '../../src/decode/event-decoder.ts'
import { type Dialect, done, failed, ignored, rawEvents } from '../../src/index.ts'
import { verdictOfLeftover } from '../../src/session/leftover-verdict.ts'

const nothing = (): void => {}

function leftoverOf(body: string): Leftover {
  const handler = {
    onEvent: nothing,
    onIdOnly: nothing,
    onRetry: nothing,
    onUnknownField: nothing,
    onTooLarge: nothing,
  }
  const decoder = new EventDecoder(handler, 1_000)
  decoder.push(Buffer.from(body))
  const leftover = decoder.finish()
  return leftover ?? expect.fail('nothing is left over')
}

const verdictOf = (body: string, dialect: Dialect<unknown>, memory?: unknown, lastEventId = '') =>
  verdictOfLeftover(leftoverOf(body), dialect, memory, lastEventId)

/** Its marker is text, its last value JSON; its errors are text or JSON. */
const wire: Dialect<unknown, { reads: number } | undefined> = {
  name: 'wire',
  memory: () => ({ reads: 0 }),
  read({ data, event }, memory) {
    if (memory !== undefined) memory.reads++
    if (event === 'error') return failed({ payload: data })
    if (data.startsWith('bye')) return done()
    if (data.startsWith('{"error"')) return failed({ payload: JSON.parse(data) })
    if (data === 'skip') return ignored
    if (data.startsWith('last')) return done(data)
    const value = JSON.parse(data)
    return value.last === true ? done(value) : value
  },
  idOf: (value, memory) => `${(value as { seq?: number }).seq}-${memory?.reads}`,
}

describe('what is left over at the end of a body', () => {
  it('is an end marker only if nothing that could follow makes it none', () => {
    expect(verdictOf('data: bye', wire)?.verdict.type).toBe('done')
    const exact: Dialect<unknown> = { name: 'exact', read: ({ data }) => (data === 'bye' ? done() : data) }
    expect(verdictOf('data: bye', exact)).toBeUndefined()
    expect(verdictOf('data: bye\n', exact)).toBeUndefined()
    const line: Dialect<unknown> = { name: 'line', read: ({ data }) => (/^bye$/m.test(data) ? done() : data) }
    expect(verdictOf('data: bye', line), 'the line may go on').toBeUndefined()
    expect(verdictOf('data: bye\n', line)?.verdict.type).toBe('done')
    const word: Dialect<unknown> = {
      name: 'word',
      read: ({ data }) => (/^bye.*$/.test(data) ? done() : data),
    }
    expect(verdictOf('data: bye', word), 'a line may follow').toBeUndefined()
  })

  it('is [DONE] of a dialect that compares it exactly', () => {
    const exact: Dialect<unknown> = { name: 'exact', read: ({ data }) => (data === '[DONE]' ? done() : data) }
    expect(verdictOf('data: [DONE]', exact)?.verdict.type).toBe('done')
    expect(verdictOf('data: [DONE', exact)).toBeUndefined()
  })

  it('is neither an error nor a last value of text, which may have been cut', () => {
    expect(verdictOf('event: error\ndata: out of mem', wire)).toBeUndefined()
    expect(verdictOf('data: last wor', wire)).toBeUndefined()
    expect(verdictOf('data: 7', { name: 'number', read: ({ data }) => done(Number(data)) })).toBeUndefined()
    expect(verdictOf('error: out of mem', rawEvents())).toBeUndefined()
  })

  it('is an error or a last value of JSON, with the ID of its own', () => {
    expect(verdictOf('data: {"error":1}', wire)?.verdict.type).toBe('failed')
    expect(verdictOf('error: {"message":"x"}', rawEvents())?.verdict.type).toBe('failed')
    const last = 'data: {"last":true,"seq":4}\n'
    expect(verdictOf(last, wire, { reads: 2 })).toMatchObject({ id: '4-3' })
    expect(verdictOf(`id: 9\n${last}`, wire)).toMatchObject({ id: '9' })
  })

  it('is no value, nothing ignored, and no field that means nothing', () => {
    expect(verdictOf('data: {"seq":1}', wire)).toBeUndefined()
    expect(verdictOf('data: skip', wire)).toBeUndefined()
    expect(verdictOf('other: {"message":"x"}', rawEvents())).toBeUndefined()
    const marking = { ...rawEvents(), readField: () => done() }
    expect(verdictOf('other: {"message":"x"}', marking)).toBeUndefined()
  })

  it('is bare JSON only if that is an error', () => {
    expect(verdictOf('{"error":"x"}', wire)).toMatchObject({ verdict: { type: 'failed' }, id: undefined })
    expect(verdictOf('{"last":true}', wire)).toBeUndefined()
    expect(verdictOf('{"items":[]}', rawEvents())).toBeUndefined()
    expect(verdictOf('{"error":"x"', rawEvents())).toBeUndefined()
  })

  it('is read without a trace in the memory, and with one though that cannot be copied', () => {
    const memory = { reads: 5 }
    for (const body of ['data: {"last":true}', 'data: bye', '{"error":"x"}']) verdictOf(body, wire, memory)
    expect(memory).toEqual({ reads: 5 })
    const uncopied = { reads: 5, on: nothing }
    expect(verdictOf('data: {"last":true,"seq":1}', wire, uncopied)?.id).toBe('1-1')
    expect(uncopied.reads).toBe(5)
  })

  it('has the last event ID where it has none of its own', () => {
    const ids: unknown[] = []
    const listening: Dialect<unknown> = { name: 'ids', read: ({ id }) => void ids.push(id) }
    verdictOf('data: x', listening, undefined, '7')
    verdictOf('id: 8\ndata: x', listening, undefined, '7')
    verdictOf('id:\ndata: x', listening, undefined, '7')
    expect(ids).toEqual(['7', '8', undefined])
  })

  it('throws at an ID that is no text', () => {
    const numbered: Dialect<unknown> = { name: 'n', read: () => done({ n: 5 }), idOf: () => 5 as never }
    expect(() => verdictOf('data: {"n":5}', numbered)).toThrow(
      'idOf(value) must return text or undefined, not number.',
    )
  })
})
