import { describe, expect, it } from 'vitest'
import { continueWith, fromEventStream, type ServerSentEvent } from '../../src/index.ts'
import type { RecordedRequest } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { AT_ONCE, cut, datas, faultServer } from './play.ts'
import { changedTo } from './strategies.ts'
import { DONE, plain } from './wire-text.ts'

describe('a changed request to another origin', () => {
  const credentials = {
    Authorization: 'Bearer secret',
    Cookie: 'session=secret',
    'X-Api-Key': 'secret',
    'X-Mine': 'secret',
    'x-public': 'public',
  }

  it.each(['fixed', 'function', 'URL'])('has no credentials of the config: %s', async (kind) => {
    const other = await faultServer([{ fixture: plain('b') + DONE }])
    const server = await faultServer([cut(plain('a'))])
    const url = kind === 'URL' ? server.url.replace('//', '//user:secret@') : server.url
    const headers =
      kind === 'fixed'
        ? credentials
        : kind === 'function'
          ? async () => credentials
          : { 'x-public': 'public' }
    const seen = await collect(
      fromEventStream(url, {
        retry: AT_ONCE,
        body: { q: 1 },
        headers,
        sensitiveHeaders: ['x-mine'],
        ...(changedTo({ url: `${other.url}/rest` }) as object),
      }),
    )
    expect(seen.completed).toBe(true)
    const [request] = other.requests as [RecordedRequest]
    expect([request.method, request.url, request.body]).toEqual(['POST', '/rest', '{"q":1}'])
    expect(JSON.stringify(request.headers)).not.toContain('secret')
    expect(request.headers).not.toHaveProperty('authorization')
    expect(request.headers['x-public']).toBe('public')
  })

  it('has the credentials of the change', async () => {
    const other = await faultServer([{ fixture: plain('b') + DONE }])
    const server = await faultServer([cut(plain('a'))])
    await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        sensitiveHeaders: ['x-mine'],
        ...(changedTo({
          url: other.url,
          headers: { authorization: 'Bearer other', 'X-Mine': 'other' },
        }) as object),
      }),
    )
    expect(other.requests[0]?.headers).toMatchObject({ authorization: 'Bearer other', 'x-mine': 'other' })
    expect(other.requests[0]?.headers).not.toHaveProperty('cookie')
  })

  it('does not hand its credentials on by a redirect', async () => {
    const third = await faultServer([{ fixture: plain('b') + DONE }])
    const other = await faultServer([{ status: 307, headers: { location: `${third.url}/x` } }])
    const server = await faultServer([cut(plain('a'))])
    const seen = await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        sensitiveHeaders: ['x-mine'],
        ...(changedTo({ url: other.url, headers: { authorization: 'Bearer other' } }) as object),
      }),
    )
    expect(seen.completed).toBe(true)
    expect(JSON.stringify(third.requests[0]?.headers)).not.toMatch(/secret|other/)
  })

  it('is one also where only the name of the host is another', async () => {
    const server = await faultServer([cut(plain('a')), { fixture: plain('b') + DONE }])
    const byName = server.url.replace('127.0.0.1', 'localhost')
    await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        ...(changedTo({ url: byName }) as object),
      }),
    )
    expect(server.requests[1]?.headers).not.toHaveProperty('authorization')
  })

  it('may be followed by one to the config’s own, with its credentials', async () => {
    const other = await faultServer([cut(plain('b'))])
    const server = await faultServer([cut(plain('a')), { fixture: plain('c') + DONE }])
    const urls = [other.url, '/home']
    const seen = await collect(
      fromEventStream(server.url, {
        retry: AT_ONCE,
        headers: credentials,
        resume: continueWith<ServerSentEvent>(() => ({ url: urls.shift() })),
      }),
    )
    expect(datas(seen.values)).toEqual(['a', 'b', 'c'])
    expect(server.requests[1]).toMatchObject({ url: '/home', headers: { authorization: 'Bearer secret' } })
  })
})
