import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type GlancingRead, MAY_FAIL } from '../../src/dialects/dialect.ts'
import {
  type Dialect,
  fromEventStream,
  rawEvents,
  type ServerSentEvent,
  type SseError,
} from '../../src/index.ts'
import { served } from './served.ts'

const utf8 = new TextEncoder()

/** Cut at those places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

/** What a subscriber is told. */
function told(dialect: Dialect<ServerSentEvent>, chunks: readonly Uint8Array[]): Promise<unknown[]> {
  const seen: unknown[] = []
  return new Promise((resolve) => {
    fromEventStream('http://127.0.0.1/', {
      dialect,
      transport: served(chunks),
      retry: { count: 0 },
    }).subscribe({
      next: (event) => seen.push(event),
      complete: () => resolve([...seen, 'complete']),
      error: (error: SseError) => resolve([...seen, JSON.parse(JSON.stringify(error))]),
    })
  })
}

/** The default dialect as it would be if it looked into each event. */
const looking: Dialect<ServerSentEvent> = {
  ...rawEvents(),
  read: (event, memory) => rawEvents().read(event, memory),
}

const PIECES = [
  'data: {"delta":"token"}\n\n',
  'data: {"delta":"an error, in words"}\n\n',
  'data: {"error":{"message":"overloaded"}}\n\n',
  'data: {"error":\ndata: {"message":"in two lines"}}\n\n',
  'data: {\ndata: "type":"RUN_ERROR","message":"below"}\r\n\r\n',
  'event: error\ndata: said by its name\n\n',
  'id: 7\nevent: delta\ndata: named\n\n',
  'error: {"message":"a field of its own"}\n\n',
  ': error in a comment\n\n',
  'id: error\n\n',
  'data: [DONE]\n\n',
] as const

it('an error inside the stream is found however it is cut, and whatever stands before it', async () => {
  const healthy = 'data: {"delta":"token"}\n\n'.repeat(3)
  // More lines that are no field than the parser is shown.
  const noisy = 'noise\n'.repeat(40) + healthy
  for (const before of [healthy, `\ufeff${healthy}`, healthy.replaceAll('\n', '\r'), noisy]) {
    for (const error of PIECES.slice(2, 6)) {
      const body = utf8.encode(before + error + healthy)
      for (let place = 0; place <= body.length; place++) {
        const seen = await told(rawEvents(), cutAt(body, [place, place + 9]))
        const where = `cut at ${place} of ${JSON.stringify(before + error)}`
        expect(seen.length, where).toBe(4)
        expect(seen.at(-1), where).toMatchObject({ kind: 'stream_error', events: 3 })
      }
    }
  }
})

it('a glance at many events says the same as a look into each', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(600), { maxLength: 6 }),
      fc.nat(12),
      async (pieces, places, missing) => {
        const body = utf8.encode(pieces.join(''))
        const chunks = cutAt(body.subarray(0, body.length - missing), places)
        expect(await told(rawEvents(), chunks)).toEqual(await told(looking, chunks))
      },
    ),
    { numRuns: 1_000 },
  )
})

it('lines without the letters of an error are glanced at once for all their events', async () => {
  const glances: string[] = []
  const mayFails: unknown[] = []
  const reads = rawEvents().read as GlancingRead<ServerSentEvent>
  const read = (...args: Parameters<typeof reads>) => {
    mayFails.push(args[2])
    return reads(...args)
  }
  const glance = (lines: string): boolean => {
    glances.push(lines)
    return reads[MAY_FAIL]?.(lines) === true
  }
  const counting: Dialect<ServerSentEvent> = {
    ...rawEvents(),
    read: Object.assign(read, { [MAY_FAIL]: glance }),
  }
  const lines = 'data: a\n\ndata: b\n\n'
  await told(counting, [utf8.encode(lines), utf8.encode('data: an error\n'), utf8.encode('\ndata: c\n\n')])
  expect(glances).toEqual([lines, 'data: an error\n'])
  expect(mayFails, 'an event that had begun before keeps what was said of its beginning').toEqual([
    false,
    false,
    true,
    true,
  ])
})

it("a dialect of one's own that is made of the default one reads as it says, whatever the lines look like", async () => {
  const decrypting: Dialect<ServerSentEvent> = {
    ...rawEvents(),
    read(...args) {
      const [event, ...others] = args
      return rawEvents().read({ ...event, data: event.data.replace('fault', 'error') }, ...others)
    },
  }
  const seen = await told(decrypting, [utf8.encode('data: {"fault":"hidden from a glance"}\n\n')])
  expect(seen).toMatchObject([{ kind: 'stream_error' }])
})

it('one that shares the reading of the default one shares its glances', async () => {
  const shared = { ...rawEvents(), name: 'shared' }
  expect((shared.read as GlancingRead<ServerSentEvent>)[MAY_FAIL]).toBeTypeOf('function')
  const seen = await told(shared, [utf8.encode('data: a\n\ndata: {"error":"told"}\n\n')])
  expect(seen).toMatchObject([{ data: 'a' }, { kind: 'stream_error' }])
})

it('a dialect that takes no glances is asked for none, and told of none', async () => {
  const given: unknown[] = []
  const own = {
    name: 'own',
    [MAY_FAIL]: () => given.push('asked'),
    read: (...args: unknown[]) => {
      given.push(args[2])
      return 'value'
    },
  }
  await told(own as unknown as Dialect<ServerSentEvent>, [utf8.encode('data: an error\n\ndata: b\n\n')])
  expect(given).toEqual([undefined, undefined])
})
