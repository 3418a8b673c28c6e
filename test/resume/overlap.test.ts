import { describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  type ChatCompletionChunk,
  continueWith,
  openaiChat,
  type ResumeStrategy,
} from '../../src/index.ts'
import { AT_ONCE, cut, play, textsOf } from './play.ts'
import { overlapping } from './strategies.ts'
import {
  blockStart,
  chatError,
  DONE,
  FINISH,
  messageStart,
  messageStop,
  PING,
  plain,
  ROLE,
  textDelta,
  tokens,
} from './wire-text.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog'

const chat = (resume: ResumeStrategy<ChatCompletionChunk> = overlapping()) => ({
  dialect: openaiChat(),
  resume,
  retry: { ...AT_ONCE, count: 2 },
})

describe('a continuation that repeats the end of the text', () => {
  it('is delivered without that, however it is cut into tokens', async () => {
    for (const second of [
      ['jumps over the lazy dog'],
      ['jum', 'ps ', 'over', ' the lazy', ' dog'],
      [...'jumps over the lazy dog'],
    ]) {
      const seen = await play(
        [tokens('The quick', ' brown fox jumps over'), tokens(...second) + FINISH],
        chat(),
      )
      expect(textsOf(seen.values).join('')).toBe(TEXT)
      expect(seen.completed).toBe(true)
    }
  })

  it('keeps the values that have no text, in their places', async () => {
    const usage = plain(JSON.stringify({ choices: [], usage: { total_tokens: 1 } }))
    const seen = await play(
      [ROLE + tokens('The quick brown fox'), ROLE + tokens('brown') + usage + tokens(' fox jumps') + FINISH],
      chat(),
    )
    expect(textsOf(seen.values)).toEqual(['', 'The quick brown fox', '', '', '', ' jumps', ''])
    expect(seen.values[4]).toMatchObject({ usage: { total_tokens: 1 } })
  })

  it('leaves a repetition that is shorter than min, and one that is longer than max', async () => {
    const answers = ['The quick brown fox', 'brown fox jumps'] as const
    const run = async (min: number, max: number): Promise<string> => {
      const [first, second] = answers
      const seen = await play(
        [tokens(first), tokens(second) + FINISH],
        chat(overlapping({ overlap: { min, max } })),
      )
      return textsOf(seen.values).join('')
    }
    expect(await run(9, 9)).toBe('The quick brown fox jumps')
    expect(await run(10, 400)).toBe('The quick brown foxbrown fox jumps')
    expect(await run(1, 8)).toBe('The quick brown foxbrown fox jumps')
  })

  it('is trimmed by the text so far, each of several', async () => {
    const seen = await play(
      [
        tokens('The quick brown'),
        tokens('quick brown fox jumps'),
        tokens('fox jumps over the'),
        tokens('over the lazy dog') + FINISH,
      ],
      chat(),
    )
    expect(textsOf(seen.values).join('')).toBe(TEXT)
    expect(seen.requests).toHaveLength(4)
  })

  it('is trimmed on Anthropic too', async () => {
    const seen = await play(
      [
        messageStart() + blockStart + textDelta('The quick brown fox'),
        messageStart() +
          blockStart +
          PING +
          textDelta('brown') +
          PING +
          textDelta(' fox jumps') +
          messageStop,
      ],
      {
        dialect: anthropicMessages(),
        resume: continueWith(() => ({ url: '/rest' }), { overlap: true }),
        retry: AT_ONCE,
      },
    )
    expect(seen.completed).toBe(true)
    const texts = seen.values.map((value) => (anthropicMessages().text as (v: unknown) => string)(value))
    expect(texts.join('')).toBe('The quick brown fox jumps')
  })

  it('does not change the text of other choices', async () => {
    const two = plain(
      JSON.stringify({
        choices: [
          { index: 1, delta: { content: 'brown fox' } },
          { index: 0, delta: { content: 'brown fox jumps' } },
        ],
      }),
    )
    const seen = await play([tokens('The quick brown fox'), two + FINISH], chat())
    expect(seen.values[1]?.choices.map(({ delta }) => delta.content)).toEqual(['brown fox', ' jumps'])
  })
})

