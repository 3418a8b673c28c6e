import { describe, expect, it } from 'vitest'
import type { Wakeup } from '../../src/session/wakeups.ts'
import type { Reply } from './virtual.ts'
import { numbered } from './wire-text.ts'
import { everyWakeup, feed, pass, woken } from './woken.ts'

describe('a feed that was open', () => {
  const open: Reply = { text: numbered(1), end: 'open' }

  it.each<Wakeup>(['slept', 'online'])(
    'and is silent for 10 s after %s is begun again at its cursor',
    (wakeup) => {
      const { stream, wake } = woken([open], feed)
      pass(stream, 1_000_000)
      wake(wakeup)
      pass(stream, 9_999)
      expect(stream.signals.some(({ type }) => type === 'waiting')).toBe(false)
      pass(stream, 1)
      const waiting = stream.signals.find((signal) => signal.type === 'waiting')
      expect(waiting?.error).toMatchObject({
        kind: 'stream_terminated',
        reason: 'idle',
        retryable: true,
        events: 1,
      })
      expect(stream.requests[0]?.left).toBe(true)
      pass(stream, 40_000)
      expect(stream.requests[1]?.headers.get('last-event-id')).toBe('1')
      stream.session.stop()
      expect(stream.clock.pending).toBe(0)
    },
  )

  it.each(['data: x\n\n', ': ping\n\n', '\n', 'd'])('and shows %j stays open', (sign) => {
    const { stream, wake } = woken([open], feed)
    wake('slept')
    pass(stream, 9_000)
    stream.requests[0]?.more(sign)
    pass(stream, 1_000_000)
    expect(stream.requests).toHaveLength(1)
    expect(stream.clock.pending).toBe(0)
  })

  it('and shows something that its content coding holds back stays open', () => {
    const { stream, wake } = woken([open], feed)
    wake('slept')
    pass(stream, 9_000)
    stream.requests[0]?.received()
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(1)
  })

  it('and has only shown something before is not believed for it', () => {
    const { stream, wake } = woken([open], feed)
    stream.requests[0]?.more(': ping\n\n')
    wake('slept')
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(2)
  })

  it('is left alone by visible', () => {
    const { stream, wake } = woken([open], feed)
    wake('visible')
    expect(stream.clock.pending).toBe(0)
    pass(stream, 1_000_000)
    expect(stream.requests).toHaveLength(1)
  })

  it('and is in doubt twice is begun again once', () => {
    const { stream, wake } = woken([open], feed)
    wake('slept')
    wake('online')
    expect(stream.clock.pending).toBe(1)
    pass(stream, 10_000)
    expect(stream.signals.filter(({ type }) => type === 'waiting')).toHaveLength(1)
    pass(stream, 40_000)
    expect(stream.requests).toHaveLength(2)
  })

  it('and is in doubt again and again is not trusted for ever', () => {
    const { stream, wake } = woken([open], feed)
    for (let time = 0; time < 10; time++) {
      wake('online')
      pass(stream, 9_000)
    }
    expect(stream.signals.some(({ type }) => type === 'waiting')).toBe(true)
  })

  it('and ends while it is in doubt leaves no timer', () => {
    const { stream, wake, listeners } = woken([{ text: numbered(1), end: 'open' }, { status: 204 }], {
      ...feed,
      timeout: { idle: 5_000 },
    })
    wake('slept')
    pass(stream, 5_010)
    expect(stream.signals.filter(({ type }) => type === 'waiting')).toHaveLength(1)
    pass(stream, 40_000)
    expect(stream.ends).toEqual(['complete'])
    expect([stream.clock.pending, listeners.size]).toEqual([0, 0])
  })

  it('and is unsubscribed while it is in doubt leaves no timer', () => {
    const { stream, wake, listeners, clock } = woken([open], feed)
    wake('slept')
    stream.session.stop()
    expect([clock.pending, listeners.size]).toEqual([0, 0])
  })

  it('and was paused by its consumer then is doubted once it is read again', () => {
    const { stream, wake } = woken([open], feed)
    stream.session.pause()
    wake('slept')
    pass(stream, 60_000)
    stream.session.resume()
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(2)
  })
})

describe('a feed that was not answered yet', () => {
  it('when the machine went to sleep is asked for again: no other deadline runs', () => {
    const { stream, wake } = woken([{ end: 'silent' }], feed)
    wake('slept')
    pass(stream, 60_000)
    expect(stream.requests).toHaveLength(2)
  })
})

describe('a feed that was begun after the wake-up', () => {
  it.each<[string, Reply]>([
    ['at once', { status: 503 }],
    ['once the floor was over', { status: 503, headers: { 'retry-after-ms': '9900' } }],
  ])('%s may be as quiet as it likes', (_, first) => {
    for (const wakeup of everyWakeup) {
      const { stream, wake } = woken([first, { text: '', end: 'open' }], feed)
      wake(wakeup)
      pass(stream, 1_000_000)
      expect(stream.requests).toHaveLength(2)
      expect(stream.clock.pending).toBe(0)
      stream.session.stop()
    }
  })
})
