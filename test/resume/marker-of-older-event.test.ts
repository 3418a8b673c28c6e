import { describe, expect, it } from 'vitest'
import { type Dialect, done, rawEvents, type ServerSentEvent } from '../../src/index.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, numbered, plain } from './wire-text.ts'

/** Its end marker is a value. */
const lastWords: Dialect<ServerSentEvent> = {
  ...rawEvents(),
  read: (event) => (event.data.startsWith('end') ? done(event) : event),
}

const resumed = (again: string, dialect: Dialect<ServerSentEvent>): VirtualStream =>
  new VirtualStream([{ text: numbered('a', 'b') }, { text: again }], { dialect }).run()

describe('an end marker after a resumption', () => {
  it.each<[string, Dialect<ServerSentEvent>, string]>([
    ['no value', rawEvents(), DONE],
    ['a value', lastWords, plain('end of another')],
  ])('that is %s and has the ID of an older event is of a server that went back', (_, dialect, marker) => {
    const { ends, values } = resumed(`id: a\n${marker}`, dialect)
    expect(ends).toMatchObject([{ code: 'resume_mismatch', lastEventId: 'b', resumable: false }])
    expect(values.map(({ data }) => data)).toEqual(['ea', 'eb'])
  })

  it('is told of with no more than the beginning of a long ID', () => {
    const long = 'x'.repeat(1_000)
    const { error } = new VirtualStream([
      { text: `id: ${long}\ndata: one\n\nid: b\ndata: two\n\n` },
      { text: `id: ${long}\n${DONE}` },
    ]).run()
    expect(error?.code).toBe('resume_mismatch')
    expect(error?.message.length).toBeLessThan(300)
  })

  it.each([
    ['the ID of the last', 'id: b\n'],
    ['an ID of its own', 'id: c\n'],
    ['no ID', ''],
    ['an empty ID', 'id:\n'],
  ])('that has %s is the end', (_, id) => {
    expect(resumed(id + DONE, rawEvents()).ends).toEqual(['complete'])
    const { values, ends } = resumed(id + plain('end'), lastWords)
    expect(values.map(({ data }) => data)).toEqual(['ea', 'eb', 'end'])
    expect(ends).toEqual(['complete'])
  })
})
