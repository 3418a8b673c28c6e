import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  type ChatCompletionChunk,
  type Dialect,
  done,
  eventSource,
  fromCursor,
  fromEventStream,
  openaiChat,
  type ReplayMismatch,
  type ResumeStrategy,
  replay,
  type ServerSentEvent,
} from '../../src/index.ts'
import { gatewayError } from '../../src/testing/index.ts'
import { pieces, runInMemory } from './in-memory.ts'
import {
  AT_ONCE,
  cut,
  DONE,
  datas,
  FINISH,
  faultServer,
  numbered,
  plain,
  play,
  ROLE,
  tell,
  textsOf,
  tokens,
} from './play.ts'
import { blockStart, joining, messageStart, messageStop, runChunk, textDelta, wires } from './wires.ts'

const mismatchOf = (error: unknown): ReplayMismatch => (error as { mismatch: ReplayMismatch }).mismatch

describe.each(wires)('the same answer again on $name', ({ dialect, blocks, end, count, noise }) => {
  const upTo = (n: number, between = ''): string => blocks.slice(0, n).join(between) + between
  const whole = blocks.join('') + end
  const config = { dialect, resume: replay() }

  it('gives each value once, wherever it was cut', async () => {
    const { values } = await play([whole], { dialect })
    expect(values).toHaveLength(count)
    for (let at = 0; at <= blocks.length; at++) {
      const seen = await play([upTo(at), whole], config)
      expect([at, seen.completed, seen.error]).toEqual([at, true, undefined])
      expect(seen.values).toEqual(values)
    }
  })

  it('gives each value once though it is cut several times, also while it is passed over', async () => {
    const { values } = await play([whole], { dialect })
    const seen = await play([upTo(4), upTo(1), upTo(3), upTo(5), upTo(2), upTo(5), whole], config)
    expect(seen.completed).toBe(true)
    expect(seen.values).toEqual(values)
    expect(seen.requests).toHaveLength(7)
  })

  it('does not mind pings, comments and empty data between', async () => {
    const { values } = await play([whole], { dialect })
    const seen = await play([upTo(4, noise), noise + upTo(3), upTo(5, noise + noise) + end], config)
    expect(seen.completed).toBe(true)
    expect(seen.values).toEqual(values.filter((_, index) => index !== 5 || blocks.length === 5))
  })

  it('counts a cut while it is passed over as no progress', async () => {
    const seen = await play([upTo(4), ...Array.from({ length: 9 }, () => upTo(4))], config)
    expect(seen.values).toHaveLength(4)
    expect(seen.error).toMatchObject({ reason: 'socket_closed', events: 4, attempt: 4 })
    expect(seen.requests).toHaveLength(4)
  })

  it('is found out to be another at the first value that differs', async () => {
    for (let at = 0; at < 5; at++) {
      const seen = await play([upTo(5), upTo(at) + (blocks[(at + 1) % 5] as string) + upTo(5) + end], config)
      const replaced = (blocks[(at + 1) % 5] as string) === blocks[at]
      if (replaced) continue
      const first = await play([upTo(5)], { dialect, retry: false })
      expect(seen.values).toEqual(first.values)
      expect(seen.error).toMatchObject({ code: 'replay_mismatch', retryable: false, events: 5, attempt: 2 })
      const { index, delivered, received } = mismatchOf(seen.error)
      expect([index, delivered]).toEqual([at, first.values[at]])
      expect(received).toEqual(first.values[(at + 1) % 5])
    }
  })

  it('is found out to be shorter', async () => {
    for (let at = 0; at < 5; at++) {
      const seen = await play([upTo(5), upTo(at) + end], config)
      const first = await play([upTo(5)], { dialect, retry: false })
      expect([at, seen.completed]).toEqual([at, false])
      expect(seen.values).toEqual(first.values)
      expect(seen.error).toMatchObject({ code: 'replay_mismatch', events: 5 })
      expect(mismatchOf(seen.error)).toMatchObject({ index: at, delivered: first.values[at] })
    }
  })
})

