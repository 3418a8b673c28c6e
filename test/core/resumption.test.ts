import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  type Dialect,
  done,
  type EventStreamConfig,
  fromEventStream,
  ignored,
  openaiChat,
  type ServerSentEvent,
} from '../../src/index.ts'
import { type Collected, collect } from '../collect.ts'
import { joining } from '../resume/joining-dialect.ts'
import { SSE, serve } from '../server.ts'

const events = (...ids: (number | string)[]): string =>
  ids.map((id) => `id: ${id}\ndata: e${id}\n\n`).join('')
const DONE = 'data: [DONE]\n\n'

/** One text an attempt; every attempt but the last is cut after it. */
async function attempts<T = ServerSentEvent>(
  texts: readonly string[],
  config: Partial<EventStreamConfig<T>> = {},
): Promise<Collected<T> & { cursors: (string | undefined)[] }> {
  const server = await serve((_: IncomingMessage, res: ServerResponse, n) => {
    res.writeHead(200, SSE)
    res.write(texts[Math.min(n, texts.length) - 1], () => {
      if (n < texts.length) setTimeout(() => res.socket?.destroy(), 15)
      else res.end()
    })
  })
  const stream = fromEventStream<T>(server.url, { retry: { delay: 1 }, ...config } as never)
  const collected = await collect(stream)
  return {
    ...collected,
    cursors: server.requests.map(({ headers }) => headers['last-event-id'] as string | undefined),
  }
}

const data = (collected: Collected<ServerSentEvent>): string[] => collected.values.map((value) => value.data)

