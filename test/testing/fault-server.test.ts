import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { type FaultServer, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { startRoutedServer } from '../../src/testing/server.ts'
import { until } from '../server.ts'
import { dechunk, openSocket, rawRequest, readResponse, send } from './raw-client.ts'
import { FIVE, one, start, wire } from './wire.ts'

describe('answers', () => {
  it('follow one another, the last stands, and use() counts anew', async () => {
    const server = await start({ answers: [{ status: 500 }, { status: 503 }, { status: 429 }] })
    const statuses = async (n: number): Promise<number[]> => {
      const seen: number[] = []
      for (let i = 0; i < n; i++) seen.push((await rawRequest(server.url)).status)
      return seen
    }
    expect(await statuses(4)).toEqual([500, 503, 429, 429])
    server.use({ answers: [{ status: 404 }, { status: 403 }] })
    expect(await statuses(3)).toEqual([404, 403, 403])
    expect(server.requests).toHaveLength(7)
  })

  it('may each have events of their own', async () => {
    const { url } = await start({ events: ['all'], answers: [{ events: ['mine'] }, {}] })
    expect(dechunk((await rawRequest(url)).body).bytes.toString()).toBe('data: mine\n\n')
    expect(dechunk((await rawRequest(url)).body).bytes.toString()).toBe('data: all\n\n')
  })
})

describe('IDs', () => {
  const text = async (server: FaultServer, lastEventId?: string): Promise<string> => {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
    return dechunk((await rawRequest(server.url, { headers })).body).bytes.toString()
  }

  it('are counted from 1, not on [DONE], and Last-Event-ID is answered from the event after it', async () => {
    const server = await start({ events: ['a', 'b', 'c', '[DONE]'], ids: true })
    expect(await text(server)).toBe('id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\ndata: [DONE]\n\n')
    expect(await text(server, '2')).toBe('id: 3\ndata: c\n\ndata: [DONE]\n\n')
    expect(await text(server, '3')).toBe('data: [DONE]\n\n')
    expect(await text(server, 'unknown')).toContain('data: a')
  })

  it('of an event win over its number, also where they are not ASCII', async () => {
    const server = await start({ events: [{ data: 'a', id: 'é' }, 'b'], ids: true })
    expect(await text(server)).toBe('id: é\ndata: a\n\nid: 2\ndata: b\n\n')
    expect(await text(server, Buffer.from('é').toString('latin1'))).toBe('id: 2\ndata: b\n\n')
  })

  it('that are only in the events are not looked for', async () => {
    const server = await start({ events: [{ data: 'a', id: '1' }, 'b'] })
    expect(await text(server, '1')).toBe('id: 1\ndata: a\n\ndata: b\n\n')
  })

  it('let a stream be continued after a fault, whose point counts from there', async () => {
    const server = await start({
      events: ['a', 'b', 'c', 'd', '[DONE]'],
      ids: true,
      answers: [
        { fault: { type: 'fin', after: { events: 1, bytes: 3 } } },
        { fault: { type: 'fin', after: { events: 2 } } },
        {},
      ],
    })
    expect(await text(server)).toBe('id: 1\ndata: a\n\nid:')
    expect(await text(server, '1')).toBe('id: 2\ndata: b\n\nid: 3\ndata: c\n\n')
    expect(await text(server, '3')).toBe('id: 4\ndata: d\n\ndata: [DONE]\n\n')
  })
})

describe('the record', () => {
  it('has method, path, headers, body and time of every request', async () => {
    const server = await start()
    await rawRequest(server.url, {
      method: 'POST',
      path: '/v1/chat?x=1',
      headers: { 'X-Own': 'a' },
      body: '{"é":1}',
    })
    await rawRequest(server.url)
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v1/chat?x=1',
        headers: { 'x-own': 'a' },
        body: '{"é":1}',
        clientGoneAt: undefined,
      },
      { method: 'GET', url: '/', body: '', clientGoneAt: undefined },
    ])
    const [first, second] = server.requests.map(({ at }) => at)
    expect(first).toBeGreaterThan(0)
    expect(second).toBeGreaterThan(first as number)
  })

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'says when the client went away, by %s',
    async (leave) => {
      const server = await start(scenarios.stall)
      const socket = openSocket(server.url)
      send(socket, {})
      await readResponse(socket, (body) => dechunk(body).bytes.toString() === FIVE)
      expect(server.requests[0]?.clientGoneAt).toBeUndefined()
      expect(server.connections).toBe(1)
      socket[leave]()
      await until(() => server.requests[0]?.clientGoneAt !== undefined, 'the client to be gone')
      expect(server.requests[0]?.clientGoneAt).toBeGreaterThan(server.requests[0]?.at as number)
      await until(() => server.connections === 0, 'the connection to be gone')
    },
  )

  it('says so too of a client that left before the head, and during its own body', async () => {
    const server = await start(scenarios['no-answer'])
    const waiting = openSocket(server.url)
    send(waiting, {})
    const sending = openSocket(server.url)
    sending.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nhalf')
    await until(() => server.requests.length === 2, 'the requests')
    waiting.destroy()
    sending.destroy()
    await until(
      () => server.requests.every(({ clientGoneAt }) => clientGoneAt !== undefined),
      'both to be gone',
    )
    expect(server.connections).toBe(0)
    expect(server.requests[1]?.body).toBe('half')
  })

  it('has a large body, read once', async () => {
    const server = await start()
    const body = 'é'.repeat(16 * 1024 * 1024)
    const startedAt = performance.now()
    await (await request(server.url, { method: 'POST', body })).body.dump()
    // Joined anew with each of its pieces it takes ten seconds and more.
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(server.requests[0]?.body === body).toBe(true)
  })

  it.each(['fin', 'rst', 'bad-chunk-size', 'whole', 'unframed'] as const)(
    'does not blame the client where the server ended it: %s',
    async (name) => {
      const server = await start(scenarios[name])
      await rawRequest(server.url, { headers: { connection: 'close' } })
      await until(() => server.connections === 0, 'the connection to be gone')
      expect(server.requests[0]?.clientGoneAt).toBeUndefined()
    },
  )

  it('does not blame the client for a pipelined request that the server broke with another', async () => {
    const server = await start({ answers: [{ paceMs: 20 }, { fault: { type: 'fin', after: 'request' } }] })
    const socket = openSocket(server.url)
    send(socket, {})
    send(socket, {})
    expect((await readResponse(socket)).ended).toBe('fin')
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests.map(({ clientGoneAt }) => clientGoneAt)).toEqual([undefined, undefined])
  })

  it('goes on after clients that leave in the middle of everything', async () => {
    const server = await start(one({ writeSize: 1, coding: 'gzip' }))
    for (let n = 0; n < 20; n++) {
      const socket = openSocket(server.url)
      send(socket, {})
      await readResponse(socket, (body) => body.length > n * 10)
      socket.resetAndDestroy()
    }
    await until(() => server.connections === 0, 'the connections to be gone')
    expect((await rawRequest(server.url)).status).toBe(200)
  })
})

