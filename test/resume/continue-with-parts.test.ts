import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  openaiChat,
  type PartialAnswer,
  type ServerSentEvent,
  type StreamRequestChange,
} from '../../src/index.ts'
import { gatewayError } from '../../src/testing/index.ts'
import { AT_ONCE, cut, datas, play, tell, textsOf } from './play.ts'
import { chatBody, goOn } from './strategies.ts'
import { DONE, FINISH, plain, ROLE, tokens } from './wire-text.ts'

const chat = { dialect: openaiChat(), body: chatBody }

describe('an answer in several parts', () => {
  it('is given part after part; each request is made of all so far', async () => {
    const partials: string[] = []
    const resume = continueWith<ChatCompletionChunk>((partial, request) => {
      partials.push(`${partial.values.length} ${partial.text} ${partial.error.attempt}`)
      return goOn(partial, request)
    })
    const answers = [ROLE + tokens('1'), tokens('2', '3'), ROLE, ROLE + tokens('4'), tokens('5') + FINISH]
    const seen = await play(answers, { ...chat, resume })
    expect(textsOf(seen.values).join('')).toBe('12345')
    expect(partials).toEqual(['2 1 1', '4 123 2', '4 123 3', '6 1234 4'])
    const asked = seen.requests.map(
      ({ body: sent }) => (JSON.parse(sent) as typeof chatBody).messages.at(-1)?.content,
    )
    expect(asked).toEqual(['Count.', '1', '123', '123', '1234'])
  })

  it('shows a partial answer that does not grow afterwards, and that its owner may change', async () => {
    const partials: (readonly ServerSentEvent[])[] = []
    const resume = continueWith<ServerSentEvent>(({ values }) => {
      partials.push(values)
      ;(values as ServerSentEvent[]).reverse()
      return { url: '/rest' }
    })
    await play([plain('a', 'b'), plain('c'), plain('d') + DONE], { resume })
    expect(partials.map(datas)).toEqual([
      ['b', 'a'],
      ['c', 'b', 'a'],
    ])
  })

  it('is asked for again with the same partial and the same key if that request fails before its head', async () => {
    const partials: string[] = []
    const resume = continueWith<ChatCompletionChunk>((partial, request) => {
      partials.push(`${partial.text} ${partial.error.code}`)
      return goOn(partial, request)
    })
    const busy = gatewayError('model_overloaded')
    const answers = [ROLE + tokens('1'), busy, ROLE, busy, tokens('2'), tokens('3') + FINISH]
    const seen = await play(answers, {
      ...chat,
      resume,
      idempotencyKey: 'key',
      retry: { ...AT_ONCE, count: 5 },
    })
    expect(textsOf(seen.values).join('')).toBe('123')
    expect(partials).toEqual([
      '1 stream_terminated',
      '1 model_overloaded',
      '1 stream_terminated',
      '1 model_overloaded',
      '12 stream_terminated',
    ])
    expect(seen.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'key',
      'key-2',
      'key-2',
      'key-2',
      'key-2',
      'key-3',
    ])
    const bodies = seen.requests.map((request) => request.body)
    expect(new Set(bodies.slice(1, 5)).size).toBe(1)
  })

  it('spends the budget if there is no progress', async () => {
    let calls = 0
    const resume = continueWith(() => {
      calls++
      return { url: '/rest' }
    })
    const seen = await play([plain('a'), gatewayError('model_overloaded')], { resume })
    expect(seen.error).toMatchObject({ code: 'model_overloaded', events: 1, attempt: 4 })
    expect(calls).toBe(3)
  })

  it('ends with a failure that may not be tried again, without a further call', async () => {
    let calls = 0
    const resume = continueWith(() => {
      calls++
      return { url: '/rest' }
    })
    const seen = await play([plain('a'), gatewayError('invalid_argument'), plain('b') + DONE], { resume })
    expect(seen.error).toMatchObject({
      kind: 'stream_terminated',
      reason: 'not_resumed',
      code: 'invalid_argument',
      status: 400,
      events: 1,
      attempt: 2,
    })
    expect(calls).toBe(1)
  })

  it('may have an empty last part', async () => {
    const seen = await tell([plain('a'), DONE], { resume: continueWith(() => ({ url: '/rest' })) })
    expect(seen.completed).toBe(true)
    expect(seen.story).toEqual([
      'connecting 1',
      'open 1',
      'value a',
      'waiting 1',
      'connecting 2 continueWith',
      'open 2',
    ])
  })

  it('is not continued where nothing was delivered: that request is repeated', async () => {
    let calls = 0
    const resume = continueWith(() => {
      calls++
      return { url: '/rest' }
    })
    const seen = await tell(['', plain('a') + DONE], { resume })
    expect(seen.story).toContain('connecting 2')
    expect(calls).toBe(0)
  })

  it('has no text on a wire that knows none, and no values once they were too much', async () => {
    const partials: PartialAnswer<ServerSentEvent>[] = []
    const build = (partial: PartialAnswer<ServerSentEvent>): StreamRequestChange => {
      partials.push(partial)
      return { url: '/rest' }
    }
    await play([plain('a'), plain('b') + DONE], { resume: continueWith(build) })
    expect(partials.map(({ text }) => text)).toEqual([''])
    const seen = await play([plain('abc'), plain('d', 'e'), plain('f') + DONE], {
      resume: continueWith(build, { maxKept: 4 }),
    })
    expect(partials).toHaveLength(2)
    expect(seen.error).toMatchObject({ reason: 'socket_closed', events: 3, attempt: 2 })
  })

  it('is not called resumable by an ID of the request for the rest', async () => {
    const answers = [plain('a'), 'id: 1\ndata: b\n\n']
    const resume = continueWith<ServerSentEvent>(({ values }) =>
      values.length > 1 ? undefined : { url: '/rest' },
    )
    const seen = await tell([answers[0] as string, cut(answers[1] as string)], { resume })
    // At the config's URL, where one would begin again with it, that ID is of nothing.
    expect(seen.error).toMatchObject({ resumable: false })
    expect(seen.signals.filter(({ type }) => type === 'value').at(-1)).toMatchObject({
      lastEventId: undefined,
    })
  })
})
