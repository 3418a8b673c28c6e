import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fetchTransport } from '../../src/transport/fetch.ts'
import type { FetchBody, FetchLike, FetchResponse } from '../../src/transport/fetch-like.ts'
import { FakeBody, fakeFetch, response, settled } from './fake-fetch.ts'
import { recorder, requestTo } from './recorder.ts'
import { ASKED, send, unhandledRejections } from './send-faked.ts'

const rejections = unhandledRejections()

describe('the order of what a sink is told', () => {
  it('is connected, head, chunks, end', async () => {
    const { sink } = await send(response(new FakeBody().push('a', 'b').end()))
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a', 'chunk b', 'end'])
    expect(rejections()).toEqual([])
  })

  it('is connected, head, chunks, failure; and the request is ended', async () => {
    const body = new FakeBody().push('a').fail(new TypeError('network error'))
    const { sink, signal } = await send(response(body))
    expect(sink.told).toEqual([
      'connected',
      'head 200',
      'chunk a',
      'failure stream_terminated connection_lost',
    ])
    expect(signal.aborted).toBe(true)
    expect(rejections()).toEqual([])
  })

  it('is connected, failure without an answer', async () => {
    const { sink } = await send(Promise.reject(new TypeError('Failed to fetch')))
    expect(sink.told).toEqual(['connected', 'failure connection_failed'])
    expect(rejections()).toEqual([])
  })

  it('has nothing after the one ending, whatever is called then', async () => {
    for (const body of [new FakeBody().end(), new FakeBody().fail(new TypeError('network error'))]) {
      const { sink, exchange } = await send(response(body))
      const { length } = sink.told
      exchange.resume()
      exchange.pause()
      exchange.resume()
      exchange.release()
      exchange.abort()
      exchange.abort()
      exchange.release()
      await settled()
      expect(sink.told).toHaveLength(length)
      expect(body.reads).toBe(1)
    }
    expect(rejections()).toEqual([])
  })

  it('never begins with an answer while send() is still at work', async () => {
    for (const fetch of [
      () => {
        throw new TypeError('no')
      },
      () => undefined,
      () => response(null, { status: 204 }),
    ]) {
      const sink = recorder()
      fetchTransport({ fetch: fetch as unknown as FetchLike }).send(requestTo(ASKED), sink)
      expect(sink.told).toEqual(['connected'])
      await settled()
      expect(sink.isOver).toBe(true)
    }
  })

  it('leaves out pieces without a byte', async () => {
    const body = new FakeBody().push('', 'a', '', '', 'b', '').end()
    const { sink } = await send(response(body))
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a', 'chunk b', 'end'])
  })
})

