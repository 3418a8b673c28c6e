import { describe, expect, it } from 'vitest'
import { type FetchTransportOptions, fetchTransport } from '../../src/transport/fetch.ts'
import type { FetchInit } from '../../src/transport/fetch-like.ts'
import { undiciTransport } from '../../src/transport/no-undici.ts'
import { fakeFetch, response, settled } from './fake-fetch.ts'
import { recorder, requestTo } from './recorder.ts'

/** What reaches fetch. */
async function initOf(options: FetchTransportOptions): Promise<FetchInit> {
  const { fetch, calls } = fakeFetch(() => response(null))
  fetchTransport({ ...options, fetch }).send(requestTo('http://gateway.test/'), recorder())
  await settled()
  return calls[0] as FetchInit
}

describe('fetchTransport()', () => {
  it('is named fetch', () => {
    expect(fetchTransport().name).toBe('fetch')
  })

  it('takes the fetch of the platform as its types have it', () => {
    expect(() => fetchTransport({ fetch: globalThis.fetch })).not.toThrow()
    expect(() => fetchTransport({ fetch: (url, init) => globalThis.fetch(url, init) })).not.toThrow()
  })

  it('asks for no cached answer, and for nothing that fetch does anyway: Cloudflare Workers refuse to hear of it', async () => {
    const { cache, ...others } = await initOf({})
    expect(cache).toBe('no-store')
    expect(Object.keys(others).sort()).toEqual(['headers', 'method', 'redirect', 'signal', 'url'])
    expect(Object.keys(await initOf({ cache: 'default', mode: undefined }))).not.toContain('cache')
  })

  it.each([
    { credentials: 'include' },
    { credentials: 'omit' },
    { credentials: 'same-origin' },
    { mode: 'same-origin' },
    { mode: 'cors' },
    { cache: 'reload' },
    { cache: 'no-cache' },
    { cache: 'no-store' },
  ] as const)('gives on %j', async (option) => {
    expect(await initOf(option)).toMatchObject(option)
  })

  it.each([
    [{ credential: 'include' }, 'unknown option "credential"'],
    [{ credentials: 'yes' }, 'credentials must be one of "omit", "same-origin", "include", not "yes"'],
    [{ credentials: null }, 'credentials must be one of'],
    [{ credentials: true }, 'not true'],
    [{ mode: 'no-cors' }, 'mode must be one of "cors", "same-origin", not "no-cors"'],
    [{ cache: 'force-cache' }, 'cache must be one of'],
    [{ redirect: 'manual' }, 'redirect must be one of "safe", "follow", "error", not "manual"'],
    [{ fetch: 'fetch' }, 'fetch must be a function, not "fetch"'],
    [{ fetch: null }, 'fetch must be a function, not null'],
    ['include', 'options must be an object'],
    [null, 'options must be an object'],
  ])('refuses %j at the call, by name', (options, words) => {
    expect(() => fetchTransport(options as FetchTransportOptions)).toThrow(TypeError)
    expect(() => fetchTransport(options as FetchTransportOptions)).toThrow(words)
  })
})

describe('undiciTransport() where there is no undici', () => {
  it('throws, and says what to use instead', () => {
    expect(() => undiciTransport()).toThrow(TypeError)
    expect(() => undiciTransport()).toThrow('fetchTransport()')
  })
})
