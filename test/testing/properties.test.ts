import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Fault,
  type FaultServer,
  type Scenario,
  type ScenarioEvent,
  startFaultServer,
} from '../../src/testing/index.ts'
import { dechunk, openSocket, readResponse, send } from './raw-client.ts'
import { openHttp2 } from './raw-http2.ts'
import { openSecureSocket } from './secure-client.ts'
import { decodings, one, start, WIRES, type Wire } from './wire.ts'

/** Some bytes of a stream, made here without the code under test, and whether they are an event. */
interface Piece {
  readonly bytes: Buffer
  readonly isEvent: boolean
}

const line = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((text) => text.replace(/[\r\n\uD800-\uDFFF]/g, '~'))

interface Streamed {
  readonly answer: Pick<Answer, 'events' | 'fixture'>
  readonly pieces: readonly Piece[]
}

const event: fc.Arbitrary<{ event: ScenarioEvent; piece: Piece }> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({
        data: fc.array(line, { minLength: 1, maxLength: 3 }),
        id: fc.option(line),
        name: fc.option(line),
        retry: fc.option(fc.nat()),
      })
      .map(({ data, id, name, retry }) => {
        const lines = [
          ...(id === null ? [] : [`id: ${id}`]),
          ...(name === null ? [] : [`event: ${name}`]),
          ...(retry === null ? [] : [`retry: ${retry}`]),
          ...data.map((text) => `data: ${text}`),
        ]
        return {
          event: {
            data: data.join('\n'),
            ...(id === null ? {} : { id }),
            ...(name === null ? {} : { event: name }),
            ...(retry === null ? {} : { retry }),
          },
          piece: { bytes: Buffer.from(`${lines.join('\n')}\n\n`), isEvent: true },
        }
      }),
  },
  {
    weight: 1,
    arbitrary: line.map((comment) => ({
      event: { comment },
      piece: { bytes: Buffer.from(`: ${comment}\n\n`), isEvent: false },
    })),
  },
)

const ofEvents: fc.Arbitrary<Streamed> = fc.array(event, { maxLength: 8 }).map((all) => ({
  answer: { events: all.map(({ event }) => event) },
  pieces: all.map(({ piece }) => piece),
}))

const fixtureBlock = fc.record({
  isEvent: fc.boolean(),
  text: fc.stringMatching(/^[ -~é]{0,20}$/),
  end: fc.constantFrom('\n', '\r\n', '\r'),
})

const ofFixture: fc.Arbitrary<Streamed> = fc.array(fixtureBlock, { maxLength: 8 }).map((blocks) => {
  const texts = blocks.map(({ isEvent, text, end }) => `${isEvent ? 'data:' : ': '}${text}${end}${end}`)
  return {
    answer: { fixture: texts.join('') },
    pieces: texts.map((text, index) => ({
      bytes: Buffer.from(text),
      isEvent: blocks[index]?.isEvent === true,
    })),
  }
})

const joined = (pieces: readonly Piece[]): Buffer => Buffer.concat(pieces.map(({ bytes }) => bytes))

type Point = { readonly events?: number; readonly bytes?: number }

/** What comes before a point, by the words of its documentation. */
function before(pieces: readonly Piece[], { events, bytes = 0 }: Point): Buffer {
  const all = joined(pieces)
  let at = 0
  if (events !== undefined) {
    let index = 0
    for (let seen = 0; seen < events && index < pieces.length; index++) if (pieces[index]?.isEvent) seen++
    at = joined(pieces.slice(0, index)).length
  }
  return all.subarray(0, at + bytes)
}

type End = 'whole' | 'fin' | 'cut' | 'bad' | { readonly reset: number }

const point = fc.oneof(
  fc.record({ events: fc.nat(9) }),
  fc.record({ events: fc.nat(9), bytes: fc.nat(60) }),
  fc.record({ bytes: fc.nat(300) }),
)

const SHARED = ['clean-end', 'fin', 'stall', 'short-content-length'] as const
const OF_WIRE = {
  http: [...SHARED, 'bad-chunk-size'],
  https: [...SHARED, 'bad-chunk-size', 'no-close-notify'],
  h2c: [...SHARED, 'stream-reset', 'goaway', 'go-on'],
  h2: [...SHARED, 'stream-reset', 'goaway', 'go-on', 'no-close-notify'],
} as const satisfies Record<Wire, readonly string[]>

