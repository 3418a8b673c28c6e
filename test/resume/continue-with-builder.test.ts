import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  continueWith,
  fromEventStream,
  type ResumeStep,
  type ServerSentEvent,
  type SseError,
  type StreamRequestChange,
} from '../../src/index.ts'
import { until } from '../server.ts'
import { AT_ONCE, cut, datas, faultServer, play, stalled, tell } from './play.ts'
import { thenable, unhandled } from './promises.ts'
import { DONE, plain } from './wire-text.ts'

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
      kind: 'stream_terminated',
      reason: 'not_resumed',
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
            settle = () => (late === 'resolve' ? resolve({ url: '/rest' }) : reject(new Error('late')))
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
        return { url: '/rest' }
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
      return { url: '/rest' }
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
        resume: () => thenable<ResumeStep<ServerSentEvent>>({ type: 'append', request: { url: '/rest' } }),
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
