import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type Dialect,
  firstOf,
  fromCursor,
  ignored,
  type ResumeStrategy,
  rawEvents,
  type ServerSentEvent,
} from '../../src/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'

const raw = rawEvents()

/** Raw events, but for pings. */
const quiet: Dialect<ServerSentEvent> = {
  ...raw,
  read: (event, memory) => (event.event === 'ping' ? ignored : raw.read(event, memory)),
}

const played = (
  replies: readonly Reply[],
  resume: ResumeStrategy<ServerSentEvent>,
  requests = 1_000,
): VirtualStream =>
  new VirtualStream(replies, { body: { ask: 1 }, dialect: quiet, resume: firstOf(fromCursor(), resume) }).run(
    requests,
  )

const asked = ({ requests }: VirtualStream): unknown[] =>
  requests.map(({ body, headers }) => [body, headers.get('last-event-id')])

describe('an ID of an answer to another request', () => {
  const rest = continueWith<ServerSentEvent>(() => ({ body: { rest: true } }))

  it.each([
    ['alone', 'id: 5\n\n'],
    ['of a ping', 'id: 5\nevent: ping\ndata: {}\n\n'],
    ['of a value', 'id: 5\ndata: b\n\n'],
  ])('(%s) is never sent with the config’s own', (_, first) => {
    const stream = played([{ text: plain('a') }, { text: first }, { text: plain('c') + DONE }], rest)
    expect(asked(stream)).toEqual([
      ['{"ask":1}', undefined],
      ['{"rest":true}', undefined],
      ['{"rest":true}', undefined],
    ])
    expect(stream.ends).toEqual(['complete'])
  })

  it('is told to nobody as a place to begin at, neither with values nor alone', () => {
    const { signals, error } = played(
      [{ text: plain('a') }, { text: `id: 5\ndata: b\n\nid: 6\n\n`, end: 'clean' }],
      continueWith<ServerSentEvent>(({ values }) =>
        values.length === 1 ? { body: { rest: true } } : undefined,
      ),
    )
    for (const signal of signals)
      if (signal.type === 'value' || signal.type === 'cursor') expect(signal.lastEventId).toBeUndefined()
    expect(error).toMatchObject({ resumable: false, events: 2 })
  })

  it('is none either where that answer began anew', () => {
    const fallback: ResumeStrategy<ServerSentEvent> = {
      name: 'fallback',
      resets: true,
      resume: () => ({ type: 'reset', request: { body: { ask: 2 } } }),
    }
    const stream = played(
      [{ text: plain('a') }, { text: numbered(7, 8) }, { text: numbered(9) + DONE }],
      fallback,
      3,
    )
    expect(asked(stream)).toEqual([
      ['{"ask":1}', undefined],
      ['{"ask":2}', undefined],
      ['{"ask":2}', undefined],
    ])
    const told = stream.signals.flatMap((signal) => (signal.type === 'value' ? [signal.lastEventId] : []))
    expect(told).toEqual([undefined, undefined, undefined, undefined])
  })
})
