import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { scenarios, startFaultServer } from '../../src/testing/index.ts'
import { openSocket, rawRequest, send } from './raw-client.ts'
import { agentFor, start } from './wire.ts'

describe('who waits for a request', () => {
  it('has it once it has been read, also if that is long ago', async () => {
    const server = await start({ answers: [{ status: 503 }, {}] })
    const second = server.received(2)
    await rawRequest(server.url, { method: 'POST', body: 'one' })
    await rawRequest(server.url, { method: 'POST', body: 'two' })
    expect(await second).toBe(server.requests[1])
    expect((await second).body).toBe('two')
    expect((await server.received(1)).body).toBe('one')
  })

  it('does not have it before its body is whole', async () => {
    const server = await start()
    const socket = openSocket(server.url)
    let isRead = false
    const received = server.received(1).then((one) => {
      isRead = true
      return one
    })
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nhal')
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    await rawRequest(server.url)
    expect(isRead).toBe(false)
    socket.write('f')
    expect((await received).body).toBe('half')
  })

  it('has it once its client has gone, and not because the answer is over', async () => {
    const server = await start(scenarios.stall)
    const socket = openSocket(server.url)
    send(socket, {})
    const abandoned = server.abandoned(1)
    await server.received(1)
    socket.destroy()
    expect((await abandoned).clientGoneAt).toBeGreaterThanOrEqual(0)
    server.use({})
    await rawRequest(server.url)
    await expect(server.abandoned(2)).rejects.toThrow('its answer was over before request 2 was abandoned')
    server.use(scenarios.stall)
    const never = server.abandoned(3)
    send(openSocket(server.url), {})
    await server.received(3)
    await server.close()
    await expect(never).rejects.toThrow('the server was closed before request 3 was abandoned')
  })

  it('is told when the server closes first, and of a number that is none', async () => {
    const server = await startFaultServer()
    const never = server.received(1)
    await server[Symbol.asyncDispose]()
    await expect(never).rejects.toThrow('the server was closed before request 1 was received')
    await expect(server.received(1)).rejects.toThrow('before request 1')
    await expect(server.received(0)).rejects.toThrow('received: 0 is no number of a request; the first is 1')
    await expect(request(server.url)).rejects.toThrow()
  })

  it('leaves no rejection behind where nobody waits any more', async () => {
    const server = await startFaultServer()
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    void server.received(1)
    await server.close()
    await new Promise((resolve) => setTimeout(resolve, 10))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('a request that a server would refuse by itself', () => {
  it.each([
    ['without a Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['with an expectation that nobody knows', 'GET / HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n'],
    ['with 100 KiB of headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ])('gets its answer like any other: %s', async (_, head) => {
    const server = await start({ answers: [{ status: 418 }] })
    const socket = openSocket(server.url)
    const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
    socket.write(head)
    expect(await answered).toMatch(/^HTTP\/1\.1 418 /)
    expect(server.requests).toHaveLength(1)
  })
})

describe('a 205', () => {
  it.each(['http/1.1', 'h2'] as const)('has no body over %s, and says so', async (protocol) => {
    await expect(start({ answers: [{ status: 205, body: 'x' }] })).rejects.toThrow('a 205 has no body')
    const server = await start({ answers: [{ status: 205 }] }, { protocol })
    const dispatcher = agentFor(protocol)
    const { statusCode, headers, body } = await request(server.url, { dispatcher })
    expect(statusCode).toBe(205)
    expect(headers['content-length']).toBe('0')
    expect(await body.text()).toBe('')
  })
})
