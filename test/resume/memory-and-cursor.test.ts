import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  done,
  ignored,
  openaiChat,
  type ResumeStrategy,
  rawEvents,
  type ServerSentEvent,
} from '../../src/index.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, FINISH, tokens } from './wire-text.ts'

const raw = rawEvents()

/** Begins anew once, then goes on after the cursor. */
function anewOnce(): ResumeStrategy {
  let asked = 0
  return {
    name: 'anew once',
    resets: true,
    resume: ({ afterCursor }) =>
      asked++ === 0 ? { type: 'reset' } : afterCursor && { type: 'continue', request: afterCursor },
  }
}

const urls = <T>({ requests }: VirtualStream<T>): string[] => requests.map(({ url }) => url)

describe('what a dialect remembers of an answer that begins anew and gives nothing', () => {
  it('is not used to go on with the one that stands, if it came in an event that is ignored', () => {
    const dialect: Dialect<ServerSentEvent, { run?: string }> = {
      ...raw,
      memory: () => ({}),
      read(event, memory) {
        if (event.event !== 'run') return raw.read(event, memory)
        memory.run = event.data
        return ignored
      },
      resume: ({ url }, _, { run }) =>
        run === undefined ? undefined : { method: 'GET', url: `${url.href}/${run}` },
    }
    const stream = new VirtualStream(
      [
        { text: 'event: run\ndata: A\n\nid: 1\ndata: a1\n\nid: 2\ndata: a2\n\n' },
        { text: 'id: 0\nevent: run\ndata: B\n\n' },
        { text: `id: 3\ndata: a3\n\n${DONE}` },
      ],
      { body: {}, dialect: dialect as Dialect<ServerSentEvent>, resume: anewOnce() },
    ).run()
    expect(urls(stream)).toEqual([
      'http://virtual.test/stream',
      'http://virtual.test/stream',
      'http://virtual.test/stream/A',
    ])
    expect(stream.values.map(({ data }) => data)).toEqual(['a1', 'a2', 'a3'])
  })

  it('is not used for it either, if it came in a value that was held back', () => {
    interface Step {
      readonly run?: string
      readonly text?: number
    }
    const dialect: Dialect<Step, { run?: string }> = {
      name: 'steps',
      memory: () => ({}),
      read({ data }, memory) {
        if (data === '[DONE]') return done()
        const step = JSON.parse(data) as Step
        if (step.run !== undefined) memory.run = step.run
        return step
      },
      isContent: ({ text }) => text !== undefined,
      idOf: ({ text }) => text?.toString(),
      resume: ({ url }, _, { run }) => ({ method: 'GET', url: `${url.href}/${run}` }),
    }
    const steps = (...all: readonly Step[]): string =>
      all.map((step) => `data: ${JSON.stringify(step)}\n\n`).join('')
    const stream = new VirtualStream<Step>(
      [
        { text: steps({ run: 'A' }, { text: 1 }, { text: 2 }) },
        { text: steps({ run: 'B' }) },
        { text: steps({ text: 3 }) + DONE },
      ],
      { body: {}, dialect: dialect as Dialect<Step>, resume: anewOnce() },
    ).run()
    expect(urls(stream).at(-1)).toBe('http://virtual.test/stream/A')
    expect(stream.values).toEqual([{ run: 'A' }, { text: 1 }, { text: 2 }, { text: 3 }])
    expect(stream.ends).toEqual(['complete'])
  })
})

describe('an event that is ignored and remembered', () => {
  const noting: Dialect<ServerSentEvent, { notes: string[] }> = {
    ...raw,
    memory: () => ({ notes: [] }),
    read(event, memory) {
      if (event.event !== 'note') return raw.read(event, memory)
      memory.notes.push(event.data)
      return ignored
    },
  }
  const first = 'id: 1\ndata: a\n\nevent: note\ndata: x\n\nid: 2\ndata: b\n\n'

  it.each([
    ['as it was', first],
    ['with an ID of its own', first.replace('event: note', 'id: 1.5\nevent: note')],
  ])('does not take the cursor from a stream when a server that goes back sends it again, %s', (_, again) => {
    const stream = new VirtualStream(
      [{ text: again }, { text: again }, { text: `id: 3\ndata: c\n\n${DONE}` }],
      { dialect: noting as Dialect<ServerSentEvent> },
    ).run()
    expect(stream.ends).toEqual(['complete'])
    expect(stream.values.map(({ data }) => data)).toEqual(['a', 'b', 'c'])
  })

  it('takes it where it comes after the last ID', () => {
    const { error } = new VirtualStream([{ text: `${first}event: note\ndata: y\n\n` }], {
      dialect: noting as Dialect<ServerSentEvent>,
    }).run()
    expect(error).toMatchObject({ resumable: false, attempt: 1 })
  })
})

describe('an empty data line', () => {
  it.each(['[DONE]', 'finish_reason'] as const)(
    'leaves a chat resumable, for there is nothing in it to remember: endMarker %s',
    (endMarker) => {
      const numbered = (id: number, block: string): string => `id: ${id}\n${block}`
      const stream = new VirtualStream(
        [{ text: `${numbered(1, tokens('One'))}data:\n\n` }, { text: numbered(2, tokens(' two')) + FINISH }],
        { body: {}, dialect: openaiChat({ endMarker }) },
      ).run()
      expect(stream.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([undefined, '1'])
      expect(stream.values).toHaveLength(3)
      expect(stream.ends).toEqual(['complete'])
    },
  )
})
