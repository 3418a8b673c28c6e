import { resolveConfig } from '../../src/config-resolve.ts'
import {
  type EventStreamConfig,
  rawEvents,
  type SseError,
  type StreamSignal,
  type Transport,
  type TransportRequest,
  type TransportSink,
} from '../../src/index.ts'
import { Session } from '../../src/session/session.ts'
import { VirtualClock } from '../fixtures/in-memory.ts'

/** What a server sends to one request; after it the connection is cut, or the body ends cleanly. */
export interface Reply {
  readonly chunks: readonly Uint8Array[]
  readonly end: 'cut' | 'clean'
}

export interface Outcome<T> {
  readonly values: T[]
  readonly signals: StreamSignal<T>[]
  readonly completed: boolean
  readonly error: SseError | undefined
  readonly requests: TransportRequest[]
  /** How often an ending was told. */
  readonly endings: number
}

/** A whole stream without a network and without time: for properties that take many runs. */
export function runInMemory<T>(
  answer: (request: TransportRequest, n: number) => Reply,
  config: Partial<EventStreamConfig<T>>,
): Outcome<T> {
  const requests: TransportRequest[] = []
  const values: T[] = []
  const signals: StreamSignal<T>[] = []
  let completed = false
  let error: SseError | undefined
  let endings = 0
  const clock = new VirtualClock()
  const transport: Transport = {
    name: 'in-memory',
    send(request, sink) {
      requests.push(request)
      const state = { left: false }
      const leave = (): void => {
        state.left = true
      }
      deliver(answer(request, requests.length), sink, state)
      return { pause() {}, resume() {}, abort: leave, release: leave }
    },
  }
  const plan = resolveConfig('http://in.memory', { transport, ...config }, rawEvents as never)
  const session = new Session<T>(
    plan as never,
    { transport, clock, random: () => 0 },
    {
      value: (value) => {
        values.push(value)
        signals.push({ type: 'value', value, lastEventId: session.lastEventId })
      },
      signal: (signal) => signals.push(signal),
      complete: () => {
        completed = true
        endings++
      },
      error: (told) => {
        error = told
        endings++
      },
    },
  )
  session.start()
  while (clock.step());
  return { values, signals, completed, error, requests, endings }
}

function deliver({ chunks, end }: Reply, sink: TransportSink, state: { left: boolean }): void {
  sink.onConnected()
  sink.onHead({
    status: 200,
    header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
  })
  for (const chunk of chunks) if (!state.left) sink.onChunk(chunk.slice())
  if (state.left) return
  if (end === 'clean') sink.onEnd()
  else {
    sink.onFailure({
      code: 'stream_terminated',
      reason: 'socket_closed',
      message: 'the connection was closed',
    })
  }
}

const utf8 = new TextEncoder()

/** The bytes of a text in pieces, cut at places that the shares (0 to 1) name: also inside a character. */
export function pieces(text: string, shares: readonly number[] = []): Uint8Array[] {
  const bytes = utf8.encode(text)
  const places = new Set(shares.map((share) => Math.floor(share * bytes.length)))
  const cuts = [0, ...[...places].filter((place) => place > 0).sort((a, b) => a - b), bytes.length]
  return cuts.slice(1).map((to, index) => bytes.slice(cuts[index], to))
}
