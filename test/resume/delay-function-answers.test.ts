import { concat, EMPTY, mergeMap, NEVER, Observable, of, Subject, throwError, timer } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  type ChatCompletionChunk,
  type DelayFunction,
  eventSource,
  openaiChat,
  type SseError,
} from '../../src/index.ts'
import { chatChunk } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { VirtualStream } from './virtual.ts'
import { numbered, plain } from './wire-text.ts'
import { settled, setupFailed, setupFailedAfterValues, withDelay } from './with-delay.ts'

describe('a delay function makes the next attempt with the first value of', () => {
  it.each<[string, DelayFunction]>([
    ['an Observable that has it at once', () => of(1)],
    ['an Observable that has more', () => of(1, 2, 3)],
    ['an Observable that has it later', () => timer(3)],
    [
      'an Observable that errors after it',
      () =>
        concat(
          of(1),
          throwError(() => new Error('late')),
        ),
    ],
    ['a promise', () => Promise.resolve()],
    ['an array', () => [undefined]],
    [
      'a generator',
      function* () {
        yield false
      },
    ],
    [
      'an async generator',
      async function* () {
        await settled()
        yield 0
        throw new Error('nobody asked')
      },
    ],
  ])('%s', async (_, delay) => {
    const stream = withDelay(delay).start()
    await until(() => stream.clock.step() || stream.ends.length > 0)
    expect(stream.ends).toEqual(['complete'])
    expect(stream.requests).toHaveLength(2)
  })

  it('an Observable that would go on for ever in the same call', () => {
    let taken = 0
    const endless = new Observable<number>((subscriber) => {
      // Bounded for the sake of the test alone.
      while (!subscriber.closed && taken < 1_000) subscriber.next(taken++)
    })
    expect(withDelay(() => endless).run().ends).toEqual(['complete'])
    expect(taken).toBe(1)
  })

  it('a generator without an end', () => {
    let taken = 0
    const delay = function* () {
      while (taken < 1_000) yield taken++
    }
    expect(withDelay(delay).run().ends).toEqual(['complete'])
    expect(taken).toBe(1)
  })
})

describe('a delay function emits the failure itself', () => {
  it.each<[string, DelayFunction]>([
    ['EMPTY', () => EMPTY],
    ['an empty array', () => []],
    ['an async generator without a value', async function* () {}],
    ['an Observable of the same error', (error) => throwError(() => error)],
    ['a promise that rejects with the same error', (error) => Promise.reject(error)],
    [
      'throwing the same error',
      (error) => {
        throw error
      },
    ],
  ])('by %s', async (_, delay) => {
    const spy = vi.fn(delay)
    const stream = withDelay(spy, [{ text: numbered(1, 2) }]).start()
    await until(() => stream.ends.length > 0)
    await settled()
    expect(stream.ends).toMatchObject([
      {
        kind: 'stream_terminated',
        reason: 'socket_closed',
        attempt: 1,
        events: 2,
        lastEventId: '2',
        resumable: true,
      },
    ])
    expect(stream.requests).toHaveLength(1)
    expect(spy).toHaveBeenCalledTimes(1)
    expect(stream.clock.pending).toBe(0)
  })

  it('which says the same as the error that the function and the waiting signal were given', () => {
    const given: SseError[] = []
    const notifier = new Subject<void>()
    const stream = withDelay((error) => {
      given.push(error)
      return notifier.pipe(mergeMap(() => throwError(() => error)))
    }).start()
    notifier.next()
    const waiting = stream.signals.find((signal) => signal.type === 'waiting')
    expect(waiting?.error).toBe(given[0])
    expect(stream.error?.toJSON()).toEqual(given[0]?.toJSON())
  })

  it('after what was held back until the first token', () => {
    const role = chatChunk({ role: 'assistant', content: '' })
    const ways: DelayFunction[] = [() => EMPTY, (error) => throwError(() => error)]
    for (const delay of ways) {
      const stream = new VirtualStream<ChatCompletionChunk>([{ text: plain(role) }], {
        dialect: openaiChat(),
        retry: { delay },
      }).run()
      expect(stream.values).toEqual([JSON.parse(role)])
      expect(stream.error).toMatchObject({ reason: 'socket_closed', events: 1 })
    }
  })

  it('as timeout.total does during the wait, but not an abort', () => {
    const role = chatChunk({ role: 'assistant', content: '' })
    const controller = new AbortController()
    const aborted = new VirtualStream<ChatCompletionChunk>([{ text: plain(role) }], {
      dialect: openaiChat(),
      retry: { delay: () => NEVER },
      signal: controller.signal,
    }).start()
    controller.abort()
    expect([aborted.values, aborted.error?.code]).toEqual([[], 'aborted'])
    const late = new VirtualStream<ChatCompletionChunk>([{ text: plain(role) }], {
      dialect: openaiChat(),
      retry: { delay: () => NEVER },
      timeout: { total: 1_000 },
    }).run()
    expect(late.error).toMatchObject({ code: 'deadline_exceeded', events: 1 })
    expect(late.values).toEqual([JSON.parse(role)])
  })

  it('also for an endless feed whose response is over', () => {
    const stream = withDelay(() => EMPTY, [{ text: numbered(1), end: 'clean' }], {
      dialect: eventSource(),
    }).run()
    expect(stream.ends).toMatchObject([{ kind: 'stream_terminated', reason: 'clean_end', lastEventId: '1' }])
  })
})

describe('a delay function that fails ends the stream with request_setup_failed', () => {
  const cause = new RangeError('my own')
  it.each<[string, DelayFunction]>([
    ['by an Observable of another error', () => throwError(() => cause)],
    ['by a promise that rejects', () => Promise.reject(cause)],
    [
      'by throwing',
      () => {
        throw cause
      },
    ],
    [
      'inside an async generator',
      async function* () {
        await settled()
        if (cause.message !== '') throw cause
        yield 1
      },
    ],
  ])('%s', async (_, delay) => {
    const stream = withDelay(delay, [{ text: numbered(1) }]).start()
    await until(() => stream.ends.length > 0)
    await settled()
    expect(stream.ends).toMatchObject([
      { ...setupFailedAfterValues, message: 'my own', cause, events: 1, lastEventId: '1' },
    ])
    expect(stream.requests).toHaveLength(1)
    expect(stream.clock.pending).toBe(0)
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['true', true],
    ['an empty object', {}],
    ['a function', () => of(1)],
    ['a symbol', Symbol('s')],
  ])('by returning %s', (_, garbage) => {
    const stream = withDelay(() => garbage as never).run()
    expect(stream.ends).toMatchObject([setupFailed])
    expect(stream.error?.cause).toBeInstanceOf(TypeError)
  })

  it('by an error that only looks like the failure', () => {
    const stream = withDelay((error) => throwError(() => ({ ...error }))).run()
    expect(stream.ends).toMatchObject([setupFailed])
  })
})
