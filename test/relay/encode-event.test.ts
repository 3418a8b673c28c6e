import { createParser, type EventSourceMessage } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeEvent, type OutgoingEvent } from '../../src/relay/index.ts'

interface Parsed {
  readonly events: EventSourceMessage[]
  readonly retries: number[]
  readonly comments: string[]
}

function parse(text: string): Parsed {
  const parsed: Parsed = { events: [], retries: [], comments: [] }
  const parser = createParser({
    onEvent: (event) => parsed.events.push(event),
    onRetry: (ms) => parsed.retries.push(ms),
    onComment: (comment) => parsed.comments.push(comment),
  })
  parser.feed(text)
  return parsed
}

const piece = fc.constantFrom('\n', '\r', '\r\n', ' ', ':', 'data: x', 'id: 1', '\u{1F30A}', '\u2028', '\0')
const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 6 }).map((pieces) => pieces.join(''))
const line = fc.string().map((value) => value.replace(/[\r\n\0]/g, ''))
const named = line.filter((value) => value !== '')

const asLf = (value: string): string => value.replace(/\r\n?/g, '\n')

describe('an encoded event', () => {
  it('is read again as what it was, whatever it holds, also behind others', () => {
    const event = fc.record(
      { data: text, id: line, event: named, retry: fc.nat(), comment: text },
      { requiredKeys: ['data'] },
    )
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 4 }), (events) => {
        const { events: read, retries, comments } = parse(events.map(encodeEvent).join(''))
        expect(read).toEqual(
          events.map(({ id, event, data }) => ({ id, event: event ?? undefined, data: asLf(data) })),
        )
        expect(retries).toEqual(events.flatMap(({ retry }) => retry ?? []))
        expect(comments.join('\n')).toBe(
          events.flatMap(({ comment }) => (comment === undefined ? [] : asLf(comment))).join('\n'),
        )
      }),
    )
  })

  it('is no event without data', () => {
    expect(parse(encodeEvent({ comment: '' }))).toEqual({ events: [], retries: [], comments: [''] })
    expect(parse(encodeEvent({ id: '7' })).events).toEqual([])
    expect(encodeEvent({ id: '7' })).toBe('id: 7\n\n')
  })

  it.each<[string, OutgoingEvent]>([
    ['an id with a line end', { id: '1\ndata: x', data: '' }],
    ['an id with NUL', { id: '1\0', data: '' }],
    ['a type with a line end', { event: 'a\rb', data: '' }],
    ['an id that is a number', { id: 1 as unknown as string, data: '' }],
    ['data that is no text', { data: {} as unknown as string }],
    ['a retry that is no number of milliseconds', { retry: -1, data: '' }],
    ['a comment that is no text', { comment: 1 as unknown as string }],
  ])('cannot have %s', (_, event) => {
    expect(() => encodeEvent(event)).toThrow(TypeError)
  })
})
