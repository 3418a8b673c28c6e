import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type Dialect,
  done,
  type EventStreamConfig,
  fromEventStream,
  rawEvents,
  type ServerSentEvent,
  type StreamRequestChange,
} from '../../src/index.ts'
import { changedRequest } from '../../src/session/build-request.ts'
import type { RecordedRequest } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { serve } from '../server.ts'
import { AT_ONCE, cut, DONE, datas, faultServer, numbered, plain, play, stalled, tell } from './play.ts'
import { type ResponsesEvent, responseEvents, responses } from './responses-dialect.ts'

const changedTo = (change: StreamRequestChange): { resume: ReturnType<typeof continueWith> } => ({
  resume: continueWith(() => change),
})

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
      ['', '/'],
      ['#fragment', '/'],
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

describe('a changed request to another origin', () => {
  const credentials = {
    Authorization: 'Bearer secret',
    Cookie: 'session=secret',
    'X-Api-Key': 'secret',
    'X-Mine': 'secret',
    'x-public': 'public',
  }

  it.each(['fixed', 'function', 'URL'])('has no credentials of the config: %s', async (kind) => {
    const other = await faultServer([{ fixture: plain('b') + DONE }])
    const server = await faultServer([cut(plain('a'))])
    const url = kind === 'URL' ? server.url.replace('//', '//user:secret@') : server.url
    const headers =
      kind === 'fixed'
        ? credentials
        : kind === 'function'
          ? async () => credentials
          : { 'x-public': 'public' }
    const seen = await collect(
      fromEventStream(url, {
        retry: AT_ONCE,
        body: { q: 1 },
        headers,
        sensitiveHeaders: ['x-mine'],
        ...(changedTo({ url: `${other.url}/rest` }) as object),
      }),
    )
    expect(seen.completed).toBe(true)
    const [request] = other.requests as [RecordedRequest]
    expect([request.method, request.url, request.body]).toEqual(['POST', '/rest', '{"q":1}'])
    expect(JSON.stringify(request.headers)).not.toContain('secret')
    expect(request.headers).not.toHaveProperty('authorization')
    expect(request.headers['x-public']).toBe('public')
  })

  it('has those of the change', async () => {
    const other = await faultServer([{ fixture: plain('b') + DONE }])
    const server = await faultServer([cut(plain('a'))])
    await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        sensitiveHeaders: ['x-mine'],
        ...(changedTo({
          url: other.url,
          headers: { authorization: 'Bearer other', 'X-Mine': 'other' },
        }) as object),
      }),
    )
    expect(other.requests[0]?.headers).toMatchObject({ authorization: 'Bearer other', 'x-mine': 'other' })
    expect(other.requests[0]?.headers).not.toHaveProperty('cookie')
  })

  it('does not hand those on by a redirect', async () => {
    const third = await faultServer([{ fixture: plain('b') + DONE }])
    const other = await faultServer([{ status: 307, headers: { location: `${third.url}/x` } }])
    const server = await faultServer([cut(plain('a'))])
    const seen = await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        sensitiveHeaders: ['x-mine'],
        ...(changedTo({ url: other.url, headers: { authorization: 'Bearer other' } }) as object),
      }),
    )
    expect(seen.completed).toBe(true)
    expect(JSON.stringify(third.requests[0]?.headers)).not.toMatch(/secret|other/)
  })

  it('is another origin by its port, its host and its scheme alone', async () => {
    const server = await faultServer([cut(plain('a')), { fixture: plain('b') + DONE }])
    const byName = server.url.replace('127.0.0.1', 'localhost')
    await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        ...(changedTo({ url: byName }) as object),
      }),
    )
    expect(server.requests[1]?.headers).not.toHaveProperty('authorization')
  })

  it('comes back to the config with its credentials', async () => {
    const other = await faultServer([cut(plain('b'))])
    const server = await faultServer([cut(plain('a')), { fixture: plain('c') + DONE }])
    const urls = [other.url, '/home']
    const seen = await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        resume: continueWith<ServerSentEvent>(() => ({ url: urls.shift() })),
      }),
    )
    expect(datas(seen.values)).toEqual(['a', 'b', 'c'])
    expect(server.requests[1]).toMatchObject({ url: '/home', headers: { authorization: 'Bearer secret' } })
  })
})

