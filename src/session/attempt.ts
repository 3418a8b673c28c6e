import type { EventSourceMessage } from 'eventsource-parser'
import { EventDecoder, type Leftover } from '../decode/event-decoder.ts'
import { type Dialect, type ServerSentEvent, Verdict } from '../dialects/dialect.ts'
import { type Failure, preview, type TerminationReason } from '../errors/failure.ts'
import { failureInBand, isEventStream, requestIdOf } from '../errors/http.ts'
import type {
  Exchange,
  ResponseHead,
  Transport,
  TransportFailure,
  TransportRequest,
} from '../transport/transport.ts'
import type { Ending } from './after-ending.ts'
import type { Clock } from './clock.ts'
import { type AttemptTimes, type DeadlineName, nextDeadline, type Timeouts } from './deadlines.ts'
import { ErrorBody } from './error-body.ts'
import { advance, type Progress } from './progress.ts'

/** What an attempt needs and does not change, but for `progress`, which outlives it. */
export interface AttemptContext<T> {
  readonly transport: Transport
  readonly dialect: Dialect<T>
  readonly memory: unknown
  readonly progress: Progress
  readonly timeouts: Timeouts
  readonly clock: Clock
  readonly maxEventSize: number
  readonly maxErrorBody: number
  /** The cursor that this attempt resumes from; `''` if it does not resume. */
  readonly resumedFrom: string
}

/** Told by an attempt. `onEnding` comes once and last. */
export interface AttemptHandler<T> {
  onOpen(status: number, requestId: string | undefined): void
  onValue(value: T): void
  onEnding(ending: Ending): void
}

const DEADLINES: Readonly<Record<'first' | 'idle' | 'stall', { reason: TerminationReason; words: string }>> =
  {
    first: { reason: 'first', words: 'no content within timeout.first' },
    idle: { reason: 'idle', words: 'no byte within timeout.idle' },
    stall: { reason: 'stalled', words: 'bytes, but no content within timeout.stall' },
  }

/** One request and what comes of it: bytes in, values out, one ending. */
export class Attempt<T> {
  readonly #context: AttemptContext<T>
  readonly #handler: AttemptHandler<T>
  readonly #decoder: EventDecoder
  #exchange: Exchange | undefined
  /** How to leave the exchange, if that was decided before the transport had handed it over. */
  #leave: 'abort' | 'release' | undefined
  readonly #times: AttemptTimes
  #head: ResponseHead | undefined
  #requestId: string | undefined
  #errorBody: ErrorBody | undefined
  #resumedFrom: string
  #timer: unknown
  #pausedAt: number | undefined
  #over = false
  /** Values delivered by this attempt. */
  delivered = 0

