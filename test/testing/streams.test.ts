import { gunzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { COMPLETION_TEXT, type Coding, chatCompletion, defaultCompletion } from '../../src/testing/index.ts'
import { zstdTellsCuts } from '../zstd.ts'
import { dechunk, openSocket, rawRequest, readResponse, send } from './raw-client.ts'
import { decodings, FIVE, one, start, wire } from './wire.ts'

describe('a stream without a fault', () => {
  it('is a Chat Completion, a chunk an event, then the last chunk', async () => {
    const { url } = await start()
    const { status, headers, body, ended } = await rawRequest(url)
    expect(status).toBe(200)
    expect(headers).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
      'transfer-encoding': 'chunked',
    })
    const { chunks, end } = dechunk(body)
    expect(chunks.map(String)).toEqual(defaultCompletion.map((data) => `data: ${data}\n\n`))
    expect(end).toBe('whole')
    expect(ended).toBe('open')
  })

  it('holds a role, 24 tokens, a finish reason, a usage without choices, and [DONE]', () => {
    expect(defaultCompletion).toHaveLength(28)
    const chunks = defaultCompletion.slice(0, -1).map((data) => JSON.parse(data as string))
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '' })
    const tokens = chunks.slice(1, 25).map((chunk) => chunk.choices[0].delta.content)
    expect(tokens.join('')).toBe(COMPLETION_TEXT)
    expect(tokens.some((token) => /\p{Emoji_Presentation}/u.test(token))).toBe(true)
    expect(chunks[25].choices[0]).toEqual({ index: 0, delta: {}, finish_reason: 'stop' })
    expect(chunks[26]).toMatchObject({ choices: [], usage: { completion_tokens: 24 } })
    expect(defaultCompletion.at(-1)).toBe('[DONE]')
  })

  it('can be made of a text or of tokens', () => {
    const contents = (events: readonly unknown[]): unknown[] =>
      events.slice(1, -2).map((data) => JSON.parse(data as string).choices[0].delta.content)
    expect(contents(chatCompletion(' a  b\n', { usage: false }))).toEqual([' a', '  b\n'])
    expect(contents(chatCompletion(['x', ' y'], { usage: false }))).toEqual(['x', ' y'])
    expect(contents(chatCompletion('', { usage: false }))).toEqual([])
    expect(chatCompletion('a', { model: 'm', finishReason: 'length' })[2]).toContain(
      '"finish_reason":"length"',
    )
  })

  it('has a Content-Length that is right, also when coded', async () => {
    const server = await start(one({ framing: 'content-length' }))
    const plain = await rawRequest(server.url)
    expect(Number(plain.headers['content-length'])).toBe(Buffer.byteLength(wire()))
    expect(plain.body.toString()).toBe(wire())
    server.use(one({ framing: 'content-length', coding: 'gzip' }))
    const coded = await rawRequest(server.url)
    expect(Number(coded.headers['content-length'])).toBe(coded.body.length)
    expect(gunzipSync(coded.body).toString()).toBe(wire())
  })

  it('can be unframed: the close of the connection ends it', async () => {
    const { url } = await start(one({ framing: 'unframed' }))
    const { headers, body, ended } = await rawRequest(url)
    expect(headers).toMatchObject({ connection: 'close' })
    expect(headers).not.toHaveProperty('transfer-encoding')
    expect(headers).not.toHaveProperty('content-length')
    expect(body.toString()).toBe(wire())
    expect(ended).toBe('fin')
  })

  it('serves several requests over one connection', async () => {
    const server = await start()
    const socket = openSocket(server.url)
    for (let n = 0; n < 3; n++) {
      send(socket, {})
      expect(dechunk((await readResponse(socket)).body).bytes.toString()).toBe(wire())
    }
    expect(server.requests).toHaveLength(3)
    expect(server.connections).toBe(1)
  })

  it('sends event types, IDs and data of several lines as they must be written', async () => {
    const { url } = await start({
      events: [{ data: 'a\nb\r\nc\rd', event: 'note', id: '7' }, '', { data: 'x', id: '' }],
    })
    expect(dechunk((await rawRequest(url)).body).bytes.toString()).toBe(
      'id: 7\nevent: note\ndata: a\ndata: b\ndata: c\ndata: d\n\ndata: \n\nid: \ndata: x\n\n',
    )
  })

  it('sends a fixture as it is, a write a block, and counts only events in it', async () => {
    const fixture = ': hi\r\n\r\ndata: 1\r\n\r\n\rdata: 2\r\rretry: 5\n\nevent: x\ndata: 3\n\ndata: cut'
    const server = await start({ fixture })
    const whole = dechunk((await rawRequest(server.url)).body)
    expect(whole.bytes.toString()).toBe(fixture)
    expect(whole.chunks.length).toBeGreaterThan(3)
    for (const [events, sent] of [
      [1, ': hi\r\n\r\ndata: 1\r\n\r\n'],
      [2, ': hi\r\n\r\ndata: 1\r\n\r\n\rdata: 2\r\r'],
      [3, fixture.slice(0, -'data: cut'.length)],
      [4, fixture],
    ] as const) {
      server.use(one({ fixture, fault: { type: 'clean-end', after: { events } } }))
      expect(dechunk((await rawRequest(server.url)).body).bytes.toString()).toBe(sent)
    }
  })

  it('is cut into writes of a size', async () => {
    const server = await start(one({ writeSize: 1 }))
    const bytes = dechunk((await rawRequest(server.url)).body)
    expect(bytes.chunks).toHaveLength(Buffer.byteLength(wire()))
    expect(bytes.bytes.toString()).toBe(wire())
    server.use(one({ writeSize: 1000 }))
    const { chunks } = dechunk((await rawRequest(server.url)).body)
    expect(chunks.map(({ length }) => length)).toEqual([1000, 1000, 1000, 1000, 827])
  })

  it('waits before the head and between events', async () => {
    const server = await start({
      events: ['1', '2', '3'],
      answers: [{ delayMs: 60, paceMs: 60, writeSize: 4 }],
    })
    const startedAt = performance.now()
    const { body } = await rawRequest(server.url)
    // Timers may fire up to a millisecond early each.
    expect(performance.now() - startedAt).toBeGreaterThan(3 * 60 - 6)
    expect(dechunk(body).chunks.map(String)).toEqual([
      'data',
      ': 1\n',
      '\n',
      'data',
      ': 2\n',
      '\n',
      'data',
      ': 3\n',
      '\n',
    ])
  })
})

