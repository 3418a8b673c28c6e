import { describe, expect, it } from 'vitest'
import { type Answer, type Http2ErrorCode, scenarios } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { FLAG, openHttp2, type RawHttp2, TYPE } from './raw-http2.ts'
import { FIVE, one, start, WIRES, type Wire, wire } from './wire.ts'

const after = { events: 5 }
const wires = ['h2c', 'h2'] as const satisfies readonly Wire[]

/** Everything of a stream that was reset: nothing may come after that. */
const lastTypeOf = (client: RawHttp2, id: number): number | undefined => client.of(id).at(-1)?.type

describe.each(wires)('RST_STREAM over %s', (name) => {
  it.each<[Http2ErrorCode | undefined, number]>([
    [undefined, 2],
    ['NO_ERROR', 0],
    ['PROTOCOL_ERROR', 1],
    ['REFUSED_STREAM', 7],
    ['CANCEL', 8],
    ['ENHANCE_YOUR_CALM', 11],
    ['HTTP_1_1_REQUIRED', 13],
    [0xffff_ffff, 0xffff_ffff],
  ])(
    'with the code %s is %i on the wire, after all that was due, and the last of its stream',
    async (code, number) => {
      const fault = { type: 'stream-reset', after, ...(code === undefined ? {} : { code }) } as const
      const client = openHttp2(await start(one({ fault }), WIRES[name]))
      const id = client.request()
      await client.over(id)
      await client.settle()
      expect(client.body(id).toString()).toBe(FIVE)
      expect(client.end(id)).toEqual({ reset: number })
      expect(lastTypeOf(client, id)).toBe(TYPE.rstStream)
      expect(client.of(id).filter(({ type }) => type === TYPE.rstStream)).toHaveLength(1)
      expect(client.goaways).toEqual([])
      expect(client.ended).toBeUndefined()
    },
  )
})

describe('RST_STREAM', () => {
  it('before the head is the only frame of its stream', async () => {
    const client = openHttp2(await start(scenarios['h2-reset-before-head'], WIRES.h2c))
    const id = client.request()
    await client.over(id)
    await client.settle()
    expect(client.of(id)).toHaveLength(1)
    expect(client.end(id)).toEqual({ reset: 7 })
  })

  it('does not touch another stream of the connection, begun before or after', async () => {
    const server = await start(one({ paceMs: 3 }), WIRES.h2c)
    const client = openHttp2(server)
    const before = client.request()
    await until(() => client.body(before).length > 0, 'the first event')
    server.use(scenarios['h2-reset'])
    const reset = client.request()
    await client.over(reset)
    expect(client.end(before)).toBeUndefined()
    server.use({})
    const later = client.request()
    await Promise.all([client.over(before), client.over(later)])
    expect(client.end(reset)).toEqual({ reset: 2 })
    expect(client.body(reset).toString()).toBe(FIVE)
    for (const id of [before, later]) {
      expect(client.end(id)).toBe('end-stream')
      expect(client.body(id).toString()).toBe(wire())
    }
    expect(lastTypeOf(client, reset)).toBe(TYPE.rstStream)
  })

  it('waits for the client to take all that is due before it', async () => {
    const events = ['x'.repeat(150_000), 'y']
    const fault = { type: 'stream-reset', after: { events: 1 } } as const
    const client = openHttp2(await start({ events, answers: [{ fault }] }, WIRES.h2c), { window: 65_535 })
    const id = client.request()
    await until(() => client.body(id).length === 65_535, 'the window to be full')
    await client.settle()
    expect(client.end(id)).toBeUndefined()
    client.allow(id, 200_000)
    await client.over(id)
    expect(client.body(id).toString()).toBe(wire(events.slice(0, 1)))
    expect(client.end(id)).toEqual({ reset: 2 })
  })

  it('answers one that the client sends into it, by nothing', async () => {
    const server = await start(scenarios['h2-reset'], WIRES.h2c)
    const client = openHttp2(server)
    const id = client.request()
    await client.over(id)
    client.resetStream(id, 8)
    client.allow(id, 100)
    await client.settle()
    expect(lastTypeOf(client, id)).toBe(TYPE.rstStream)
    expect(client.ended).toBeUndefined()
    expect(server.requests[0]?.clientGoneAt).toBeUndefined()
  })
})

