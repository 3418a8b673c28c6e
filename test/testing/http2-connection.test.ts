import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Http2ErrorCode, scenarios } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { http2Request, http2Session } from './http2-client.ts'
import { openSocket, rawRequest } from './raw-client.ts'
import { FLAG, openHttp2, RawHttp2, TYPE, u32 } from './raw-http2.ts'
import { closed, openSecureSocket } from './secure-client.ts'
import { decodings, FIVE, one, start, WIRES, type Wire, wire } from './wire.ts'

const after = { events: 5 }
const wires = ['h2c', 'h2'] as const satisfies readonly Wire[]

describe.each(wires)('GOAWAY over %s', (name) => {
  it.each<[Http2ErrorCode | undefined, number]>([
    [undefined, 0],
    ['INTERNAL_ERROR', 2],
    ['ENHANCE_YOUR_CALM', 11],
    [77, 77],
  ])('with the code %s is %i on the wire, names its stream, and FIN follows', async (code, number) => {
    const fault = { type: 'goaway', after, ...(code === undefined ? {} : { code }) } as const
    const client = openHttp2(await start(one({ fault }), WIRES[name]))
    const id = client.request()
    await client.over(id)
    expect(client.body(id).toString()).toBe(FIVE)
    expect(client.end(id)).toBeUndefined()
    expect(client.goaways).toEqual([{ lastStream: id, code: number }])
    expect(client.frames.at(-1)?.type).toBe(TYPE.goaway)
    expect(client.ended).toBe('fin')
    expect(client.leftover).toHaveLength(0)
  })
})

describe('GOAWAY', () => {
  it.each([
    ['this', 5],
    ['before', 3],
  ] as const)('may name %s stream: %i', async (lastStream, expected) => {
    const server = await start({}, WIRES.h2c)
    const client = openHttp2(server)
    for (let n = 0; n < 2; n++) await client.over(client.request())
    server.use(one({ fault: { type: 'goaway', after, lastStream } }))
    expect(client.request()).toBe(5)
    await client.over(5)
    expect(client.goaways).toEqual([{ lastStream: expected, code: 0 }])
  })

  it('before the first stream names none', async () => {
    const client = openHttp2(await start(scenarios['h2-goaway-refused'], WIRES.h2c))
    await client.over(client.request())
    expect(client.goaways).toEqual([{ lastStream: 0, code: 0 }])
  })

  it('may come instead of a response', async () => {
    const fault = { type: 'goaway', after: 'request', lastStream: 'before' } as const
    const client = openHttp2(await start(one({ fault }), WIRES.h2c))
    const id = client.request()
    await client.over(id)
    expect(client.of(id)).toEqual([])
    expect(client.goaways).toEqual([{ lastStream: 0, code: 0 }])
    expect(client.ended).toBe('fin')
  })

  it('that goes on is followed by the rest and a proper end; the connection stays', async () => {
    const server = await start(scenarios['h2-goaway-graceful'], WIRES.h2c)
    const client = openHttp2(server)
    const id = client.request()
    await client.over(id)
    await client.settle()
    expect(client.body(id).toString()).toBe(wire())
    expect(client.end(id)).toBe('end-stream')
    expect(client.goaways).toEqual([{ lastStream: id, code: 0 }])
    const at = client.frames.findIndex(({ type }) => type === TYPE.goaway)
    const before = client.frames.slice(0, at).filter(({ type }) => type === TYPE.data)
    expect(Buffer.concat(before.map(({ payload }) => payload)).toString()).toBe(FIVE)
    expect(client.ended).toBeUndefined()
    expect(server.connections).toBe(1)
  })

  it.each(['gzip', 'br', 'zstd'] as const)('that goes on is no break of a %s body', async (coding) => {
    for (const events of [0, 5, 1000]) {
      const fault = { type: 'goaway', after: { events }, goOn: true } as const
      const server = await start(one({ coding, fault, writeSize: [3, 50] }), WIRES.h2c)
      const { body } = await http2Request(server)
      expect(decodings[coding].whole(body).toString()).toBe(wire())
    }
  })

  it('that goes on keeps the pause between the event before it and the one after it', async () => {
    const fault = { type: 'goaway', after: { events: 1 }, goOn: true } as const
    const server = await start({ events: ['1', '2'], answers: [{ paceMs: 80, fault }] }, WIRES.h2c)
    const client = openHttp2(server)
    const id = client.request()
    await until(() => client.goaways.length === 1, 'the GOAWAY')
    const toldAt = performance.now()
    await client.over(id)
    expect(performance.now() - toldAt).toBeGreaterThan(60)
    expect(client.body(id).toString()).toBe(wire(['1', '2']))
  })

  it('that goes on keeps the Content-Length right', async () => {
    for (const coding of [undefined, 'gzip'] as const) {
      for (const events of [0, 5, 1000]) {
        const fault = { type: 'goaway', after: { events }, goOn: true } as const
        const coded = coding === undefined ? {} : { coding }
        const server = await start(one({ ...coded, framing: 'content-length', fault }), WIRES.h2c)
        const { headers, body, error } = await http2Request(server)
        expect([coding, events, error]).toEqual([coding, events, undefined])
        expect(body).toHaveLength(Number(headers['content-length']))
      }
    }
  })
})

