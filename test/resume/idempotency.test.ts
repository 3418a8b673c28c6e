import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type Dialect,
  type EventStreamConfig,
  fromEventStream,
  rawEvents,
  replay,
  restart,
  type ServerSentEvent,
} from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const keys = (
  replies: readonly Reply[],
  config: EventStreamConfig<ServerSentEvent>,
): (string | undefined)[] => {
  const stream = new VirtualStream(replies, { body: { ask: 1 }, idempotencyKey: 'key', ...config }).run(20)
  return stream.requests.map(({ headers }) => headers.get('idempotency-key'))
}

const rest = continueWith<ServerSentEvent>(({ values }) => ({ body: { rest: values.length } }))

describe('the idempotency key', () => {
  it('is one random key for all attempts of a subscription, and another for the next', () => {
    const one = keys([{}, { status: 503 }, { text: numbered(1) }, { text: DONE }], { idempotencyKey: true })
    expect(one).toHaveLength(4)
    expect(one[0]).toMatch(UUID)
    expect(new Set(one).size).toBe(1)
    expect(keys([{ text: DONE }], { idempotencyKey: true })).not.toEqual([one[0]])
  })

  it('is one’s own if it is given, and absent by default', () => {
    expect(keys([{}, { text: DONE }], {})).toEqual(['key', 'key'])
    expect(keys([{}, { text: DONE }], { idempotencyKey: undefined })).toEqual([undefined, undefined])
    expect(keys([{}, { text: DONE }], { idempotencyKey: false })).toEqual([undefined, undefined])
  })

  it('is the same where the request is repeated after values: by cursor, by replay, by restart', () => {
    expect(keys([{ text: numbered(1) }, { text: numbered(2) }, { text: DONE }], {})).toEqual([
      'key',
      'key',
      'key',
    ])
    expect(keys([{ text: plain(1) }, { text: plain(1) + DONE }], { resume: replay() })).toEqual([
      'key',
      'key',
    ])
    expect(keys([{ text: plain(1) }, { text: DONE }], { resume: restart() })).toEqual(['key', 'key'])
  })

  it('has a suffix for the rest of an answer, constant while that is tried again, another after more progress', () => {
    const replies: Reply[] = [
      {},
      { text: plain('a', 'b') },
      { status: 503 },
      {},
      { text: plain('c') },
      {},
      { text: DONE },
    ]
    expect(keys(replies, { resume: rest })).toEqual([
      'key',
      'key',
      'key-2',
      'key-2',
      'key-2',
      'key-3',
      'key-3',
    ])
  })

  it('has the suffix also on a random key, and no two rests have the same', () => {
    const seen = keys([{ text: plain('a') }, { text: plain('b') }, { text: DONE }], {
      resume: rest,
      idempotencyKey: true,
    })
    expect(seen[0]).toMatch(UUID)
    expect(seen.slice(1)).toEqual([`${seen[0]}-1`, `${seen[0]}-2`])
  })

  it('has a suffix for a rest, whatever of the request is another: the url, or headers alone', () => {
    const replies = [{ text: plain('a') }, { text: DONE }]
    expect(keys(replies, { resume: continueWith(() => ({ url: '?rest=1' })) })).toEqual(['key', 'key-1'])
    expect(keys(replies, { resume: continueWith(() => ({ headers: { 'x-rest': '1' } })) })).toEqual([
      'key',
      'key-1',
    ])
    expect(
      keys(replies, { resume: continueWith(() => ({ body: { ask: 1 }, headers: { 'x-rest': '1' } })) }),
    ).toEqual(['key', 'key-1'])
  })

  it('is another for each of several different requests at the same place, and the same for equal ones', () => {
    const bodies = ['one', 'two', 'two', 'three']
    const replies: Reply[] = [
      { text: plain('a') },
      { status: 503 },
      { status: 503 },
      { status: 503 },
      { text: DONE },
    ]
    let asked = 0
    const resume = continueWith<ServerSentEvent>(() => ({ body: bodies[asked++] }))
    expect(keys(replies, { resume, retry: { count: 9 } })).toEqual([
      'key',
      'key-1',
      'key-1-2',
      'key-1-2',
      'key-1-3',
    ])
  })

  it('is not used for two requests that differ, where an answer was begun anew in between', () => {
    const stream = new VirtualStream(
      [{ text: plain('a') }, { text: plain('b') }, { text: plain('c') }, { text: DONE }],
      {
        body: { ask: 1 },
        idempotencyKey: 'key',
        retry: { count: 9 },
        resume: {
          name: 'rest, then anew, then rest',
          resets: true,
          resume: ({ error }) =>
            error.attempt === 2
              ? { type: 'reset' }
              : { type: 'append', request: { body: `rest ${error.attempt}` } },
        },
      },
    ).run()
    const sent = stream.requests.map(({ headers, body }) => [headers.get('idempotency-key'), body] as const)
    expect(sent.map(([, body]) => body)).toEqual(['{"ask":1}', 'rest 1', '{"ask":1}', 'rest 3'])
    for (const [key, body] of sent) {
      for (const [other, otherBody] of sent) if (key === other) expect(otherBody).toBe(body)
    }
  })

  it('is overruled by the config’s headers, and those by the ones of the request for the rest', () => {
    const headers = { 'Idempotency-Key': 'mine' }
    const replies = [{ text: plain('a') }, { text: DONE }]
    expect(keys(replies, { headers, resume: rest })).toEqual(['mine', 'mine'])
    expect(
      keys(replies, { headers: ({ attempt }) => [['IDEMPOTENCY-KEY', `n${attempt}`]], resume: rest }),
    ).toEqual(['n1', 'n2'])
    const own = continueWith<ServerSentEvent>(() => ({ body: 'x', headers: { 'Idempotency-Key': 'own' } }))
    expect(keys(replies, { headers, resume: own })).toEqual(['mine', 'own'])
    const none = continueWith<ServerSentEvent>(() => ({
      body: 'x',
      headers: { 'idempotency-key': undefined },
    }))
    expect(keys(replies, { resume: none })).toEqual(['key', undefined])
  })

  it('is not sent with a GET that came from a POST, but with a GET of the config', () => {
    const dialect: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      resume: (_, cursor) => ({ method: 'GET', url: `/runs/1?after=${cursor}` }),
    }
    const replies = [{ text: numbered(1) }, {}, { text: DONE }]
    expect(keys(replies, { dialect })).toEqual(['key', undefined, undefined])
    expect(keys(replies, { body: undefined })).toEqual(['key', 'key', 'key'])
    const stream = new VirtualStream(replies, { dialect, body: { ask: 1 }, idempotencyKey: true }).run()
    expect(stream.requests.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"ask":1}'],
      ['GET', undefined],
      ['GET', undefined],
    ])
  })

  it.each(['', 'a\nb', 'a\u0000', 'ключ', 5, null])('cannot be %j', (idempotencyKey) => {
    expect(() => fromEventStream('http://127.0.0.1:9/', { idempotencyKey } as never)).toThrow(TypeError)
  })

  it('reaches a real server, the same with each attempt', async () => {
    await using server = await startFaultServer({
      ids: true,
      answers: [{ status: 503 }, { fault: { type: 'fin', after: { events: 3 } } }, {}],
    })
    const config = { body: { ask: 1 }, idempotencyKey: true, retry: { delay: 1 } }
    expect((await collect(fromEventStream(server.url, config))).completed).toBe(true)
    const sent = server.requests.map(({ headers }) => headers['idempotency-key'])
    expect(sent).toHaveLength(3)
    expect(sent[0]).toMatch(UUID)
    expect(new Set(sent).size).toBe(1)
  })
})
