import { describe, expect, it } from 'vitest'
import {
  continueWith,
  fromCursor,
  fromEventStream,
  type Interruption,
  openaiChat,
  type ResumeStep,
  type ResumeStrategy,
  replay,
  type ServerSentEvent,
  toAsyncIterable,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve } from '../server.ts'
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
  tell,
  textsOf,
  tokens,
} from './play.ts'
import { joining } from './wires.ts'

type At = Interruption<ServerSentEvent>
const own = (
  resume: ResumeStrategy<ServerSentEvent>['resume'],
  more: Partial<ResumeStrategy<ServerSentEvent>> = {},
): { resume: ResumeStrategy<ServerSentEvent> } => ({ resume: { name: 'own', resume, ...more } })

describe('what a strategy is told', () => {
  it('is where the stream stands', async () => {
    const told: At[] = []
    const config = own(
      (at) => {
        told.push(at)
        return undefined
      },
      { keeps: 100 },
    )
    await play([cut(`${numbered(1)}data: x\n\n`)], { ...config, body: { q: 1 } })
    await play([cut(numbered(1, 2))], config)
    expect(told).toHaveLength(2)
    const [without, exact] = told as [At, At]
    expect(without).toMatchObject({ events: 2, afterCursor: undefined, text: '' })
    expect(datas(without.values as ServerSentEvent[])).toEqual(['e1', 'x'])
    expect(without.request).toMatchObject({ method: 'POST', body: { q: 1 } })
    expect(without.error).toMatchObject({ reason: 'socket_closed', resumable: false })
    expect(exact.afterCursor).toEqual({ headers: { 'last-event-id': '2' } })
    expect(exact.error).toMatchObject({ resumable: true, lastEventId: '2' })
  })

  it('is no values unless it keeps them', async () => {
    for (const more of [{}, { keeps: 0 }, { keeps: 3 }]) {
      const told: unknown[] = []
      await play(
        [cut(plain('ab', 'cd'))],
        own((at) => {
          told.push(at.values, at.text)
          return undefined
        }, more),
      )
      expect(told).toEqual([undefined, ''])
    }
  })

  it('comes once for each interruption, and not for what may not be tried again', async () => {
    let calls = 0
    const config = own((at) => {
      calls++
      return fromCursor().resume(at) as ResumeStep<ServerSentEvent>
    })
    await play([numbered(1), numbered(2), numbered(3), numbered(4) + DONE], config)
    expect(calls).toBe(3)
    calls = 0
    await play([numbered(1), plain('{"error":{"code":"unsafe_content","type":"t","message":"m"}}')], config)
    expect(calls).toBe(1)
    calls = 0
    await play([cut(numbered(1))], { ...config, retry: false })
    await play([cut('')], { ...config, retry: { ...AT_ONCE, count: 1 } })
    expect(calls).toBe(0)
  })
})

describe('a composed strategy', () => {
  const composed = own((at) => fromCursor().resume(at) ?? replay<ServerSentEvent>().resume(at), {
    keeps: 1_000,
  })

  it('takes the cursor where it can, and compares where it cannot', async () => {
    const answers = [
      plain('a', 'b'),
      plain('a', 'b', 'c'),
      plain('a', 'b', 'c') + numbered(4),
      numbered(5) + DONE,
    ]
    const seen = await tell(answers, composed)
    expect(datas(seen.values)).toEqual(['a', 'b', 'c', 'e4', 'e5'])
    expect(seen.requests.map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      undefined,
      undefined,
      '4',
    ])
    expect(seen.story.filter((line) => line.startsWith('connecting'))).toEqual([
      'connecting 1',
      'connecting 2 own',
      'connecting 3 own',
      'connecting 4 own',
    ])
  })

  it('finds out on either way that the stream is another', async () => {
    const compared = await play([plain('a', 'b'), plain('a', 'x') + DONE], composed)
    expect(compared.error).toMatchObject({ code: 'replay_mismatch' })
    const continued = await play([numbered(1, 2), plain('a') + DONE], composed)
    expect(continued.error).toMatchObject({ code: 'resume_mismatch' })
  })

  it('may ask for the rest in place of comparing', async () => {
    const seen = await play(
      [numbered(1), `${numbered(2)}data: x\n\n`, plain('y') + DONE],
      own((at) => fromCursor().resume(at) ?? continueWith(() => ({ url: '/rest' })).resume(at as never), {
        keeps: 1_000,
      }),
    )
    expect(datas(seen.values)).toEqual(['e1', 'e2', 'x', 'y'])
    expect(seen.requests.map(({ url, headers }) => [url, headers['last-event-id']])).toEqual([
      ['/', undefined],
      ['/', '1'],
      ['/rest', undefined],
    ])
  })

  it('that keeps nothing has nothing to compare: the failure is emitted', async () => {
    const seen = await play(
      [plain('a'), plain('a', 'b') + DONE],
      own((at) => fromCursor().resume(at) ?? replay<ServerSentEvent>().resume(at)),
    )
    expect(seen.error).toMatchObject({ reason: 'socket_closed', events: 1, attempt: 1 })
  })
})

