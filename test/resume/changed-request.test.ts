import { describe, expect, it } from 'vitest'
import {
  type EventStreamConfig,
  fromEventStream,
  type ServerSentEvent,
  type StreamRequestChange,
} from '../../src/index.ts'
import type { RecordedRequest } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { AT_ONCE, cut, faultServer, play } from './play.ts'
import { changedTo } from './strategies.ts'
import { DONE, plain } from './wire-text.ts'

/** The second request of a stream that was cut after its first value. */
async function second(
  change: StreamRequestChange,
  config: EventStreamConfig<ServerSentEvent> = {},
): Promise<RecordedRequest> {
  const { requests, completed } = await play([plain('a'), plain('b') + DONE], {
    ...config,
    ...changedTo(change),
  } as never)
  expect(completed).toBe(true)
  return requests[1] as RecordedRequest
}

describe('a changed request', () => {
  it('to GET has neither body nor content-type', async () => {
    for (const method of ['GET', 'get']) {
      const request = await second({ method }, { body: { q: 1 }, idempotencyKey: 'k' })
      expect([request.method, request.body]).toEqual(['GET', ''])
      for (const name of ['content-type', 'content-length', 'transfer-encoding', 'idempotency-key'])
        expect(request.headers).not.toHaveProperty(name)
    }
  })

  it('to GET has no content-type of the config either', async () => {
    const request = await second({ method: 'GET' }, { body: 'a=b', headers: { 'Content-Type': 'text/x' } })
    expect(request.headers).not.toHaveProperty('content-type')
  })

  it('from GET to POST has the body that is given, and its type', async () => {
    const request = await second({ method: 'POST', body: { q: [1] } })
    expect([request.method, request.body]).toEqual(['POST', '{"q":[1]}'])
    expect(request.headers['content-type']).toBe('application/json')
  })

  it('may drop the body, or send bytes', async () => {
    const none = await second({ body: undefined }, { body: { q: 1 } })
    expect([none.method, none.body]).toEqual(['POST', ''])
    expect(none.headers).not.toHaveProperty('content-type')
    const bytes = await second(
      { body: new TextEncoder().encode('{"ü":1}'), headers: { 'content-type': 'application/json' } },
      { body: 'text' },
    )
    expect([bytes.body, bytes.headers['content-type']]).toEqual(['{"ü":1}', 'application/json'])
  })

  it('may have a relative URL', async () => {
    for (const [changed, asked] of [
      ['/other?x=1', '/other?x=1'],
      ['?x=1', '/?x=1'],
      ['rest', '/rest'],
      ['?x=2#fragment', '/?x=2'],
    ] as const)
      expect((await second({ url: changed })).url).toBe(asked)
  })

  it('takes away a header by undefined, whatever its case, and adds others', async () => {
    const request = await second(
      { headers: { 'X-ONE': undefined, accept: undefined, 'x-two': 'new', 'X-Three': 3 } },
      { headers: { 'x-one': '1', 'X-Two': '2', Authorization: 'Bearer t' } },
    )
    expect(request.headers).toMatchObject({ 'x-two': 'new', 'x-three': '3', authorization: 'Bearer t' })
    expect(request.headers).not.toHaveProperty('x-one')
    expect(request.headers).not.toHaveProperty('accept')
  })

  it('has the headers of its own attempt', async () => {
    const seen = await play([plain('a'), plain('b') + DONE], {
      headers: async ({ attempt }) => ({ authorization: `Bearer ${attempt}` }),
      ...(changedTo({ url: '/rest' }) as object),
    })
    expect(seen.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2'])
  })

  it('to another path of the same origin keeps the credentials, also those of the URL', async () => {
    const server = await faultServer([cut(plain('a')), { fixture: plain('b') + DONE }])
    const url = server.url.replace('//', '//user:p%40ss@')
    const seen = await collect(
      fromEventStream(url, { retry: AT_ONCE, ...(changedTo({ url: '/rest' }) as object) }),
    )
    expect(seen.completed).toBe(true)
    expect(server.requests[1]?.headers.authorization).toBe(`Basic ${btoa('user:p@ss')}`)
  })
})
