import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fetchTransport } from '../../src/transport/fetch.ts'
import type { FetchBody } from '../../src/transport/fetch-like.ts'
import { FakeBody, response, settled } from './fake-fetch.ts'
import { recorder, requestTo } from './recorder.ts'
import { ASKED, send, sendOver, unhandledRejections } from './send-faked.ts'

const rejections = unhandledRejections()

describe('a body', () => {
  it('that is null is an empty one', async () => {
    const { sink } = await send(response(null, { status: 204 }))
    expect(sink.told).toEqual(['connected', 'head 204', 'end'])
  })

  it.each([
    ['undefined, as of React Native’s own fetch', undefined],
    ['a stream of another kind, as of node-fetch', { on() {}, pipe() {} }],
    [
      'one that somebody else has locked',
      {
        getReader() {
          throw new TypeError('ReadableStream is locked')
        },
      },
    ],
    ['one of text', new FakeBody().push('a'.repeat(3)).push(7 as never, 'text')],
  ])('that is %s fails as what it is, and the request is ended', async (_, body) => {
    const { sink, signal } = await send(response(body as FetchBody))
    expect(sink.told.slice(0, 2)).toEqual(['connected', 'head 200'])
    expect(sink.failure).toMatchObject({
      code: 'request_setup_failed',
      message: expect.stringContaining('no body that can be read'),
    })
    expect(signal.aborted).toBe(true)
    expect(rejections()).toEqual([])
  })

  it('of another realm is read: its bytes are no instance of this one’s Uint8Array', async () => {
    const foreign = runInNewContext('Uint8Array.of(97, 98)') as Uint8Array
    expect(foreign).not.toBeInstanceOf(Uint8Array)
    const { sink } = await send(response(new FakeBody().push(foreign).end()))
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk ab', 'end'])
  })

  it('whose reader gives garbage is a body that has stopped', async () => {
    const reads = [
      () => {
        throw new Error('no')
      },
      () => undefined,
      () => Promise.resolve(undefined),
    ]
    for (const read of reads) {
      const body = { getReader: () => ({ read, cancel: async () => {} }) }
      const { sink } = await send(response(body as unknown as FetchBody))
      expect(sink.told).toEqual(['connected', 'head 200', 'failure stream_terminated connection_lost'])
    }
    expect(rejections()).toEqual([])
  })
})

describe('a fetch', () => {
  it('that throws at once is told like one that rejects', async () => {
    const cause = new TypeError('Failed to fetch')
    const sink = await sendOver(() => {
      throw cause
    })
    expect(sink.failure).toMatchObject({ code: 'connection_failed', cause })
    expect(rejections()).toEqual([])
  })

  it.each([
    ['undefined', () => undefined],
    ['a promise of nothing', async () => undefined],
    ['a string', () => 'response'],
    ['an object without a status', async () => ({ headers: new Headers(), body: null })],
    ['an object without headers', async () => ({ status: 200, body: null })],
  ])('that gives %s is a request_setup_failed', async (_, fetch) => {
    const sink = await sendOver(fetch)
    expect(sink.told).toEqual(['connected', 'failure request_setup_failed'])
    expect(sink.failure?.message).toContain('no response')
    expect(rejections()).toEqual([])
  })

  it('that gives Response.error() is a request without an answer', async () => {
    const sink = await sendOver(async () => Response.error())
    expect(sink.told).toEqual(['connected', 'failure connection_failed'])
    expect(sink.failure?.message).toContain('http://gateway.test')
  })

  it('that is not there at all is a request_setup_failed that says what to do', async () => {
    vi.stubGlobal('fetch', undefined)
    onTestFinished(() => void vi.unstubAllGlobals())
    const sink = await sendOver(undefined)
    expect(sink.told).toEqual(['connected', 'failure request_setup_failed'])
    expect(sink.failure?.message).toContain('fetchTransport({ fetch })')
  })

  it('may be any thenable, and its headers are asked by name', async () => {
    const given = response(null, { header: { 'x-a': '1' } })
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
    const sink = await sendOver(() => ({ then: (resolve: (value: unknown) => void) => resolve(given) }))
    expect(sink.told).toEqual(['connected', 'head 200', 'end'])
    expect([sink.head?.header('x-a'), sink.head?.header('x-b')]).toEqual(['1', undefined])
  })

  it('is the global one of the moment, asked for with each request', async () => {
    const transport = fetchTransport()
    onTestFinished(() => void vi.unstubAllGlobals())
    for (const status of [201, 202]) {
      vi.stubGlobal('fetch', async () => response(null, { status }))
      const sink = recorder()
      transport.send(requestTo(ASKED), sink)
      await settled()
      expect(sink.told).toContain(`head ${status}`)
    }
  })

  it('is called as a plain function: window.fetch refuses another this', async () => {
    const seen: unknown[] = []
    await sendOver(function (this: unknown) {
      seen.push(this)
      return response(null)
    })
    expect(seen).toEqual([undefined])
  })
})

describe('a sink that throws', () => {
  const bug = new Error('a bug in the sink')
  const thrower = (): never => {
    throw bug
  }

  it.each([
    ['onHead', new FakeBody().push('a')],
    ['onChunk', new FakeBody().push('a')],
    ['onEnd', new FakeBody().end()],
    ['onFailure', new FakeBody().fail(new TypeError('network error'))],
  ])('in %s is not told of a failure; the request is ended and the error is nobody’s', async (name, body) => {
    const { sink, signal } = await send(response(body), () => ({ [name]: thrower }))
    expect(rejections()).toEqual([bug])
    const { length } = sink.told
    await settled()
    expect(sink.told).toHaveLength(length)
    if (name !== 'onFailure') expect(sink.failure).toBeUndefined()
    if (name !== 'onEnd') expect(signal.aborted).toBe(true)
  })

  it('after a resume is the same', async () => {
    const body = new FakeBody().push('a')
    const { exchange, sink, signal } = await send(response(body), (exchange) => ({
      onHead: () => exchange().pause(),
      onChunk: thrower,
    }))
    exchange.resume()
    await settled()
    expect(rejections()).toEqual([bug])
    expect(sink.failure).toBeUndefined()
    expect(signal.aborted).toBe(true)
  })
})
