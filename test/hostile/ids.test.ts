import { describe, expect, it } from 'vitest'
import { eventSource, fromEventStream, openaiResponses } from '../../src/index.ts'
import { utf8Bytes } from '../../src/transport/headers.ts'
import { collect } from '../collect.ts'
import { held, MIB } from './held.ts'
import { OK, serveRaw } from './sockets.ts'
import { overEach, TRANSPORTS } from './transports.ts'

/** The request heads that a server has seen, as bytes. */
async function resumed(id: string | Uint8Array, transport: ReturnType<(typeof TRANSPORTS)[number][1]>) {
  const heads: string[] = []
  const server = await serveRaw((socket, head) => {
    heads.push(head)
    socket.write(`${OK}connection: close\r\n\r\n`)
    if (heads.length === 1) {
      socket.write('id: first\ndata: one\n\nid: ')
      socket.write(id)
      socket.write('\ndata: two\n\n')
    } else {
      socket.write('data: [DONE]\n\n')
    }
    socket.end()
  })
  const result = await collect(fromEventStream(server.url, { transport, retry: { count: 1, delay: 1 } }))
  return { ...result, heads }
}

const fieldOf = (head: string | undefined): string | undefined =>
  /^last-event-id: (.*)$/im.exec(head ?? '')?.[1]

const INJECTED = 'x-injected: yes'

describe("a server's ID goes into the next request as one field, and as nothing else", () => {
  it.each(
    overEach<[string, string | Uint8Array, string | undefined]>([
      [
        'CR and LF in two bytes each',
        Buffer.from(`\xc0\x8d\xc0\x8a${INJECTED}`, 'latin1'),
        `${utf8Bytes('\ufffd\ufffd\ufffd\ufffd')}${INJECTED}`,
      ],
      [
        'CR and LF in three bytes each',
        Buffer.from(`\xe0\x80\x8d\xe0\x80\x8a${INJECTED}`, 'latin1'),
        `${utf8Bytes('\ufffd'.repeat(6))}${INJECTED}`,
      ],
      ['CR and LF percent-encoded', `%0d%0a${INJECTED}`, `%0d%0a${INJECTED}`],
      ['CR and LF as escapes', `\\r\\n${INJECTED}`, `\\r\\n${INJECTED}`],
      ['line and paragraph separators', `\u2028\u2029${INJECTED}`, utf8Bytes(`\u2028\u2029${INJECTED}`)],
      [
        'characters whose low byte is CR or LF',
        `\u010d\u010a\u560d\u560a${INJECTED}`,
        utf8Bytes(`\u010d\u010a\u560d\u560a${INJECTED}`),
      ],
      [
        'a surrogate alone, as bytes',
        Buffer.from(`\xed\xa0\x8d${INJECTED}`, 'latin1'),
        `${utf8Bytes('\ufffd\ufffd\ufffd')}${INJECTED}`,
      ],
      ['a C1 line end', `\u0085${INJECTED}`, utf8Bytes(`\u0085${INJECTED}`)],
      ['a byte order mark', `\ufeff${INJECTED}`, utf8Bytes(`\ufeff${INJECTED}`)],
      // [whatwg]: an ID with a NUL is ignored, and the one before it stands; but two values have been delivered since.
      ['UTF-16', Buffer.from(`\xfe\xff\x00\x0d\x00\x0a${INJECTED}`, 'latin1'), undefined],
      ['a NUL', `7\0\r${INJECTED}`, undefined],
    ]),
  )('%s', async (_, transport, __, id, sent) => {
    const { heads, values, completed, error } = await resumed(id, transport())
    for (const head of heads) expect(head).not.toMatch(/^x-injected/im)
    expect(
      values.map(({ data }) => data).filter((data) => data === 'one' || data === 'two').length,
    ).toBeGreaterThan(0)
    if (sent === undefined) {
      // Where the stream stands is not known: no request, and no guess.
      expect(completed).toBe(false)
      expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false })
      expect(heads).toHaveLength(1)
    } else {
      expect(completed).toBe(true)
      expect(heads).toHaveLength(2)
      expect(fieldOf(heads[1])).toBe(sent)
    }
  })

  it.each(TRANSPORTS)('a control character in it is never sent, over %s', async (_, transport) => {
    for (const control of ['\u0001', '\u001b[2J', '\u007f', '\u000b']) {
      const { heads, error } = await resumed(`7${control}8`, transport())
      expect(heads).toHaveLength(1)
      expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false })
    }
  })

  it('on a feed, which goes on without an ID that cannot be sent', async () => {
    const heads: string[] = []
    const server = await serveRaw((socket, head) => {
      heads.push(head)
      socket.end(
        heads.length === 1
          ? `${OK}connection: close\r\n\r\nretry: 1\nid: 7\u00018\ndata: one\n\n`
          : 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n',
      )
    })
    const { completed } = await collect(fromEventStream(server.url, { dialect: eventSource() }))
    expect([completed, heads.length]).toEqual([true, 2])
    expect(fieldOf(heads[1])).toBe(undefined)
  })

  it('or into a query, where a dialect sends it there, as one parameter of the same path', async () => {
    const heads: string[] = []
    const event = (type: string, number: unknown): string =>
      `data: ${JSON.stringify({ type, sequence_number: number, response: { id: 'resp_1/../../admin?x=1#', background: true } })}\n\n`
    const server = await serveRaw((socket, head) => {
      heads.push(head)
      socket.end(
        `${OK}connection: close\r\n\r\n${heads.length === 1 ? event('response.created', 1) : event('response.completed', 2)}`,
      )
    })
    const { completed } = await collect(
      fromEventStream(`${server.url}/v1/responses`, {
        body: { background: true, stream: true },
        dialect: openaiResponses(),
        retry: { count: 1, delay: 1 },
      }),
    )
    expect(completed).toBe(true)
    expect(heads[1]).toMatch(
      /^GET \/v1\/responses\/resp_1%2F\.\.%2F\.\.%2Fadmin%3Fx%3D1%23\?stream=true&starting_after=1 HTTP\/1\.1\r\n/,
    )
  })
})

