import { describe, expect, it, vi } from 'vitest'
import { eventSource, eventStreamSignals, fromEventStream, toAsyncIterable } from '../../src/index.ts'
import { startFaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'

describe('streams over real connections', () => {
  /** What the watch of the library itself takes of `globalThis`. */
  function watched() {
    const timers = new Set<unknown>()
    const target = new EventTarget()
    const listeners = { count: 0 }
    const set = vi.spyOn(globalThis, 'setInterval').mockImplementation(((
      callback: () => void,
      ms: number,
    ) => {
      const timer = { callback, ms }
      timers.add(timer)
      return timer
    }) as never)
    const clear = vi
      .spyOn(globalThis, 'clearInterval')
      .mockImplementation((timer) => void timers.delete(timer))
    vi.stubGlobal('addEventListener', (type: string, listener: () => void) => {
      listeners.count++
      target.addEventListener(type, listener)
    })
    vi.stubGlobal('removeEventListener', (type: string, listener: () => void) => {
      listeners.count--
      target.removeEventListener(type, listener)
    })
    return {
      timers,
      listeners,
      online: () => target.dispatchEvent(new Event('online')),
      [Symbol.dispose]() {
        set.mockRestore()
        clear.mockRestore()
        vi.unstubAllGlobals()
      },
    }
  }

  it('leave neither timer nor listener after the last of them, however each ended', async () => {
    await using server = await startFaultServer({
      ids: true,
      events: ['a', 'b', '[DONE]'],
      answers: [{ fault: { type: 'stall', after: { events: 1 } } }],
    })
    using watch = watched()
    const config = { dialect: eventSource() }
    const one = fromEventStream(server.url, config).subscribe()
    const controller = new AbortController()
    let aborted = false
    eventStreamSignals(server.url, { ...config, signal: controller.signal }).subscribe({
      error: () => {
        aborted = true
      },
    })
    const iterator = toAsyncIterable(server.url, config)[Symbol.asyncIterator]()
    await iterator.next()
    await until(() => server.requests.length === 3)
    expect([watch.timers.size, watch.listeners.count]).toEqual([1, 1])
    one.unsubscribe()
    await iterator.return?.()
    expect([watch.timers.size, watch.listeners.count]).toEqual([1, 1])
    controller.abort()
    expect(aborted).toBe(true)
    expect([watch.timers.size, watch.listeners.count]).toEqual([0, 0])
  })

  it('that wait go on when the machine is online again', async () => {
    await using server = await startFaultServer({ answers: [{ status: 503 }, {}] })
    using watch = watched()
    vi.spyOn(Math, 'random').mockReturnValue(0.01)
    let completed = false
    let waiting = false
    eventStreamSignals(server.url, { retry: { delay: 50_000, jitter: 'none' } }).subscribe({
      next: ({ type }) => {
        waiting ||= type === 'waiting'
      },
      complete: () => {
        completed = true
      },
    })
    await until(() => waiting)
    watch.online()
    await until(() => completed)
    vi.mocked(Math.random).mockRestore()
    expect(server.requests).toHaveLength(2)
    expect([watch.timers.size, watch.listeners.count]).toEqual([0, 0])
  })
})