describe('a server that was asked to continue', () => {
  it('and begins anew without IDs is found out before anything is doubled', async () => {
    const seen = await attempts([events(1, 2, 3), `data: e1\n\ndata: e2\n\ndata: e3\n\ndata: e4\n\n${DONE}`])
    expect(data(seen)).toEqual(['e1', 'e2', 'e3'])
    expect(seen.error).toMatchObject({
      code: 'resume_mismatch',
      message: expect.stringContaining('without an ID'),
    })
  })

  it('and carries a POST out once more under new IDs is found out by its first event', async () => {
    const again = 'id: x1\ndata: e1\n\nid: x2\ndata: e2\n\n'
    const posted = await attempts([events(1, 2), again + DONE], { body: {} })
    expect(data(posted)).toEqual(['e1', 'e2'])
    expect(posted.error).toMatchObject({
      code: 'resume_mismatch',
      message: expect.stringContaining('the first event again'),
    })
    // A GET retrieves: whoever gives its events IDs there goes by the one that is sent back.
    const got = await attempts([events(1, 2), again + DONE])
    expect(got.completed).toBe(true)
  })

  it('and leaves out what was counted until then is found out by the gap', async () => {
    const before = events(4, 5, 6, 7, 8)
    const seen = await attempts([before, events(10, 11) + DONE])
    expect(data(seen)).toEqual(['e4', 'e5', 'e6', 'e7', 'e8'])
    expect(seen.error).toMatchObject({
      code: 'resume_mismatch',
      message: expect.stringContaining('went on with event "10"'),
    })
    expect((await attempts([before, events(9, 10) + DONE])).completed).toBe(true)
    const marked = await attempts([before, 'id: 11\ndata: [DONE]\n\n'])
    expect(marked.error).toMatchObject({ code: 'resume_mismatch' })
    expect((await attempts([before, 'id: 9\ndata: [DONE]\n\n'])).completed).toBe(true)
    expect((await attempts([before, 'id: 8\ndata: [DONE]\n\n'])).completed).toBe(true)
  })

  it('and goes back in a count, further than is remembered, is found out at once', async () => {
    const seen = await attempts([events(11, 12, 13, 14, 15), events(1, 2, 3) + DONE])
    expect(data(seen)).toEqual(['e11', 'e12', 'e13', 'e14', 'e15'])
    expect(seen.error).toMatchObject({
      code: 'resume_mismatch',
      message: expect.stringContaining('went back to event "1"'),
    })
  })

  it('may send pings that have the next number', async () => {
    const dialect: Dialect<string> = {
      name: 'pinged',
      read: ({ event, data }) => (event === 'ping' ? ignored : data === '[DONE]' ? done() : data),
    }
    const before = events(1, 2, 3, 4, 5)
    const pinged = await attempts([before, `id: 6\nevent: ping\ndata: -\n\n${events(7, 8)}${DONE}`], {
      dialect,
    })
    expect(pinged.values).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e7', 'e8'])
    expect(pinged.completed).toBe(true)
    expect((await attempts([before, `id: 6\n\n${events(7)}${DONE}`])).completed).toBe(true)
  })

  it('cannot hide by a ping that it goes back or leaps', async () => {
    const ping = (id: number): string => `id: ${id}\n\n`
    const long = Array.from({ length: 1_100 }, (_, index) => index + 1)
    for (const again of [ping(0) + events(1, 2) + DONE, ping(1_105) + events(1_106) + DONE]) {
      const seen = await attempts([events(...long), again])
      expect(seen.values).toHaveLength(1_100)
      expect(seen.error).toMatchObject({ code: 'resume_mismatch' })
    }
    expect(
      (await attempts([events(...long), ping(1_101) + ping(1_102) + events(1_103) + DONE])).completed,
    ).toBe(true)
  })

  it('may answer a POST with the same data again under the next number', async () => {
    const same = (...ids: number[]): string => ids.map((id) => `id: ${id}\ndata: la\n\n`).join('')
    const seen = await attempts([same(1, 2), same(3, 4) + DONE], { body: {} })
    expect(data(seen)).toEqual(['la', 'la', 'la', 'la'])
    expect(seen.completed).toBe(true)
  })

  it('may leave numbers out where it did so before, or where they are no count', async () => {
    for (const [before, after] of [
      [events(1, 2, 4, 5, 6), events(9)],
      [events(5, 1, 7, 8, 9), events(12)],
      [events(1, 2, 3), events(6)],
      [events('a1', 'a2', 'a3', 'a4', 'a5'), events('a7')],
      [events(1, 2, 3, 4, 5), events('6-0')],
      // Too long for a number that is exact.
      [events(...[1, 2, 3, 4, 5].map((n) => `9007199254740990${n}`)), events('90071992547409907')],
    ] as const) {
      expect((await attempts([before, after + DONE])).completed).toBe(true)
    }
  })

  it('and goes back, to any event, is followed as long as it says the same', async () => {
    for (const again of [events(3, 4), events(2, 3, 4), events(1, 2, 3, 4)]) {
      const seen = await attempts([events(1, 2, 3), again + DONE])
      expect(data(seen)).toEqual(['e1', 'e2', 'e3', 'e4'])
      expect(seen.completed).toBe(true)
      expect(seen.cursors).toEqual([undefined, '3'])
    }
  })

  it('and goes back and says something else there is found out at the first difference', async () => {
    const changed = (id: number): string => `id: ${id}\ndata: other\n\n`
    const cases: [string, string][] = [
      [events(2) + changed(3) + events(4), 'event "3" again, with other data'],
      [changed(1) + events(2, 3, 4), 'event "1" again, with other data'],
      [events(1, 3, 4), 'sent event "3" where it was another'],
      [events(1, 2, 4), 'sent event "4" where it was another'],
      [`${events(1)}data: e2\n\n`, 'sent an event without an ID where it was another'],
      [events(1, 2), 'ended before it was there again'],
    ]
    for (const [again, message] of cases) {
      const seen = await attempts([events(1, 2, 3), again + DONE])
      expect(data(seen)).toEqual(['e1', 'e2', 'e3'])
      expect(seen.error).toMatchObject({
        code: 'resume_mismatch',
        message: expect.stringContaining(message),
        events: 3,
        lastEventId: '3',
      })
    }
  })

  it('and is cut while it repeats what it sent is asked again: that was no progress', async () => {
    const seen = await attempts([events(1, 2, 3), events(1), events(1, 2), events(1, 2, 3, 4) + DONE])
    expect(data(seen)).toEqual(['e1', 'e2', 'e3', 'e4'])
    expect(seen.cursors).toEqual([undefined, '3', '3', '3'])
    const spent = await attempts([events(1, 2, 3), ...Array.from({ length: 9 }, () => events(1))])
    expect(spent.error).toMatchObject({ reason: 'socket_closed', events: 3, attempt: 4 })
  })

  it('and goes back at a later attempt, or after some new events, is found out too', async () => {
    const seen = await attempts([events(1, 2), events(3, 4), events(5, 2)])
    expect(data(seen)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5'])
    expect(seen.error).toMatchObject({ code: 'resume_mismatch' })
  })

  it('may repeat its priming block, the cursor without data, or a ping with an ID', async () => {
    const primed = await attempts(['id: 0\nretry: 1\n\n', `id: 0\nretry: 1\n\ndata: a\n\n${DONE}`])
    expect([primed.completed, data(primed)]).toEqual([true, ['a']])
    const echoed = await attempts([events(1, 2), `id: 2\n\n${events(3)}${DONE}`])
    expect([echoed.completed, data(echoed)]).toEqual([true, ['e1', 'e2', 'e3']])
    const ping = 'event: ping\nid: p\ndata: x\n\n'
    const pinged = await attempts([ping, `${ping}data: {"type":"message_stop"}\n\n`], {
      dialect: anthropicMessages(),
    })
    expect(pinged.completed).toBe(true)
  })

  it('may end with a marker that has no ID', async () => {
    const event = (type: string, id: string): string => `${id}event: ${type}\ndata: {"type":"${type}"}\n\n`
    const seen = await attempts([event('message_start', 'id: 1\n'), event('message_stop', '')], {
      dialect: anthropicMessages(),
    } as never)
    expect([seen.completed, seen.values.length]).toEqual([true, 2])
  })

  it('may greet with an old ID: the cursor does not go back', async () => {
    const ping = 'event: ping\nid: 0\ndata: x\n\n'
    const start = 'id: 3\nevent: message_start\ndata: {"type":"message_start"}\n\n'
    const seen = await attempts([start, ping, 'id: 0\n\n', 'id: 4\ndata: {"type":"message_stop"}\n\n'], {
      dialect: anthropicMessages(),
    } as never)
    expect(seen.completed).toBe(true)
    expect(seen.cursors).toEqual([undefined, '3', '3', '3'])
  })

  it('may send an ID alone before its first event: it counts with that event', async () => {
    const seen = await attempts([`data: a\n\n${events(2)}`, `id: 3\n\ndata: b\n\n${DONE}`])
    expect(seen.values).toEqual([{ data: 'a' }, { id: '2', data: 'e2' }, { id: '3', data: 'b' }])
    expect(seen.completed).toBe(true)
  })

  it('may give several events one ID', async () => {
    const seen = await attempts([events(1, 2), events(3, 3, 4, 4) + DONE])
    expect([seen.completed, data(seen)]).toEqual([true, ['e1', 'e2', 'e3', 'e3', 'e4', 'e4']])
  })

  it('may have IDs on some events only, if the cut falls after one of these', async () => {
    const seen = await attempts([`data: a\n\n${events(1)}`, `data: b\n\n${events(2)}${DONE}`])
    expect([seen.completed, data(seen)]).toEqual([true, ['a', 'e1', 'b', 'e2']])
  })
})

describe('a cursor that no header can carry', () => {
  it('does not hide how the stream ended', async () => {
    const seen = await attempts(['id: a\u0001b\ndata: x\n\n', DONE])
    expect(seen.error).toMatchObject({ kind: 'stream_terminated', reason: 'socket_closed', resumable: false })
    expect(seen.cursors).toEqual([undefined])
  })
})

describe('resumable', () => {
  it('tells whether the stream could be continued, also where resume: "never" forbids it', async () => {
    const seen = await attempts([events(1, 2), DONE], { resume: 'never' })
    expect(seen.error).toMatchObject({ resumable: true, lastEventId: '2' })
  })
})

describe("a dialect's memory", () => {
  it('is fresh when a request is repeated from the beginning', async () => {
    const seen = await attempts<string>(['data: Hel\n\n', `data: Hel\n\ndata: lo.\n\n${DONE}`], {
      dialect: joining,
    })
    expect([seen.completed, seen.values]).toEqual([true, ['Hello.']])
  })

  it('is kept when a stream is continued', async () => {
    const first = 'id: 1\ndata: One.\n\nid: 2\ndata: Hel\n\n'
    const seen = await attempts<string>([first, `id: 3\ndata: lo.\n\n${DONE}`], { dialect: joining })
    expect([seen.completed, seen.values]).toEqual([true, ['One.', 'Hello.']])
    expect(seen.cursors).toEqual([undefined, '2'])
  })
})

describe('what is left over at the end', () => {
  const byType: Dialect<string> = {
    name: 'by-type',
    read: ({ event, data: text }) => (event === 'finished' ? done() : text),
  }

  it.each([
    ['an event type that was cut', 'event: finished'],
    ['an event type without data', 'event: finished\n'],
    ['a cut event type after data', 'data: x\nevent: finished'],
  ])('is no end marker if it is %s', async (_, text) => {
    const { completed, error } = await attempts<string>([`data: one\n\n${text}`], {
      dialect: byType,
      retry: false,
    })
    expect(completed).toBe(false)
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'cut_event' })
  })

  it('is the marker if only its blank line is missing', async () => {
    const text = 'data: one\n\nevent: finished\ndata: x'
    expect((await attempts<string>([text], { dialect: byType })).completed).toBe(true)
  })

  it('outweighs a finish_reason, also as a report that was cut', async () => {
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
    const config = { dialect: openaiChat({ endMarker: 'finish_reason' }), retry: false } as const
    const cut = await attempts([`data: ${chunk}\n\nerror: {"mess`], config as never)
    expect(cut.error).toMatchObject({ kind: 'stream_terminated' })
  })

  it('outweighs a finish_reason', async () => {
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
    const config = { dialect: openaiChat({ endMarker: 'finish_reason' }), retry: false } as const
    const cut = await attempts([`data: ${chunk}\n\ndata: {"choices":[{"index":1,"del`], config as never)
    expect(cut.error).toMatchObject({ kind: 'stream_terminated', reason: 'cut_event' })
    expect((await attempts([`data: ${chunk}\n\n`], config as never)).completed).toBe(true)
  })
})