describe('the option lastEventId', () => {
  it.each([
    ['CR LF', `7\r\n${INJECTED}`],
    ['LF', `7\n${INJECTED}`],
    ['CR', `7\r${INJECTED}`],
    ['NUL', '7\0'],
    ['DEL', '7\u007f'],
    ['ESC', '\u001b[2J'],
    ['a blank at its end, which a header would lose', '7 '],
  ])('with %s is a TypeError at the call, which does not repeat it', (_, lastEventId) => {
    const call = (): unknown => fromEventStream('http://127.0.0.1:9', { lastEventId })
    expect(call).toThrow(TypeError)
    expect(call).toThrow(/lastEventId must be text that a header can carry/)
    expect(call).not.toThrow(/injected/)
  })

  it.each(
    overEach([
      ['beyond latin1', 'Łódź\u2028'],
      ['with a surrogate alone', 'a\ud800b'],
      ['with a C1 character', 'a\u0085b'],
    ]),
  )('is sent as its UTF-8: %s', async (_, transport, __, lastEventId) => {
    const heads: string[] = []
    const server = await serveRaw((socket, head) => {
      heads.push(head)
      socket.end(`${OK}connection: close\r\n\r\ndata: [DONE]\n\n`)
    })
    const { completed } = await collect(fromEventStream(server.url, { transport: transport(), lastEventId }))
    expect(completed).toBe(true)
    expect(fieldOf(heads[0])).toBe(Buffer.from(lastEventId).toString('latin1'))
  })
})

describe('an ID as long as an event', () => {
  it('costs its length, and not a multiple of it, where it is sent back', () => {
    const id = 'é'.repeat(2 * MIB)
    const before = held()
    const bytes = utf8Bytes(id)
    // A byte or two a character, where it was 32.
    expect(held() - before).toBeLessThan(16 * MIB)
    expect(bytes).toHaveLength(4 * MIB)
    expect(bytes).toBe(Buffer.from(id).toString('latin1'))
  })

  it.each(TRANSPORTS)(
    'is sent back whole, over %s: what becomes of it is for that server to say',
    async (_, transport) => {
      const id = 'x'.repeat(100_000)
      const { heads, completed } = await resumed(id, transport())
      expect(completed).toBe(true)
      expect(fieldOf(heads[1])).toBe(id)
    },
  )
})
