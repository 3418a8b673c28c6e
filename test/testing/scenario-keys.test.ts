import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FaultServer, type Scenario, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { http2Request } from './http2-client.ts'
import { dechunk, openSocket, rawRequest, readResponse, send } from './raw-client.ts'
import { openHttp2, TYPE } from './raw-http2.ts'
import { openSecureSocket } from './secure-client.ts'
import { decodings, one, start, WIRES, wire } from './wire.ts'

async function bytes({ url }: FaultServer, lastEventId?: string): Promise<Buffer> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  return dechunk((await rawRequest(url, { headers })).body).bytes
}

const text = async (server: FaultServer, lastEventId?: string): Promise<string> =>
  (await bytes(server, lastEventId)).toString()

/** A directory of this test's own, with one file in it. */
function directoryWith(name: string, content: Uint8Array | string): string {
  const directory = mkdtempSync(join(tmpdir(), 'rx-sse-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, name), content)
  return directory
}

describe('an event', () => {
  it('has its reconnection time in a line of its own, zero too', async () => {
    const server = await start({
      events: [
        { data: 'a', retry: 0 },
        { data: 'b', id: '7', event: 'note', retry: 3000 },
      ],
    })
    expect(await text(server)).toBe('retry: 0\ndata: a\n\nid: 7\nevent: note\nretry: 3000\ndata: b\n\n')
  })

  it('can be a comment, of several lines too, which counts as no event and has no ID', async () => {
    const events = [{ comment: 'one\ntwo' }, 'a', { comment: '' }, 'b', { comment: 'end' }]
    const scenario: Scenario = { events, ids: true }
    const server = await start(scenario)
    const [before, between, after] = [': one\n: two\n\n', ': \n\n', ': end\n\n']
    const [a, b] = ['id: 1\ndata: a\n\n', 'id: 2\ndata: b\n\n']
    expect(await text(server)).toBe(before + a + between + b + after)
    expect(await text(server, '1')).toBe(between + b + after)
    for (const [events, sent] of [
      [0, ''],
      [1, before + a],
      [2, before + a + between + b],
      [3, before + a + between + b + after],
    ] as const) {
      server.use({ ...scenario, answers: [{ fault: { type: 'clean-end', after: { events } } }] })
      expect(await text(server)).toBe(sent)
    }
  })

  it('is preceded by the comment that OpenRouter sends, letter for letter', async () => {
    expect(await text(await start(scenarios.chatter))).toMatch(/^: OPENROUTER PROCESSING\n\ndata: /)
  })
})

describe('a fixture of a file', () => {
  /** A broken sequence, a lone surrogate, an overlong slash, a NUL, and no end. */
  const content = Buffer.concat([
    Buffer.from('data: '),
    Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xc0, 0xaf, 0x00]),
    Buffer.from('\r\n\r\ndata: 2\n\n: \u2028\r\rdata: cut'),
  ])

  it.each(Object.keys(WIRES) as (keyof typeof WIRES)[])('is sent byte for byte, over %s', async (name) => {
    const baseDirectory = directoryWith('broken.sse', content)
    const server = await start({ fixture: { file: 'broken.sse' } }, { ...WIRES[name], baseDirectory })
    if (name === 'h2' || name === 'h2c') {
      expect((await http2Request(server)).body).toEqual(content)
      return
    }
    const socket = name === 'https' ? openSecureSocket(server) : openSocket(server.url)
    send(socket, {})
    expect(dechunk((await readResponse(socket)).body).bytes).toEqual(content)
  })

  it.each(['gzip', 'br', 'zstd'] as const)('is the same under %s and cut into writes', async (coding) => {
    const baseDirectory = directoryWith('broken.sse', content)
    const answer = { fixture: { file: './broken.sse' }, coding, writeSize: [1, 4] }
    const server = await start(one(answer), { baseDirectory })
    expect(decodings[coding].whole(await bytes(server))).toEqual(content)
  })

  it('counts its events by their bytes, after a byte order mark too', async () => {
    const marked = Buffer.from('\uFEFFdata: 1\n\ndata: 2\n\n')
    const baseDirectory = directoryWith('marked.sse', marked)
    const fault = { type: 'clean-end', after: { events: 1 } } as const
    const server = await start({ fixture: { file: 'marked.sse' }, answers: [{ fault }] }, { baseDirectory })
    expect((await bytes(server)).toString()).toBe('\uFEFFdata: 1\n\n')
    server.use({
      fixture: { file: 'marked.sse' },
      answers: [{ fault: { type: 'clean-end', after: { bytes: 4 } } }],
    })
    expect(await bytes(server)).toEqual(marked.subarray(0, 4))
  })

  it('may be given by its whole path, and is read once', async () => {
    const directory = directoryWith('a.sse', 'data: a\n\n')
    const file = join(directory, 'a.sse')
    const server = await start({ fixture: { file } })
    writeFileSync(file, 'data: b\n\n')
    expect(await text(server)).toBe('data: a\n\n')
    server.use({ fixture: { file } })
    expect(await text(server)).toBe('data: b\n\n')
  })

  it('is looked for in the working directory unless told otherwise', async () => {
    const directory = directoryWith('here.sse', 'data: here\n\n')
    const file = relative(process.cwd(), join(directory, 'here.sse'))
    expect(await text(await start({ fixture: { file } }))).toBe('data: here\n\n')
  })

  it('that is not there is told with the place in the scenario, and where it was looked for', async () => {
    const baseDirectory = directoryWith('there.sse', '')
    const answers = [{ fixture: { file: 'there.sse' } }, { fixture: { file: 'gone.sse' } }]
    const message = `scenario.answers[1].fixture.file: "gone.sse": there is no such file; looked for it in ${baseDirectory}`
    await expect(startFaultServer({ answers }, { baseDirectory })).rejects.toThrow(new TypeError(message))
    const server = await start({ answers: [{ status: 418 }] }, { baseDirectory })
    expect(() => server.use({ answers })).toThrow(new TypeError(message))
    expect(() => server.use({ fixture: { file: 'gone.sse' } })).toThrow(
      /^scenario\.fixture\.file: "gone\.sse"/,
    )
    expect((await rawRequest(server.url)).status).toBe(418)
  })

  it('that cannot be read is told so', async () => {
    const baseDirectory = directoryWith('x', '')
    for (const file of ['.', '', 'a\u0000b']) {
      const refused = startFaultServer({ fixture: { file } }, { baseDirectory })
      await expect(refused).rejects.toThrow(TypeError)
      await expect(refused).rejects.toThrow(
        /^scenario\.fixture\.file: ".*": (?:cannot be read \(\w+\)|is no regular file)/,
      )
    }
  })

  it('may be empty', async () => {
    const baseDirectory = directoryWith('empty.sse', '')
    const { body, ended } = await rawRequest(
      (await start({ fixture: { file: 'empty.sse' } }, { baseDirectory })).url,
    )
    expect(dechunk(body)).toMatchObject({ bytes: Buffer.alloc(0), end: 'whole' })
    expect(ended).toBe('open')
  })

  it('may be large and without a blank line', async () => {
    const large = Buffer.alloc(8_000_000, 'data: no end of it ')
    const baseDirectory = directoryWith('large.sse', large)
    const server = await start({ fixture: { file: 'large.sse' } }, { ...WIRES.h2c, baseDirectory })
    expect((await http2Request(server)).body.equals(large)).toBe(true)
  })
})