describe('a step', () => {
  it('may be unchecked: IDs that repeat are believed', async () => {
    const answers = [numbered(1, 2), numbered(1, 2) + DONE]
    const seen = await play(
      answers,
      own(({ afterCursor }) => ({ type: 'continue', request: afterCursor, unchecked: true })),
    )
    expect(datas(seen.values)).toEqual(['e1', 'e2', 'e1', 'e2'])
    const checked = await play(
      answers,
      own(({ afterCursor }) => ({ type: 'continue', request: afterCursor })),
    )
    expect(datas(checked.values)).toEqual(['e1', 'e2'])
    expect(checked.completed).toBe(true)
  })

  it('may continue at another place', async () => {
    const seen = await play(
      [numbered(1, 2), numbered(3) + DONE],
      own(({ request, events }) => {
        request.url.searchParams.set('from', String(events))
        return { type: 'continue', request: { url: request.url } }
      }),
    )
    expect(datas(seen.values)).toEqual(['e1', 'e2', 'e3'])
    expect(seen.requests.map(({ url }) => url)).toEqual(['/', '/?from=2'])
  })

  it('may come as a promise', async () => {
    const seen = await play(
      [plain('a'), plain('a', 'b') + DONE],
      own(async (at) => replay<ServerSentEvent>().resume(at), { keeps: 10 }),
    )
    expect(datas(seen.values)).toEqual(['a', 'b'])
  })

  it('cannot continue after nothing: without a request of its own and an exact cursor it is refused', async () => {
    for (const first of [plain('a', 'b'), `${numbered(1)}data: b\n\n`]) {
      const seen = await play(
        [first, plain('x', 'b', 'c') + DONE],
        own(() => ({ type: 'continue' })),
      )
      expect(seen.error).toMatchObject({ code: 'request_setup_failed' })
      expect(seen.values).toHaveLength(2)
    }
  })

  it('that resets is refused where only values are told', async () => {
    const reset = own(() => ({ type: 'reset' }))
    const seen = await play([plain('a'), plain('a', 'b') + DONE], reset)
    expect(datas(seen.values)).toEqual(['a'])
    expect(seen.error).toMatchObject({
      code: 'request_setup_failed',
      events: 1,
      cause: expect.any(TypeError),
    })
    expect(seen.requests).toHaveLength(1)
    const server = await faultServer([cut(plain('a')), { fixture: plain('a', 'b') + DONE }])
    const pulled: string[] = []
    const pull = async (): Promise<void> => {
      for await (const { data } of toAsyncIterable(server.url, { ...reset, retry: AT_ONCE }))
        pulled.push(data)
    }
    await expect(pull()).rejects.toMatchObject({ code: 'request_setup_failed' })
    expect(pulled).toEqual(['a'])
  })

  it('that resets works with signals, also where the strategy does not say so', async () => {
    const seen = await tell(
      [plain('a'), plain('b') + DONE],
      own(() => ({ type: 'reset' })),
    )
    expect(seen.story.slice(-2)).toEqual(['reset 2', 'value b'])
  })

  it('that replays without the values is refused', async () => {
    for (const more of [{}, { keeps: 1 }]) {
      const seen = await play(
        [plain('a', 'b'), plain('a', 'b', 'c') + DONE],
        own(() => ({ type: 'replay' }), more),
      )
      expect(datas(seen.values)).toEqual(['a', 'b'])
      expect(seen.error).toMatchObject({ code: 'request_setup_failed', events: 2 })
      expect(seen.error?.message).toContain('keeps')
    }
  })

  it('that trims without the text, or on a wire that has none, is refused', async () => {
    const step = (): ResumeStep<never> => ({ type: 'append', request: {}, overlap: { min: 1, max: 9 } })
    const strategy: ResumeStrategy = { name: 'own', resume: step }
    const answers = [tokens('One two'), tokens('two three') + FINISH]
    const seen = await play(answers, { dialect: openaiChat(), resume: strategy as never })
    expect(textsOf(seen.values)).toEqual(['One two'])
    expect(seen.error).toMatchObject({ code: 'request_setup_failed' })
    const kept = await play(answers, {
      dialect: openaiChat(),
      resume: { ...strategy, keeps: 9_999 } as never,
    })
    expect(textsOf(kept.values).join('')).toBe('One two three')
    const raw = await play([plain('a b'), plain('b c') + DONE], own(step, { keeps: 100 }))
    expect(datas(raw.values)).toEqual(['a b'])
    expect(raw.error).toMatchObject({ code: 'request_setup_failed' })
  })

  it.each<[string, unknown]>([
    ['an unknown type', { type: 'nonsense' }],
    ['a text', 'replay'],
    ['an object without a type', {}],
    ['null', null],
    ['a number', 5],
    ['true', true],
    ['false', false],
    ['an array', []],
    ['a function', () => ({ type: 'append' })],
    ['a type that every object has', { type: 'constructor' }],
    ['a strategy', replay()],
  ])('that is %s ends the stream with an error that says so, at once or as a promise', async (_, step) => {
    for (const given of [step, Promise.resolve(step)]) {
      const seen = await play(
        [plain('a', 'b'), plain('a', 'b', 'c') + DONE],
        own(() => given as never, { keeps: 100 }),
      )
      expect(datas(seen.values)).toEqual(['a', 'b'])
      expect(seen.error).toMatchObject({ kind: 'request_failed', code: 'request_setup_failed', events: 2 })
      expect(seen.error?.message).toMatch(/"own" must return a step/)
      expect(seen.requests).toHaveLength(1)
    }
  })
})

