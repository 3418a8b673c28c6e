import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type EventStreamConfig,
  eventSource,
  type ResumeStrategy,
  replay,
  restart,
  type ServerSentEvent,
} from '../../src/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'

describe('a connecting signal', () => {
  const resumes = (
    replies: readonly Reply[],
    config: EventStreamConfig<ServerSentEvent> = {},
  ): (string | undefined)[] =>
    new VirtualStream(replies, { retry: { count: 9 }, ...config })
      .run(20)
      .signals.flatMap((signal) => (signal.type === 'connecting' ? [signal.resume] : []))

  it('names no strategy for the first request and its repetitions, with a cursor or without', () => {
    expect(resumes([{}, { text: 'id: 1\n\n' }, {}, { text: DONE }])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(resumes([{}, { text: DONE }], { lastEventId: '5' })).toEqual([undefined, undefined])
  })

  it.each<[string, ResumeStrategy<ServerSentEvent> | 'auto', string]>([
    ['fromCursor', 'auto', numbered(1)],
    ['replay', replay(), plain('a')],
    ['continueWith', continueWith(() => ({ body: 'rest' })), plain('a')],
    ['restart', restart(), plain('a')],
    ['my own', { name: 'my own', resume: () => ({ type: 'append', request: { body: 'rest' } }) }, plain('a')],
  ])('names %s after values, with each attempt', (name, resume, text) => {
    expect(resumes([{ text }, {}, { text: DONE }], { resume })).toEqual([undefined, name, name])
  })

  it('names the way of a feed', () => {
    const replies: Reply[] = [{ text: plain('a'), end: 'clean' }, { status: 204 }]
    expect(resumes(replies, { dialect: eventSource() })).toEqual([undefined, 'reconnect'])
  })

  it('has the cursor that the request is sent with', () => {
    const stream = new VirtualStream([{}, { text: numbered(6) }, { text: 'id: 7\n\n' }, { text: DONE }], {
      lastEventId: '5',
    }).run()
    const told = stream.signals.flatMap((signal) =>
      signal.type === 'connecting' ? [signal.lastEventId] : [],
    )
    expect(told).toEqual(['5', '5', '6', expect.anything()])
    expect(told).toEqual(stream.requests.map(({ headers }) => headers.get('last-event-id')))
  })

  it('has the cursor of the config again for a restart, and none where there was none', () => {
    const cursors = (config: EventStreamConfig<ServerSentEvent>) =>
      new VirtualStream([{ text: numbered(6) }, { text: DONE }], { resume: restart(), ...config })
        .run()
        .signals.flatMap((signal) => (signal.type === 'connecting' ? [signal.lastEventId] : []))
    expect(cursors({})).toEqual([undefined, undefined])
    expect(cursors({ lastEventId: '5' })).toEqual(['5', '5'])
  })
})