describe('a changed request that cannot be', () => {
  const refused = async (
    change: unknown,
    config: EventStreamConfig<ServerSentEvent> = {},
  ): Promise<string> => {
    const seen = await play([plain('a'), plain('b') + DONE], {
      ...config,
      ...changedTo(change as never),
    } as never)
    expect(datas(seen.values as ServerSentEvent[])).toEqual(['a'])
    expect(seen.error).toMatchObject({
      kind: 'request_failed',
      code: 'request_setup_failed',
      events: 1,
      retryable: false,
    })
    expect(seen.requests).toHaveLength(1)
    return seen.error?.message ?? ''
  }

  it.each([
    ['is a text', 'x'],
    ['is a number', 5],
    ['has another scheme', { url: 'ftp://127.0.0.1/' }],
    ['has a script for a URL', { url: 'javascript:alert(1)' }],
    ['has no URL', { url: 'http://' }],
    ['has a user name in its URL', { url: 'http://user@127.0.0.1/' }],
    ['has a password in its URL', { url: new URL('http://:secret@127.0.0.1/') }],
    ['has a number for a body', { method: 'POST', body: 5 }],
    ['has a stream for a body', { method: 'POST', body: new ReadableStream() }],
    ['has a body that is no JSON', { method: 'POST', body: { n: 1n } }],
    ['has a name that is none', { headers: { 'a b': '1' } }],
    ['has a value that a header cannot carry', { headers: { a: 'x\ny' } }],
    ['has a value that is no text', { headers: { a: {} } }],
    ['has a text for headers', { headers: 'x' }],
    ['has null for headers', { headers: null }],
    ['has a method with a blank', { method: 'A B' }],
  ])('ends the stream: one that %s', async (_, change) => {
    expect(await refused(change)).not.toContain('secret')
  })

  it.each([
    ['method HEAD, which has no answer to stream', { method: 'HEAD' }],
    ['method CONNECT', { method: 'CONNECT' }],
    ['a number for a method', { method: 5 }],
    ['an empty method', { method: '' }],
    ['a number for a URL', { url: 5 }],
    ['null for a URL', { url: null }],
    ['a key that there is none of', { Url: '/rest' }],
    ['nothing but entries', []],
  ])('ends the stream as the config would: one with %s', async (_, change) => {
    await refused(change)
  })

  it('with a body cannot be a GET that was a POST', async () => {
    expect(await refused({ method: 'GET', body: 'x' }, { body: 'y' })).toContain('GET')
  })

  it('does not go from https: to http:', () => {
    const plan = {
      url: new URL('https://host/'),
      method: 'GET',
      givenBody: undefined,
      body: undefined,
      contentType: undefined,
      ownHeaders: new Map(),
      sensitiveHeaders: [],
    }
    for (const url of ['http://host/', 'http://other/', new URL('http://host/x')])
      expect(() => changedRequest(plan, { url })).toThrow(/https: to http:/)
    for (const url of ['https://other/', '/x', '//other/x'])
      expect(changedRequest(plan, { url }).url.protocol).toBe('https:')
    expect(changedRequest({ ...plan, url: new URL('http://host/') }, { url: 'https://host/' }).url.href).toBe(
      'https://host/',
    )
  })
})