describe('a body over HTTP/2', () => {
  it('ends with END_STREAM, an event a frame', async () => {
    const client = openHttp2(await start({}, WIRES.h2c))
    const id = client.request()
    await client.over(id)
    await client.settle()
    expect(client.body(id).toString()).toBe(wire())
    expect(client.of(id)[0]?.type).toBe(TYPE.headers)
    const data = client.of(id).slice(1)
    expect(data.every(({ type }) => type === TYPE.data)).toBe(true)
    expect(data.filter(({ payload }) => payload.length > 0)).toHaveLength(28)
    expect(data.filter(({ flags }) => (flags & FLAG.endStream) !== 0)).toEqual([data.at(-1)])
    expect(client.end(id)).toBe('end-stream')
  })

  it.each(['clean-end', 'short-content-length'] as const)(
    'of %s is short, and ends properly',
    async (type) => {
      const client = openHttp2(await start(one({ fault: { type, after } }), WIRES.h2c))
      const id = client.request()
      await client.over(id)
      expect(client.body(id).toString()).toBe(FIVE)
      expect(client.end(id)).toBe('end-stream')
      await client.settle()
      expect(client.ended).toBeUndefined()
    },
  )

  it('goes beyond the flow-control window at the pace of a slow reader', async () => {
    const events = ['a'.repeat(200_000), 'b'.repeat(100_000)]
    const client = openHttp2(await start({ events }, WIRES.h2c), { window: 1000 })
    const id = client.request()
    const whole = wire(events)
    // The connection has 65535 from the start; the stream has 1000.
    client.send(TYPE.windowUpdate, 0, 0, Buffer.of(0, 8, 0, 0))
    for (let allowed = 1000; allowed < whole.length; allowed += 30_011) {
      await until(() => client.body(id).length === allowed, `${allowed} bytes`)
      await client.settle()
      expect(client.body(id)).toHaveLength(allowed)
      client.send(TYPE.windowUpdate, 0, id, Buffer.of(0, 0, 0x75, 0x3b))
    }
    await client.over(id)
    expect(client.body(id).toString()).toBe(whole)
    expect(client.end(id)).toBe('end-stream')
  })

  it('may be empty: HEAD, 204 and an error without a body end with their head', async () => {
    const server = await start({ answers: [{}, { paceMs: 5 }, { status: 204 }, { status: 500 }] }, WIRES.h2c)
    const client = openHttp2(server)
    for (const method of ['HEAD', 'HEAD', 'GET', 'GET']) {
      const id = client.request({ method })
      await client.over(id)
      await client.settle()
      expect(client.end(id)).toBe('end-stream')
      expect(client.body(id)).toHaveLength(0)
    }
    client.socket.end()
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests.map(({ clientGoneAt }) => clientGoneAt)).toEqual(Array(4).fill(undefined))
  })

  it('of the client is recorded, with its head', async () => {
    const server = await start({}, WIRES.h2c)
    const client = openHttp2(server)
    const headers = { 'x-own': 'a', 'last-event-id': Buffer.from('é').toString('latin1') }
    const id = client.request({ method: 'POST', path: '/v1/chat?x=1', headers, body: '{"é":1}' })
    await client.over(id)
    expect(server.requests[0]).toMatchObject({
      protocol: 'h2',
      method: 'POST',
      url: '/v1/chat?x=1',
      headers: { host: 'test', 'x-own': 'a' },
      body: '{"é":1}',
      clientGoneAt: undefined,
    })
    expect(Object.keys(server.requests[0]?.headers ?? {}).filter((name) => name.startsWith(':'))).toEqual([])
  })
})