describe.each(Object.keys(decodings) as Coding[])('the coding %s', (coding) => {
  const { whole, prefix } = decodings[coding]

  it('is flushed after every event, and ends', async () => {
    const { url } = await start(one({ coding }))
    const { headers, body } = await rawRequest(url)
    expect(headers['content-encoding']).toBe(coding)
    const { chunks, bytes } = dechunk(body)
    expect(whole(bytes).toString()).toBe(wire())
    expect(chunks).toHaveLength(defaultCompletion.length)
    for (let n = 1; n < chunks.length; n++) {
      expect(prefix(Buffer.concat(chunks.slice(0, n))).toString()).toBe(wire(defaultCompletion.slice(0, n)))
    }
  })

  it.each([
    ['chunked', 'clean-end', 'open'],
    ['content-length', 'clean-end', 'open'],
    ['unframed', 'clean-end', 'fin'],
    ['chunked', 'fin', 'fin'],
    ['content-length', 'fin', 'fin'],
    ['chunked', 'rst', 'reset'],
  ] as const)('is cut at the flushed point, %s, %s', async (framing, type, ended) => {
    const { url } = await start(one({ coding, framing, fault: { type, after: { events: 5, bytes: 9 } } }))
    const response = await rawRequest(url)
    const coded = framing === 'chunked' ? dechunk(response.body).bytes : response.body
    expect(prefix(coded).toString()).toBe(`${FIVE}data: {"i`)
    // Where zlib cannot tell a truncated frame, its bytes can: the whole has more.
    if (coding !== 'zstd' || zstdTellsCuts) expect(() => whole(coded)).toThrow()
    else expect(coded.length).toBeLessThan(zstdCompressSync(wire()).length)
    expect(response.ended).toBe(ended)
    if (framing === 'chunked') expect(dechunk(response.body).end).toBe(type === 'clean-end' ? 'whole' : 'cut')
    if (framing === 'content-length') {
      const missing = Number(response.headers['content-length']) - coded.length
      if (type === 'clean-end') expect(missing).toBe(0)
      else expect(missing).toBeGreaterThan(0)
    }
  })

  it('goes on through comments', async () => {
    const { url } = await start(
      one({ coding, fault: { type: 'comments', after: { events: 1 }, everyMs: 5 } }),
    )
    const decoded = (body: Buffer): string => prefix(dechunk(body).bytes).toString()
    const comments = ': keep-alive\n\n'.repeat(3)
    const { body } = await rawRequest(url, { until: (body) => decoded(body).endsWith(comments) })
    expect(decoded(body)).toBe(wire(defaultCompletion.slice(0, 1)) + comments)
  })

  it('survives an event larger than all its buffers', async () => {
    const events = Array.from({ length: 3 }, (_, n) =>
      Buffer.alloc(300_000, `${n}é${Math.PI ** n}`).toString('base64'),
    )
    const { url } = await start({ events, answers: [{ coding, framing: 'content-length' }] })
    expect(whole((await rawRequest(url)).body).toString()).toBe(wire(events))
  })
})