describe('abort', () => {
  it('before the answer ends the request, and a response that comes all the same is cancelled', async () => {
    const body = new FakeBody().push('a')
    let answer = (_: FetchResponse): void => {}
    const { fetch, calls } = fakeFetch(() => new Promise((resolve) => (answer = resolve)))
    const sink = recorder()
    const exchange = fetchTransport({ fetch }).send(requestTo(ASKED), sink)
    await settled()
    exchange.abort()
    expect(calls[0]?.signal.aborted).toBe(true)
    answer(response(body))
    await settled()
    expect(sink.told).toEqual(['connected'])
    expect(body).toMatchObject({ cancelled: 1, reads: 0 })
    expect(rejections()).toEqual([])
  })

  it('right after send() is heard by fetch, and nothing is told', async () => {
    const { fetch, calls } = fakeFetch(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const sink = recorder()
    fetchTransport({ fetch }).send(requestTo(ASKED), sink).abort()
    await settled()
    expect(calls[0]?.signal.aborted).toBe(true)
    expect(sink.told).toEqual(['connected'])
    expect(rejections()).toEqual([])
  })

  it('inside onHead is the last of it: no read, and the body is cancelled', async () => {
    const body = new FakeBody().push('a')
    const { sink, signal } = await send(response(body), (exchange) => ({ onHead: () => exchange().abort() }))
    expect(sink.told).toEqual(['connected', 'head 200'])
    expect(signal.aborted).toBe(true)
    expect(body).toMatchObject({ cancelled: 1, reads: 0 })
  })

  it('inside onChunk is the last of it', async () => {
    const body = new FakeBody().push('a', 'b').end()
    const { sink, signal } = await send(response(body), (exchange) => ({ onChunk: () => exchange().abort() }))
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a'])
    expect(signal.aborted).toBe(true)
    expect(body.cancelled).toBe(1)
  })

  it('during a read cancels the body of a fetch that does not know signals', async () => {
    const body = new FakeBody().push('a')
    const { sink, exchange } = await send(response(body))
    exchange.abort()
    body.push('b').end()
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a'])
    expect(body.cancelled).toBe(1)
    expect(rejections()).toEqual([])
  })

  it('is not followed by what a read brings all the same', async () => {
    let bring = (_: { done: boolean; value: Uint8Array }): void => {}
    const read = (): Promise<{ done: boolean; value: Uint8Array }> =>
      new Promise((resolve) => (bring = resolve))
    const { sink, exchange } = await send(response({ getReader: () => ({ read, cancel: async () => {} }) }))
    exchange.abort()
    bring({ done: false, value: Uint8Array.of(97) })
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200'])
    expect(rejections()).toEqual([])
  })

  it('does not mind a body that will not be cancelled', async () => {
    const cancels = [
      () => Promise.reject(new Error('no')),
      () => {
        throw new Error('no')
      },
      () => undefined,
    ]
    for (const cancel of cancels) {
      const body = { getReader: () => ({ read: () => new Promise(() => {}), cancel }) }
      const { exchange } = await send(response(body as unknown as FetchBody))
      exchange.abort()
    }
    await settled()
    expect(rejections()).toEqual([])
  })
})

describe('release', () => {
  it('inside onHead reads the rest without telling it, over a pause', async () => {
    const body = new FakeBody().push('a', 'b').end()
    const { sink, signal } = await send(response(body), (exchange) => ({
      onHead: () => {
        exchange().pause()
        exchange().release()
      },
    }))
    expect(sink.told).toEqual(['connected', 'head 200'])
    expect(body.reads).toBe(3)
    expect(signal.aborted).toBe(false)
  })

  it('inside onChunk reads the rest without telling it', async () => {
    const body = new FakeBody().push('a', 'b').end()
    const { sink, signal } = await send(response(body), (exchange) => ({
      onChunk: () => exchange().release(),
    }))
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a'])
    expect(body.reads).toBe(3)
    expect(signal.aborted).toBe(false)
  })

  it('of a paused body reads the rest, and a second one reads nothing twice', async () => {
    const body = new FakeBody()
    const { sink, exchange } = await send(response(body), (exchange) => ({
      onHead: () => exchange().pause(),
    }))
    exchange.release()
    exchange.release()
    exchange.resume()
    body.push('a').end()
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200'])
    expect(body).toMatchObject({ reads: 2, readsAtOnce: 1, cancelled: 0 })
  })

  it('ends a body that has more than 64 KiB left', async () => {
    const body = new FakeBody()
    const { sink, exchange, signal } = await send(response(body))
    exchange.release()
    body.push(new Uint8Array(64 * 1024))
    await settled()
    exchange.release()
    expect(signal.aborted).toBe(false)
    body.push('x')
    await settled()
    expect(signal.aborted).toBe(true)
    expect(body.cancelled).toBe(1)
    expect(sink.told).toEqual(['connected', 'head 200'])
  })

  it('ends a body that has not ended after a second, and leaves no timer of one that has', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const body = new FakeBody()
    const { exchange, signal } = await send(response(body))
    exchange.release()
    vi.advanceTimersByTime(990)
    expect(signal.aborted).toBe(false)
    vi.advanceTimersByTime(10)
    expect(signal.aborted).toBe(true)

    const short = new FakeBody()
    const second = await send(response(short))
    second.exchange.release()
    expect(vi.getTimerCount()).toBe(1)
    short.end()
    await settled()
    expect(vi.getTimerCount()).toBe(0)
    expect(second.signal.aborted).toBe(false)

    const third = await send(response(new FakeBody()))
    third.exchange.release()
    third.exchange.abort()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not tell of a body that fails, or that is not bytes, while its rest is read', async () => {
    for (const rest of [new FakeBody().fail(new TypeError('network error')), new FakeBody().push('a', 7)]) {
      const { sink } = await send(response(rest), (exchange) => ({ onHead: () => exchange().release() }))
      expect(sink.told).toEqual(['connected', 'head 200'])
    }
    expect(rejections()).toEqual([])
  })

  it('before the answer ends the request', async () => {
    const { sink, exchange, signal } = await send(new Promise(() => {}))
    exchange.release()
    expect(signal.aborted).toBe(true)
    expect(sink.told).toEqual(['connected'])
  })

  it('of a response without a body has nothing to end', async () => {
    const { sink, signal } = await send(response(null, { status: 204 }), (exchange) => ({
      onHead: () => exchange().release(),
    }))
    expect(sink.told).toEqual(['connected', 'head 204'])
    expect(signal.aborted).toBe(false)
  })
})

describe('pause and resume', () => {
  it('before the head holds the body back', async () => {
    const body = new FakeBody().push('a').end()
    const { fetch } = fakeFetch(() => response(body))
    const sink = recorder()
    const exchange = fetchTransport({ fetch }).send(requestTo(ASKED), sink)
    exchange.pause()
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200'])
    expect(body.reads).toBe(0)
    exchange.resume()
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a', 'end'])
  })

  it('inside onHead holds the body back', async () => {
    const body = new FakeBody().push('a').end()
    const { sink, exchange } = await send(response(body), (exchange) => ({
      onHead: () => exchange().pause(),
    }))
    expect(body.reads).toBe(0)
    exchange.resume()
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a', 'end'])
  })

  it('inside onChunk is followed by no other chunk', async () => {
    const body = new FakeBody().push('a', 'b').end()
    const { sink, exchange } = await send(response(body), (exchange) => ({
      onChunk: () => exchange().pause(),
    }))
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a'])
    expect(body.reads).toBe(1)
    exchange.resume()
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a', 'chunk b'])
    exchange.resume()
    await settled()
    expect(sink.isOver).toBe(true)
  })

  it('during a read lets that one come, and no other', async () => {
    const body = new FakeBody()
    const { sink, exchange } = await send(response(body))
    exchange.pause()
    body.push('a', 'b')
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a'])
    expect(body.reads).toBe(1)
  })

  it('never read twice at once, however often it is resumed', async () => {
    const body = new FakeBody()
    const { sink, exchange } = await send(response(body), (exchange) => ({
      onHead: () => {
        exchange().pause()
        exchange().resume()
        exchange().resume()
      },
      onChunk: () => {
        exchange().pause()
        exchange().resume()
        exchange().resume()
      },
    }))
    exchange.resume()
    exchange.pause()
    exchange.resume()
    await settled()
    body.push('a')
    await settled()
    exchange.resume()
    body.push('b')
    await settled()
    body.end()
    await settled()
    expect(sink.told).toEqual(['connected', 'head 200', 'chunk a', 'chunk b', 'end'])
    expect(body).toMatchObject({ reads: 3, readsAtOnce: 1 })
  })
})
