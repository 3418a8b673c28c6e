import { describe, expect, it } from 'vitest'
import { continueWith, type ServerSentEvent, type StreamRequestChange } from '../../src/index.ts'
import { own } from './strategies.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, plain } from './wire-text.ts'

/** Each answer is cut short after one value. */
const short = (n: number): Reply => ({ text: plain(n) })

const run = (
  options: Parameters<typeof continueWith>[1],
  answer: (n: number) => Reply = short,
  most = 100,
): VirtualStream =>
  new VirtualStream(answer, {
    retry: { count: 3, delay: 1 },
    resume: continueWith<ServerSentEvent>(() => ({ url: '/rest' }), options),
  }).run(most)

describe('the rests of one answer', () => {
  it('are asked for from ten places, though each answer is progress', () => {
    const stream = run({})
    expect(stream.requests).toHaveLength(11)
    expect(stream.ends).toMatchObject([{ reason: 'socket_closed', events: 11, attempt: 11 }])
  })

  it('are asked for from as many places as times says', () => {
    for (const times of [1, 2, 25]) expect(run({ times }).requests).toHaveLength(times + 1)
    expect(run({ times: Number.POSITIVE_INFINITY }, short, 200).requests).toHaveLength(200)
  })

  it('count no attempt that is repeated at the same place', () => {
    // The second and every further place is asked about three times.
    const stream = run({ times: 3 }, (n) => (n === 1 || n % 3 === 1 ? short(n) : { status: 503 }))
    expect(stream.values.map(({ data }) => data)).toEqual(['1', '4', '7', '10'])
    expect(stream.requests).toHaveLength(10)
  })

  it('may be as many as it takes where the last of them is whole', () => {
    const stream = run({ times: 2 }, (n) => (n === 3 ? { text: plain(3) + DONE } : short(n)))
    expect([stream.values.length, stream.ends]).toEqual([3, ['complete']])
  })

  it.each([0, -1, 1.5, Number.NaN, '3', null, Number.NEGATIVE_INFINITY])('cannot be %s', (times) => {
    expect(() => continueWith(() => undefined, { times: times as never })).toThrow(
      /times must be a whole number from 1 up/,
    )
  })
})

describe('the continuations that a strategy is told', () => {
  it('are the places before this one from which a rest was asked for, not the attempts', () => {
    const told: [number, number][] = []
    const strategy = own(({ events, continuations }) => {
      told.push([events, continuations])
      return { type: 'append', request: { url: `/rest?${continuations}` } }
    })
    const replies: Reply[] = [
      { text: plain('a') },
      { status: 503 },
      {},
      { text: plain('b') },
      { text: plain('c') },
      { text: DONE },
    ]
    const stream = new VirtualStream(replies, { retry: { count: 9 }, ...strategy }).run()
    expect(stream.ends).toEqual(['complete'])
    expect(told).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [2, 1],
      [3, 2],
    ])
  })

  it('are none for steps of another type', () => {
    const told: number[] = []
    const strategy = own(
      ({ continuations }) => {
        told.push(continuations)
        return { type: 'replay' }
      },
      { keeps: 100 },
    )
    new VirtualStream([{ text: plain('a') }, { text: plain('a', 'b') }, { text: plain('a', 'b') + DONE }], {
      retry: { count: 9 },
      ...strategy,
    }).run()
    expect(told).toEqual([0, 0])
  })
})

describe('a rest that is asked for with the config’s own request', () => {
  const asked = (change: StreamRequestChange | undefined, config: object = {}): VirtualStream =>
    new VirtualStream([{ text: plain('a') }, { text: plain('a', 'b') + DONE }], {
      body: { ask: 1 },
      ...config,
      ...own(() => ({ type: 'append', ...(change && { request: change }) })),
    } as never).run()

  it.each<[string, StreamRequestChange | undefined]>([
    ['no change at all', undefined],
    ['an empty change', {}],
    ['the same URL', { url: 'http://virtual.test/stream' }],
    ['an empty URL', { url: '' }],
    ['a fragment, which is not sent', { url: '#rest' }],
    ['the same body', { body: { ask: 1 } }],
    ['the same method', { method: 'post' }],
    ['headers that are undefined', { headers: undefined }],
  ])('by %s is refused: it begins anew, and would be said twice', (_, change) => {
    const stream = asked(change)
    expect(stream.values.map(({ data }) => data)).toEqual(['a'])
    expect(stream.requests).toHaveLength(1)
    expect(stream.ends).toMatchObject([
      {
        kind: 'stream_terminated',
        reason: 'not_resumed',
        code: 'request_setup_failed',
        message: expect.stringContaining('"own" asked for the rest with the config\'s own request'),
      },
    ])
  })

  it.each<[string, StreamRequestChange]>([
    ['another URL', { url: '?rest' }],
    ['another body', { body: { ask: 2 } }],
    ['no body', { body: undefined }],
    ['another method', { method: 'PUT' }],
    ['a header', { headers: { 'x-from': '1' } }],
  ])('but for %s is made', (_, change) => {
    const stream = asked(change)
    expect(stream.requests).toHaveLength(2)
    expect(stream.ends).toEqual(['complete'])
  })
})
