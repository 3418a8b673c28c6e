import { EMPTY, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  type Dialect,
  done,
  eventSource,
  firstOf,
  fromCursor,
  openaiChat,
  replay,
  restart,
} from '../../src/index.ts'
import { type Course, course, deeds, doneAt } from './every-call.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, numbered, plain, ROLE, tokens } from './wire-text.ts'

const chat = { body: {}, dialect: openaiChat() }

/** Its end marker is a value as well, and counts without its blank line. */
const lastWords: Dialect<string> = {
  name: 'last-words',
  read: ({ data }) => (data === '[DONE]' ? done('last') : data),
}

const courses: readonly (readonly [string, Course])[] = [
  [
    'by IDs',
    course(
      {},
      { text: numbered(1, 2) },
      { text: numbered(1, 2) },
      { text: `${numbered(3)}id: 9\n\n` },
      { text: `id: 10\n\n${numbered(11)}${DONE}` },
    ),
  ],
  [
    'by a repetition',
    course(
      { ...chat, dialect: openaiChat({ endMarker: 'finish_reason' }), resume: replay() },
      { text: ROLE + tokens('a', 'b') },
      { text: ROLE + tokens('a') },
      { text: ROLE + tokens('a', 'b', 'd') + DONE },
    ),
  ],
  [
    'by a rest that overlaps',
    course(
      {
        ...chat,
        resume: continueWith<ChatCompletionChunk>(() => ({ body: { rest: 1 } }), { overlap: true }),
      },
      { text: ROLE + tokens('hello dear world') },
      { text: ROLE + tokens('dear ') },
      { text: ROLE + tokens('dear ', 'world and ', 'more') + DONE },
    ),
  ],
  [
    'by a rest whose request is made in time',
    course(
      {
        ...chat,
        headers: async () => ({ 'x-attempt': '1' }),
        resume: continueWith<ChatCompletionChunk>(async () => ({ body: { rest: 1 } })),
      },
      { text: ROLE + tokens('a') },
      { text: ROLE },
      { text: ROLE + tokens('b') + DONE },
    ),
  ],
  [
    'by an answer that begins anew',
    course(
      { ...chat, resume: restart() },
      { text: ROLE + tokens('a') },
      { text: ROLE },
      { status: 503, headers: { 'retry-after': '1' } },
      { text: ROLE + tokens('b') + DONE },
    ),
  ],
  [
    'in one way after another',
    course(
      { resume: firstOf(fromCursor(), replay()) },
      { text: plain('x', 'y') },
      { text: plain('x', 'y') + numbered(1) },
      { text: numbered(2) + DONE },
    ),
  ],
  [
    'not at all, after what was held',
    course(chat, { text: ROLE }, { text: ROLE }, { text: `${ROLE}data: {bad\n\n` }),
  ],
  ['not at all, though it could', course({ resume: 'never' }, { text: numbered(1, 2) })],
  [
    'when a delay function says so',
    course({ ...chat, retry: { delay: () => of(1) } }, { text: ROLE }, { text: ROLE + tokens('a') + DONE }),
  ],
  [
    'never, as a delay function says',
    course({ ...chat, retry: { delay: () => EMPTY } }, { text: ROLE + ROLE }),
  ],
  [
    'up to a marker without its blank line',
    course(
      { dialect: lastWords },
      { text: numbered(1) },
      { text: `${numbered(2)}data: [DONE]`, end: 'clean' },
    ),
  ],
  [
    'as an endless feed',
    course(
      { dialect: eventSource() },
      { text: `retry: 5\n\n${numbered(1)}`, end: 'clean' },
      { text: numbered(2), end: 'clean' },
      { status: 204 },
    ),
  ],
]

describe.each(courses)('a stream that goes on %s', (_, its) => {
  it.each(deeds)('and is %s inside any call of the caller’s own code leaves nothing behind', async (deed) => {
    const flaws: string[] = []
    let number = 0
    for (;;) {
      const outcome = await doneAt(its, deed, ++number)
      if (outcome.place === undefined) break
      for (const flaw of outcome.flaws) flaws.push(`${outcome.place} (call ${number}): ${flaw}`)
    }
    expect(flaws).toEqual([])
    expect(number).toBeGreaterThan(10)
  })
})

describe('an unsubscribe', () => {
  it('inside an iterable of headers makes no request', () => {
    let stream: VirtualStream | undefined
    function* headers(): Generator<[string, string]> {
      stream?.session.stop()
      yield ['x-late', '1']
    }
    stream = new VirtualStream([{ text: DONE }], { headers })
    stream.start()
    expect([stream.requests, stream.ends]).toEqual([[], []])
  })
})