describe('replay on an endless feed', () => {
  const config = { dialect: eventSource(), resume: replay<ServerSentEvent>(), retry: AT_ONCE } as const

  it('passes over what it has, also after a response that is over', async () => {
    const answers = [
      plain('a', 'b'),
      { fixture: plain('a', 'b', 'c') },
      plain('a'),
      plain('a', 'b', 'c', 'd'),
    ]
    const seen = await play(
      [...answers.map((one) => (typeof one === 'string' ? cut(one) : one)), { status: 204 }],
      config,
    )
    expect(datas(seen.values)).toEqual(['a', 'b', 'c', 'd'])
    expect(seen.completed).toBe(true)
  })

  it('ends with the first difference', async () => {
    const seen = await play([cut(plain('a', 'b')), cut(plain('a', 'x'))], config)
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 1 } })
    expect(datas(seen.values)).toEqual(['a', 'b'])
  })
})

describe('replay', () => {
  it('shows each way in the connecting signals, and no event twice', async () => {
    const { story } = await tell([plain('a', 'b'), plain('a'), plain('a', 'b', 'c') + DONE], {
      resume: replay(),
    })
    expect(story).toEqual([
      'connecting 1',
      'open 1',
      'value a',
      'value b',
      'waiting 1',
      'connecting 2 replay',
      'open 2',
      'waiting 2',
      'connecting 3 replay',
      'open 3',
      'value c',
    ])
  })

  it('repeats the request before the first value', async () => {
    const { story } = await tell(['', plain('a') + DONE], { resume: replay() })
    expect(story).toContain('connecting 2')
  })

  it('asks with the same method, body and key', async () => {
    const { requests } = await play([plain('a'), plain('a', 'b') + DONE], {
      resume: replay(),
      body: { stream: true },
      idempotencyKey: true,
    })
    expect(requests.map(({ method, body }) => `${method} ${body}`)).toEqual(
      Array(2).fill('POST {"stream":true}'),
    )
    const [first, second] = requests.map(({ headers }) => headers['idempotency-key'])
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).toBe(first)
  })

  it('asks each time from the lastEventId of the config, whatever IDs came since', async () => {
    const answers = [numbered(6, 7), numbered(6), numbered(6, 7, 8), numbered(6, 7, 8, 9) + DONE]
    const seen = await play(answers, { resume: replay(), lastEventId: '5' })
    expect(datas(seen.values)).toEqual(['e6', 'e7', 'e8', 'e9'])
    expect(seen.requests.map(({ headers }) => headers['last-event-id'])).toEqual(['5', '5', '5', '5'])
  })

  it('fails over an answer whose IDs are others, if only what it says is the same', async () => {
    const seen = await tell(
      [numbered(1, 2), `id: x1\ndata: e1\n\nid: x2\ndata: e2\n\nid: x3\ndata: e3\n\n${DONE}`],
      {
        resume: replay(),
      },
    )
    expect(seen.completed).toBe(true)
    expect(datas(seen.values)).toEqual(['e1', 'e2', 'e3'])
    expect(seen.signals.at(-1)).toMatchObject({ type: 'value', lastEventId: 'x3' })
  })

  it('takes another run of the model for the same if the text is: not its id, times and paddings', async () => {
    const run = (name: string, ...texts: string[]): string =>
      texts.map((text) => runChunk(text, name)).join('')
    const config = { dialect: openaiChat(), resume: replay() }
    const seen = await play([run('a', 'One', ' two'), run('bcd', 'One', ' two', ' three') + FINISH], config)
    expect(seen.completed).toBe(true)
    expect(textsOf(seen.values).join('')).toBe('One two three')
    const other = await play([run('a', 'One', ' two'), run('bcd', 'One', ' too', ' three') + FINISH], config)
    expect(mismatchOf(other.error)).toMatchObject({ index: 1 })
    const strict = { ...config, resume: replay<ChatCompletionChunk>({ isSame: (a, b) => a.id === b.id }) }
    const byId = await play([run('a', 'One'), run('bcd', 'One') + FINISH], strict)
    expect(mismatchOf(byId.error)).toMatchObject({ index: 0 })
  })

  it('takes another run of the model for the same on Anthropic too', async () => {
    const config = { dialect: anthropicMessages(), resume: replay() }
    const run = (id: string, ...texts: string[]): string =>
      messageStart(id, id.length) + blockStart + texts.map(textDelta).join('')
    const seen = await play([run('msg_1', 'a'), run('msg_other', 'a', 'b') + messageStop], config)
    expect([seen.completed, seen.values.length]).toEqual([true, 5])
  })

  it('takes a message_stop that comes too early for a difference', async () => {
    const config = { dialect: anthropicMessages(), resume: replay() }
    const begin = messageStart() + blockStart
    const seen = await play(
      [begin + textDelta('a') + textDelta('b'), begin + textDelta('a') + messageStop],
      config,
    )
    expect(seen.completed).toBe(false)
    expect(seen.values).toHaveLength(4)
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 3, received: undefined } })
  })

  it('takes a finish_reason that comes too early for a difference, where that ends a stream', async () => {
    const config = { dialect: openaiChat({ endMarker: 'finish_reason' }), resume: replay() }
    const finished = FINISH.replace(DONE, '')
    const seen = await play([tokens('a', 'b', 'c'), tokens('a') + finished], config)
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 1 } })
    const whole = await play([tokens('a', 'b'), tokens('a', 'b') + finished], config)
    expect([whole.completed, whole.values.length]).toEqual([true, 3])
  })

  it('tells an error of the server that comes while it passes over, and goes on after it if that may be tried again', async () => {
    const failure = (code: string): string =>
      plain(JSON.stringify({ error: { code, type: 't', message: 'm' } }))
    const config = { dialect: openaiChat(), resume: replay() }
    const final = await play([tokens('a', 'b'), tokens('a') + failure('unsafe_content')], config)
    expect(final.error).toMatchObject({ kind: 'stream_error', code: 'unsafe_content', events: 2 })
    const again = await play(
      [tokens('a', 'b'), tokens('a') + failure('model_overloaded'), tokens('a', 'b') + FINISH],
      config,
    )
    expect([again.completed, textsOf(again.values).join('')]).toEqual([true, 'ab'])
    const busy = await play(
      [tokens('a', 'b'), gatewayError('model_overloaded'), tokens('a', 'b') + FINISH],
      config,
    )
    expect([busy.completed, textsOf(busy.values).join('')]).toEqual([true, 'ab'])
  })

  it('tells an event that cannot be read while it passes over', async () => {
    const seen = await play([tokens('a', 'b'), `${tokens('a')}data: {oops\n\n`], {
      dialect: openaiChat(),
      resume: replay(),
    })
    expect(textsOf(seen.values)).toEqual(['a', 'b'])
    expect(seen.error).toMatchObject({ code: 'malformed_event' })
  })

  it('emits the failure itself once more was delivered than it keeps', async () => {
    const resume = replay({ maxKept: 5 })
    const kept = await play([plain('ab', 'cd', 'e'), plain('ab', 'cd', 'e', 'f') + DONE], { resume })
    expect(kept.completed).toBe(true)
    const more = await play([plain('ab', 'cd', 'ef'), plain('ab', 'cd', 'ef') + DONE], { resume })
    expect(more.error).toMatchObject({
      code: 'stream_terminated',
      reason: 'socket_closed',
      events: 3,
      attempt: 1,
    })
    expect(more.requests).toHaveLength(1)
    // Not forgotten for good only because the next one would fit again.
    const late = await play([plain('ab', 'cd', 'e'), plain('ab', 'cd', 'e', 'f'), DONE], { resume })
    expect(late.error).toMatchObject({ reason: 'socket_closed', events: 4, attempt: 2 })
  })

  it('goes by the isSame that it is given', async () => {
    const calls: unknown[][] = []
    const resume = replay<ServerSentEvent>({
      isSame: (delivered, again) => {
        calls.push([delivered.data, again.data])
        return delivered.data.toLowerCase() === again.data.toLowerCase()
      },
    })
    const seen = await play([plain('a', 'b'), plain('A', 'B', 'C') + DONE], { resume })
    expect(datas(seen.values)).toEqual(['a', 'b', 'C'])
    expect(calls).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ])
  })

  it('takes an isSame that throws for a difference, and keeps what it threw', async () => {
    const cause = new Error('no')
    const resume = replay<ServerSentEvent>({
      isSame: () => {
        throw cause
      },
    })
    const seen = await play([plain('a'), plain('a', 'b') + DONE], { resume })
    expect(datas(seen.values)).toEqual(['a'])
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', cause, mismatch: { index: 0 } })
  })

  it('compares with the values as they are: a consumer that has changed one gets an error and no splice', async () => {
    const server = await faultServer([cut(plain('a', 'b')), { fixture: plain('a', 'b', 'c') + DONE }])
    const values: string[] = []
    const error = await new Promise((resolve) => {
      fromEventStream(server.url, { resume: replay(), retry: AT_ONCE }).subscribe({
        next: (value) => {
          values.push(value.data)
          if (value.data === 'b') Object.assign(value, { data: 'changed' })
        },
        error: resolve,
        complete: () => resolve(undefined),
      })
    })
    expect(values).toEqual(['a', 'b'])
    expect(error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 1 } })
  })

  it('reads with a fresh memory each time', async () => {
    const config = { dialect: joining, resume: replay<string>() }
    const answer = ['Hel', 'lo.', 'How', ' are', ' you.', 'Bye.']
    for (let first = 0; first <= answer.length; first++) {
      for (const second of [0, 1, 3, 4]) {
        const seen = await play(
          [plain(...answer.slice(0, first)), plain(...answer.slice(0, second)), plain(...answer) + DONE],
          config,
        )
        expect([seen.completed, seen.values]).toEqual([true, ['Hello.', 'How are you.', 'Bye.']])
      }
    }
  })

  it('refuses wrong options at the call', () => {
    for (const wrong of [
      { isSame: 'same' },
      { maxKept: 0 },
      { maxKept: '5' },
      { maxKept: Number.NaN },
      { isSame: null },
    ])
      expect(() => replay(wrong as never)).toThrow(TypeError)
  })
})

