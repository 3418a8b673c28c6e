import { describe, expect, it } from 'vitest'
import {
  catchStreamError,
  continueWith,
  eventSource,
  fromEventStream,
  replay,
  type ServerSentEvent,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { AT_ONCE, cut, faultServer, mismatchOf, play } from './play.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'

const notResumed = { kind: 'stream_terminated', reason: 'not_resumed' }

describe('a request to go on that fails', () => {
  const ended = (replies: readonly Reply[], config: object = {}): unknown =>
    new VirtualStream(replies, { retry: { count: 1 }, ...config }).run().error

  it.each<[string, Reply, object]>([
    ['401', { status: 401 }, { code: 'invalid_api_key', status: 401, retryable: false }],
    ['404', { status: 404 }, { code: 'not_found', status: 404, retryable: false }],
    ['503', { status: 503 }, { code: 'service_unavailable', status: 503, retryable: true }],
    ['204', { status: 204 }, { code: 'no_content', status: 204, retryable: false }],
    [
      'a page',
      { headers: { 'content-type': 'text/html' }, text: '<p>' },
      { code: 'not_event_stream', status: 200, retryable: false },
    ],
  ])(
    'with %s, after values, is a terminated stream with that code; before them a failed request',
    (_, reply, error) => {
      const after = ended([{ text: numbered(1, 2) }, reply])
      expect(after).toMatchObject({ ...notResumed, ...error, events: 2, lastEventId: '2' })
      const before = ended([reply])
      expect(before).toMatchObject({ kind: 'request_failed', ...error, events: 0 })
      expect(before).not.toHaveProperty('reason')
      expect((after as Error).message).toBe((before as Error).message)
    },
  )

  it('is a failed request still where an attempt before it had given no value', () => {
    expect(ended([{ text: ': hi\n\n' }, { status: 401 }])).toMatchObject({
      kind: 'request_failed',
      events: 0,
    })
  })

  it('is told to the delay function and the strategy as it is to the consumer', () => {
    const told: unknown[] = []
    const stream = new VirtualStream([{ text: plain('a') }, { status: 503 }, { text: DONE }], {
      resume: continueWith(({ error }) => {
        told.push(error)
        return { url: '/rest' }
      }),
      retry: {
        delay: (error) => {
          told.push(error)
          return [1]
        },
      },
    }).run()
    expect(stream.ends).toEqual(['complete'])
    expect(told).toHaveLength(4)
    expect(told.slice(2)).toMatchObject(Array(2).fill({ ...notResumed, status: 503 }))
  })

  it('ends a feed so too, which stays resumable', () => {
    const replies: Reply[] = [{ text: numbered(1), end: 'clean' }, { status: 401 }]
    expect(ended(replies, { dialect: eventSource() })).toMatchObject({ ...notResumed, resumable: true })
  })

  it('is caught by its kind, and half an answer is not taken for none', async () => {
    const server = await faultServer([cut(numbered(1)), { status: 401 }])
    const caught: string[] = []
    const seen = await collect(
      fromEventStream(server.url, { retry: AT_ONCE }).pipe(
        catchStreamError('request_failed', () => {
          caught.push('request_failed')
          return []
        }),
        catchStreamError('stream_terminated', ({ reason }) => {
          caught.push(reason)
          return []
        }),
      ),
    )
    expect([seen.values.length, caught]).toEqual([1, ['not_resumed']])
  })
})

describe('resumable', () => {
  it('is false once the server has shown that it does not go on, though there is a cursor', async () => {
    const seen = await play([numbered('a', 'b'), plain('x') + DONE])
    expect(seen.error).toMatchObject({ code: 'resume_mismatch', lastEventId: 'b', resumable: false })
    const again = await play([`${plain('a')}${numbered(1)}`, plain('b') + DONE], { resume: replay() })
    expect(again.error).toMatchObject({ code: 'replay_mismatch', lastEventId: '1', resumable: false })
    const cursor = await play([numbered('a', 'b'), { status: 401 }])
    expect(cursor.error).toMatchObject({ ...notResumed, lastEventId: 'b', resumable: true })
  })

  it('is true for a feed by itself, and otherwise where it has a cursor', () => {
    const feed = (text: string, config: object = {}): unknown =>
      new VirtualStream<ServerSentEvent>([{ text }, { status: 401 }], {
        dialect: eventSource(),
        retry: { count: 1 },
        ...config,
      }).run().error
    expect(feed(plain('a'))).toMatchObject({ events: 1, resumable: true })
    expect(feed(plain('a'), { resume: 'never' })).toMatchObject({ events: 1, resumable: false })
    expect(feed(numbered(1), { resume: 'never' })).toMatchObject({ events: 1, resumable: true })
    // A feed goes by the last ID, whatever came after it.
    expect(feed(numbered(1) + plain('a'), { resume: 'never' })).toMatchObject({ resumable: true })
  })
})

describe('the error of an answer that is not the same', () => {
  it('says how far it was, and has both sides without a narrowing', async () => {
    const { error } = await play([plain('a', 'b', 'c'), plain('a', 'b', 'x') + DONE], { resume: replay() })
    expect(error?.message).toBe('sent again, the stream was the same for 2 values, and then another')
    expect(error?.mismatch).toMatchObject({ index: 2, delivered: { data: 'c' }, received: { data: 'x' } })
    expect(error?.mismatch).toBe(mismatchOf(error))
    expect(error?.toJSON()).toMatchObject({ mismatch: { index: 2 } })
    const other = await play([numbered(1), { status: 401 }])
    expect(other.error?.mismatch).toBeUndefined()
  })
})
