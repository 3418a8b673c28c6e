import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  eventSource,
  openaiChat,
  replay,
  restart,
  type ServerSentEvent,
} from '../../src/index.ts'
import { chatChunk } from '../../src/testing/index.ts'
import { pinged } from './pinged-dialect.ts'
import { type Block, type Resumable, withInsertedIds, withOwnIds } from './resumable.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, FINISH, numbered, plain } from './wire-text.ts'

const mismatch = { kind: 'stream_terminated', code: 'resume_mismatch', resumable: false, retryable: false }

const begun = (lastEventId: string, ...texts: readonly string[]): VirtualStream =>
  new VirtualStream(
    texts.map((text) => ({ text })),
    { lastEventId },
  ).run()

const datasOf = (stream: VirtualStream): string[] => stream.values.map(({ data }) => data)

describe('the answer to a lastEventId of the config', () => {
  it('is passed over as far as that very event, and delivered from the next on', () => {
    for (const text of [numbered(5, 6, 7), numbered(6, 7), `: hi\n\n${numbered(5, 6, 7)}`]) {
      const stream = begun('5', text + DONE)
      expect(datasOf(stream)).toEqual(['e6', 'e7'])
      expect(stream.ends).toEqual(['complete'])
    }
  })

  it('does not count that event: a stream that holds nothing else has given no value', () => {
    const stream = begun('5', numbered(5) + DONE)
    expect([datasOf(stream), stream.ends]).toEqual([[], ['complete']])
    const cut = new VirtualStream([{ text: numbered(5) }], { lastEventId: '5', retry: false }).run()
    expect(cut.error).toMatchObject({ events: 0, lastEventId: '5', reason: 'socket_closed' })
  })

  it('is a mismatch once it comes to that event later: it has begun before it', () => {
    for (const id of ['b', '2']) {
      const ids = id === 'b' ? ['a', 'b', 'c'] : ['x', '2', '3']
      const stream = begun(id, numbered(...ids) + DONE)
      expect(stream.ends).toMatchObject([{ ...mismatch, events: 1 }])
      expect(stream.error?.message).toContain(`sent event "${id}" again`)
      expect(stream.requests).toHaveLength(1)
    }
  })

  it('is a mismatch at once if the first event has a smaller number', () => {
    const stream = begun('5', numbered(1, 2, 3) + DONE)
    expect(stream.ends).toMatchObject([{ ...mismatch, events: 0 }])
    expect(stream.error?.message).toContain('went back to event "1"')
    expect([datasOf(stream), stream.requests.length]).toEqual([[], 1])
  })

  it('is believed where nothing can be known', () => {
    for (const [id, text] of [
      ['5', numbered(9, 8)],
      ['5', numbered('x5')],
      ['a', numbered(1, 'b')],
      ['5', plain('a')],
      ['5', `${plain('a')}${numbered(3)}`],
    ] as const)
      expect(begun(id, text + DONE).ends).toEqual(['complete'])
  })

  it('is watched again as long as nothing but that event has come', () => {
    const stream = begun('5', numbered(5), '', numbered(5, 6), numbered(7) + DONE)
    expect(datasOf(stream)).toEqual(['e6', 'e7'])
    expect(stream.ends).toEqual(['complete'])
    expect(begun('5', '', numbered(4) + DONE).ends).toMatchObject([mismatch])
  })

  it('may have pings with IDs before the first value', () => {
    const stream = new VirtualStream([{ text: `id: 4\nevent: ping\ndata: -\n\n${numbered(5, 6)}${DONE}` }], {
      lastEventId: '5',
      dialect: pinged(),
    }).run()
    expect(datasOf(stream)).toEqual(['e6'])
  })

  it('is held back until the first token as any other', () => {
    const role = chatChunk({ role: 'assistant', content: '' })
    const one = chatChunk({ content: 'x' })
    const replies = [{ text: plain(role) }, { text: plain(role, one) + FINISH }]
    const stream = new VirtualStream<ChatCompletionChunk>(replies, {
      lastEventId: '5',
      dialect: openaiChat(),
    }).run()
    expect(stream.ends).toEqual(['complete'])
    expect(stream.values.map((value) => value.choices[0]?.delta.content)).toEqual(['', 'x', undefined])
  })

  it('is delivered as it comes on an endless feed', () => {
    const replies: Reply[] = [{ text: numbered(5, 1, 5), end: 'clean' }, { status: 204 }]
    const feed = new VirtualStream<ServerSentEvent>(replies, {
      lastEventId: '5',
      dialect: eventSource(),
    }).run()
    expect(datasOf(feed)).toEqual(['e5', 'e1', 'e5'])
    expect(feed.ends).toEqual(['complete'])
  })

  it('needs a lastEventId: without one every number may come', () => {
    expect(datasOf(new VirtualStream([{ text: numbered(3, 1, 3) + DONE }]).run())).toEqual(['e3', 'e1', 'e3'])
  })
})

