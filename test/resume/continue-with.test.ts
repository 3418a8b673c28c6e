import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  fromEventStream,
  openaiChat,
  type PartialAnswer,
  type ResumeStep,
  rawEvents,
  type ServerSentEvent,
  type SseError,
  type StreamRequest,
  type StreamRequestChange,
} from '../../src/index.ts'
import { gatewayError } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import {
  AT_ONCE,
  cut,
  DONE,
  datas,
  FINISH,
  faultServer,
  plain,
  play,
  ROLE,
  stalled,
  tell,
  textsOf,
  tokens,
} from './play.ts'
import { thenable, unhandled } from './promises.ts'

const question = { role: 'user', content: 'Count.' }
const body = { model: 'm', stream: true, messages: [question] }
type Body = typeof body

/** As one asks a model to go on. */
const goOn = ({ text }: PartialAnswer<ChatCompletionChunk>, request: StreamRequest): StreamRequestChange => {
  const given = request.body as Body
  return { body: { ...given, messages: [...given.messages, { role: 'assistant', content: text }] } }
}
const chat = { dialect: openaiChat(), body }

describe('the request for the rest', () => {
  it('is made of the partial answer and of the config', async () => {
    const given: { partial: PartialAnswer<ChatCompletionChunk>; request: StreamRequest }[] = []
    const resume = continueWith<ChatCompletionChunk>((partial, request) => {
      given.push({ partial: { ...partial, values: [...partial.values] }, request })
      return goOn(partial, request)
    })
    const seen = await play([ROLE + tokens('One', ' two'), tokens(' three') + FINISH], { ...chat, resume })
    expect(seen.completed).toBe(true)
    expect(textsOf(seen.values).join('')).toBe('One two three')
    expect(given).toHaveLength(1)
    const [{ partial, request }] = given as [(typeof given)[0]]
    expect(textsOf(partial.values)).toEqual(['', 'One', ' two'])
    expect(partial.values[1]).toBe(seen.values[1])
    expect(partial.text).toBe('One two')
    expect(partial.error).toMatchObject({ reason: 'socket_closed', events: 3, attempt: 1 })
    expect(request.method).toBe('POST')
    expect(request.body).toBe(body)
    expect(request.url).toBeInstanceOf(URL)
    expect(JSON.parse(seen.requests[1]?.body as string)).toEqual({
      ...body,
      messages: [question, { role: 'assistant', content: 'One two' }],
    })
  })

  it('is as the config says in all that is not changed', async () => {
    let attempts = 0
    const seen = await play([plain('a'), plain('b') + DONE], {
      method: 'PUT',
      body: 'text',
      headers: () => ({ 'x-attempt': ++attempts, 'x-kept': 'kept', 'content-type': 'text/x' }),
      resume: continueWith(() => ({})),
    })
    expect(
      seen.requests.map(({ method, url, body, headers }) => [
        method,
        url,
        body,
        headers['x-kept'],
        headers['x-attempt'],
        headers['content-type'],
      ]),
    ).toEqual([
      ['PUT', '/', 'text', 'kept', '1', 'text/x'],
      ['PUT', '/', 'text', 'kept', '2', 'text/x'],
    ])
  })

  it('may have another method, URL, body and other headers', async () => {
    const seen = await play([plain('a'), plain('b') + DONE], {
      headers: { 'x-kept': 'kept', 'x-gone': 'gone', 'x-changed': 'old' },
      resume: continueWith((_, { url }) => {
        url.pathname = '/rest'
        url.searchParams.set('from', '1')
        return {
          method: 'post',
          url,
          body: new URLSearchParams({ q: 'ü' }),
          headers: { 'X-Changed': 'new', 'X-Gone': undefined, 'x-number': 7 },
        }
      }),
    })
    expect(seen.completed).toBe(true)
    const { method, url, body: sent, headers } = seen.requests[1] as (typeof seen.requests)[0]
    expect([method, url, sent]).toEqual(['POST', '/rest?from=1', 'q=%C3%BC'])
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      'x-kept': 'kept',
      'x-changed': 'new',
      'x-number': '7',
      accept: 'text/event-stream',
    })
    expect(headers).not.toHaveProperty('x-gone')
  })

  it('is not spoilt by what was done to the URL of the one before', async () => {
    const urls: string[] = []
    const resume = continueWith((_, { url }) => {
      urls.push(url.pathname)
      url.pathname += 'more'
      return { url }
    })
    const { requests } = await play([plain('a'), plain('b'), plain('c') + DONE], { resume })
    expect(urls).toEqual(['/', '/'])
    expect(requests.map(({ url }) => url)).toEqual(['/', '/more', '/more'])
  })

  it('does not carry the cursor of another answer', async () => {
    const answers = ['id: 1\ndata: a\n\n', 'id: 9\ndata: b\n\n', plain('c') + DONE]
    const seen = await play(answers, { resume: continueWith(() => ({ url: '/rest' })) })
    expect(datas(seen.values)).toEqual(['a', 'b', 'c'])
    expect(seen.requests.map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

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
    const asked = seen.requests.map(({ body: sent }) => (JSON.parse(sent) as Body).messages.at(-1)?.content)
    expect(asked).toEqual(['Count.', '1', '123', '123', '1234'])
  })

  it('shows a partial answer that does not grow afterwards, and that its owner may change', async () => {
    const partials: (readonly ServerSentEvent[])[] = []
    const resume = continueWith<ServerSentEvent>(({ values }) => {
      partials.push(values)
      ;(values as ServerSentEvent[]).reverse()
      return {}
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
      return {}
    })
    const seen = await play([plain('a'), gatewayError('model_overloaded')], { resume })
    expect(seen.error).toMatchObject({ code: 'model_overloaded', events: 1, attempt: 4 })
    expect(calls).toBe(3)
  })

  it('ends with a failure that may not be tried again, without a further call', async () => {
    let calls = 0
    const resume = continueWith(() => {
      calls++
      return {}
    })
    const seen = await play([plain('a'), gatewayError('invalid_argument'), plain('b') + DONE], { resume })
    expect(seen.error).toMatchObject({
      kind: 'request_failed',
      code: 'invalid_argument',
      events: 1,
      attempt: 2,
    })
    expect(calls).toBe(1)
  })

  it('may have an empty last part', async () => {
    const seen = await tell([plain('a'), DONE], { resume: continueWith(() => ({})) })
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
      return {}
    })
    const seen = await tell(['', plain('a') + DONE], { resume })
    expect(seen.story).toContain('connecting 2')
    expect(calls).toBe(0)
  })

  it('has no text on a wire that knows none, and no values once they were too much', async () => {
    const partials: PartialAnswer<ServerSentEvent>[] = []
    const build = (partial: PartialAnswer<ServerSentEvent>): StreamRequestChange => {
      partials.push(partial)
      return {}
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

describe('no request for the rest', () => {
  it('is the failure itself', async () => {
    for (const none of [
      () => undefined,
      async () => undefined,
      () => new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
    ]) {
      const seen = await play([plain('a'), plain('b') + DONE], { resume: continueWith(none) })
      expect(datas(seen.values)).toEqual(['a'])
      expect(seen.error).toMatchObject({
        code: 'stream_terminated',
        reason: 'socket_closed',
        attempt: 1,
        events: 1,
      })
      expect(seen.requests).toHaveLength(1)
    }
  })

  it('null neither begins anew', async () => {
    for (const none of [() => null, async () => null]) {
      const seen = await play([plain('a'), plain('a', 'b') + DONE], { resume: continueWith(none as never) })
      expect(datas(seen.values)).toEqual(['a'])
      expect(seen.completed).toBe(false)
    }
  })
})

describe('a builder', () => {
  const thrown = new Error('cannot build')
  it.each<[string, () => StreamRequestChange | PromiseLike<StreamRequestChange>]>([
    [
      'throws',
      () => {
        throw thrown
      },
    ],
    ['returns a promise that rejects', () => Promise.reject(thrown)],
    [
      'is async and throws',
      async () => {
        throw thrown
      },
    ],
    ['rejects late', () => new Promise((_, reject) => setTimeout(reject, 20, thrown))],
  ])('that %s ends the stream with request_setup_failed', async (_, build) => {
    const seen = await play([plain('a'), plain('b') + DONE], { resume: continueWith(build) })
    expect(datas(seen.values)).toEqual(['a'])
    expect(seen.error).toMatchObject({
      kind: 'request_failed',
      code: 'request_setup_failed',
      cause: thrown,
      events: 1,
    })
    expect(seen.error?.message).toContain('cannot build')
    expect(seen.requests).toHaveLength(1)
  })

  it('may be async', async () => {
    const resume = continueWith(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { url: '/rest' }
    })
    const seen = await tell([plain('a'), plain('b') + DONE], { resume })
    expect(seen.completed).toBe(true)
    expect(seen.requests[1]?.url).toBe('/rest')
    expect(seen.story.slice(3)).toEqual(['waiting 1', 'connecting 2 continueWith', 'open 2', 'value b'])
  })

  it('whose promise settles during the wait is waited for no longer', async () => {
    const resume = continueWith(async () => ({ url: '/rest' }))
    const seen = await play([plain('a'), plain('b') + DONE], { resume, retry: { delay: 30, jitter: 'none' } })
    expect(seen.completed).toBe(true)
  })

  it('whose promise never settles ends with timeout.first', async () => {
    const resume = continueWith(() => new Promise<never>(() => {}))
    const seen = await play([plain('a'), plain('b') + DONE], { resume, timeout: { first: 60 } })
    expect(seen.error).toMatchObject({ code: 'request_setup_failed', events: 1 })
    expect(seen.error?.message).toContain('the resume strategy did not settle within timeout.first (60 ms)')
    expect(seen.requests).toHaveLength(1)
  })

  it('is forgotten if the stream is unsubscribed meanwhile', async () => {
    for (const late of ['resolve', 'reject'] as const) {
      const server = await faultServer([cut(plain('a')), { fixture: plain('b') + DONE }])
      let settle = (): void => {}
      let called = false
      const told: unknown[] = []
      const subscription = fromEventStream(server.url, {
        retry: AT_ONCE,
        resume: continueWith(() => {
          called = true
          return new Promise((resolve, reject) => {
            settle = () => (late === 'resolve' ? resolve({}) : reject(new Error('late')))
          })
        }),
      }).subscribe({
        next: ({ data }) => told.push(data),
        error: (error) => told.push(error),
        complete: () => told.push('complete'),
      })
      await until(() => called)
      await new Promise((resolve) => setTimeout(resolve, 10))
      subscription.unsubscribe()
      settle()
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(told).toEqual(['a'])
      expect(server.requests).toHaveLength(1)
    }
  })

  it('is aborted with the stream', async () => {
    const controller = new AbortController()
    const resume = continueWith(() => {
      setTimeout(() => controller.abort(new Error('enough')), 10)
      return new Promise<never>(() => {})
    })
    const seen = await play([plain('a'), DONE], { resume, signal: controller.signal })
    expect(seen.error).toMatchObject({ code: 'aborted', events: 1 })
  })

  it('that unsubscribes starts no request', async () => {
    const server = await faultServer([cut(plain('a')), { fixture: plain('b') + DONE }])
    const told: unknown[] = []
    const subscription = fromEventStream(server.url, {
      retry: AT_ONCE,
      resume: continueWith(() => {
        subscription.unsubscribe()
        return {}
      }),
    }).subscribe({ next: ({ data }) => told.push(data), error: (error) => told.push(error) })
    await until(() => subscription.closed)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toEqual(['a'])
    expect(server.requests).toHaveLength(1)
  })

  it('leaves no unhandled rejection where no attempt follows', async () => {
    const reject = async ({ error }: { error: SseError }): Promise<StreamRequestChange> => {
      if (error.status === 429 || error.events > 1) throw new Error('nobody asked')
      return {}
    }
    const rejections = await unhandled(async () => {
      const tooLong = { status: 429, headers: { 'retry-after': '3600' } }
      const asked = await play([plain('a'), tooLong], { resume: continueWith(reject) })
      expect(asked.error).toMatchObject({ code: 'rate_limit_exceeded', events: 1 })
      const late = await play([plain('a', 'b'), DONE], {
        resume: continueWith(reject),
        retry: { delay: 5_000, jitter: 'none' },
        timeout: { total: 1_000 },
      })
      expect(late.error).toMatchObject({ reason: 'socket_closed' })
    })
    expect(rejections).toEqual([])
  })

  it('leaves no unhandled rejection if it unsubscribes', async () => {
    const rejections = await unhandled(async () => {
      const server = await faultServer([cut(plain('a'))])
      const subscription = fromEventStream(server.url, {
        retry: AT_ONCE,
        resume: continueWith(async () => {
          subscription.unsubscribe()
          throw new Error('nobody asked')
        }),
      }).subscribe()
      await until(() => subscription.closed)
    })
    expect(rejections).toEqual([])
  })

  it('may return a promise that calls back at once: unsubscribe still ends the request', async () => {
    const server = await faultServer([cut(plain('a')), stalled(plain('b'))])
    const told: string[] = []
    const subscription = fromEventStream(server.url, {
      retry: AT_ONCE,
      resume: {
        name: 'at-once',
        keeps: 10,
        resume: () => thenable<ResumeStep<ServerSentEvent>>({ type: 'append', request: {} }),
      },
    }).subscribe({ next: ({ data }) => told.push(data) })
    await until(() => told.length === 2)
    subscription.unsubscribe()
    await Promise.race([
      server.abandoned(2),
      new Promise((_, reject) => setTimeout(reject, 1_000, new Error('the request goes on'))),
    ])
    const seen = await play([plain('a'), plain('b') + DONE], {
      resume: continueWith(() => thenable({ url: '/rest' })),
    })
    expect(seen.completed).toBe(true)
    expect(seen.requests[1]?.url).toBe('/rest')
  })

  it('may return a promise of another realm', async () => {
    const resume = continueWith(() => runInNewContext('Promise.resolve({ url: "/rest" })'))
    const seen = await play([plain('a'), plain('b') + DONE], { resume })
    expect(seen.requests.map(({ url }) => url)).toEqual(['/', '/rest'])
  })
})

describe('continueWith', () => {
  it('refuses wrong arguments at the call', () => {
    for (const wrong of [undefined, {}, 'f']) expect(() => continueWith(wrong as never)).toThrow(TypeError)
    for (const maxKept of [0, -1, '5', Number.NaN, 2 ** 40])
      expect(() => continueWith(() => undefined, { maxKept: maxKept as never })).toThrow(TypeError)
  })

  it('refuses overlap on a wire that has no text', () => {
    const resume = continueWith(() => ({}), { overlap: true })
    expect(() => fromEventStream('http://127.0.0.1', { resume })).toThrow(/raw does not/)
    expect(() => fromEventStream('http://127.0.0.1', { dialect: rawEvents(), resume })).toThrow(TypeError)
    const half = { ...rawEvents(), text: () => '' }
    expect(() => fromEventStream('http://127.0.0.1', { dialect: half, resume })).toThrow(TypeError)
    expect(() =>
      fromEventStream('http://127.0.0.1', { dialect: openaiChat(), resume: resume as never }),
    ).not.toThrow()
  })
})
