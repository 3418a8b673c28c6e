import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type DecodeHandler, EventDecoder } from '../../src/decode/event-decoder.ts'
import { borrowParser, giveBack, type ParserHandler } from '../../src/decode/lent-parser.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A decoder, and the data of its events; `onEvent` is called for each. */
function decoder(onEvent: (data: string, stop: () => void) => void = () => {}, limit = 1_000) {
  const found: string[] = []
  const handler: DecodeHandler = {
    onEvent: ({ event, data }) => {
      found.push(event === undefined ? data : `${event} ${data}`)
      onEvent(data, () => made.stop())
    },
    onIdOnly: (id) => found.push(`id ${id}`),
    // Told at once, and so perhaps before an ID that stands before it: neither says anything of the other.
    onRetry: () => {},
    onUnknownField: (name) => found.push(`unknown ${name}`),
    onTooLarge: () => found.push('too large'),
  }
  const made = new EventDecoder(handler, limit)
  return {
    found,
    push: (text: string) => made.push(bytes(text)),
    pushBytes: (chunk: Uint8Array) => made.push(chunk),
    finish: () => made.finish(),
  }
}

it('streams whose chunks take turns inside their events do not mix', () => {
  const one = decoder()
  const two = decoder()
  one.push('event: a\n')
  two.push('data: second\n\n')
  one.push('data: first\n')
  two.push('data: third\n\nevent: b\n')
  one.push('\n')
  two.push('data: fourth\n\n')
  expect(one.found).toEqual(['a first'])
  expect(two.found).toEqual(['second', 'third', 'b fourth'])
})

it('a consumer may read another stream inside an event', () => {
  const inner = decoder()
  const outer = decoder((data) => {
    if (data === 'one') inner.push('data: inside\n\ndata: unfinished\n')
  })
  outer.push('data: one\n\ndata: two\n\n')
  inner.push('\n')
  expect(outer.found).toEqual(['one', 'two'])
  expect(inner.found).toEqual(['inside', 'unfinished'])
})

it('nothing of a stream that was stopped inside a chunk is found in the next one', () => {
  const stopped = decoder((_, stop) => stop())
  stopped.push('id: 7\nevent: left\ndata: taken\n\nid: 8\nevent: left\ndata: left')
  const next = decoder()
  next.push('data: own\n\n')
  expect(stopped.found).toEqual(['left taken'])
  expect(next.found).toEqual(['own'])
})

it('nor of one whose event was too large', () => {
  const large = decoder(() => {}, 100)
  for (let line = 0; line < 20; line++) large.push(`data: ${'x'.repeat(20)}\n`)
  const next = decoder(() => {}, 100)
  next.push('data: own\n\n')
  expect(large.found).toEqual(['too large'])
  expect(next.found).toEqual(['own'])
})

it('nor of one whose last bytes were looked at', () => {
  const cut = decoder()
  cut.push('event: cut\ndata: half')
  expect(cut.finish()?.event?.data).toBe('half')
  const next = decoder()
  next.push('data: own\n\n')
  expect(next.found).toEqual(['own'])
})

it('nor of one that was found to be too large only at its end', () => {
  const large = decoder(() => {}, 100)
  large.push(`data: ${'x'.repeat(90)}\ndata: ${'x'.repeat(120)}`)
  large.finish()
  const next = decoder(() => {}, 100)
  next.push('data: own\n\n')
  expect(next.found).toEqual(['own'])
})

it('a consumer that throws leaves its own parser behind, and no other', () => {
  const thrower = decoder(() => {
    throw new RangeError('its own')
  })
  expect(() => thrower.push('event: left\ndata: one\n\ndata: two\n')).toThrow('its own')
  const next = decoder()
  next.push('data: own\n\n')
  expect(next.found).toEqual(['own'])
})

it('a parser that was given back belongs to nobody', () => {
  const told: string[] = []
  const handler: ParserHandler = {
    onMessage: ({ data }) => told.push(data),
    onId: () => {},
    onRetry: () => {},
    onParseError: () => {},
  }
  const parser = borrowParser(handler, 64)
  parser.feed('data: one\n\n')
  giveBack(parser)
  parser.feed('data: two\n\n')
  expect(told).toEqual(['one'])
  expect(borrowParser(handler, 64)).toBe(parser)
  expect(borrowParser(handler, 64)).not.toBe(parser)
})

it('one of another limit is not taken', () => {
  const handler: ParserHandler = { onMessage() {}, onId() {}, onRetry() {}, onParseError() {} }
  const parser = borrowParser(handler, 64)
  giveBack(parser)
  expect(borrowParser(handler, 65)).not.toBe(parser)
})

const piece = fc.constantFrom(
  'data: x\n\n',
  'data: x\r\n\r\n',
  'data: \u20ac\ud83d\ude00\n',
  'event: e\n',
  'id: 7\n',
  'id\n\n',
  'retry: 5\r',
  ': comment\n',
  'error: {}\n',
  'data',
  '\ufeff',
  '\n',
  '\r',
  '\r\n',
)
const body = fc.array(piece, { maxLength: 12 }).map((pieces) => bytes(pieces.join('')))
/** Whose turn it is, and how many bytes it gets. */
const turns = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 12 })), { maxLength: 60 })

it('any streams, however they are cut and whoever’s turn it is, are read as if each were alone', () => {
  fc.assert(
    fc.property(fc.array(body, { minLength: 2, maxLength: 4 }), turns, (bodies, order) => {
      const streams = bodies.map((all) => ({ all, at: 0, ...decoder() }))
      const give = (stream: (typeof streams)[number], count: number): void => {
        stream.pushBytes(stream.all.subarray(stream.at, stream.at + count))
        stream.at += count
      }
      for (const [turn, count] of order)
        give(streams[turn % streams.length] as (typeof streams)[number], count)
      for (const stream of streams) give(stream, stream.all.length)
      for (const { all, found, finish } of streams) {
        const alone = decoder()
        alone.pushBytes(all)
        expect(found).toEqual(alone.found)
        expect(finish()).toEqual(alone.finish())
      }
    }),
    { numRuns: 2_000 },
  )
})
