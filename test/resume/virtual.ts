import { resolveConfig } from '../../src/config-resolve.ts'
import { type EventStreamConfig, rawEvents, type ServerSentEvent, type SseError } from '../../src/index.ts'
import { Session } from '../../src/session/session.ts'
import type { SessionSignal } from '../../src/session/signal.ts'
import type { Wakeups } from '../../src/session/wakeups.ts'
import type {
  Transport,
  TransportFailure,
  TransportRequest,
  TransportSink,
} from '../../src/transport/transport.ts'
import { VirtualClock } from '../fixtures/in-memory.ts'

/** What the server does with one request. */
export interface Reply {
  /** Default: 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: string
  /** In place of `text`: its bytes, in these pieces. */
  readonly chunks?: readonly Uint8Array[]
  /** `fin`: the connection is closed; `clean`: the body ends; `open`: nothing more comes; `silent`: nothing at all. Default: `fin`. */
  readonly end?: 'fin' | 'clean' | 'open' | 'silent'
}

interface SeenRequest {
  readonly at: number
  readonly method: string
  readonly url: string
  readonly body: string | Uint8Array | undefined
  readonly headers: ReadonlyMap<string, string>
  /** Its client has left before the end. */
  left: boolean
  /** More of an answer that is open. */
  more(text: string): void
  /** Bytes that its content coding holds back. */
  received(): void
}

const CLOSED: TransportFailure = {
  code: 'stream_terminated',
  reason: 'socket_closed',
  message: 'the connection was closed',
}

const encoder = new TextEncoder()

/** A stream without network and time: every answer comes in the same call, waits pass when they are told to. */
export class VirtualStream<T = ServerSentEvent> {
  readonly clock = new VirtualClock()
  readonly requests: SeenRequest[] = []
  readonly signals: SessionSignal<T>[] = []
  readonly ends: ('complete' | SseError)[] = []
  readonly session: Session<T>

  /**
   * @param answer - to the request of this number, from 1 up; a list, whose last stands for all further ones
   * @param deps - `random`: 0.5 if not given
   */
  constructor(
    answer: readonly Reply[] | ((number: number, request: TransportRequest) => Reply),
    config: EventStreamConfig<T> = {},
    deps: {
      random?: () => number
      wakeups?: Wakeups
      onSignal?: (signal: SessionSignal<T>, stream: VirtualStream<T>) => void
    } = {},
  ) {
    const answerOf =
      typeof answer === 'function'
        ? answer
        : (number: number): Reply => answer[Math.min(number, answer.length) - 1] as Reply
    const plan = resolveConfig(
      'http://virtual.test/stream',
      { timeout: { connect: 0, first: 0, idle: 0, stall: 0 }, ...config } as EventStreamConfig<T>,
      rawEvents as never,
    )
    const { random = () => 0.5, wakeups, onSignal } = deps
    const tell = (signal: SessionSignal<T>): void => {
      this.signals.push(signal)
      onSignal?.(signal, this)
    }
    this.session = new Session<T>(
      plan,
      { transport: this.#transport(answerOf), clock: this.clock, random, wakeups },
      {
        value: (value) => tell({ type: 'value', value, lastEventId: this.session.lastEventId }),
        signal: tell,
        complete: () => void this.ends.push('complete'),
        error: (error) => void this.ends.push(error),
      },
    )
  }

  get values(): T[] {
    return this.signals.flatMap((signal) => (signal.type === 'value' ? [signal.value] : []))
  }

  get error(): SseError | undefined {
    const [end] = this.ends
    return end === 'complete' ? undefined : end
  }

  /** Milliseconds between each request and the next. */
  get pauses(): number[] {
    return this.requests.slice(1).map(({ at }, index) => at - (this.requests[index]?.at ?? 0))
  }

  start(): this {
    this.session.start()
    return this
  }

  /** Starts, and lets time pass until the stream has ended, or so many requests were made. */
  run(requests = 1_000): this {
    this.start()
    while (this.ends.length === 0 && this.requests.length < requests && this.clock.step());
    return this
  }

  /** The same for a config whose functions are async. */
  async runAsync(requests = 1_000): Promise<this> {
    this.start()
    for (let idle = 0; this.ends.length === 0 && this.requests.length < requests && idle < 20; ) {
      await new Promise((resolve) => setImmediate(resolve))
      idle = this.clock.step() ? 0 : idle + 1
    }
    return this
  }

  #transport(answerOf: (number: number, request: TransportRequest) => Reply): Transport {
    return {
      name: 'virtual',
      send: (request, sink) => {
        const { method, url, body, headers } = request
        const seen: SeenRequest = {
          at: this.clock.now(),
          method,
          url: url.href,
          body,
          headers,
          left: false,
          more: (text) => {
            if (!seen.left) sink.onChunk(encoder.encode(text))
          },
          received: () => sink.onReceived?.(),
        }
        this.requests.push(seen)
        const leave = (): void => {
          seen.left = true
        }
        play(answerOf(this.requests.length, request), sink, seen)
        return { pause() {}, resume() {}, abort: leave, release: leave }
      },
    }
  }
}

function play(reply: Reply, sink: TransportSink, seen: SeenRequest): void {
  const { status = 200, text = '', chunks = [], end = 'fin' } = reply
  const headers: Record<string, string> = {
    ...(status === 200 ? { 'content-type': 'text/event-stream' } : {}),
    ...reply.headers,
  }
  sink.onConnected()
  if (end === 'silent') return
  sink.onHead({ status, header: (name) => headers[name] })
  if (text !== '') seen.more(text)
  for (const chunk of chunks) if (!seen.left) sink.onChunk(chunk)
  if (seen.left || end === 'open') return
  if (end === 'clean' || status !== 200) sink.onEnd()
  else sink.onFailure(CLOSED)
}
