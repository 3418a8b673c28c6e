import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  type EventStreamConfig,
  rawEvents,
  type ServerSentEvent,
  type SseError,
} from '../../src/index.ts'
import type { Session } from '../../src/session/session.ts'
import type { SessionSignal } from '../../src/session/signal.ts'
import type { Wakeups } from '../../src/session/wakeups.ts'
import { type Reply, VirtualStream } from './virtual.ts'

const OPEN: Reply = { text: 'id: 1\ndata: a\n\n', end: 'open' }
const never = (): Promise<never> => new Promise(() => {})

interface Continued {
  readonly stream: VirtualStream
  readonly session: Session<ServerSentEvent>
  readonly signals: SessionSignal<ServerSentEvent>[]
  readonly errors: SseError[]
  readonly listening: () => number
}

/** Stopped after a value, and continued. */
function continued(second: Reply, config: EventStreamConfig<ServerSentEvent> = {}): Continued {
  const listeners = new Set<unknown>()
  const wakeups: Wakeups = (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const stream = new VirtualStream([OPEN, second], config, { wakeups }).start()
  stream.session.stop()
  const signals: SessionSignal<ServerSentEvent>[] = []
  const errors: SseError[] = []
  const session = stream.session.continuation({
    value: (value) => signals.push({ type: 'value', value, lastEventId: session.lastEventId }),
    signal: (signal) => signals.push(signal),
    complete() {},
    error: (error) => errors.push(error),
  })
  session.start()
  return { stream, session, signals, errors, listening: () => listeners.size }
}

describe('a continued stream that is stopped in its turn leaves no timer, listener or request', () => {
  const PHASES: readonly [string, Reply, EventStreamConfig<ServerSentEvent>, string | undefined][] = [
    ['before the answer', { end: 'silent' }, {}, 'connecting'],
    ['inside the answer', { text: 'id: 2\ndata: b\n\nid: 3\nda', end: 'open' }, {}, 'value'],
    ['while waiting', { end: 'fin' }, {}, 'waiting'],
    ['while its strategy thinks', OPEN, { resume: { name: 'slow', resume: never } }, undefined],
  ]

  it.each(PHASES)('%s', (_, second, config, phase) => {
    const signal = new AbortController().signal
    let heard = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      heard++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      heard--
      remove(...args)
    }
    const timeout = { connect: 1_000, first: 2_000, idle: 3_000, stall: 4_000, total: 5_000 }
    const { stream, session, signals, listening } = continued(second, { ...config, timeout, signal })
    expect(signals.at(-1)?.type).toBe(phase)
    expect(heard).toBe(1)
    session.stop()
    expect(stream.clock.step()).toBe(false)
    expect(listening()).toBe(0)
    expect(heard).toBe(0)
    expect(stream.requests.every(({ left }) => left)).toBe(true)
  })
})

describe('a continued stream', () => {
  it('has all of timeout.total once more', () => {
    const { stream, errors } = continued(
      { end: 'silent' },
      { timeout: { total: 5_000, first: 0, connect: 0 } },
    )
    const from = stream.clock.now()
    while (errors.length === 0 && stream.clock.step());
    expect(errors).toMatchObject([{ code: 'deadline_exceeded' }])
    expect(stream.clock.now() - from).toBe(5_000)
  })

  it('keeps the key of its request, which is the same', () => {
    const keys = (config: EventStreamConfig<ServerSentEvent>): unknown[] =>
      continued({ end: 'silent' }, { body: { a: 1 }, ...config }).stream.requests.map(({ headers }) =>
        headers.get('idempotency-key'),
      )
    const [first, second, ...more] = keys({ idempotencyKey: true })
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).toBe(first)
    expect(more).toEqual([])
  })

  it('remembers what its dialect had read, also after a step that was refused', () => {
    let steps = 0
    const stream = new VirtualStream<string>(
      [
        { text: 'data: a\n\nid: 1\ndata: b\n\n', end: 'open' },
        { text: 'data: c\n\ndata: end\n\n', end: 'clean' },
      ],
      {
        dialect: {
          name: 'counting',
          memory: () => ({ read: 0 }),
          read: ({ data }, memory) => `${data}${++(memory as { read: number }).read}`,
        },
        resume: {
          name: 'mistaken',
          // The first asks for the rest with the request that begins anew, which is refused.
          resume: ({ afterCursor }) =>
            ++steps === 1
              ? { type: 'append', request: { method: 'GET' } }
              : { type: 'continue', request: afterCursor },
        },
      } as EventStreamConfig<string>,
    ).start()
    stream.session.stop()
    const values: string[] = []
    const sink = {
      value: (value: string) => void values.push(value),
      signal() {},
      complete() {},
      error() {},
    }
    expect(stream.values).toEqual(['a1', 'b2'])
    stream.session.continuation(sink).start()
    expect(values).toEqual([])
    expect(stream.session.canBeContinued).toBe(true)
    stream.session.continuation(sink).start()
    expect(values[0]).toBe('c3')
  })

  it('goes on after an ID that came before any value: a call is not made twice', () => {
    const polling: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      polls: true,
      resume: () => ({ method: 'GET', body: undefined }),
    }
    const stream = new VirtualStream(
      [
        { text: 'retry: 50\nid: 1\n\n', end: 'clean' },
        { text: 'id: 2\ndata: a\n\ndata: [DONE]\n\n', end: 'clean' },
      ],
      { body: { call: 1 }, dialect: polling },
    ).start()
    expect(stream.signals.at(-1)?.type).toBe('waiting')
    stream.session.stop()
    expect(stream.session.canBeContinued).toBe(true)
    const values: unknown[] = []
    stream.session
      .continuation({ value: ({ data }) => values.push(data), signal() {}, complete() {}, error() {} })
      .start()
    expect(values).toEqual(['a'])
    expect(stream.requests.map(({ method, headers }) => [method, headers.get('last-event-id')])).toEqual([
      ['POST', undefined],
      ['GET', '1'],
    ])
  })

  it('has nothing to go on with before a value or an ID', () => {
    for (const lastEventId of [undefined, '7']) {
      const stream = new VirtualStream([{ text: 'data: half', end: 'open' }], { lastEventId }).start()
      stream.session.stop()
      expect(stream.session.canBeContinued).toBe(false)
    }
  })
})
