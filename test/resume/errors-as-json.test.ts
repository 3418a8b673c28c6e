import { describe, expect, it } from 'vitest'
import { type Dialect, done, failed, replay, type SseError } from '../../src/index.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, plain } from './wire-text.ts'

/** The error of a repetition whose first value, of the dialect's making, was another. */
function mismatchOf(make: (attempt: number) => unknown): SseError {
  let attempt = 0
  const dialect: Dialect<unknown> = {
    name: 'made',
    read: ({ data }) => (data === '[DONE]' ? done() : make(++attempt)),
  }
  const { error } = new VirtualStream<unknown>([{ text: plain('a') }, { text: plain('a') + DONE }], {
    dialect,
    resume: replay(),
  }).run()
  if (error?.code !== 'replay_mismatch') throw new Error('there was no mismatch', { cause: error })
  return error
}

const jsonOf = (error: SseError): { mismatch: unknown } => JSON.parse(JSON.stringify(error))

describe('a replay_mismatch as JSON', () => {
  it('has both sides as they are', () => {
    const error = mismatchOf((attempt) => ({ attempt }))
    expect(error.mismatch).toEqual({ index: 0, delivered: { attempt: 1 }, received: { attempt: 2 } })
    expect(jsonOf(error).mismatch).toEqual(error.mismatch)
  })

  it('has no more than the beginning of long ones', () => {
    const { mismatch } = jsonOf(mismatchOf((attempt) => ({ text: `${attempt}`.repeat(10_000) })))
    const { delivered, received } = mismatch as { delivered: string; received: string }
    expect(delivered).toMatch(/^\{"text":"1{100,200}…$/)
    expect(received).toMatch(/^\{"text":"2{100,200}…$/)
  })

  it.each<[string, (attempt: number) => object]>([
    ['a bigint', (attempt) => ({ attempt: BigInt(attempt) })],
    [
      'a circle',
      () => {
        const circle: { itself?: object } = {}
        circle.itself = circle
        return circle
      },
    ],
    [
      'a toJSON that throws',
      () => ({
        toJSON: () => {
          throw new Error('no')
        },
      }),
    ],
  ])('is not made to throw by %s in them', (_, make) => {
    expect(jsonOf(mismatchOf(make)).mismatch).toEqual({
      index: 0,
      delivered: '[object]',
      received: '[object]',
    })
  })

  it('does without what JSON has no word for', () => {
    expect(jsonOf(mismatchOf((attempt) => (attempt === 1 ? 'a' : undefined))).mismatch).toEqual({
      index: 0,
      delivered: 'a',
    })
    expect(jsonOf(mismatchOf((attempt) => BigInt(attempt))).mismatch).toEqual({
      index: 0,
      delivered: '[bigint]',
      received: '[bigint]',
    })
  })
})

describe("an error with a payload of a dialect's making, as JSON", () => {
  it.each<[string, object]>([
    ['a bigint', { n: 1n }],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no')
        },
      },
    ],
  ])('says only its type if it has %s', (_, payload) => {
    const dialect: Dialect<unknown> = { name: 'made', read: () => failed({ message: 'm', payload }) }
    const { error } = new VirtualStream<unknown>([{ text: plain('a') }], { dialect, retry: false }).run()
    const said = JSON.parse(JSON.stringify(error))
    expect(said).toMatchObject({ kind: 'stream_error', upstream: { message: 'm', payload: '[object]' } })
    expect(error?.upstream?.payload).toBe(payload)
  })
})