describe('a strategy that fails', () => {
  it.each<[string, unknown]>([
    ['an error', new Error('mine')],
    ['a text', 'mine'],
    ['undefined', undefined],
  ])('by throwing %s, at once or later, ends with request_setup_failed', async (_, thrown) => {
    for (const fail of [
      () => {
        throw thrown
      },
      async () => {
        throw thrown
      },
    ]) {
      const seen = await play([plain('a'), plain('b') + DONE], own(fail))
      expect(datas(seen.values)).toEqual(['a'])
      expect(seen.error).toMatchObject({ code: 'request_setup_failed', events: 1 })
      expect(seen.error?.cause).toBe(thrown)
      expect(seen.requests).toHaveLength(1)
    }
  })

  it('by a getter is heard as well', async () => {
    const step = Object.defineProperty({}, 'type', {
      get() {
        throw new Error('getter')
      },
    })
    const seen = await play(
      [plain('a'), DONE],
      own(() => step as never),
    )
    expect(seen.error).toMatchObject({ code: 'request_setup_failed' })
  })

  it('is refused at the call if it is none', () => {
    for (const wrong of ['replay', replay, continueWith, {}, { resume: 'x' }, null, 5, []])
      expect(() => fromEventStream('http://127.0.0.1', { resume: wrong as never })).toThrow(TypeError)
  })
})

describe("a dialect's memory across attempts", () => {
  /** A server that sends of its log what comes after the ID that it is asked for, up to so many events, then cuts. */
  async function playLog(
    log: readonly { id?: number; data: string }[],
    ends: readonly number[],
  ): Promise<readonly string[]> {
    const server = await serve((req, res, n) => {
      const asked = Number(req.headers['last-event-id'] ?? 0)
      const from = log.findIndex(({ id }) => id === asked) + 1
      const end = ends[n - 1]
      res.writeHead(200, SSE)
      const text = log
        .slice(from, end)
        .map(({ id, data }) => `${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
        .join('')
      if (end === undefined) res.end(text + DONE)
      else res.write(text, () => setTimeout(() => res.socket?.destroy(), 10))
    })
    const seen = await collect(fromEventStream(server.url, { dialect: joining, retry: AT_ONCE }))
    return seen.values
  }

  it('goes on with what was begun', async () => {
    const log = ['One.', 'Hel', 'lo', '!.'].map((data, index) => ({ id: index + 1, data }))
    expect(await playLog(log, [2])).toEqual(['One.', 'Hello!.'])
  })

  it('does not hold a piece twice that is sent again after a second cut', async () => {
    const log = ['One.', 'Hel', 'lo', '!.'].map((data, index) => ({ id: index + 1, data }))
    // Or it is not resumed at all.
    expect([['One.'], ['One.', 'Hello!.']]).toContainEqual(await playLog(log, [2, 3]))
  })

  it('does not hold a piece twice that had no ID', async () => {
    const log = [
      { id: 1, data: 'One.' },
      { data: 'Two.' },
      { id: 2, data: 'Three.' },
      { data: 'Hel' },
      { data: 'lo.' },
    ]
    // Or it is not resumed at all.
    expect([
      ['One.', 'Two.', 'Three.'],
      ['One.', 'Two.', 'Three.', 'Hello.'],
    ]).toContainEqual(await playLog(log, [4]))
  })
})