describe("a dialect's own way to resume", () => {
  /** A server that keeps one response, and cuts each answer after so many events. */
  async function responsesServer(events: readonly string[], cuts: readonly number[]) {
    return serve((req, res, n) => {
      const url = new URL(req.url ?? '', 'http://x')
      const after = url.searchParams.get('starting_after')
      const from = after === null ? 0 : Number(after) + 1
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const end = cuts[n - 1]
      const text = events.slice(from, end === undefined ? undefined : from + end).join('')
      if (end === undefined) res.end(text)
      else res.write(text, () => setTimeout(() => res.socket?.destroy(), 10))
      req.resume()
    })
  }
  const deltas = ['One', ' two', ' three', ' four']
  const config = {
    dialect: responses as Dialect<ResponsesEvent>,
    body: { stream: true, background: true },
    retry: AT_ONCE,
  }

  it('goes by the number in the JSON, as a GET of the response', async () => {
    const server = await responsesServer(responseEvents('resp_1', ...deltas), [3, 1, 0, 1])
    const seen = await collect(
      fromEventStream(`${server.url}/v1/responses?stream=true`, {
        ...config,
        idempotencyKey: 'k',
        headers: { authorization: 'Bearer t' },
      }),
    )
    expect(seen.completed).toBe(true)
    expect(seen.values.map(({ sequence_number }) => sequence_number)).toEqual([0, 1, 2, 3, 4, 5])
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /v1/responses?stream=true',
      'GET /v1/responses/resp_1?stream=true&starting_after=2',
      'GET /v1/responses/resp_1?stream=true&starting_after=3',
      'GET /v1/responses/resp_1?stream=true&starting_after=3',
      'GET /v1/responses/resp_1?stream=true&starting_after=4',
    ])
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'k',
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    for (const { headers } of server.requests) {
      expect(headers).not.toHaveProperty('last-event-id')
      expect(headers.authorization).toBe('Bearer t')
    }
  })

  it('does so from the very first event on, though that is no content', async () => {
    const server = await responsesServer(responseEvents('resp_1', ...deltas), [1])
    const seen = await collect(fromEventStream(server.url, config))
    expect(seen.values).toHaveLength(6)
    expect(server.requests[1]?.url).toBe('//resp_1?starting_after=0')
  })

  it('tells the cursor of each value, to begin with on another page', async () => {
    const seen = await tell([responseEvents('resp_1', 'One').join('')], config)
    expect(seen.signals.flatMap((signal) => (signal.type === 'value' ? [signal.lastEventId] : []))).toEqual([
      '0',
      '1',
      '2',
    ])
  })

  it('finds out a server that ignores it', async () => {
    const events = responseEvents('resp_1', ...deltas)
    const seen = await play(
      [
        cut(events.slice(0, 3).join('')),
        { fixture: responseEvents('resp_2', 'Uno', ' dos', ' tres').join('') },
      ],
      config,
    )
    expect(seen.values).toHaveLength(3)
    expect(seen.error).toMatchObject({ code: 'resume_mismatch', lastEventId: '2' })
    const same = await play([cut(events.slice(0, 3).join('')), { fixture: events.join('') }], config)
    expect(same.values.map(({ sequence_number }) => sequence_number)).toEqual([0, 1, 2, 3, 4, 5])
    const leaping = await play(
      [
        cut(events.slice(0, 5).join('')),
        {
          fixture: responseEvents('resp_1', ...deltas, 'x', 'y')
            .slice(6)
            .join(''),
        },
      ],
      config,
    )
    expect(leaping.error).toMatchObject({ code: 'resume_mismatch' })
  })

  it('that says there is none is the failure itself', async () => {
    const dialect: Dialect<ServerSentEvent> = { ...rawEvents(), resume: () => undefined }
    const seen = await play([numbered(1, 2), numbered(3) + DONE], { dialect })
    expect(seen.error).toMatchObject({
      reason: 'socket_closed',
      resumable: false,
      lastEventId: '2',
      attempt: 1,
    })
  })

  it('that throws is an error of the setup', async () => {
    const dialect: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      resume: () => {
        throw new Error('mine')
      },
    }
    const seen = await play([numbered(1), DONE], { dialect })
    expect(seen.error).toMatchObject({ code: 'request_setup_failed', message: 'mine' })
  })

  it('begins at a lastEventId of the config', async () => {
    const byQuery: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      resume: ({ url }, cursor) => {
        url.searchParams.set('after', cursor)
        return { url, headers: { 'Last-Event-ID': undefined } }
      },
    }
    const seen = await play([numbered(6, 7), numbered(8) + DONE], { dialect: byQuery, lastEventId: '5' })
    expect(datas(seen.values)).toEqual(['e6', 'e7', 'e8'])
    expect(seen.requests.map(({ url, headers }) => [url, headers['last-event-id']])).toEqual([
      ['/?after=5', undefined],
      ['/?after=7', undefined],
    ])
    const repeated = await play(['', numbered(6) + DONE], { dialect: byQuery, lastEventId: '5' })
    expect(repeated.requests.map(({ url }) => url)).toEqual(['/?after=5', '/?after=5'])
  })

  it('that cannot begin there is an error of the setup, and no request', async () => {
    const seen = await play([DONE], { ...config, lastEventId: '5' })
    expect(seen.error).toMatchObject({ code: 'request_setup_failed', events: 0 })
    expect(seen.error?.message).toContain('responses cannot begin at a lastEventId')
    expect(seen.requests).toHaveLength(0)
  })

  it('sends Last-Event-ID along unless it says otherwise', async () => {
    const dialect: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      resume: ({ url }) => ({ url: `${url.pathname}x` }),
    }
    const seen = await play([numbered(1), numbered(2) + DONE], { dialect })
    expect([seen.requests[1]?.url, seen.requests[1]?.headers['last-event-id']]).toEqual(['/x', '1'])
  })

  it('a number for an ID is refused, or taken for its text', async () => {
    const dialect = {
      name: 'counted',
      read: ({ data }: ServerSentEvent) => (data === '[DONE]' ? done() : (JSON.parse(data) as { n: number })),
      idOf: ({ n }: { n: number }) => n,
    } as unknown as Dialect<{ n: number }>
    const seen = await play([plain('{"n":1}', '{"n":2}'), plain('{"n":3}') + DONE], { dialect })
    expect(seen.error?.code).not.toBe('resume_mismatch')
  })

  it('is not held up: an event with such an ID is delivered at once', async () => {
    const [created] = responseEvents('resp_1') as [string]
    const server = await faultServer([stalled(created)])
    const value = await new Promise((resolve) => {
      const subscription = fromEventStream(server.url, config).subscribe((first) => {
        resolve(first)
        queueMicrotask(() => subscription.unsubscribe())
      })
    })
    expect(value).toMatchObject({ type: 'response.created' })
  })
})
