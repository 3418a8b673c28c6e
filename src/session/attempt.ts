import type { EventSourceMessage } from 'eventsource-parser'
import { EventDecoder, type Leftover } from '../decode/event-decoder.ts'
import { type Dialect, type ServerSentEvent, Verdict } from '../dialects/dialect.ts'
import type { Failure } from '../errors/failure.ts'
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
import { DeadlineTimer } from './deadline-timer.ts'
import type { DeadlineName, Timeouts } from './deadlines.ts'
import { ErrorBody } from './error-body.ts'
import { advance, deliver, type Progress } from './progress.ts'
import { Resumption } from './resumption.ts'
import {
  malformed,
  missed,
  noContent,
  noResponse,
  responseOver,
  terminatedBy,
  tooLarge,
} from './termination.ts'

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
  /** Values were delivered, and this attempt is to continue after them. */
  readonly resumes: boolean
  /** The request is no mere retrieval: a server may carry it out again. */
  readonly mayBeginAnew: boolean
}

/** Told by an attempt. `onEnding` comes once and last. */
export interface AttemptHandler<T> {
  onOpen(status: number, requestId: string | undefined): void
  onValue(value: T): void
  onEnding(ending: Ending): void
}

/** One request and what comes of it: bytes in, values out, one ending. */
export class Attempt<T> {
  readonly #context: AttemptContext<T>
  readonly #handler: AttemptHandler<T>
  readonly #decoder: EventDecoder
  #exchange: Exchange | undefined
  /** How to leave the exchange, if that was decided before the transport had handed it over. */
  #leave: 'abort' | 'release' | undefined
  readonly #deadlines: DeadlineTimer
  #head: ResponseHead | undefined
  #requestId: string | undefined
  #errorBody: ErrorBody | undefined
  readonly #resumption: Resumption | undefined
  /** The last id that came without a value, until the first value of a resumed attempt. */
  #pendingId: string | undefined
  #paused = false
  #over = false
  /** Values delivered by this attempt. */
  delivered = 0

