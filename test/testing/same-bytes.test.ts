import { describe, expect, it } from 'vitest'
import { canServe, type ScenarioName, scenarios } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { http2Request, http2Session } from './http2-client.ts'
import { readResponse, send } from './raw-client.ts'
import { type Frame, openHttp2, TYPE } from './raw-http2.ts'
import { openSecureSocket } from './secure-client.ts'
import { FIVE, start, WIRES, type Wire } from './wire.ts'

/** How much of the body is enough of a stream that never ends. */
const ENOUGH: Partial<Record<ScenarioName, number>> = {
  'no-answer': 0,
  stall: FIVE.length,
  'stall-before-events': 0,
  comments: FIVE.length + 30,
  'comments-before-events': 30,
  paced: 1,
}

const servable = (wire: Wire): ScenarioName[] =>
  (Object.keys(scenarios) as ScenarioName[]).filter((name) => canServe(scenarios[name], WIRES[wire]))

/** Those of the connection's own housekeeping may come at any time. */
const HOUSEKEEPING: ReadonlySet<number> = new Set([TYPE.settings, TYPE.ping, TYPE.windowUpdate])

describe.each(['h2c', 'h2'] as const)('over %s', (wire) => {
  it.each(servable(wire))('%s gives the same frames each time', async (name) => {
    const enough = ENOUGH[name]
    const frames = async (): Promise<readonly Frame[]> => {
      const client = openHttp2(await start(scenarios[name], WIRES[wire]))
      const id = client.request()
      if (enough === undefined) await client.over(id)
      else await until(() => client.body(id).length >= enough, 'enough of the body')
      await client.settle()
      expect(client.leftover).toHaveLength(0)
      const kept = client.frames.filter(({ type }) => !HOUSEKEEPING.has(type))
      if (enough === undefined) return kept
      const head = kept.filter(({ type }) => type === TYPE.headers)
      return [
        ...head,
        { type: TYPE.data, flags: 0, streamId: id, payload: client.body(id).subarray(0, enough) },
      ]
    }
    const [first, second] = await Promise.all([frames(), frames()])
    expect(first).toEqual(second)
  })
})

describe('over https', () => {
  it.each(servable('https').filter((name) => name !== 'no-answer'))(
    '%s gives the same bytes each time',
    async (name) => {
      const enough = ENOUGH[name]
      const response = async (): Promise<unknown> => {
        const socket = openSecureSocket(await start(scenarios[name], WIRES.https))
        send(socket, {})
        const read = await readResponse(socket, (body) => enough !== undefined && body.length >= enough)
        return { ...read, body: read.body.subarray(0, enough) }
      }
      const [first, second] = await Promise.all([response(), response()])
      expect(first).toEqual(second)
    },
  )
})

describe('a head over HTTP/2', () => {
  it.each(servable('h2c').filter((name) => ENOUGH[name] === undefined))(
    '%s has no date, nor a field of a connection',
    async (name) => {
      const { headers } = await http2Request(await start(scenarios[name], WIRES.h2c))
      const names = Object.keys(headers)
      expect(names).not.toContain('date')
      expect(names).not.toContain('connection')
      const before = name.endsWith('before-head')
      expect(names.includes(':status')).toBe(!before)
    },
  )

  it('promises more than comes, for a short-content-length', async () => {
    const { headers, body, code, error } = await http2Request(
      await start(scenarios['short-content-length'], WIRES.h2c),
    )
    expect(headers['content-length']).toBe('4827')
    expect(body.toString()).toBe(FIVE)
    // RST_STREAM by the client, which counts [rfc9113 section 8.1.1].
    expect([code, error?.message]).toEqual([1, expect.stringContaining('PROTOCOL_ERROR')])
  })

  it('leaves out the fields of a connection, which HTTP/1.1 sends', async () => {
    const names = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'http2-settings', 'te']
    const headers = Object.fromEntries([...names, 'x-kept'].map((name) => [name, 'x']))
    const scenario = { answers: [{ headers }] }
    const over2 = await http2Request(await start(scenario, WIRES.h2c))
    expect(Object.keys(over2.headers)).toEqual([':status', 'content-type', 'cache-control', 'x-kept'])
    expect(over2.body.length).toBeGreaterThan(0)
    const socket = openSecureSocket(await start(scenario, WIRES.https))
    send(socket, {})
    expect(Object.keys((await readResponse(socket)).headers)).toEqual(expect.arrayContaining(names))
  })

  it.each([204, 304])('%i has no Content-Length', async (status) => {
    const client = openHttp2(await start({ answers: [{ status }] }, WIRES.h2c))
    const id = client.request()
    await client.over(id)
    // A literal with the name of the static table's entry 28, with indexing or without [rfc7541 section 6.2].
    const block = client.of(id)[0]?.payload ?? Buffer.alloc(0)
    expect(block.length).toBeGreaterThan(0)
    expect(block.includes(0x5c)).toBe(false)
    expect(block.includes(Buffer.of(0x0f, 0x0d))).toBe(false)
  })

  it('has its Content-Length where the check above would see it', async () => {
    const client = openHttp2(await start({ answers: [{ status: 500 }] }, WIRES.h2c))
    const id = client.request()
    await client.over(id)
    const block = client.of(id)[0]?.payload ?? Buffer.alloc(0)
    expect(block.includes(0x5c) || block.includes(Buffer.of(0x0f, 0x0d))).toBe(true)
  })

  it('says an ID that is not ASCII, and one is looked for', async () => {
    const server = await start({ events: [{ data: 'a', id: 'é' }, 'b'], ids: true }, WIRES.h2c)
    const session = http2Session(server)
    const { body } = await http2Request(
      server,
      { 'last-event-id': Buffer.from('é').toString('latin1') },
      session,
    )
    expect(body.toString()).toBe('id: 2\ndata: b\n\n')
  })
})
