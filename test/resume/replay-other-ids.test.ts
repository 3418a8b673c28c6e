import { describe, expect, it } from 'vitest'
import { firstOf, fromCursor, replay, type ServerSentEvent } from '../../src/index.ts'
import { inShort } from './play.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, plain } from './wire-text.ts'

const told = (...replies: readonly Reply[]): string[] => {
  const { signals } = new VirtualStream(replies, { resume: replay<ServerSentEvent>() }).run(2)
  return signals.filter(({ type }) => type === 'value' || type === 'cursor').map(inShort)
}

/** The same two events under IDs of their own. */
const same = (one: string, two: string): string => `id: ${one}\ndata: a\n\nid: ${two}\ndata: b\n\n`

describe('a repetition that has caught up', () => {
  it('under other IDs tells of the cursor', () => {
    const again: Reply = { text: same('3', '4'), end: 'open' }
    expect(told({ text: same('1', '2') }, again)).toEqual(['value a', 'value b', 'cursor 4'])
    expect(told({ text: plain('a', 'b') }, again)).toEqual(['value a', 'value b', 'cursor 4'])
  })

  it('under no IDs tells that there is no cursor any more', () => {
    expect(told({ text: same('1', '2') }, { text: plain('a', 'b'), end: 'open' })).toEqual([
      'value a',
      'value b',
      'cursor undefined',
    ])
  })

  it('under the same IDs tells nothing, and none before it has caught up', () => {
    expect(told({ text: same('1', '2') }, { text: same('1', '2'), end: 'open' })).toEqual([
      'value a',
      'value b',
    ])
    expect(told({ text: same('1', '2') }, { text: 'id: 3\ndata: a\n\n', end: 'open' })).toEqual([
      'value a',
      'value b',
    ])
  })

  it('is gone on with from there', () => {
    const stream = new VirtualStream(
      [{ text: plain('a', 'b') }, { text: same('3', '4') }, { text: `id: 5\ndata: c\n\n${DONE}` }],
      { resume: firstOf(fromCursor(), replay<ServerSentEvent>()) },
    ).run()
    expect(stream.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([
      undefined,
      undefined,
      '4',
    ])
    expect(stream.values.map(({ data }) => data)).toEqual(['a', 'b', 'c'])
  })
})
