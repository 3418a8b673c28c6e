import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  openaiChat,
  type PartialAnswer,
  type StreamRequest,
} from '../../src/index.ts'
import { datas, play, textsOf } from './play.ts'
import { chatBody, goOn } from './strategies.ts'
import { DONE, FINISH, plain, ROLE, tokens } from './wire-text.ts'

const chat = { dialect: openaiChat(), body: chatBody }

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
    expect(request.body).toBe(chatBody)
    expect(request.url).toBeInstanceOf(URL)
    expect(JSON.parse(seen.requests[1]?.body as string)).toEqual({
      ...chatBody,
      messages: [...chatBody.messages, { role: 'assistant', content: 'One two' }],
    })
  })

  it('is as the config says in all that is not changed', async () => {
    let attempts = 0
    const seen = await play([plain('a'), plain('b') + DONE], {
      method: 'PUT',
      body: 'text',
      headers: () => ({ 'x-attempt': ++attempts, 'x-kept': 'kept', 'content-type': 'text/x' }),
      resume: continueWith(() => ({ url: '?rest' })),
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
      ['PUT', '/?rest', 'text', 'kept', '2', 'text/x'],
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

describe('a builder that wants no request', () => {
  it('ends with the failure itself', async () => {
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

  it('by null does not begin anew either', async () => {
    for (const none of [() => null, async () => null]) {
      const seen = await play([plain('a'), plain('a', 'b') + DONE], { resume: continueWith(none as never) })
      expect(datas(seen.values)).toEqual(['a'])
      expect(seen.completed).toBe(false)
    }
  })
})
