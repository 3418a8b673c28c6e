import { NEVER, Observable, of, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Reply, VirtualStream } from './virtual.ts'
import { failing, settled, withDelay } from './with-delay.ts'

describe('during the wait for a delay function', () => {
  /** A notifier that never speaks, and who listens to it. */
  function silent() {
    const state = { listeners: 0, teardowns: 0 }
    const notifier = new Observable<never>(() => {
      state.listeners++
      return () => {
        state.listeners--
        state.teardowns++
      }
    })
    return { state, notifier }
  }

  it('an unsubscribe ends it at once, and a value that comes after it is nobody’s', async () => {
    const { state, notifier } = silent()
    const late = new Subject<void>()
    for (const source of [NEVER, notifier, late]) {
      const stream = withDelay(() => source).start()
      stream.session.stop()
      late.next()
      await settled()
      expect(stream.ends).toEqual([])
      expect(stream.requests).toHaveLength(1)
      expect(stream.clock.pending).toBe(0)
    }
    expect(state).toEqual({ listeners: 0, teardowns: 1 })
    expect(late.observed).toBe(false)
  })

  it('an unsubscribe inside the function leaves nothing', () => {
    const { state, notifier } = silent()
    const stream: VirtualStream = withDelay(() => {
      stream.session.stop()
      return notifier
    })
    stream.start()
    expect(state.listeners).toBe(0)
    expect([stream.ends, stream.clock.pending]).toEqual([[], 0])
  })

  it('an abort ends it with one error', () => {
    const { state, notifier } = silent()
    const controller = new AbortController()
    const stream = withDelay(() => notifier, failing(1), { signal: controller.signal }).start()
    controller.abort('gone')
    expect(stream.ends).toMatchObject([{ code: 'aborted', cause: 'gone' }])
    expect(state).toEqual({ listeners: 0, teardowns: 1 })
  })

  it('an abort inside the function, which then throws, is told once', () => {
    const controller = new AbortController()
    const stream = withDelay(
      () => {
        controller.abort()
        throw new Error('as well')
      },
      failing(1),
      { signal: controller.signal },
    ).run()
    expect(stream.ends).toMatchObject([{ code: 'aborted' }])
  })

  it('timeout.total ends it', () => {
    const { state, notifier } = silent()
    const stream = withDelay(() => notifier, failing(1), { timeout: { total: 5_000 } }).run()
    expect(stream.ends).toMatchObject([{ code: 'deadline_exceeded' }])
    expect(stream.clock.now()).toBe(5_000)
    expect(state).toEqual({ listeners: 0, teardowns: 1 })
    expect(stream.clock.pending).toBe(0)
  })

  it('timeout.total is not waited for where the floor alone goes beyond it', () => {
    const limited: Reply = { status: 429, headers: { 'retry-after': '6' } }
    const stream = withDelay(() => of(1), [limited], { timeout: { total: 5_000 } }).run()
    expect(stream.ends).toMatchObject([{ code: 'rate_limit_exceeded', retryAfterMs: 6_000 }])
    expect(stream.clock.now()).toBe(0)
  })

  it('a value that the waiting signal brings about is heard: whoever answers it at once, by a button say', () => {
    const notifier = new Subject<void>()
    const stream = withDelay(
      () => notifier,
      failing(1),
      {},
      {
        onSignal: ({ type }) => type === 'waiting' && notifier.next(),
      },
    ).start()
    while (stream.clock.step());
    expect(stream.requests).toHaveLength(2)
    expect(stream.ends).toEqual(['complete'])
    expect(notifier.observed).toBe(false)
  })
})
