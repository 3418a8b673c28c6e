import type { SseError } from '../errors/sse-error.ts'
import type { StreamPlan } from '../session/plan.ts'
import { Session } from '../session/session.ts'
import type { Transport, TransportFailure, TransportRequest, TransportSink } from '../transport/transport.ts'
import type { Setting } from './dialect-checks-plan.ts'
import { VirtualClock } from './virtual-clock.ts'

/** How a body stops: what the transport says of it. */
export const DEATHS = ['clean end', 'close', 'reset', 'silence'] as const
export type Death = (typeof DEATHS)[number]

const FAILURES: Readonly<Record<'close' | 'reset', TransportFailure>> = {
  close: { code: 'stream_terminated', reason: 'socket_closed', message: 'the connection was closed' },
  reset: { code: 'stream_terminated', reason: 'socket_reset', message: 'the connection was reset' },
}

/** Where a cursor stood: at so many bytes of all. */
export interface CursorMark {
  readonly at: number
  readonly cursor: string
}

/** What a consumer has seen of a stream. */
export interface Seen {
  readonly values: readonly unknown[]
  readonly completed: boolean
  readonly error: SseError | undefined
  /** How often it was told an ending. */
  readonly endings: number
  /** Values that came after it. */
  readonly late: number
}

/** A session of the real core, whose server and clock are played by hand. */
export class Playback implements Seen {
  readonly values: unknown[] = []
  /** For each value, how many bytes had come. */
  readonly valueAt: number[] = []
  readonly cursors: CursorMark[] = []
  readonly requests: TransportRequest[] = []
  /** Of the last request. */
  lastEventId: string | undefined
  completed = false
  error: SseError | undefined
  endings = 0
  late = 0
  /** How many bytes had come at the ending; `undefined` if it came with the end of the body. */
  endedAt: number | undefined
  readonly #clock = new VirtualClock()
  readonly #header: (name: string) => string | undefined
  #sink: TransportSink | undefined
  #pushed = 0
  #isOver = false

  constructor(plan: StreamPlan<unknown>, { headers: given = {} }: Setting) {
    const headers = new Map([['content-type', 'text/event-stream']])
    for (const [name, value] of Object.entries(given)) headers.set(name.toLowerCase(), value)
    this.#header = (name) => headers.get(name)
    const transport: Transport = { name: 'played', send: (request, sink) => this.#send(request, sink) }
    const session: Session<unknown> = new Session(
      plan,
      { transport, clock: this.#clock, random: () => 0.5 },
      {
        value: (value) => {
          this.values.push(value)
          this.valueAt.push(this.#pushed)
          if (this.endings > 0) this.late++
          this.#mark(session.lastEventId)
        },
        signal: (signal) => {
          if (signal.type === 'connecting') this.lastEventId = signal.lastEventId
          else if (signal.type === 'cursor') this.#mark(signal.lastEventId)
        },
        complete: () => {
          this.completed = true
          this.#end()
        },
        error: (error) => {
          this.error = error
          this.#end()
        },
      },
    )
    session.start()
  }

  push(chunk: Uint8Array): void {
    if (this.#sink === undefined) return
    this.#pushed += chunk.length
    this.#sink.onChunk(chunk)
  }

  /** The body is over. */
  end(death: Death): void {
    this.#isOver = true
    const sink = this.#sink
    if (sink === undefined) return
    if (death === 'clean end') sink.onEnd()
    else if (death === 'silence') while (this.#sink === sink && this.#clock.step());
    else sink.onFailure(FAILURES[death])
  }

  /** Lets time pass until another request is made: `false` if none is. */
  wait(): boolean {
    const { length } = this.requests
    while (this.endings === 0 && this.requests.length === length && this.#clock.step());
    return this.requests.length > length
  }

  #send(request: TransportRequest, sink: TransportSink): ReturnType<Transport['send']> {
    this.requests.push(request)
    this.#sink = sink
    const leave = (): void => {
      if (this.#sink === sink) this.#sink = undefined
    }
    sink.onConnected()
    sink.onHead({ status: 200, header: this.#header })
    return { pause() {}, resume() {}, abort: leave, release: leave }
  }

  #mark(cursor: string | undefined): void {
    if (cursor !== undefined) this.cursors.push({ at: this.#pushed, cursor })
  }

  #end(): void {
    this.endings++
    if (!this.#isOver) this.endedAt = this.#pushed
  }
}

/** The bytes, cut before each of the given offsets. */
export function* cutAt(bytes: Uint8Array, offsets: readonly number[]): Generator<Uint8Array> {
  let from = 0
  for (const to of [...new Set(offsets), bytes.length].sort((a, b) => a - b)) {
    // A copy, since a chunk is valid during the call only: what is kept of it must not be its buffer.
    if (to > from) yield bytes.slice(from, to)
    from = to
  }
}