describe('replay after IDs', () => {
  const either: ResumeStrategy = {
    name: 'either',
    keeps: 1_000,
    resume: (at) => fromCursor().resume(at) ?? replay().resume(at),
  }

  it('goes on from the IDs of the answer that was compared', async () => {
    const seen = await play([plain('e1', 'e2'), numbered(1, 2, 3), numbered(4) + DONE], { resume: either })
    expect(datas(seen.values)).toEqual(['e1', 'e2', 'e3', 'e4'])
    expect(seen.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, undefined, '3'])
  })

  it('a server that goes back by IDs of a repetition is followed, or found out', async () => {
    const seen = await play([plain('e1', 'e2'), numbered(1, 2, 3), numbered(1, 2, 3, 4) + DONE], {
      resume: either,
    })
    expect(datas(seen.values).filter((data) => data === 'e1')).toEqual(['e1'])
  })
})

describe('replay from a lastEventId', () => {
  it('gives events without an ID the same last event ID as before', async () => {
    const asItIs: Dialect<ServerSentEvent> = {
      name: 'as-it-is',
      read: (event) => (event.data === '[DONE]' ? done() : { ...event }),
    }
    const seen = await play([plain('a', 'b'), plain('a', 'b', 'c') + DONE], {
      dialect: asItIs,
      resume: replay<ServerSentEvent>(),
      lastEventId: '5',
    })
    expect(seen.error).toBeUndefined()
    expect(seen.values.map(({ id }) => id)).toEqual(['5', '5', '5'])
  })
})

