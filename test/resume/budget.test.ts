import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  type Dialect,
  type EventStreamConfig,
  eventSource,
  fromCursor,
  openaiChat,
  rawEvents,
  replay,
  restart,
  type ServerSentEvent,
} from '../../src/index.ts'
import { chatChunk } from '../../src/testing/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered, plain, ROLE, tokens } from './wire-text.ts'

/** `count` failures without progress are forgiven, so the one after them ends it. */
const spent = (reply: Reply | ((n: number) => Reply), config: EventStreamConfig<ServerSentEvent>) =>
  new VirtualStream(typeof reply === 'function' ? reply : [reply], { retry: 3, ...config }).run(40)

const polling = (): Dialect<ServerSentEvent> => ({ ...rawEvents(), polls: true })

describe('the budget is not refilled by', () => {
  it('an accepted connection, or comments', () => {
    for (const text of ['', ': hello\n\n', ': a\n\n: b\n\nretry: 1\n\n']) {
      expect(spent({ text }, {}).requests).toHaveLength(4)
    }
  })

  it('a restart that only reaches what there was', () => {
    const { requests, signals, ends } = spent({ text: plain(1, 2, 3) }, { resume: restart() })
    expect(requests).toHaveLength(4)
    expect(signals.filter(({ type }) => type === 'reset')).toHaveLength(3)
    expect(ends).toMatchObject([{ code: 'stream_terminated', attempt: 4, events: 3 }])
  })

  it('a restart that climbs again what it had before, a value an attempt', () => {
    const reply = (n: number): Reply => ({ text: plain(...'abcdefghijkl'.slice(0, n === 1 ? 12 : n - 1)) })
    const { requests } = spent(reply, { resume: restart() })
    expect(requests).toHaveLength(4)
  })

  it('a repetition that only reaches what there was', () => {
    expect(spent({ text: plain(1, 2, 3) }, { resume: replay() }).requests).toHaveLength(4)
    expect(spent({ text: numbered(1, 2, 3) }, { resume: fromCursor() }).requests).toHaveLength(4)
  })

  it('an ID without a value, however the cursor moves', () => {
    const { requests, values } = spent((n) => ({ text: `id: ${n}\n\n` }), {})
    expect(requests).toHaveLength(4)
    expect(requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([undefined, '1', '2', '3'])
    expect(values).toEqual([])
    const after = spent((n) => ({ text: n === 1 ? numbered(1) : `id: ${n}\n\n` }), {})
    expect(after.requests).toHaveLength(4)
  })

  it('an ID without a value at a told clean end, where the dialect does not poll', () => {
    const { requests } = spent((n) => ({ text: `retry: 5\n\nid: ${n}\n\n`, end: 'clean' }), {})
    expect(requests).toHaveLength(4)
  })

  it('values that are held back until the first content', () => {
    const stream = new VirtualStream<ChatCompletionChunk>([{ text: ROLE + ROLE }], {
      dialect: openaiChat(),
      retry: 3,
    }).run(40)
    expect(stream.requests).toHaveLength(4)
    // Those of the last attempt alone.
    expect(stream.values).toHaveLength(2)
    expect(stream.error).toMatchObject({ events: 2, attempt: 4 })
  })

  it('values that are held back at the beginning of the rest of an answer', () => {
    const stream = new VirtualStream<ChatCompletionChunk>(
      [{ text: ROLE + tokens('Hello') }, { text: ROLE }],
      {
        dialect: openaiChat(),
        retry: 3,
        resume: continueWith(() => ({ body: 'rest' })),
      },
    ).run(40)
    expect(stream.requests).toHaveLength(4)
  })

  it('the role chunk of a rest, with overlap, after an answer without text', () => {
    const call = plain(chatChunk({ tool_calls: [{ index: 0, id: 'c', type: 'function' }] } as never))
    const stream = new VirtualStream<ChatCompletionChunk>([{ text: ROLE + call }, { text: ROLE }], {
      dialect: openaiChat(),
      retry: 3,
      resume: continueWith(() => ({ body: 'rest' }), { overlap: true }),
    }).run(40)
    expect(stream.requests).toHaveLength(4)
  })

  it('the rest of an answer that only repeats the end of it', () => {
    const stream = new VirtualStream<ChatCompletionChunk>(
      [
        { text: ROLE + tokens('It was a dark and stormy night') },
        { text: ROLE + tokens('and stormy night') },
      ],
      {
        dialect: openaiChat(),
        retry: 3,
        resume: continueWith(() => ({ body: 'rest' }), { overlap: true }),
      },
    ).run(40)
    expect(stream.values.map((value) => value.choices[0]?.delta.content).join('')).toBe(
      'It was a dark and stormy night',
    )
    expect(stream.requests).toHaveLength(4)
  })
})

describe('the budget is refilled by', () => {
  it('a value, however often', () => {
    const { requests, ends } = new VirtualStream((n) => ({ text: n === 50 ? DONE : numbered(n) }), {
      retry: 1,
    }).run()
    expect([requests.length, ends]).toEqual([50, ['complete']])
  })

  it('a restart or a repetition that gets one value further', () => {
    for (const resume of [restart(), replay<ServerSentEvent>()]) {
      const text = (n: number): string => plain(...Array.from({ length: n }, (_, index) => index))
      const stream = new VirtualStream((n) => ({ text: n === 30 ? DONE : text(n) }), { retry: 1, resume })
      // The whole answer of the last attempt is shorter than what a repetition must repeat.
      const { requests, ends } = stream.run()
      expect(requests).toHaveLength(30)
      expect(ends).toHaveLength(1)
    }
  })
})

describe('a dialect that polls', () => {
  const told = (n: number): Reply => ({ text: `retry: 5\n\nid: ${n}\n\n`, end: 'clean' })

  it('may come again after told clean ends that moved the cursor, as often as it likes', () => {
    const stream = new VirtualStream((n) => (n < 60 ? told(n) : { text: DONE }), {
      dialect: polling(),
      retry: 1,
    }).run()
    expect(stream.ends).toEqual(['complete'])
    expect(stream.pauses.every((ms) => ms === 5)).toBe(true)
  })

  it.each<[string, Reply]>([
    ['that does not move the cursor', { text: 'retry: 5\n\nid: 1\n\n', end: 'clean' }],
    ['without an ID', { text: 'retry: 5\n\n', end: 'clean' }],
    ['with an empty ID', { text: 'retry: 5\n\nid:\n\n', end: 'clean' }],
  ])('spends its budget on an end %s', (_, reply) => {
    const { requests } = spent(reply, { dialect: polling() })
    // The first answer may have moved the cursor: its end was told.
    expect(requests.length).toBeGreaterThanOrEqual(4)
    expect(requests.length).toBeLessThanOrEqual(5)
  })

  it('spends its budget on an end that was not told, or is a cut', () => {
    expect(
      spent((n) => ({ text: `id: ${n}\n\n`, end: 'clean' }), { dialect: polling() }).requests,
    ).toHaveLength(4)
    expect(
      spent((n) => ({ text: `retry: 5\n\nid: ${n}\n\n` }), { dialect: polling() }).requests,
    ).toHaveLength(4)
    const inEvent = (n: number): Reply => ({ text: `retry: 5\n\nid: ${n}\n\ndata: cut`, end: 'clean' })
    expect(spent(inEvent, { dialect: polling() }).requests).toHaveLength(4)
  })

  it('with retry: false does not poll', () => {
    expect(spent(told, { dialect: polling(), retry: false }).requests).toHaveLength(1)
  })
})

describe('waits', () => {
  it('double without progress, and begin anew after it', () => {
    const { pauses } = new VirtualStream((n) => ({ text: n === 5 ? numbered(1) : n === 9 ? DONE : '' }), {
      retry: { count: 9, delay: 100, maxDelay: 500, jitter: 'none' },
    }).run()
    expect(pauses).toEqual([100, 200, 400, 500, 100, 200, 400, 500])
  })

  it('grow for an endless feed that is never reached, and it never gives up', () => {
    const { pauses, ends } = new VirtualStream([{ status: 503 }], {
      dialect: eventSource(),
      retry: { jitter: 'none' },
    }).run(200)
    expect(ends).toEqual([])
    expect(pauses.slice(0, 6)).toEqual([3_000, 6_000, 12_000, 24_000, 48_000, 60_000])
    expect(pauses.slice(5).every((ms) => ms === 60_000)).toBe(true)
  })

  it('of an endless feed that is accepted and closed at once, untold, grow as well', () => {
    for (const text of ['', ': hi\n\n', 'id: 1\n\n']) {
      const { pauses } = new VirtualStream([{ text, end: 'clean' }], {
        dialect: eventSource(),
        retry: { jitter: 'none' },
      }).run(20)
      expect(pauses.at(-1)).toBe(60_000)
    }
  })
})

describe('an endless feed that is told to come back at once', () => {
  it('and gives nothing, time after time, is not asked without a pause for ever', () => {
    const { clock, requests } = new VirtualStream([{ text: 'retry: 0\n\n', end: 'clean' }], {
      dialect: eventSource(),
    }).run(200)
    expect(requests).toHaveLength(200)
    expect(clock.now()).toBeGreaterThan(60_000)
  })

  it('and gives something each time is asked at once', () => {
    const { clock } = new VirtualStream((n) => ({ text: `retry: 0\n\n${numbered(n)}`, end: 'clean' }), {
      dialect: eventSource(),
    }).run(200)
    expect(clock.now()).toBe(0)
  })
})