describe('what follows the answer to a lastEventId of the config', () => {
  it('is checked against the event itself no more, but against the values', () => {
    const stream = begun('5', numbered(5, 6, 7), numbered(7, 8) + DONE)
    expect(datasOf(stream)).toEqual(['e6', 'e7', 'e8'])
    expect(stream.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual(['5', '7'])
  })

  it.each([
    ['replayed', replay<ServerSentEvent>()],
    ['restarted', restart()],
  ])('%s, may begin with that very event as the first answer did', (_, resume) => {
    const text = `${numbered(5)}${plain('a')}`
    const stream = new VirtualStream([{ text }, { text: text + plain('b') + DONE }], {
      lastEventId: '5',
      resume,
    }).run()
    const after = stream.signals.slice(stream.signals.findLastIndex(({ type }) => type === 'reset') + 1)
    const shown = after.flatMap((signal) => (signal.type === 'value' ? [signal.value.data] : []))
    expect([stream.ends, shown]).toEqual([['complete'], ['a', 'b']])
  })
})

/** Numbers that go down are not told from a server that begins anew: those are left to a test of their own. */
const isFalling = ({ name }: Resumable): boolean => name.includes('/descending-')
const STREAMS = [...withOwnIds, ...[...withInsertedIds.values()].flat()].filter(({ endless }) => !endless)
/** Blocks with IDs, before the end marker. */
const openPlaces = ({ blocks, provedAt }: Resumable): number[] => {
  let at = 0
  return blocks.flatMap(({ bytes, id }, index) => {
    at += bytes.length
    return id === undefined || at >= provedAt ? [] : [index]
  })
}
const textOf = (blocks: readonly Block[]): Uint8Array => Buffer.concat(blocks.map(({ bytes }) => bytes))

/** The stream as a client has it that begins at the ID of this block. */
const from = (stream: Resumable, found: number, sent: number): VirtualStream<unknown> =>
  new VirtualStream<unknown>([{ chunks: [textOf(stream.blocks.slice(sent))], end: 'clean' }], {
    lastEventId: stream.blocks[found]?.id,
    dialect: stream.dialect(),
    retry: false,
  }).run()

describe('a server that honours any lastEventId of a fixture', () => {
  const rising = STREAMS.filter((stream) => !isFalling(stream))

  it('is never accused, whether it begins behind that event or with it', () => {
    expect(rising.length).toBeGreaterThan(100)
    const choice = fc.record({
      stream: fc.constantFrom(...rising),
      at: fc.nat(10_000),
      inclusive: fc.boolean(),
    })
    fc.assert(
      fc.property(choice, ({ stream, at, inclusive }) => {
        const { blocks, values } = stream
        const places = openPlaces(stream)
        const found = places[at % places.length] as number
        const due = blocks.slice(found + 1).filter(({ isValue }) => isValue).length
        const seen = from(stream, found, inclusive ? found : found + 1)
        expect(seen.error?.code).toBeUndefined()
        expect(seen.values).toEqual(due === 0 ? [] : values.slice(-due))
      }),
      { numRuns: 400 },
    )
  })

  // The price of finding out servers that begin anew.
  it('is accused where its IDs are numbers that fall', () => {
    const falling = STREAMS.filter((stream) => isFalling(stream) && openPlaces(stream).length > 3)
    expect(falling.length).toBeGreaterThan(10)
    for (const stream of falling) {
      const [found = 0] = openPlaces(stream).filter((index) => stream.blocks[index]?.isValue)
      expect(from(stream, found, found + 1).error, stream.name).toMatchObject(mismatch)
    }
    expect(begun('1000', numbered(999, 998) + DONE).error).toMatchObject(mismatch)
  })
})

describe('a server that begins anew whatever it is asked', () => {
  it('is found out at that event at the latest', () => {
    const known = STREAMS.filter(({ values }) => values.length > 3)
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(10_000), (stream, at) => {
        const values = openPlaces(stream).filter((index) => stream.blocks[index]?.isValue)
        const found = values[1 + (at % (values.length - 1))] as number
        const seen = from(stream, found, 0)
        expect(seen.error).toMatchObject(mismatch)
        expect(seen.values.length).toBeLessThan(values.indexOf(found) + 1)
      }),
      { numRuns: 200 },
    )
  })
})