/** A random answer as data lines; few different ones, so that a shift by one is no difference here and there. */
const answers = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 })
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })

describe('replay, whatever the answers', () => {
  it('delivers the first answer once, or a part from its beginning and the exact first difference', () => {
    fc.assert(
      fc.property(
        answers,
        fc.nat(12),
        fc.array(fc.nat(12), { maxLength: 6 }),
        fc.option(fc.record({ at: fc.nat(12), by: fc.constantFrom('a', 'b', 'c', 'end'), from: fc.nat(6) })),
        shares,
        fc.boolean(),
        (first, firstCut, cuts, change, chunking, ids) => {
          const block = (data: string, index: number): string =>
            `${ids ? `id: ${index}-${data}\n` : ''}data: ${data}\n\n`
          const lengths = [firstCut, ...cuts].map((length) => Math.min(length, first.length))
          const given = (n: number): string[] => {
            if (change === null || n <= change.from + 1) return first
            const at = Math.min(change.at, first.length)
            return change.by === 'end'
              ? first.slice(0, at)
              : [...first.slice(0, at), change.by, ...first.slice(at + 1)]
          }
          const outcome = runInMemory<ServerSentEvent>(
            (_, n) => {
              const length = lengths[n - 1]
              const answer = given(n)
              const text = answer.slice(0, length).map(block).join('')
              const isCut = length !== undefined && length < answer.length
              return { chunks: pieces(isCut ? text : text + DONE, chunking), end: isCut ? 'cut' : 'clean' }
            },
            { resume: replay(), retry: { ...AT_ONCE, count: 20 } },
          )
          const { values, completed, error, endings, requests } = outcome
          expect(endings).toBe(1)
          // The oracle: play it by hand.
          const expected: string[] = []
          let expectedMismatch: { index: number; received: string | undefined } | undefined
          let isWhole = false
          for (let n = 1; !isWhole && expectedMismatch === undefined; n++) {
            const answer = given(n)
            const length = lengths[n - 1] ?? answer.length
            const had = expected.length
            for (const [index, data] of answer.slice(0, length).entries()) {
              if (index >= had) expected.push(data)
              else if (expected[index] !== data) {
                expectedMismatch = { index, received: data }
                break
              }
            }
            if (expectedMismatch !== undefined || length < answer.length) continue
            if (answer.length < had) expectedMismatch = { index: answer.length, received: undefined }
            else isWhole = true
          }
          expect(datas(values)).toEqual(expected)
          expect(completed).toBe(isWhole)
          if (expectedMismatch === undefined) {
            expect(error).toBeUndefined()
          } else {
            const { index, delivered, received } = mismatchOf(error)
            expect(index).toBe(expectedMismatch.index)
            expect(delivered).toEqual(values[index])
            expect((received as ServerSentEvent | undefined)?.data).toBe(expectedMismatch.received)
          }
          expect(requests.every(({ headers }) => !headers.has('last-event-id'))).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('does so over sockets, cut at any byte', async () => {
    const whole = ROLE + tokens('Two', ' 🌊', ' waves', '.') + FINISH
    const bytes = Buffer.from(whole)
    const { values } = await play([whole], { dialect: openaiChat() })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length - 1), { minLength: 1, maxLength: 3 }), async (cuts) => {
        const answers = cuts.map(
          (at) => ({ fixture: whole, fault: { type: 'fin', after: { bytes: at } } }) as const,
        )
        const seen = await play([...answers, whole], { dialect: openaiChat(), resume: replay() })
        expect(seen.error).toBeUndefined()
        expect(seen.values).toEqual(values)
      }),
      { numRuns: 25 },
    )
  })
})
