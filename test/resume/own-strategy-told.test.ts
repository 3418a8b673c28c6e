import { describe, expect, it } from 'vitest'
import { continueWith, fromCursor, type ResumeStep, replay, type ServerSentEvent } from '../../src/index.ts'
import { AT_ONCE, cut, datas, play, tell } from './play.ts'
import { type At, own } from './strategies.ts'
import { chatError, DONE, numbered, plain } from './wire-text.ts'

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
    await play([numbered(1), chatError('unsafe_content')], config)
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
