import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type Dialect,
  type ResumeStrategy,
  rawEvents,
  replay,
  restart,
  type ServerSentEvent,
} from '../../src/index.ts'
import { own } from './strategies.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, plain } from './wire-text.ts'

/** Asks for the rest with a GET. */
const polling: Dialect<ServerSentEvent> = { ...rawEvents(), polls: true, resume: () => ({ method: 'GET' }) }

const cursors = ({ requests }: VirtualStream): unknown[] =>
  requests.map(({ headers }) => headers.get('last-event-id'))

/** A clean end after a time to come back after. */
const told = (text: string): Reply => ({ text: `retry: 5\n\n${text}`, end: 'clean' })

describe('a server that lets its clients poll', () => {
  it('may move on by IDs alone after a value, as often as it likes', () => {
    const stream = new VirtualStream(
      (n) => {
        if (n === 1) return told('id: 1\ndata: one\n\n')
        return n < 20 ? told(`id: ${n}\n\n`) : { text: `id: 99\ndata: last\n\n${DONE}` }
      },
      { body: {}, dialect: polling, retry: 3 },
    ).run(40)
    expect(stream.ends).toEqual(['complete'])
    expect(cursors(stream)).toEqual([undefined, ...Array.from({ length: 19 }, (_, index) => `${index + 1}`)])
    expect(stream.values.map(({ data }) => data)).toEqual(['one', 'last'])
    expect(stream.pauses.every((ms) => ms === 5)).toBe(true)
  })

  it('is believed an ID alone that it ends with, and no ID of a response that was cut', () => {
    const stream = new VirtualStream(
      [
        told('id: 1\ndata: one\n\n'),
        told('id: 2\n\n'),
        { text: 'id: 3\n\n' },
        { text: `id: 3\ndata: three\n\n${DONE}` },
      ],
      { body: {}, dialect: polling },
    ).run()
    expect(cursors(stream)).toEqual([undefined, '1', '2', '2'])
    expect(stream.signals.filter(({ type }) => type === 'cursor')).toEqual([
      { type: 'cursor', lastEventId: '2' },
    ])
  })

  it('is asked no more by one who leaves on hearing of such an ID, nor is the strategy', () => {
    let asked = 0
    const stream = new VirtualStream(
      [told('id: 1\ndata: one\n\n'), told('id: 2\n\n')],
      {
        body: {},
        dialect: polling,
        ...own(({ afterCursor }) => {
          asked++
          return { type: 'continue', request: afterCursor }
        }),
      },
      { onSignal: ({ type }, { session }) => type === 'cursor' && session.stop() },
    ).run(9)
    expect([asked, stream.requests.length]).toEqual([1, 2])
    expect([stream.ends, stream.clock.pending]).toEqual([[], 0])
  })

  it.each<[string, ResumeStrategy<ServerSentEvent>, string]>([
    ['a repetition', replay(), 'data: a\n\n'],
    ['an answer that begins anew', restart(), 'data: a\n\n'],
    ['a rest without values', continueWith(() => ({ body: 'rest' })), ''],
  ])('gets no further with %s, however its IDs move', (_, resume, again) => {
    const stream = new VirtualStream((n) => told(n === 1 ? plain('a') : `${again}id: ${n}\n\n`), {
      body: {},
      dialect: polling,
      resume,
      retry: 3,
    }).run(40)
    expect(stream.requests).toHaveLength(4)
    expect(stream.error).toMatchObject({ code: 'stream_terminated', attempt: 4 })
  })
})