  constructor(context: AttemptContext<T>, handler: AttemptHandler<T>) {
    this.#context = context
    this.#handler = handler
    this.#resumedFrom = context.resumedFrom
    const now = context.clock.now()
    this.#times = {
      startedAt: now,
      connected: false,
      headAt: undefined,
      lastByteAt: now,
      lastContentAt: undefined,
    }
    this.#decoder = new EventDecoder(
      {
        onEvent: (message) => this.#onEvent(message),
        onIdOnly: (id) => {
          if (this.#isNew(id)) advance(context.progress, id)
        },
        onRetry: (ms) => {
          context.progress.reconnectionTime = ms
        },
        onUnknownField: (field, value) => {
          const verdict = context.dialect.readField?.(field, value)
          if (verdict !== undefined) this.#onVerdict(verdict, undefined)
        },
        onTooLarge: () =>
          this.#terminate(
            'event_too_large',
            'event_too_large',
            `an event is larger than maxEventSize (${context.maxEventSize} characters)`,
          ),
      },
      context.maxEventSize,
    )
  }

  /** Sends the request. A transport may deliver, and end, while it is still sending. */
  start(request: TransportRequest): void {
    this.#arm()
    const exchange = this.#context.transport.send(request, {
      onConnected: () => {
        this.#times.connected = true
      },
      onHead: (head) => this.#onHead(head),
      onChunk: (chunk) => this.#onChunk(chunk),
      onEnd: () => this.#onTransportEnd(undefined),
      onFailure: (failure) => this.#onTransportEnd(failure),
    })
    this.#exchange = exchange
    if (this.#leave !== undefined) exchange[this.#leave]()
    else if (this.#pausedAt !== undefined) exchange.pause()
  }

  /** Ends the request at once, without an ending. */
  stop(): void {
    if (this.#over) return
    this.#close('abort')
  }

  pause(): void {
    if (this.#over || this.#pausedAt !== undefined) return
    this.#pausedAt = this.#context.clock.now()
    this.#exchange?.pause()
  }

  resume(): void {
    if (this.#over || this.#pausedAt === undefined) return
    // The consumer's pause is not the server's silence.
    const paused = this.#context.clock.now() - this.#pausedAt
    this.#pausedAt = undefined
    const times = this.#times
    times.startedAt += paused
    times.lastByteAt += paused
    if (times.headAt !== undefined) times.headAt += paused
    if (times.lastContentAt !== undefined) times.lastContentAt += paused
    this.#arm()
    this.#exchange?.resume()
  }

  #onHead(head: ResponseHead): void {
    if (this.#over) return
    const { clock, dialect, maxErrorBody } = this.#context
    this.#head = head
    this.#requestId = requestIdOf(head.header)
    this.#times.connected = true
    this.#times.headAt = clock.now()
    this.#times.lastByteAt = this.#times.headAt
    const { status } = head
    if (status === 204) {
      if (dialect.endless === true) this.#end({ type: 'done' }, 'release')
      else
        this.#fail({
          kind: 'request_failed',
          code: 'no_content',
          message: 'the server has nothing to stream (HTTP 204)',
        })
    } else if (status === 200 && isEventStream(head.header('content-type'))) {
      this.#arm()
      this.#handler.onOpen(status, this.#requestId)
    } else {
      this.#stopTimer()
      this.#errorBody = new ErrorBody(head, maxErrorBody, clock, (failure) => this.#fail(failure))
    }
  }

  #onChunk(chunk: Uint8Array): void {
    if (this.#over) return
    if (this.#errorBody !== undefined) {
      this.#errorBody.push(chunk)
      return
    }
    this.#context.progress.bytes += chunk.length
    this.#times.lastByteAt = this.#context.clock.now()
    this.#decoder.push(chunk)
  }

  /** Is this id one that the consumer has not been shown? To see the first again means that the server began anew. */
  #isNew(id: string): boolean {
    const resumedFrom = this.#resumedFrom
    if (resumedFrom === '' || id === '') return true
    this.#resumedFrom = ''
    if (id !== resumedFrom && id !== this.#context.progress.firstId) return true
    this.#terminate(
      'resume_mismatch',
      'resume_mismatch',
      `asked to continue after event ${preview(JSON.stringify(resumedFrom))}, the server sent event ${preview(JSON.stringify(id))} again`,
    )
    return false
  }

  #onEvent(message: EventSourceMessage): void {
    if (this.#over) return
    const { id } = message
    if (id === undefined) {
      const { cursor } = this.#context.progress
      if (cursor !== '') message.id = cursor
    } else if (!this.#isNew(id)) {
      return
    } else if (id === '') {
      message.id = undefined
    }
    let reading: T | Verdict<T>
    try {
      reading = this.#context.dialect.read(message as ServerSentEvent, this.#context.memory)
    } catch (error) {
      this.#malformed(message, error)
      return
    }
    if (reading instanceof Verdict) this.#onVerdict(reading, id)
    else this.#deliver(reading, id)
  }

  #onVerdict(verdict: Verdict<T>, id: string | undefined): void {
    if (verdict.type === 'ignored') {
      if (id !== undefined) advance(this.#context.progress, id)
    } else if (verdict.type === 'done') {
      if (verdict.hasValue) this.#deliver(verdict.value as T, id)
      this.#end({ type: 'done' }, 'release')
    } else {
      this.#fail({ ...failureInBand(verdict.upstream ?? { payload: undefined }) }, 'release')
    }
  }

  #deliver(value: T, id: string | undefined): void {
    const { progress, dialect } = this.#context
    if (id === undefined) progress.sinceCursor++
    else advance(progress, id)
    progress.events++
    this.delivered++
    if (dialect.isContent === undefined || dialect.isContent(value)) {
      const times = this.#times
      const first = times.lastContentAt === undefined
      times.lastContentAt = times.lastByteAt
      if (first) this.#arm()
    }
    this.#handler.onValue(value)
  }

  #malformed(message: EventSourceMessage, cause: unknown): void {
    const { progress, dialect } = this.#context
    const at = `event ${progress.events + 1}${message.id === undefined ? '' : ` (id ${preview(message.id)})`}`
    this.#fail({
      kind: 'stream_terminated',
      code: 'malformed_event',
      reason: 'malformed_event',
      message: `${at} cannot be read as ${dialect.name}: "${preview(message.data)}"`,
      cause,
    })
  }

  /** The transport is through. Only what the dialect has seen can make that a whole stream. */
  #onTransportEnd(failure: TransportFailure | undefined): void {
    if (this.#over) return
    if (this.#errorBody !== undefined) {
      this.#errorBody.end()
      return
    }
    if (this.#head === undefined) {
      this.#fail({
        kind: 'request_failed',
        ...(failure ?? { code: 'connection_failed', message: 'no response' }),
      })
      return
    }
    const { dialect, memory } = this.#context
    const whole = dialect.isWhole?.(memory) === true
    const leftover = this.#decoder.finish()
    if (leftover?.event !== undefined && this.#endsByLeftover(leftover.event)) return
    if (whole) {
      this.#end({ type: 'done' }, 'abort')
      return
    }
    const terminated = this.#terminated(failure, leftover)
    if (failure === undefined && dialect.endless === true)
      this.#end({ type: 'response-over', failure: terminated }, 'abort')
    else this.#fail(terminated)
  }

  /** A marker, or a reported error, counts even if its blank line is missing; a value does not. */
  #endsByLeftover(event: EventSourceMessage): boolean {
    try {
      const reading = this.#context.dialect.read(event as ServerSentEvent, this.#context.memory)
      if (!(reading instanceof Verdict) || reading.type === 'ignored') return false
      this.#onVerdict(reading, undefined)
      return true
    } catch {
      return false
    }
  }

  #terminated(failure: TransportFailure | undefined, leftover: Leftover | undefined): Failure {
    const rest = leftover === undefined ? undefined : { leftover: leftover.preview }
    if (failure !== undefined) {
      // A redirect or a coding that cannot be followed has its own code, also after the head.
      return {
        kind: failure.code === 'stream_terminated' ? 'stream_terminated' : 'request_failed',
        ...failure,
        ...rest,
      }
    }
    const base = { kind: 'stream_terminated', code: 'stream_terminated', ...rest } as const
    if (leftover?.cut === 'character') {
      return { ...base, reason: 'cut_character', message: 'the response ended inside a character' }
    }
    if (leftover?.cut === 'event') {
      return { ...base, reason: 'cut_event', message: 'the response ended inside an event' }
    }
    return { ...base, reason: 'clean_end', message: 'the response ended without the end marker' }
  }

  #terminate(code: Failure['code'], reason: TerminationReason, message: string): void {
    this.#fail({ kind: 'stream_terminated', code, reason, message })
  }

  #onDeadline(name: DeadlineName): void {
    if (name === 'connect') {
      this.#fail({
        kind: 'request_failed',
        code: 'connect_timeout',
        message: 'no connection within timeout.connect',
      })
    } else if (this.#head === undefined) {
      this.#fail({
        kind: 'request_failed',
        code: 'response_timeout',
        message: 'no response within timeout.first',
      })
    } else {
      const { reason, words } = DEADLINES[name]
      const leftover = this.#decoder.finish()
      const limit = this.#context.timeouts[name]
      this.#fail({ ...this.#terminated(undefined, leftover), reason, message: `${words} (${limit} ms)` })
    }
  }

  /** One timer for the nearest deadline. Bytes only move times; a timer that fires too early is set again. */
  #arm(): void {
    this.#stopTimer()
    const next = nextDeadline(this.#times, this.#context.timeouts)
    if (next === undefined) return
    const { clock } = this.#context
    this.#timer = clock.start(
      () => {
        if (this.#over || this.#pausedAt !== undefined) return
        const due = nextDeadline(this.#times, this.#context.timeouts)
        if (due !== undefined && due.at <= clock.now() + 1) this.#onDeadline(due.name)
        else this.#arm()
      },
      Math.max(1, Math.ceil(next.at - clock.now())),
    )
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#context.clock.stop(this.#timer)
    this.#timer = undefined
  }

  #fail(failure: Failure, exchange: 'abort' | 'release' = 'abort'): void {
    const status = failure.status ?? this.#head?.status
    const requestId = failure.requestId ?? this.#requestId
    this.#end({ type: 'failed', failure: { ...failure, status, requestId } }, exchange)
  }

  #end(ending: Ending, exchange: 'abort' | 'release'): void {
    if (this.#over) return
    this.#close(exchange)
    this.#handler.onEnding(ending)
  }

  #close(leave: 'abort' | 'release'): void {
    this.#over = true
    this.#leave = leave
    this.#decoder.stop()
    this.#errorBody?.stop()
    this.#stopTimer()
    this.#exchange?.[leave]()
  }
}
