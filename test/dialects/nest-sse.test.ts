import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { fromEventStream, nestSse } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { serve } from '../server.ts'

const AT_ONCE = { delay: 1, jitter: 'none' } as const

/** As NestJS writes: a blank line first, events numbered anew in every response. */
const begin = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'text/event-stream' })
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `id: ${from + i}\ndata: {"n":${from + i}}\n\n`).join('')
const cutAfter = (res: ServerResponse, text: string) =>
  begin(res).write(`\n${text}`, () => setTimeout(() => res.socket?.destroy(), 10))

describe('a route of NestJS', () => {
  it('is whole when its response ends cleanly after an event', async () => {
    const server = await serve((_, res) => void begin(res).end(`\n${numbered(1, 2)}`))
    const seen = await collect(fromEventStream(server.url, { dialect: nestSse(), retry: false }))
    expect(seen.completed).toBe(true)
    expect(seen.values).toEqual([
      { id: '1', data: '{"n":1}' },
      { id: '2', data: '{"n":2}' },
    ])
  })

  it('is whole only with its last event, if that was named', async () => {
    const dialect = nestSse({ endEvent: 'done' })
    const open = await serve((_, res) => void begin(res).end(`\n${numbered(1, 2)}`))
    const { error } = await collect(fromEventStream(open.url, { dialect, retry: false }))
    expect(error).toMatchObject({ code: 'stream_terminated', reason: 'clean_end' })
    const whole = await serve(
      (_, res) => void begin(res).write(`${numbered(1, 1)}event: done\nid: 2\ndata: ok\n\n`),
    )
    const seen = await collect(fromEventStream(whole.url, { dialect, retry: false }))
    expect(seen.completed).toBe(true)
    expect(seen.values.at(-1)).toEqual({ id: '2', event: 'done', data: 'ok' })
  })

  it('is not resumed by numbers that every response begins anew', async () => {
    const server = await serve((_, res) => cutAfter(res, numbered(1, 3)))
    const { values, error } = await collect(
      fromEventStream(server.url, { dialect: nestSse(), retry: AT_ONCE }),
    )
    expect(values).toHaveLength(3)
    expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false })
    expect(server.requests).toHaveLength(1)
  })

  it('is resumed where it is said to take IDs of its own', async () => {
    const server = await serve((req, res, n) => {
      const after = Number(req.headers['last-event-id'] ?? 0)
      if (n < 3) cutAfter(res, numbered(after + 1, after + 2))
      else begin(res).end(`\n${numbered(after + 1, 5)}`)
    })
    const dialect = nestSse({ resumes: true, parse: (data): { n: number } => JSON.parse(data) })
    const seen = await collect(fromEventStream(server.url, { dialect, retry: AT_ONCE }))
    expect(seen.completed).toBe(true)
    expect(seen.values.map(({ id, data }) => [id, data.n])).toEqual([1, 2, 3, 4, 5].map((n) => [`${n}`, n]))
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '4'])
  })

  it('gives malformed_event where its data cannot be parsed as was said', async () => {
    const server = await serve((_, res) => void begin(res).end('\nid: 1\ndata: plain text\n\n'))
    const { error } = await collect(
      fromEventStream(server.url, { dialect: nestSse({ parse: JSON.parse }), retry: false }),
    )
    expect(error).toMatchObject({ code: 'malformed_event' })
    expect(error?.cause).toBeInstanceOf(SyntaxError)
  })

  it('may end by an event with nothing in it', async () => {
    const server = await serve(
      (_, res) => void begin(res).end('\nid: 1\ndata: {}\n\nevent: done\nid: 2\ndata: \n\n'),
    )
    const dialect = nestSse({ endEvent: 'done', parse: JSON.parse })
    const { completed, values } = await collect(fromEventStream(server.url, { dialect, retry: false }))
    expect(completed).toBe(true)
    expect(values).toHaveLength(1)
  })

  it('tells all that was wrong with a request', async () => {
    const server = await serve((_, res) => {
      res.writeHead(400, { 'content-type': 'application/json' })
      res.end('{"message":["a must be text","b is missing"],"error":"Bad Request","statusCode":400}')
    })
    const { error } = await collect(fromEventStream(server.url, { dialect: nestSse(), retry: false }))
    expect(error).toMatchObject({
      kind: 'request_failed',
      code: 'invalid_request',
      type: 'Bad Request',
      message: 'a must be text; b is missing',
    })
  })

  it('is compared by what its events say, parsed or not', () => {
    expect(nestSse().isSame?.({ id: '1', data: 'a' }, { id: '2', data: 'a' })).toBe(true)
    const { isSame } = nestSse({ parse: JSON.parse })
    expect(isSame?.({ data: { a: 1, b: 2 } }, { id: '9', data: { b: 2, a: 1 } })).toBe(true)
    expect(isSame?.({ event: 'a', data: 1 }, { event: 'b', data: 1 })).toBe(false)
  })

  it('cannot be described by wrong options', () => {
    for (const options of [
      { endEvent: '' },
      { endEvent: 'error' },
      { resumes: 'yes' },
      { parse: 'JSON' },
      { endevent: 'x' },
      null,
    ])
      expect(() => nestSse(options as never)).toThrow(TypeError)
  })

  it('says in its facts what its options have made of it', () => {
    expect(nestSse().facts?.end).toEqual([])
    expect(nestSse({ endEvent: 'done' }).facts?.end).toEqual(['event: done\ndata: {}'])
    expect(nestSse({ resumes: true }).facts?.cursor).toMatch('Last-Event-ID')
  })
})
