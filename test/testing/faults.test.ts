import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import {
  assertScenario,
  canServe,
  defaultCompletion,
  type ScenarioName,
  scenarios,
} from '../../src/testing/index.ts'
import { dechunk, openSocket, rawRequest, readResponse, send } from './raw-client.ts'
import { decodings, FIVE, one, start, wire } from './wire.ts'

const OVERLOADED =
  '{"error":{"type":"model_error","code":"model_overloaded","message":"the model is overloaded"}}'

describe('a fault', () => {
  it('fin closes the connection after the last byte, without the last chunk', async () => {
    const { url } = await start(scenarios.fin)
    const { body, ended } = await rawRequest(url)
    expect(dechunk(body)).toMatchObject({ end: 'cut' })
    expect(body.toString().endsWith('\n\n\r\n')).toBe(true)
    expect(dechunk(body).bytes.toString()).toBe(FIVE)
    expect(ended).toBe('fin')
  })

  it('rst resets it once all bytes before are delivered, every time', async () => {
    const { url } = await start(scenarios.rst)
    const responses = await Promise.all(Array.from({ length: 20 }, () => rawRequest(url)))
    for (const { body, ended } of responses) {
      expect(dechunk(body).bytes.toString()).toBe(FIVE)
      expect(ended).toBe('reset')
    }
  })

  it('rst delivers a large body before it strikes', async () => {
    const events = Array.from({ length: 40 }, (_, n) => `${n}`.repeat(50_000))
    const { url } = await start({ events, answers: [{ fault: { type: 'rst', after: { events: 39 } } }] })
    const { body, ended } = await rawRequest(url)
    expect(dechunk(body).bytes.toString()).toBe(wire(events.slice(0, 39)))
    expect(ended).toBe('reset')
  })

  it('before the head, there is not a byte', async () => {
    const server = await start(scenarios['fin-before-head'])
    expect(await rawRequest(server.url)).toMatchObject({ body: Buffer.alloc(0), ended: 'fin' })
    server.use(scenarios['reset-before-head'])
    expect(await rawRequest(server.url)).toMatchObject({ body: Buffer.alloc(0), ended: 'reset' })
    server.use(scenarios['no-answer'])
    const response = rawRequest(server.url)
    expect(await Promise.race([response, sleep(60, 'still open')])).toBe('still open')
  })

  it('clean-end ends the framing, only events are missing', async () => {
    const { url } = await start(scenarios['clean-end'])
    const { body, ended } = await rawRequest(url)
    expect(dechunk(body)).toMatchObject({ end: 'whole', bytes: Buffer.from(FIVE) })
    expect(ended).toBe('open')
  })

  it('strikes inside an event', async () => {
    const { url } = await start(scenarios['cut-in-event'])
    const { end, bytes } = dechunk((await rawRequest(url)).body)
    expect(bytes.toString()).toBe(wire(defaultCompletion.slice(0, 6)).slice(0, FIVE.length + 40))
    expect(end).toBe('whole')
  })

  it('strikes inside a character', async () => {
    const { url } = await start(scenarios['cut-in-character'])
    const { bytes } = dechunk((await rawRequest(url)).body)
    const all = Buffer.from(wire())
    expect(bytes.equals(all.subarray(0, bytes.length))).toBe(true)
    expect(bytes.subarray(-2)).toEqual(Buffer.from('\u{1F30A}').subarray(0, 2))
  })

  it('strikes after a number of bytes, at any of them', async () => {
    const all = Buffer.from(wire(['1', '2']))
    const server = await start()
    for (let bytes = 0; bytes <= all.length + 1; bytes++) {
      server.use({ events: ['1', '2'], answers: [{ fault: { type: 'clean-end', after: { bytes } } }] })
      expect(dechunk((await rawRequest(server.url)).body).bytes).toEqual(all.subarray(0, bytes))
    }
  })

  it('strikes at the end if its point is beyond it', async () => {
    const server = await start(one({ fault: { type: 'fin', after: { events: 1000 } } }))
    const fin = await rawRequest(server.url)
    expect(dechunk(fin.body)).toMatchObject({ end: 'cut', bytes: Buffer.from(wire()) })
    server.use(one({ fault: { type: 'short-content-length', after: { events: 1000 } } }))
    const short = await rawRequest(server.url)
    expect(short.ended).toBe('fin')
    expect(Number(short.headers['content-length'])).toBe(short.body.length + 1)
  })

  it('short-content-length promises the whole', async () => {
    const { url } = await start(scenarios['short-content-length'])
    const { headers, body, ended } = await rawRequest(url)
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(wire()))
    expect(body.toString()).toBe(FIVE)
    expect(ended).toBe('fin')
  })

  it('bad-chunk-size writes what is no number', async () => {
    const { url } = await start(scenarios['bad-chunk-size'])
    const { body } = await rawRequest(url)
    expect(dechunk(body)).toMatchObject({ end: 'bad', bytes: Buffer.from(FIVE) })
    expect(body.toString().endsWith('\n\n\r\nnot-a-chunk-size\r\n')).toBe(true)
    const undici = await request(url)
    await expect(undici.body.text()).rejects.toThrow(/Invalid character in chunk size/)
  })

  it.each(['fin', 'rst'] as const)('%s of an unframed body', async (type) => {
    const { url } = await start(scenarios[`unframed-${type}`])
    const { body, ended } = await rawRequest(url)
    expect(body.toString()).toBe(FIVE)
    expect(ended).toBe(type === 'fin' ? 'fin' : 'reset')
  })

  it('stall sends nothing more and stays open', async () => {
    const server = await start(scenarios.stall)
    const socket = openSocket(server.url)
    send(socket, {})
    const { body } = await readResponse(socket, (body) => dechunk(body).bytes.toString() === FIVE)
    expect(dechunk(body).end).toBe('cut')
    const after = readResponse(socket)
    expect(await Promise.race([after, sleep(60, 'still open')])).toBe('still open')
    expect(server.connections).toBe(1)
  })

  it('a stall before the first event still shows the head', async () => {
    const { url } = await start(scenarios['stall-before-events'])
    const { status, body } = await rawRequest(url, { until: () => true })
    expect(status).toBe(200)
    expect(body).toHaveLength(0)
  })

  it('comments come for ever', async () => {
    const { url } = await start(one({ fault: { type: 'comments', after: { events: 5 }, everyMs: 2 } }))
    const expected = FIVE + ': keep-alive\n\n'.repeat(5)
    const { body } = await rawRequest(url, { until: (body) => dechunk(body).bytes.length >= expected.length })
    expect(dechunk(body).bytes.toString()).toBe(expected)
  })

  it.each([
    ['in-band-error', `${FIVE}data: ${OVERLOADED}\n\n`],
    ['in-band-error-event', `${FIVE}event: error\ndata: ${OVERLOADED}\n\n`],
    ['in-band-error-then-done', `${FIVE}data: ${OVERLOADED}\n\ndata: [DONE]\n\n`],
    ['in-band-error-first', `data: ${OVERLOADED}\n\n`],
    ['appended-text', `${FIVE}Error occurred while trying to proxy: 127.0.0.1/v1/chat/completions`],
  ] as const)('%s, then a clean end', async (name, text) => {
    const { url } = await start(scenarios[name])
    const { body, ended } = await rawRequest(url)
    expect(dechunk(body)).toMatchObject({ end: 'whole', bytes: Buffer.from(text) })
    expect(ended).toBe('open')
  })

  it.each([
    [{}, '{"error":{}}'],
    [
      { code: 'model_timeout' },
      '{"error":{"type":"model_error","code":"model_timeout","message":"the request to the model timed out"}}',
    ],
    [
      { type: 'server_error', code: null, message: 'm' },
      '{"error":{"type":"server_error","code":null,"message":"m"}}',
    ],
    [{ message: 'only this' }, '{"error":{"message":"only this"}}'],
  ])('in-band-error with the content %j', async (error, data) => {
    const { url } = await start(
      one({ framing: 'content-length', fault: { type: 'in-band-error', after: { events: 0 }, error } }),
    )
    expect((await rawRequest(url)).body.toString()).toBe(`data: ${data}\n\n`)
  })

  it('append puts foreign text after a coding, as a proxy does', async () => {
    const { url } = await start(
      one({
        coding: 'gzip',
        framing: 'content-length',
        fault: { type: 'append', after: { events: 5 }, text: '<html>' },
      }),
    )
    const { body } = await rawRequest(url)
    expect(body.subarray(-6).toString()).toBe('<html>')
    expect(decodings.gzip.prefix(body.subarray(0, -6)).toString()).toBe(FIVE)
  })
})

describe('the ready-made scenarios', () => {
  it('are all valid, plain data, and fit to be JSON', () => {
    expect(Object.keys(scenarios).length).toBeGreaterThan(80)
    for (const scenario of Object.values(scenarios)) {
      expect(() => assertScenario(scenario)).not.toThrow()
      expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario)
    }
  })

  /** How much of the body is enough of a stream that never ends. */
  const ENOUGH: Partial<Record<ScenarioName, number>> = {
    stall: FIVE.length,
    'stall-before-events': 0,
    comments: FIVE.length + 30,
    'comments-before-events': 30,
    paced: 1,
  }
  const names = (Object.keys(scenarios) as ScenarioName[]).filter(
    (name) => name !== 'no-answer' && canServe(scenarios[name]),
  )

  it.each(names)('%s gives the same bytes each time', async (name) => {
    const enough = ENOUGH[name]
    const bytes = async (): Promise<Buffer> => {
      const { url } = await start(scenarios[name])
      const { body } = await rawRequest(url, {
        until: (body) => enough !== undefined && body.length >= enough,
      })
      return body.subarray(0, enough)
    }
    const [first, second] = await Promise.all([bytes(), bytes()])
    expect(first).toEqual(second)
  })
})