describe('a hundred streams of one connection', () => {
  /** What each shows of the stream and how it ends. */
  const kinds: readonly [Answer, string, ReturnType<RawHttp2['end']>][] = [
    [{}, wire(), 'end-stream'],
    [{ fault: { type: 'stream-reset', after, code: 'CANCEL' } }, FIVE, { reset: 8 }],
    [{ fault: { type: 'stream-reset', after: { bytes: 33 }, code: 33 } }, wire().slice(0, 33), { reset: 33 }],
    [{ fault: { type: 'stream-reset', after: 'request', code: 'REFUSED_STREAM' } }, '', { reset: 7 }],
    [{ fault: { type: 'clean-end', after: { events: 5, bytes: 9 } } }, `${FIVE}data: {"i`, 'end-stream'],
    [{ fault: { type: 'short-content-length', after } }, FIVE, 'end-stream'],
    [{ fault: { type: 'stall', after } }, FIVE, undefined],
    [{ fault: { type: 'append', after, text: '<html>' } }, `${FIVE}<html>`, 'end-stream'],
    [{ writeSize: 7, fault: { type: 'stream-reset', after } }, FIVE, { reset: 2 }],
    [{ status: 503, body: 'no' }, 'no', 'end-stream'],
  ]

  it.each(wires)('fail each in its own way, over %s', async (name) => {
    const server = await start({ answers: kinds.map(([answer]) => answer), cycle: true }, WIRES[name])
    const client = openHttp2(server)
    const ids = Array.from({ length: 100 }, () => client.request())
    await until(
      () => ids.every((id, n) => n % kinds.length === 6 || client.end(id) !== undefined),
      'a hundred ends',
    )
    await client.settle()
    for (const [n, id] of ids.entries()) {
      const [, body, end] = kinds[n % kinds.length] as (typeof kinds)[number]
      expect([n, client.body(id).toString(), client.end(id)]).toEqual([n, body, end])
      if (typeof end === 'object') expect(lastTypeOf(client, id)).toBe(TYPE.rstStream)
    }
    expect(client.goaways).toEqual([])
    expect(client.leftover).toHaveLength(0)
    expect(server.connections).toBe(1)
    expect(server.requests.filter(({ clientGoneAt }) => clientGoneAt !== undefined)).toEqual([])
  })
})

describe('a client that goes', () => {
  it('from one stream, by RST_STREAM, is seen on that stream alone', async () => {
    const server = await start(scenarios.stall, WIRES.h2c)
    const client = openHttp2(server)
    const [gone, stays] = [client.request(), client.request()]
    await until(() => client.body(gone).length + client.body(stays).length === 2 * FIVE.length, 'the events')
    client.resetStream(gone, 8)
    await until(() => server.requests[0]?.clientGoneAt !== undefined, 'the client to be gone')
    await client.settle()
    expect(server.requests[1]?.clientGoneAt).toBeUndefined()
    expect(client.end(stays)).toBeUndefined()
    expect(client.ended).toBeUndefined()
    expect(server.connections).toBe(1)
  })

  it('from one stream after the other may do so without end: no limit of the server takes part', async () => {
    const server = await start(scenarios.stall, WIRES.h2c)
    const client = openHttp2(server)
    // Node's own limit is a burst of 1000.
    for (let n = 0; n < 1500; n += 100) {
      const ids = Array.from({ length: 100 }, () => client.request())
      await until(
        () => client.of(ids.at(-1) as number).length > 0 || client.ended !== undefined,
        'the last head',
      )
      for (const id of ids) client.resetStream(id, 8)
    }
    await client.settle()
    expect([client.goaways, client.ended]).toEqual([[], undefined])
    expect(server.requests).toHaveLength(1500)
  })

  it.each(['end', 'destroy'] as const)('from all, by %s, is seen on each', async (leave) => {
    const server = await start(scenarios.comments, WIRES.h2c)
    const client = openHttp2(server)
    const ids = [client.request(), client.request(), client.request()]
    await until(() => ids.every((id) => client.body(id).length >= FIVE.length), 'the events')
    client.socket[leave]()
    await until(
      () => server.requests.every(({ clientGoneAt }) => clientGoneAt !== undefined),
      'all three to be gone',
    )
    await until(() => server.connections === 0, 'the connection to be gone')
  })

  it('during its own body, before the head or while it does not read, is seen too', async () => {
    const events = ['z'.repeat(500_000)]
    const server = await start(
      { answers: [scenarios['no-answer'].answers?.[0] as Answer, { events }] },
      WIRES.h2c,
    )
    const client = openHttp2(server, { window: 65_535 })
    const waiting = client.request()
    const full = client.request()
    await until(() => client.body(full).length === 65_535, 'the window to be full')
    const half = client.request({ method: 'POST', headers: { 'content-length': '9' }, body: 'half' })
    await until(() => server.requests.length >= 2, 'the requests')
    for (const id of [waiting, full, half]) client.resetStream(id, 8)
    await until(
      () => server.requests.slice(0, 2).every(({ clientGoneAt }) => clientGoneAt !== undefined),
      'both to be gone',
    )
    expect(client.ended).toBeUndefined()
    expect(server.connections).toBe(1)
  })
})
