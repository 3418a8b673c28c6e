import { describe, expect, it } from 'vitest'
import type { EventStreamConfig, ServerSentEvent } from '../../src/index.ts'
import { changedRequest } from '../../src/session/build-request.ts'
import { datas, play } from './play.ts'
import { changedTo } from './strategies.ts'
import { DONE, plain } from './wire-text.ts'

describe('a changed request that cannot be', () => {
  const refused = async (
    change: unknown,
    config: EventStreamConfig<ServerSentEvent> = {},
  ): Promise<string> => {
    const seen = await play([plain('a'), plain('b') + DONE], {
      ...config,
      ...changedTo(change as never),
    } as never)
    expect(datas(seen.values as ServerSentEvent[])).toEqual(['a'])
    expect(seen.error).toMatchObject({
      kind: 'stream_terminated',
      reason: 'not_resumed',
      code: 'request_setup_failed',
      events: 1,
      retryable: false,
    })
    expect(seen.requests).toHaveLength(1)
    return seen.error?.message ?? ''
  }

  it.each([
    ['is a text', 'x'],
    ['is a number', 5],
    ['has another scheme', { url: 'ftp://127.0.0.1/' }],
    ['has a script for a URL', { url: 'javascript:alert(1)' }],
    ['has no URL', { url: 'http://' }],
    ['has a user name in its URL', { url: 'http://user@127.0.0.1/' }],
    ['has a password in its URL', { url: new URL('http://:secret@127.0.0.1/') }],
    ['has a number for a body', { method: 'POST', body: 5 }],
    ['has a stream for a body', { method: 'POST', body: new ReadableStream() }],
    ['has a body that is no JSON', { method: 'POST', body: { n: 1n } }],
    ['has a name that is none', { headers: { 'a b': '1' } }],
    ['has a value that a header cannot carry', { headers: { a: 'x\ny' } }],
    ['has a value that is no text', { headers: { a: {} } }],
    ['has a text for headers', { headers: 'x' }],
    ['has null for headers', { headers: null }],
    ['has a method with a blank', { method: 'A B' }],
  ])('ends the stream: one that %s', async (_, change) => {
    expect(await refused(change)).not.toContain('secret')
  })

  it.each([
    ['method HEAD, which has no answer to stream', { method: 'HEAD' }],
    ['method CONNECT', { method: 'CONNECT' }],
    ['a number for a method', { method: 5 }],
    ['an empty method', { method: '' }],
    ['a number for a URL', { url: 5 }],
    ['null for a URL', { url: null }],
    ['a key that there is none of', { Url: '/rest' }],
    ['nothing but entries', []],
  ])('ends the stream as the config would: one with %s', async (_, change) => {
    await refused(change)
  })

  it('is a GET that has a body, and was a POST', async () => {
    expect(await refused({ method: 'GET', body: 'x' }, { body: 'y' })).toContain('GET')
  })

  it('is one from https: to http:, but none the other way round', () => {
    const plan = {
      url: 'https://host/',
      method: 'GET',
      givenBody: undefined,
      body: undefined,
      contentType: undefined,
      ownHeaders: new Map(),
      sensitiveHeaders: [],
    }
    for (const url of ['http://host/', 'http://other/', new URL('http://host/x')])
      expect(() => changedRequest(plan, { url })).toThrow(/https: to http:/)
    for (const url of ['https://other/', '/x', '//other/x'])
      expect(changedRequest(plan, { url }).url.protocol).toBe('https:')
    expect(changedRequest({ ...plan, url: 'http://host/' }, { url: 'https://host/' }).url.href).toBe(
      'https://host/',
    )
  })
})