describe('writeSize as an array', () => {
  const whole = 'data: 1\n\ndata: 22\n\n'

  it('takes the sizes in turn, the last write is what is left', async () => {
    const server = await start({ events: ['1', '22'], answers: [{ writeSize: [1, 5, 2] }] })
    const { chunks } = dechunk((await rawRequest(server.url)).body)
    expect(chunks.map(({ length }) => length)).toEqual([1, 5, 2, 1, 5, 2, 1, 2])
    expect(Buffer.concat(chunks).toString()).toBe(whole)
  })

  it('goes on from one event to the next where there is a pause between them', async () => {
    const server = await start({ events: ['1', '22'], answers: [{ writeSize: [4, 3], paceMs: 1 }] })
    const { chunks } = dechunk((await rawRequest(server.url)).body)
    expect(chunks.map(({ length }) => length)).toEqual([4, 3, 2, 3, 4, 3])
    expect(Buffer.concat(chunks).toString()).toBe(whole)
  })

  it('is a frame a write over HTTP/2', async () => {
    const answers = [{ writeSize: [1, 5, 2] }]
    const client = openHttp2(await start({ events: ['1', '22'], answers }, WIRES.h2c))
    const id = client.request()
    await client.over(id)
    const sizes = client.of(id).flatMap(({ type, payload }) => (type === TYPE.data ? [payload.length] : []))
    expect(sizes.filter((size) => size > 0)).toEqual([1, 5, 2, 1, 5, 2, 1, 2])
  })
})

