import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  type Dialect,
  type EventStreamConfig,
  eventSource,
  openaiChat,
  rawEvents,
  type ServerSentEvent,
} from '../../src/index.ts'
import { chatChunk } from '../../src/testing/index.ts'
import { pinged } from './pinged-dialect.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'

/** Every value and every cursor signal, with where it says that the stream can be begun again. */
const places = <T>({ signals }: VirtualStream<T>): [string, string | undefined][] =>
  signals.flatMap((signal): [string, string | undefined][] => {
    if (signal.type === 'cursor') return [['cursor', signal.lastEventId]]
    if (signal.type !== 'value') return []
    return [[(signal.value as ServerSentEvent).data, signal.lastEventId]]
  })

const read = (
  text: string,
  config: EventStreamConfig<ServerSentEvent> = {},
): [string, string | undefined][] => places(new VirtualStream([{ text: text + DONE }], config).run())

describe('the lastEventId of a value', () => {
  it('is that of its event, and undefined where the event had none', () => {
    expect(read(numbered(1, 2))).toEqual([
      ['e1', '1'],
      ['e2', '2'],
    ])
    expect(read(plain('a', 'b'))).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
    expect(read(`${numbered(1)}${plain('a')}${numbered(2)}`)).toEqual([
      ['e1', '1'],
      ['a', undefined],
      ['e2', '2'],
    ])
  })

  it('is undefined after an ID alone, and after a lastEventId of the config: the value came after it', () => {
    expect(read(`id: 5\n\n${plain('a')}`)).toEqual([
      ['cursor', '5'],
      ['a', undefined],
    ])
    expect(read(plain('a'), { lastEventId: '4' })).toEqual([['a', undefined]])
  })

  it('is undefined where no header can carry the ID, or it is empty', () => {
    expect(read('id: a\u0001b\ndata: x\n\nid:\ndata: y\n\nid:  z \ndata: z\n\n')).toEqual([
      ['x', undefined],
      ['y', undefined],
      ['z', undefined],
    ])
  })

  it('is the one that the dialect finds in the value', () => {
    const dialect: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      idOf: ({ data }) => /n=(\d+)/.exec(data)?.[1],
    }
    expect(read(plain('n=7', 'x', 'n=8'), { dialect })).toEqual([
      ['n=7', '7'],
      ['x', undefined],
      ['n=8', '8'],
    ])
  })

  it('is undefined for values that were held back until the first content', () => {
    const role = chatChunk({ role: 'assistant', content: '' })
    const stream = new VirtualStream<ChatCompletionChunk>(
      [{ text: `${plain(role)}id: 9\ndata: ${chatChunk({ content: 'x' })}\n\n${DONE}` }],
      { dialect: openaiChat() },
    ).run()
    expect(places(stream).map(([, id]) => id)).toEqual([undefined, '9'])
  })
})

describe('a cursor signal', () => {
  it('tells of an ID alone, and of that of a ping', () => {
    expect(read(`${numbered(1)}id: 2\n\n`)).toEqual([
      ['e1', '1'],
      ['cursor', '2'],
    ])
    expect(read(`${numbered(1)}id: 2\nevent: ping\ndata: -\n\n`, { dialect: pinged() })).toEqual([
      ['e1', '1'],
      ['cursor', '2'],
    ])
  })

  it('tells that the cursor is exact again after values without an ID', () => {
    expect(read(`${numbered(1)}${plain('a', 'b')}id: 4\n\n${plain('c')}`)).toEqual([
      ['e1', '1'],
      ['a', undefined],
      ['b', undefined],
      ['cursor', '4'],
      ['c', undefined],
    ])
  })

  it('tells that an empty ID has taken the cursor away', () => {
    expect(read(`${numbered(1)}id:\n\n`)).toEqual([
      ['e1', '1'],
      ['cursor', undefined],
    ])
  })

  it('does not come where nothing has moved: for the ID that the last value had', () => {
    expect(read(`${numbered(1)}id: 1\n\n: hi\n\nretry: 5\n\n`)).toEqual([['e1', '1']])
  })

  it('does not come for an ID that an unfinished block, a marker or an error has', () => {
    const stream = new VirtualStream([{ text: `${numbered(1)}id: 2` }], { retry: false }).run()
    expect(places(stream)).toEqual([['e1', '1']])
    expect(read(`${numbered(1)}id: 2\n`)).toEqual([['e1', '1']])
    const failed = new VirtualStream([{ text: `${numbered(1)}id: 2\ndata: {"error":{"message":"m"}}\n\n` }], {
      retry: false,
    }).run()
    expect(places(failed)).toEqual([['e1', '1']])
    expect(failed.error).toMatchObject({ lastEventId: '1' })
  })

  it('does not come after the consumer has left inside another', () => {
    const stream = new VirtualStream(
      [{ text: 'id: 1\n\nid: 2\n\nid: 3\n\n' }],
      {},
      { onSignal: ({ type }, { session }) => type === 'cursor' && session.stop() },
    ).run()
    expect(places(stream)).toEqual([['cursor', '1']])
    expect([stream.ends, stream.clock.pending]).toEqual([[], 0])
  })

  it('comes for a feed as well', () => {
    const feed = new VirtualStream([{ text: 'id: 7\n\n', end: 'clean' }, { status: 204 }], {
      dialect: eventSource(),
    }).run()
    expect(places(feed)).toEqual([['cursor', '7']])
    expect(feed.requests[1]?.headers.get('last-event-id')).toBe('7')
  })
})

describe('an ID alone that is the cursor already', () => {
  const text = `${numbered(1)}${plain('a')}id: 1\n\n`

  it('does not say that the stream could be begun right after what came since', () => {
    const stream = new VirtualStream([{ text }], { retry: false }).run()
    expect(stream.error).toMatchObject({ lastEventId: '1', resumable: false })
  })

  it('does not make that be delivered twice', () => {
    // As a server does that goes by the ID: what comes after event 1 is the value without an ID.
    const stream = new VirtualStream([{ text }, { text: plain('a', 'b') + DONE }]).run()
    const seen = stream.values.map(({ data }) => data)
    expect(seen).toEqual(['e1', 'a', 'b'].slice(0, seen.length))
  })
})