function answerOf(
  wire: Wire,
): fc.Arbitrary<{ streamed: Streamed; answer: Answer; type: string; point: Point }> {
  return fc
    .record({
      streamed: fc.oneof(ofEvents, ofFixture),
      type: fc.constantFrom('none', ...OF_WIRE[wire]),
      point,
      coding: fc.constantFrom(undefined, undefined, 'gzip', 'br', 'zstd'),
      framing: fc.constantFrom('chunked', 'content-length', 'unframed'),
      writeSize: fc.oneof(
        fc.constant(undefined),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
      ),
    } as const)
    .map(({ streamed, type, point, coding, framing, writeSize }) => {
      const framed =
        type === 'short-content-length' ? 'content-length' : type === 'bad-chunk-size' ? 'chunked' : framing
      const fault =
        type === 'none'
          ? {}
          : {
              fault: (type === 'go-on'
                ? { type: 'goaway', after: point, goOn: true }
                : { type, after: point }) as Fault,
            }
      const answer: Answer = {
        ...streamed.answer,
        framing: framed,
        ...(coding === undefined ? {} : { coding }),
        ...(writeSize === undefined ? {} : { writeSize }),
        ...fault,
      }
      return { streamed, answer, type, point }
    })
}

interface Got {
  readonly body: Buffer
  readonly end: End
}

/** Reads one answer; of one that stalls as much as is expected of it. */
async function ask(
  server: FaultServer,
  wire: Wire,
  { framing }: Answer,
  enough: (body: Buffer) => boolean = () => false,
): Promise<Got> {
  if (wire === 'h2' || wire === 'h2c') {
    const client = openHttp2(server)
    const id = client.request()
    const deadline = performance.now() + 10_000
    while (client.end(id) === undefined && client.ended === undefined) {
      if (client.of(id).length > 0 && enough(client.body(id))) break
      if (performance.now() > deadline) throw new Error('no end in 10 s')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const end = client.end(id)
    client.socket.destroy()
    const closed = client.ended === 'fin' ? 'fin' : 'cut'
    return { body: client.body(id), end: end === 'end-stream' ? 'whole' : (end ?? closed) }
  }
  const socket = wire === 'https' ? openSecureSocket(server) : openSocket(server.url)
  send(socket, {})
  const unframed = (body: Buffer): Buffer => (framing === 'chunked' ? dechunk(body).bytes : body)
  const response = await readResponse(socket, (body) => enough(unframed(body)))
  socket.destroy()
  if (framing === 'chunked') {
    const { bytes, end } = dechunk(response.body)
    return { body: bytes, end }
  }
  return { body: response.body, end: response.ended === 'fin' ? 'fin' : 'whole' }
}

describe.each(Object.keys(WIRES) as Wire[])('over %s', (wire) => {
  it('a client gets exactly the bytes before the point, however they are coded, framed and cut', async () => {
    const server = await start({}, WIRES[wire])
    await fc.assert(
      fc.asyncProperty(answerOf(wire), async ({ streamed, answer, type, point }) => {
        const all = joined(streamed.pieces)
        const expected = type === 'none' || type === 'go-on' ? all : before(streamed.pieces, point)
        server.use(one(answer))
        const decoded = (body: Buffer): Buffer =>
          answer.coding === undefined || body.length === 0 ? body : decodings[answer.coding].prefix(body)
        const got = await ask(server, wire, answer, (body) => {
          if (type !== 'stall') return false
          try {
            return decoded(body).length >= expected.length
          } catch {
            return false
          }
        })
        expect(decoded(got.body).toString('latin1')).toBe(expected.toString('latin1'))
        if (type === 'none' || type === 'clean-end' || type === 'go-on') {
          expect(got.end).toBe(answer.framing === 'unframed' && wire.startsWith('http') ? 'fin' : 'whole')
        }
        if (type === 'stream-reset') expect(got.end).toEqual({ reset: 2 })
        if (type === 'bad-chunk-size') expect(got.end).toBe('bad')
        if (type === 'none' && answer.coding !== undefined) {
          expect(decodings[answer.coding].whole(got.body)).toEqual(all)
        }
      }),
      { numRuns: 120 },
    )
  })
})

describe('a scenario', () => {
  it('that is valid can be served: no answer fails on the server', async () => {
    const valid = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      headers: fc.dictionary(
        fc.constantFrom('x-a', 'Retry-After', 'connection', 'te', 'vary', 'content-type'),
        fc.constantFrom(null, '', 'x', 'é'),
        { maxKeys: 3 },
      ),
      framing: fc.constantFrom('chunked', 'content-length', 'unframed'),
    } as const)
    for (const wire of ['http', 'h2c'] as const) {
      const server = await startFaultServer({}, WIRES[wire])
      await fc.assert(
        fc.asyncProperty(valid, async (answer) => {
          const scenario: Scenario = one(answer)
          server.use(scenario)
          const { end } = await ask(server, wire, answer)
          expect(end).not.toBe('bad')
        }),
        { numRuns: 150 },
      )
      await expect(server.close()).resolves.toBeUndefined()
    }
  })
})