describe('close', () => {
  it('throws what kept an answer from being given', async () => {
    const turn = {
      answer() {
        throw new Error('no answer to this')
      },
    }
    const server = await startRoutedServer(() => turn, {})
    expect(await rawRequest(server.url)).toMatchObject({ status: 0 })
    await expect(server.close()).rejects.toThrow('no answer to this')
    expect(server.connections).toBe(0)
  })

  it('knows nothing of what is changed in a scenario after it was given', async () => {
    const events = ['one', '[DONE]']
    const server = await start({ events })
    events.unshift('zero')
    expect(dechunk((await rawRequest(server.url)).body).bytes.toString()).toBe(wire(['one', '[DONE]']))
  })

  it('ends streams that stall, chat, are paced or delayed, at once and without blame', async () => {
    const server = await startFaultServer()
    const open: Promise<unknown>[] = []
    for (const scenario of [
      scenarios.stall,
      scenarios.comments,
      scenarios['no-answer'],
      one({ paceMs: 60_000 }),
      one({ delayMs: 60_000 }),
    ]) {
      const before = server.requests.length
      server.use(scenario)
      open.push(rawRequest(server.url))
      await until(() => server.requests.length > before, 'the request')
    }
    expect(server.connections).toBe(5)
    const startedAt = performance.now()
    await Promise.all([server.close(), server.close()])
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(server.connections).toBe(0)
    await Promise.all(open)
    expect(server.requests.map(({ clientGoneAt }) => clientGoneAt)).toEqual(Array(5).fill(undefined))
    await expect(request(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