describe.each(wires)('the end of the connection over %s', (name) => {
  it('by FIN comes without GOAWAY, RST_STREAM or END_STREAM', async () => {
    const server = await start(scenarios.fin, WIRES[name])
    const client = openHttp2(server)
    const id = client.request()
    await client.over(id)
    expect(client.body(id).toString()).toBe(FIVE)
    expect(client.end(id)).toBeUndefined()
    expect(client.goaways).toEqual([])
    expect(client.ended).toBe('fin')
    expect(client.leftover).toHaveLength(0)
    client.socket.end()
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests[0]?.clientGoneAt).toBeUndefined()
  })

  it('by FIN says nothing more, although other streams were at work and the client still talks', async () => {
    const server = await start(one({ paceMs: 2 }), WIRES[name])
    const client = openHttp2(server, { allowHalfOpen: true })
    const other = client.request()
    await until(() => client.body(other).length > 0, 'the first event')
    server.use(scenarios.fin)
    await client.over(client.request())
    expect(client.ended).toBe('fin')
    const { length } = client.frames
    for (let n = 0; n < 20; n++) {
      client.send(TYPE.ping, 0, 0, Buffer.alloc(8))
      await sleep(2)
    }
    expect(client.frames).toHaveLength(length)
    expect(client.wasReset).toBe(false)
    expect(server.connections).toBe(1)
    client.socket.end()
    await until(() => server.connections === 0, 'the connection to be gone')
  })

  it('by RST comes once all before it has arrived, every time', async () => {
    const events = ['r'.repeat(300_000), 's']
    const server = await start(
      { events, answers: [{ fault: { type: 'rst', after: { events: 1 } } }] },
      WIRES[name],
    )
    const clients = Array.from({ length: 5 }, () => openHttp2(server))
    for (const client of clients) client.request()
    await Promise.all(clients.map((client) => client.over(1)))
    for (const client of clients) {
      expect(client.body(1).toString()).toBe(wire(events.slice(0, 1)))
      expect([client.end(1), client.goaways, client.ended]).toEqual([undefined, [], 'reset'])
    }
    await until(() => server.connections === 0, 'the connections to be gone')
    expect(server.requests.map(({ clientGoneAt }) => clientGoneAt)).toEqual(Array(5).fill(undefined))
  })

  it.each([
    ['fin-before-head', 'fin'],
    ['reset-before-head', 'reset'],
  ] as const)('%s, every time', async (scenario, ended) => {
    const server = await start(scenarios[scenario], WIRES[name])
    for (let n = 0; n < 10; n++) {
      const client = openHttp2(server)
      const id = client.request()
      await client.over(id)
      expect(client.of(id)).toEqual([])
      expect([n, client.goaways, client.ended]).toEqual([n, [], ended])
    }
  })
})

