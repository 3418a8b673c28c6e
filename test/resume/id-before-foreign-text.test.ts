import { describe, expect, it } from 'vitest'
import { type ChatCompletionChunk, openaiChat } from '../../src/index.ts'
import { textsOf } from './play.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, tokens } from './wire-text.ts'

const token = (id: number, text: string): string => `id: ${id}\n${tokens(text)}`

const played = (first: string, cleanly: boolean): VirtualStream<ChatCompletionChunk> =>
  new VirtualStream<ChatCompletionChunk>(
    [{ text: first, end: cleanly ? 'clean' : 'fin' }, { text: token(2, 'Two') + DONE }],
    { body: {}, dialect: openaiChat() },
  ).run()

describe('an ID whose data was cut off, and the blank line of whose block is that of foreign text', () => {
  it.each([
    ['a page', '\n<html><body>503</body></html>'],
    ['a page in lines', '\n<html>\n<body>503</body>\n</html>\n'],
    ['a line', '\nupstream failed'],
  ])('is not gone on from: %s', (_, foreign) => {
    for (const cleanly of [true, false]) {
      const stream = played(`${token(1, 'One')}id: 2\n${foreign}`, cleanly)
      expect(stream.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([undefined, '1'])
      expect(textsOf(stream.values)).toEqual(['One', 'Two'])
      expect(stream.ends).toEqual(['complete'])
    }
  })

  it('is told as a cursor that was taken back', () => {
    const { signals } = played(`${token(1, 'One')}id: 2\n\n<html>`, true)
    expect(signals.flatMap((signal) => (signal.type === 'cursor' ? [signal.lastEventId] : []))).toEqual([
      '2',
      '1',
    ])
  })

  it.each(['', 'd', 'event: x\nda', ': pi', ': ping\n'])(
    'counts where the server goes on with %j',
    (next) => {
      const stream = played(`${token(1, 'One')}id: 1b\n\n${next}`, false)
      expect(stream.requests[1]?.headers.get('last-event-id')).toBe('1b')
    },
  )

  it('counts where nothing follows it, and where an event does', () => {
    const nothing = played(`${token(1, 'One')}id: 1b\n\n`, true)
    expect(nothing.requests[1]?.headers.get('last-event-id')).toBe('1b')
    const event = played(`${token(1, 'One')}id: 1b\n\n: ping\n\nevent: x\n${tokens('x')}<html>`, true)
    expect(event.requests[1]?.headers.get('last-event-id')).toBeUndefined()
  })
})
