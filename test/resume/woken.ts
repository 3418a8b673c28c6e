import { type EventStreamConfig, eventSource, type ServerSentEvent } from '../../src/index.ts'
import type { Wakeup, Wakeups } from '../../src/session/wakeups.ts'
import { type Reply, VirtualStream } from './virtual.ts'

/** Wake-ups of the test's making. */
export function switchboard() {
  const listeners = new Set<(wakeup: Wakeup) => void>()
  const wakeups: Wakeups = (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return {
    wakeups,
    listeners,
    wake: (wakeup: Wakeup) => {
      for (const listener of [...listeners]) listener(wakeup)
    },
  }
}

/** A stream that has begun, and the switchboard that it listens to. */
export function woken(
  replies: readonly Reply[],
  config: EventStreamConfig<ServerSentEvent>,
  { random = () => 0.5 }: { random?: () => number } = {},
) {
  const board = switchboard()
  const stream = new VirtualStream(replies, config, { random, wakeups: board.wakeups }).start()
  return { ...board, stream, clock: stream.clock }
}

export const feed = { dialect: eventSource(), retry: { delay: 40_000, jitter: 'none' } } as const

export const everyWakeup: Wakeup[] = ['slept', 'online', 'visible']

/** Lets so much time pass. */
export const pass = (stream: VirtualStream, ms: number): void => {
  let over = false
  stream.clock.start(() => {
    over = true
  }, ms)
  while (!over && stream.clock.step());
}
