import { describe, expect, it } from 'vitest'
import { type Dialect, done, fromEventStream, rawEvents, type ServerSentEvent } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { serve } from '../server.ts'
import { AT_ONCE, cut, datas, faultServer, play, stalled, tell } from './play.ts'
import { type ResponsesEvent, responseEvents, responses } from './responses-dialect.ts'
import { DONE, numbered, plain } from './wire-text.ts'

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

  it('goes by that number from the very first event on, though that is no content', async () => {
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

  it('that says there is none leaves the failure itself', async () => {
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

  it('refuses a number for an ID, or takes it for its text', async () => {
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
