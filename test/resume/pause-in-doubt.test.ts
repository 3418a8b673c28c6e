import { describe, expect, it } from 'vitest'
import type { StreamSignal } from '../../src/index.ts'
import { VirtualStream } from './virtual.ts'
import { feed, pass, switchboard } from './woken.ts'

/** A feed that was found dead after a sleep, with what its consumer does about one kind of signal. */
function dead(type: StreamSignal<unknown>['type'], deed: (stream: VirtualStream) => void): VirtualStream {
  const board = switchboard()
  let isAsleep = false
  const stream = new VirtualStream([{ text: '', end: 'open' }], feed, {
    wakeups: board.wakeups,
    onSignal: (signal, its) => {
      if (isAsleep && signal.type === type) deed(its)
    },
  }).start()
  isAsleep = true
  board.wake('slept')
  pass(stream, 60_000)
  return stream
}

describe('a consumer that pauses when it hears that its feed was found dead', () => {
  it.each(['waiting', 'connecting', 'open'] as const)(
    'on %s does not put the next connection in doubt',
    (type) => {
      const stream = dead(type, ({ session }) => session.pause())
      expect(stream.requests).toHaveLength(2)
      stream.session.resume()
      pass(stream, 1_000_000)
      expect(stream.requests).toHaveLength(2)
      expect(stream.clock.pending).toBe(0)
      stream.session.stop()
    },
  )
})