describe('a continuation of which it is not known yet whether it repeats', () => {
  it('gives all that is held if the end marker comes: it was the text', async () => {
    const seen = await play([tokens('The quick brown fox'), tokens('brown') + FINISH], chat())
    expect(textsOf(seen.values).join('')).toBe('The quick brown foxbrown')
    expect(seen.completed).toBe(true)
  })

  it('forgets what is held if it is cut, and asks again with the same text', async () => {
    const partials: string[] = []
    const resume = continueWith<ChatCompletionChunk>(
      ({ text }) => {
        partials.push(text)
        return { url: '/rest' }
      },
      { overlap: true },
    )
    const seen = await play(
      [
        tokens('The quick brown fox'),
        ROLE + tokens('brown'),
        tokens('br'),
        tokens('brown fox jumps') + FINISH,
      ],
      { ...chat(resume), retry: AT_ONCE },
    )
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox jumps')
    expect(partials).toEqual(Array(3).fill('The quick brown fox'))
  })

  it('forgets what is held also if the server reports an error that may be tried again', async () => {
    const seen = await play(
      [
        tokens('The quick brown fox'),
        tokens('brown') + chatError('model_overloaded') + DONE,
        tokens('brown fox jumps') + FINISH,
      ],
      chat(),
    )
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox jumps')
  })

  it.each([
    ['is cut', [tokens('brown f')]],
    ['has an error in it', [tokens('brown f') + chatError('unsafe_content')]],
  ])('does not double what stands at the end of the text if it is the last and %s', async (_, last) => {
    const seen = await play([tokens('The quick brown fox'), ...last, cut(tokens('brown f'))], {
      ...chat(),
      retry: { ...AT_ONCE, count: 1 },
    })
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox')
    expect(seen.error?.events).toBe(seen.values.length)
  })

  it('gives what is certainly new before the last failure', async () => {
    const further = await play([tokens('The quick brown fox'), cut(tokens('brown fox jumps')), ''], {
      ...chat(),
      retry: { ...AT_ONCE, count: 1 },
    })
    expect(textsOf(further.values).join('')).toBe('The quick brown fox jumps')
    expect(further.error).toMatchObject({ events: 2 })
  })

  it('is not decided about by an ID that comes without a value', async () => {
    for (const second of [
      `id: 7\n\n${tokens('brown fox jumps')}`,
      `${tokens('brown')}id: 7\n\n${tokens(' fox jumps')}`,
    ]) {
      const seen = await play([tokens('The quick brown fox'), second + FINISH], chat())
      expect(textsOf(seen.values).join('')).toBe('The quick brown fox jumps')
    }
  })

  it('spends the budget if it does nothing else, for ever', async () => {
    let asked = 0
    const resume = continueWith<ChatCompletionChunk>(() => (++asked > 30 ? undefined : { url: '/rest' }), {
      overlap: true,
    })
    const seen = await play([tokens('The quick brown fox'), cut(tokens('brown fox'))], chat(resume))
    expect(textsOf(seen.values).join('')).toBe('The quick brown fox')
    expect(asked).toBeLessThanOrEqual(3)
  })
})

describe('the overlap', () => {
  it.each([
    { min: 0 },
    { max: 0 },
    { min: 9, max: 8 },
    { min: 1.5 },
    { max: Number.POSITIVE_INFINITY },
    { min: '8' },
    { min: 401 },
  ])('is refused at the call: %o', (overlap) => {
    expect(() => continueWith(() => undefined, { overlap: overlap as never })).toThrow(TypeError)
  })

  it.each([['yes'], [5], [null], [[]], [{ mim: 8 }]])('is refused at the call: %o', (overlap) => {
    expect(() => continueWith(() => undefined, { overlap: overlap as never })).toThrow(TypeError)
  })

  it.each([true, false, undefined, {}, { min: 1, max: 1 }, { min: 3 }, { max: 8 }])(
    'may be %o',
    (overlap) => {
      expect(() => continueWith(() => undefined, { overlap })).not.toThrow()
    },
  )
})