describe('cycle', () => {
  const statuses = async (server: FaultServer, n: number): Promise<number[]> => {
    const seen: number[] = []
    for (let i = 0; i < n; i++) seen.push((await rawRequest(server.url)).status)
    return seen
  }
  const answers = [{ status: 500 }, { status: 503 }]

  it('begins again after the last answer; without it the last stands', async () => {
    const server = await start({ answers, cycle: true })
    expect(await statuses(server, 5)).toEqual([500, 503, 500, 503, 500])
    server.use({ answers, cycle: false })
    expect(await statuses(server, 4)).toEqual([500, 503, 503, 503])
    server.use({ answers: [{ status: 429 }], cycle: true })
    expect(await statuses(server, 2)).toEqual([429, 429])
    server.use({ cycle: true })
    expect(await statuses(server, 2)).toEqual([200, 200])
  })
})

describe('repeat and skip', () => {
  const events = ['a', 'b', 'c', 'd', '[DONE]']
  const n = (...ids: readonly number[]): string =>
    ids.map((id) => `id: ${id}\ndata: ${events[id - 1]}\n\n`).join('')
  const END = 'data: [DONE]\n\n'

  it.each([
    ['repeat', 0, 1, n(1, 2, 3, 4) + END],
    ['repeat', 2, 1, n(1, 2, 2, 3, 4) + END],
    ['repeat', 3, 2, n(1, 2, 3, 2, 3, 4) + END],
    ['repeat', 2, 9, n(1, 2, 1, 2, 3, 4) + END],
    ['repeat', 99, 1, n(1, 2, 3, 4) + END + END],
    ['skip', 0, 1, n(2, 3, 4) + END],
    ['skip', 2, 1, n(1, 2, 4) + END],
    ['skip', 1, 2, n(1, 4) + END],
    ['skip', 3, 9, n(1, 2, 3)],
    ['skip', 99, 1, n(1, 2, 3, 4) + END],
  ] as const)('%s after %i, %i of them', async (type, at, count, expected) => {
    const fault = { type, after: { events: at }, count }
    const { end, bytes } = dechunk(
      (await rawRequest((await start({ events, ids: true, answers: [{ fault }] })).url)).body,
    )
    expect([bytes.toString(), end]).toEqual([expected, 'whole'])
  })

  it.each([
    ['repeat', 0, 1, n(2, 3, 4) + END],
    ['repeat', 0, 2, n(1, 2, 3, 4) + END],
    ['repeat', 1, 1, n(3, 3, 4) + END],
    ['repeat', 1, 3, n(3, 1, 2, 3, 4) + END],
    ['skip', 0, 1, n(4) + END],
    ['skip', 1, 1, n(3) + END],
    ['skip', 1, 5, n(3)],
  ] as const)(
    '%s after %i, %i of them, in the answer to Last-Event-ID: 2',
    async (type, at, count, expected) => {
      const answers = [{ fault: { type, after: { events: at }, count } }]
      expect(await text(await start({ events, ids: true, answers }), '2')).toBe(expected)
    },
  )

  it('default to one event, and leave comments where they are', async () => {
    const chatty = [{ comment: 'x' }, 'a', { comment: 'y' }, 'b', { comment: 'z' }]
    const server = await start({
      events: chatty,
      answers: [{ fault: { type: 'repeat', after: { events: 1 } } }],
    })
    expect(await text(server)).toBe(': x\n\ndata: a\n\ndata: a\n\n: y\n\ndata: b\n\n: z\n\n')
    server.use({ events: chatty, answers: [{ fault: { type: 'skip', after: { events: 1 } } }] })
    expect(await text(server)).toBe(': x\n\ndata: a\n\n: y\n\n: z\n\n')
  })

  it('strike a fixture too, coded or not', async () => {
    const fixture = ': hi\r\n\r\ndata: 1\r\n\r\ndata: 2\n\nevent: x\n\ndata: 3\n\n'
    const fault = { type: 'repeat', after: { events: 2 }, count: 2 } as const
    const server = await start(one({ fixture, fault, coding: 'gzip', framing: 'content-length' }))
    const { headers, body } = await rawRequest(server.url)
    expect(decodings.gzip.whole(body).toString()).toBe(
      ': hi\r\n\r\ndata: 1\r\n\r\ndata: 2\n\ndata: 1\r\n\r\ndata: 2\n\nevent: x\n\ndata: 3\n\n',
    )
    expect(Number(headers['content-length'])).toBe(body.length)
  })

  it('are no matter of the default stream alone: it repeats and skips too', async () => {
    const repeated = await text(await start(one({ fault: { type: 'repeat', after: { events: 3 } } })))
    const skipped = await text(await start(one({ fault: { type: 'skip', after: { events: 3 } } })))
    const all = wire().split(/(?<=\n\n)/)
    expect(repeated).toBe([...all.slice(0, 3), all[2], ...all.slice(3)].join(''))
    expect(skipped).toBe([...all.slice(0, 3), ...all.slice(4)].join(''))
  })
})
