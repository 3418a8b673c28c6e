import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  type Dialect,
  done,
  failed,
  firstOf,
  fromCursor,
  ignored,
  openaiChat,
  rawEvents,
  type ServerSentEvent,
} from '../../src/index.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, plain } from './wire-text.ts'

const chunk = (id: number, index: number, delta: object, finish: string | null = null): string => {
  const data = JSON.stringify({ id: 'c', choices: [{ index, delta, finish_reason: finish }] })
  return `id: ${id}\ndata: ${data}\n\n`
}

describe('what the dialect remembers', () => {
  it.each([1, 2])('is not forgotten for %i rests that were asked for and gave nothing', (count) => {
    let asked = 0
    const rest = continueWith(() => (asked++ < count ? { body: { rest: asked } } : undefined))
    const stream = new VirtualStream<ChatCompletionChunk>(
      [
        { text: chunk(1, 0, { content: 'a' }) + chunk(2, 1, { content: 'b' }) },
        ...Array.from({ length: count }, () => ({ text: '' })),
        { text: chunk(3, 0, {}, 'stop'), end: 'clean' },
        { text: chunk(4, 1, {}, 'stop'), end: 'clean' },
      ],
      {
        body: {},
        dialect: openaiChat({ endMarker: 'finish_reason' }),
        retry: { count: 9 },
        resume: firstOf(rest, fromCursor()),
      },
    ).run()
    // Without it the first choice alone, finished, would have passed for the whole.
    expect(stream.values).toHaveLength(4)
    expect(stream.error).toBeUndefined()
  })

  it('is not touched by a field that the format does not know', () => {
    const stream = new VirtualStream<ChatCompletionChunk>(
      [
        { text: `${chunk(1, 0, { content: 'a' })}keepalive\n\n` },
        { text: chunk(2, 0, {}, 'stop'), end: 'clean' },
      ],
      { dialect: openaiChat({ endMarker: 'finish_reason' }) },
    ).run()
    expect(stream.requests).toHaveLength(2)
    expect(stream.values).toHaveLength(2)
  })

  it('does not end a poll by an ID on an event that was ignored', () => {
    const dialect: Dialect<string, { seen: number }> = {
      name: 'polled',
      polls: true,
      memory: () => ({ seen: 0 }),
      read({ data }, memory) {
        memory.seen++
        return data === '[DONE]' ? done() : data === 'skip' ? ignored : data
      },
    }
    const stream = new VirtualStream<string>(
      [
        { text: 'retry: 10\n\nid: 1\ndata: a\n\n', end: 'clean' },
        { text: 'id: 2\ndata: skip\n\n', end: 'clean' },
        { text: DONE },
      ],
      { dialect: dialect as Dialect<string> },
    ).run()
    expect(stream.values).toEqual(['a'])
    expect(stream.error).toBeUndefined()
    expect(stream.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([undefined, '1', '2'])
  })
})

describe('before the first value, an ID alone that cannot be asked for', () => {
  it.each<[string, string, Partial<Dialect<ServerSentEvent>>]>([
    ['since no header can carry it', 'id: \u0001\n\n', {}],
    ['since the dialect cannot', 'id: B\n\n', { resume: (_, cursor) => (cursor === 'B' ? undefined : {}) }],
  ])('%s, leaves the one that was given', (_, text, more) => {
    const stream = new VirtualStream<ServerSentEvent>([{ text }, { text: plain('a') + DONE }], {
      lastEventId: 'A',
      dialect: { ...rawEvents(), ...more },
    }).run()
    expect(stream.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual(['A', 'A'])
    const connecting = stream.signals.filter((signal) => signal.type === 'connecting')
    expect(connecting.map(({ lastEventId }) => lastEventId)).toEqual(['A', 'A'])
    expect(stream.values).toHaveLength(1)
  })
})

it('an error whose every field is of a dialect’s making can be written as JSON', () => {
  const dialect: Dialect<unknown> = {
    name: 'made',
    read: () => failed({ code: 10n as never, type: 5n as never, message: 'm', payload: { n: 1n } }),
  }
  const { error } = new VirtualStream<unknown>([{ text: plain('a') }], { dialect, retry: false }).run()
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({
    upstream: { code: '[bigint]', payload: '[object]', message: 'm' },
  })
})
