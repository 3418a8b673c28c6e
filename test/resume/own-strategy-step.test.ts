import { describe, expect, it } from 'vitest'
import {
  continueWith,
  fromEventStream,
  openaiChat,
  type ResumeStep,
  type ResumeStrategy,
  replay,
  type ServerSentEvent,
  toAsyncIterable,
} from '../../src/index.ts'
import { AT_ONCE, cut, datas, faultServer, play, tell, textsOf } from './play.ts'
import { own } from './strategies.ts'
import { DONE, FINISH, numbered, plain, tokens } from './wire-text.ts'
import { setupFailedAfterValues } from './with-delay.ts'

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
    const step = (): ResumeStep<never> => ({
      type: 'append',
      request: { url: '/rest' },
      overlap: { min: 1, max: 9 },
    })
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
      expect(seen.error).toMatchObject({
        kind: 'stream_terminated',
        reason: 'not_resumed',
        code: 'request_setup_failed',
        events: 2,
      })
      expect(seen.error?.message).toMatch(/"own" must return a step/)
      expect(seen.requests).toHaveLength(1)
    }
  })
})

describe('a step with an unknown key', () => {
  it.each<[string, unknown]>([
    ['continue', { type: 'continue', unChecked: true }],
    ['continue', { type: 'continue', isSame: () => true }],
    ['replay', { type: 'replay', overlap: { min: 1, max: 9 } }],
    ['append', { type: 'append', requests: { url: '/rest' } }],
    ['append', { type: 'append', request: { url: '/rest' }, unchecked: true }],
    ['reset', { type: 'reset', keeps: 5 }],
  ])('of a %s is refused: it would not be what it was meant to be', async (type, step) => {
    const seen = await tell(
      [plain('a'), plain('a', 'b') + DONE],
      own(() => step as never, { keeps: 100 }),
    )
    expect(seen.error).toMatchObject({ ...setupFailedAfterValues, events: 1, cause: expect.any(TypeError) })
    expect(seen.error?.message).toContain(`"own" returned a step "${type}" with an unknown "`)
    expect(seen.requests).toHaveLength(1)
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

  it('by a getter of its step is heard as well', async () => {
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
})

describe('a strategy that is none', () => {
  it('is refused at the call', () => {
    for (const wrong of ['replay', replay, continueWith, {}, { resume: 'x' }, null, 5, []])
      expect(() => fromEventStream('http://127.0.0.1', { resume: wrong as never })).toThrow(TypeError)
  })
})