  constructor(context: AttemptContext<T>, handler: AttemptHandler<T>) {
    this.#context = context
    this.#handler = handler
    this.#resumption = context.resumes ? new Resumption(context.progress, context.mayBeginAnew) : undefined
    this.#deadlines = new DeadlineTimer(context.timeouts, context.clock, (name) => this.#onDeadline(name))
    this.#decoder = new EventDecoder(
      {
        onEvent: (message) => this.#onEvent(message),
        onIdOnly: (id) => this.#advance(id),
        onRetry: (ms) => {
          context.progress.reconnectionTime = ms
        },
        onUnknownField: (field, value) => this.#onUnknownField(field, value),
        onTooLarge: () => this.#fail(tooLarge(context.maxEventSize)),
      },
      context.maxEventSize,
    )
  }

  /** Sends the request. A transport may deliver, and end, while it is still sending. */
  start(request: TransportRequest): void {
    this.#deadlines.start()
    const exchange = this.#context.transport.send(request, {
      onConnected: () => this.#deadlines.connected(),
      onConnecting: () => this.#deadlines.connecting(),
      onHead: (head) => this.#onHead(head),
      onChunk: (chunk) => this.#onChunk(chunk),
      onEnd: () => this.#onTransportEnd(undefined),
      onFailure: (failure) => this.#onTransportEnd(failure),
    })
    this.#exchange = exchange
    if (this.#leave !== undefined) exchange[this.#leave]()
    else if (this.#paused) exchange.pause()
  }

  /** Ends the request at once, without an ending. */
  stop(): void {
    if (this.#over) return
    this.#close('abort')
  }

  pause(): void {
    // An error body is bounded, and nobody consumes it.
    if (this.#over || this.#paused || this.#errorBody !== undefined) return
    this.#paused = true
    this.#deadlines.pause()
    this.#exchange?.pause()
  }

  resume(): void {
    if (this.#over || !this.#paused) return
    this.#paused = false
    this.#deadlines.resume()
    this.#exchange?.resume()
  }

  #onHead(head: ResponseHead): void {
    if (this.#over) return
    const { clock, dialect, maxErrorBody } = this.#context
    this.#head = head
    this.#requestId = requestIdOf(head.header)
    this.#deadlines.head()
    const { status } = head
    if (status === 204) {
      if (dialect.endless === true) this.#end({ type: 'done' }, 'release')
      else this.#fail(noContent)
    } else if (status === 200 && isEventStream(head.header('content-type'))) {
      this.#handler.onOpen(status, this.#requestId)
    } else {
      this.resume()
      this.#deadlines.stop()
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
    this.#deadlines.byte()
    this.#decoder.push(chunk)
  }

  #onEvent(message: EventSourceMessage): void {
    if (this.#over) return
    const { id, data } = message
    if (id === undefined) {
      const lastEventId = this.#pendingId ?? this.#context.progress.cursor
      if (lastEventId !== '') message.id = lastEventId
    } else if (id === '') {
      message.id = undefined
    }
    const { dialect, memory } = this.#context
    let reading: T | Verdict<T>
    let isContent = true
    try {
      reading = dialect.read(message as ServerSentEvent, memory)
      if (dialect.isContent !== undefined && !(reading instanceof Verdict))
        isContent = dialect.isContent(reading)
    } catch (error) {
      this.#malformed(data, error)
      return
    }
    // Whatever a dialect does while it reads, an unsubscribe among it.
    if (this.#over) return
    if (reading instanceof Verdict) this.#onVerdict(reading, id, data)
    else this.#deliver(reading, id, data, isContent, false)
  }

  /**
   * An id without a value. Before a resumed attempt has given a value it may be an old one (a greeting's, a ping's), so it
   * counts only with the event that it then stands for [whatwg].
   */
  #advance(id: string): void {
    if (this.#resumption === undefined || this.delivered > 0) advance(this.#context.progress, id)
    else {
      this.#resumption.pass(id)
      this.#pendingId = id
    }
  }

  #onUnknownField(field: string, value: string): void {
    if (this.#over) return
    let verdict: Verdict<T> | undefined
    try {
      verdict = this.#context.dialect.readField?.(field, value)
    } catch (error) {
      this.#malformed(`${field}: ${value}`, error)
      return
    }
    if (verdict !== undefined && !this.#over) this.#onVerdict(verdict, undefined, value)
  }

  #onVerdict(verdict: Verdict<T>, id: string | undefined, data: string): void {
    if (verdict.type === 'ignored') {
      if (id !== undefined) this.#advance(id)
    } else if (verdict.type === 'done') {
      const failure = id === undefined || verdict.hasValue ? undefined : this.#resumption?.checkMarker(id)
      if (failure !== undefined) {
        this.#fail(failure)
        return
      }
      if (verdict.hasValue) this.#deliver(verdict.value as T, id, data, true, true)
      this.#end({ type: 'done' }, 'release')
    } else {
      this.#fail(failureInBand(verdict.upstream ?? { payload: undefined }), 'release')
    }
  }

  #deliver(value: T, id: string | undefined, data: string, isContent: boolean, isMarker: boolean): void {
    const failure = isMarker && id === undefined ? undefined : this.#resumption?.check(id, data)
    if (failure !== undefined) {
      this.#fail(failure)
      return
    }
    const { progress } = this.#context
    if (this.#pendingId !== undefined && id === undefined) advance(progress, this.#pendingId)
    this.#pendingId = undefined
    deliver(progress, id, data)
    this.delivered++
    if (isContent) this.#deadlines.content()
    this.#handler.onValue(value)
  }

  #malformed(text: string, cause: unknown): void {
    this.#fail(malformed(text, this.#context.dialect.name, this.#context.progress, cause))
  }

  /** The transport is through. Only what the dialect has seen can make that a whole stream. */
  #onTransportEnd(failure: TransportFailure | undefined): void {
    if (this.#over) return
    if (this.#errorBody !== undefined) {
      this.#errorBody.end()
      return
    }
    if (this.#head === undefined) {
      this.#fail(noResponse(failure))
      return
    }
    this.#endUnmarked((leftover) => terminatedBy(failure, leftover), failure === undefined)
  }

  /** The marker has not come as an event; what was left over, or the dialect's memory, may still prove the whole. */
  #endUnmarked(failureOf: (leftover: Leftover | undefined) => Failure, cleanly: boolean): void {
    const whole = this.#isWhole()
    const leftover = this.#decoder.finish()
    if (leftover !== undefined && this.#endsByLeftover(leftover)) return
    const failure = failureOf(leftover)
    if (whole && leftover === undefined) this.#end({ type: 'done' }, 'abort')
    else if (cleanly && this.#context.dialect.endless === true)
      this.#end({ type: 'response-over', failure: responseOver(failure) }, 'abort')
    else this.#fail(failure)
  }

  #isWhole(): boolean {
    try {
      return this.#context.dialect.isWhole?.(this.#context.memory) === true
    } catch {
      return false
    }
  }

  /** A marker, or a reported error, counts even if its blank line is missing; a value does not. */
  #endsByLeftover({ event, field }: Leftover): boolean {
    const { dialect, memory } = this.#context
    try {
      const reading =
        event !== undefined
          ? dialect.read(event as ServerSentEvent, memory)
          : field !== undefined && dialect.readField?.(field.name, field.value)
      if (this.#over) return true
      if (!(reading instanceof Verdict) || reading.type === 'ignored') return false
      // Text that is not JSON may have been cut anywhere: its end is no news of the server's.
      if (reading.type === 'failed' && typeof reading.upstream?.payload === 'string') return false
      this.#onVerdict(reading, event?.id, event?.data ?? '')
      return true
    } catch {
      return false
    }
  }

  #onDeadline(name: DeadlineName): void {
    const limit = this.#context.timeouts[name]
    if (this.#head === undefined) this.#fail(missed(name, limit, false, undefined))
    else this.#endUnmarked((leftover) => missed(name, limit, true, leftover), false)
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
    this.#deadlines.stop()
    this.#exchange?.[leave]()
  }
}