describe('the connection', () => {
  it('has SETTINGS first, acknowledges those of the client, and answers PING, also while it stalls', async () => {
    const client = openHttp2(await start(scenarios.stall, WIRES.h2c))
    const id = client.request()
    await until(() => client.body(id).toString() === FIVE, 'the events')
    const payload = Buffer.from('a ping!!')
    client.send(TYPE.ping, 0, 0, payload)
    const isPong = (type: number, flags: number) => type === TYPE.ping && flags === FLAG.ack
    await until(() => client.frames.some(({ type, flags }) => isPong(type, flags)), 'the PING')
    expect(client.frames.find(({ type }) => type === TYPE.ping)?.payload).toEqual(payload)
    const settings = client.frames.filter(({ type }) => type === TYPE.settings)
    expect(client.frames[0]).toBe(settings[0])
    expect(settings.map(({ flags }) => flags)).toEqual([0, FLAG.ack])
    expect(client.end(id)).toBeUndefined()
  })

  it('is used again after a stream of it failed, its header compression in step', async () => {
    const server = await start(
      {
        answers: [
          { fault: { type: 'stream-reset', after: 'request' } },
          { headers: { 'x-first': 'a'.repeat(50) } },
          { headers: { 'x-second': 'b'.repeat(50) }, fault: { type: 'stream-reset', after } },
          { headers: { 'x-first': 'a'.repeat(50), 'x-second': 'b'.repeat(50) } },
        ],
        cycle: true,
      },
      WIRES.h2c,
    )
    const session = http2Session(server)
    const seen: unknown[] = []
    for (let n = 0; n < 8; n++) {
      const { headers, code } = await http2Request(server, {}, session)
      seen.push([headers['x-first']?.length, headers['x-second']?.length, code])
    }
    const round = [
      [undefined, undefined, 2],
      [50, undefined, 0],
      [undefined, 50, 2],
      [50, 50, 0],
    ]
    expect(seen).toEqual([...round, ...round])
    expect(server.connections).toBe(1)
  })

  it('cut under several streams blames none of them on the client', async () => {
    const server = await start(scenarios.stall, WIRES.h2c)
    const client = openHttp2(server)
    const other = client.request()
    await until(() => client.body(other).toString() === FIVE, 'the events')
    server.use(scenarios.fin)
    await client.over(client.request())
    expect(client.ended).toBe('fin')
    client.socket.destroy()
    await until(() => server.connections === 0, 'the connection to be gone')
    await sleep(20)
    expect(server.requests.map(({ clientGoneAt }) => clientGoneAt)).toEqual([undefined, undefined])
  })

  it('ends with the client that closes it, and half of it too', async () => {
    const server = await start({}, WIRES.h2c)
    for (const leave of ['end', 'destroy'] as const) {
      const client = openHttp2(server)
      await client.over(client.request())
      client.socket[leave]()
      await until(() => server.connections === 0, 'the connection to be gone')
    }
    const saysGoodbye = openHttp2(server)
    await saysGoodbye.over(saysGoodbye.request())
    saysGoodbye.send(TYPE.goaway, 0, 0, u32(0, 0))
    await until(() => saysGoodbye.ended !== undefined, 'the end of the connection')
    saysGoodbye.socket.end()
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests.map(({ clientGoneAt }) => clientGoneAt)).toEqual(Array(3).fill(undefined))
  })
})

describe('a client of the other protocol', () => {
  it.each(wires)('HTTP/1.1 at a server of %s gets no response, and leaves nothing behind', async (name) => {
    const server = await start({}, WIRES[name])
    const socket = name === 'h2' ? openSecureSocket(server, { ALPNProtocols: [] }) : openSocket(server.url)
    const ended = closed(socket)
    const received: Buffer[] = []
    socket.on('data', (data: Buffer) => received.push(data))
    socket.write('GET / HTTP/1.1\r\nhost: test\r\n\r\n')
    await ended
    expect(Buffer.concat(received).toString('latin1')).not.toContain('HTTP/1.1')
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests).toEqual([])
    expect(await http2Request(server)).toMatchObject({ code: 0, error: undefined })
  })

  it('that offers only HTTP/1.1 by ALPN is refused in the handshake', async () => {
    const server = await start({}, WIRES.h2)
    const socket = openSecureSocket(server, { ALPNProtocols: ['http/1.1'] })
    const error = await closed(socket)
    expect(error).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' })
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests).toEqual([])
  })

  it('HTTP/2 at a server of HTTP/1.1 gets a 400, and leaves nothing behind', async () => {
    const server = await start()
    const client = openHttp2(server)
    await until(() => client.ended !== undefined, 'the end of the connection')
    expect(client.leftover.toString('latin1')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    client.socket.end()
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests).toEqual([])
    expect((await rawRequest(server.url)).status).toBe(200)
  })

  it('HTTP/2 over TLS at a server of HTTP/1.1 is refused in the handshake', async () => {
    const server = await start({}, WIRES.https)
    const error = await closed(openSecureSocket(server, { ALPNProtocols: ['h2'] }))
    expect(error).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' })
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests).toEqual([])
  })

  it.each(wires)('of none, over %s, with garbage after the preface, is told by GOAWAY', async (name) => {
    const server = await start({}, WIRES[name])
    const client = openHttp2(server)
    await client.over(client.request())
    // DATA on no stream [rfc9113 section 6.1]. Whether FIN follows at once is up to Node.
    client.send(TYPE.data, 0, 0, Buffer.from('x'))
    await until(() => client.goaways.length > 0, 'the GOAWAY')
    client.socket.end()
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(client.goaways.map(({ code }) => code)).toEqual([1])
    expect(await http2Request(server)).toMatchObject({ code: 0, error: undefined })
  })

  it('that stops within its preface holds nothing up', async () => {
    const server = await start({}, WIRES.h2c)
    const half = new RawHttp2(openSocket(server.url), { preface: Buffer.from('PRI * HT') })
    await until(() => server.connections === 1 || half.ended !== undefined, 'the connection')
    expect(await http2Request(server)).toMatchObject({ code: 0, error: undefined })
    half.socket.destroy()
    await until(() => server.connections === 0, 'the connections to be gone')
    expect(server.requests).toHaveLength(1)
  })
})
