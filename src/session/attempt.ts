import type { Leftover } from '../decode/event-decoder.ts'
import type { Failure } from '../errors/failure.ts'
import { isEventStream, isJson, requestIdOf } from '../errors/http.ts'
import type {
  Exchange,
  ResponseHead,
  TransportFailure,
  TransportRequest,
  TransportSink,
} from '../transport/transport.ts'
import type { Ending } from './after-ending.ts'
import { type DeadlineHandler, DeadlineTimer } from './deadline-timer.ts'
import type { DeadlineName } from './deadlines.ts'
import { ErrorBody } from './error-body.ts'
import type { StreamPlan } from './plan.ts'
import { type GateOf, Reader, type ReaderConsumer, type ReaderHandler, type ReaderState } from './reader.ts'
import type { SessionDeps } from './session-sink.ts'
import { isPromiseLike } from './settle.ts'
import {
  deadAfterWaking,
  missed,
  noContent,
  noResponse,
  responseOver,
  terminatedBy,
  unreadableHead,
} from './termination.ts'
import { type Quotable, withoutRequest } from './without-request.ts'

/** What an attempt needs of the plan. */
export type AttemptPlan<T> = Pick<StreamPlan<T>, 'dialect' | 'maxEventSize' | 'maxErrorBody' | 'timeouts'>
export type AttemptDeps = Pick<SessionDeps, 'transport' | 'clock'>

/** Told by an attempt. `onEnding` comes once; after it only what is released. */
export interface AttemptHandler<T> extends ReaderConsumer<T> {
  onOpen(head: ResponseHead, requestId: string | undefined): void
  onEnding(ending: Ending): void
}

/**
 * One request and what comes of it: one response, one ending.
 *
 * What it hears of the transport and of the reader it hears itself: objects of closures in between would be a fifth of what an
 * open stream holds.
 */
export class Attempt<T> implements TransportSink, ReaderHandler, DeadlineHandler {
  readonly #plan: AttemptPlan<T>
  readonly #deps: AttemptDeps
  readonly #handler: AttemptHandler<T>
  readonly #reader: Reader<T>
  #exchange: Exchange | undefined
  /** How to leave the exchange, if that was decided before the transport had handed it over. */
  #leave: 'abort' | 'release' | undefined
  readonly #deadlines: DeadlineTimer
  /** What an error of the transport may repeat; of a stream that is open the URL. */
  #asked: Quotable | string | undefined
  /** Once the head is there. */
  #status: number | undefined
  #requestId: string | undefined
  #errorBody: ErrorBody | undefined
  #paused = false
  #heard = 0
  #over = false

  constructor(
    plan: AttemptPlan<T>,
    deps: AttemptDeps,
    state: ReaderState,
    gate: GateOf<T>,
    handler: AttemptHandler<T>,
  ) {
    this.#plan = plan
    this.#deps = deps
    this.#handler = handler
    this.#deadlines = new DeadlineTimer(plan.timeouts, deps.clock, this)
    this.#reader = new Reader(plan, state, gate, handler, this)
  }

  /** Sends the request. A transport may deliver, and end, while it is still sending. */
  start(request: TransportRequest): void {
    const { url, headers, body } = request
    this.#asked = { url: url.href, headers, body }
    this.#deadlines.start()
    const exchange = this.#deps.transport.send(request, this)
    this.#exchange = exchange
    if (this.#leave !== undefined) exchange[this.#leave]()
    else if (this.#paused) exchange.pause()
  }

  onConnected(): void {
    this.#deadlines.connected()
  }

  onConnecting(): void {
    if (!this.#over) this.#deadlines.connecting()
  }

  onReceived(): void {
    this.#heard++
    this.#deadlines.byte()
  }

  onEnd(): void {
    this.#onTransportEnd(undefined)
  }

  onFailure(failure: TransportFailure): void {
    this.#onTransportEnd(failure)
  }

  onContent(): void {
    this.#deadlines.content()
  }

  onDone(marked: boolean): void {
    this.#end({ type: 'done' }, marked ? 'release' : 'abort')
  }

  onFailed(failure: Failure, reported: boolean): void {
    this.#fail(failure, reported ? 'release' : 'abort')
  }

  /** Ends the request at once, without an ending. */
  stop(): void {
    this.#reader.mute()
    if (!this.#over) this.#close('abort')
  }

  /** No attempt follows: what was held back for one is delivered. */
  release(): void {
    this.#reader.release()
  }

  /** It has ended as the server had told it would. */
  settle(): void {
    this.#reader.settle()
  }

  /** Grows with every sign of life. */
  get heard(): number {
    return this.#heard
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

  /** Nothing was heard of the connection for so long after the machine had been asleep or offline. */
  presumeDead(ms: number): void {
    if (this.#over || this.#paused || this.#errorBody !== undefined) return
    if (this.#status === undefined) {
      this.#fail(noResponse(undefined))
      return
    }
    this.#endUnmarked((leftover) => deadAfterWaking(ms, leftover), false)
  }

  onHead(head: ResponseHead): void {
    if (this.#over) return
    const { dialect, maxErrorBody } = this.#plan
    this.#status = head.status
    this.#heard++
    this.#requestId = requestIdOf(head.header, dialect.requestIdHeaders)
    this.#deadlines.head()
    const { status } = head
    if (status === 204) {
      if (dialect.endless === true) this.#end({ type: 'done' }, 'release')
      else this.#fail(noContent)
    } else if (status === 200 && this.#isStream(head.header('content-type'))) {
      this.#open(head)
    } else {
      this.resume()
      this.#deadlines.stop()
      this.#errorBody = new ErrorBody(head, maxErrorBody, this.#deps.clock, (failure) => this.#fail(failure))
    }
  }

  #isStream(contentType: string | undefined): boolean {
    if (isEventStream(contentType)) return true
    if (this.#plan.dialect.acceptsJson !== true || !isJson(contentType)) return false
    this.#reader.expectJson()
    return true
  }

  #open(head: ResponseHead): void {
    try {
      const read = this.#reader.readHead(head)
      if (isPromiseLike(read)) {
        // A rejection that nobody hears ends the process.
        read.then(undefined, () => {})
        throw new TypeError('readHead(head, memory) must read at once, and not return a promise.')
      }
    } catch (cause) {
      this.#fail(unreadableHead(this.#plan.dialect.name, cause))
    }
    if (this.#over) return
    // Headers and body are needed no more, and are not to be held as long as the stream is open.
    if (typeof this.#asked === 'object') this.#asked = this.#asked.url
    this.#handler.onOpen(head, this.#requestId)
  }

  onChunk(chunk: Uint8Array): void {
    if (this.#over) return
    if (this.#errorBody !== undefined) {
      this.#errorBody.push(chunk)
      return
    }
    this.#heard++
    this.#deadlines.byte()
    this.#reader.push(chunk)
  }

  /** The transport is through. Only what the dialect has seen can make that a whole stream. */
  #onTransportEnd(failure: TransportFailure | undefined): void {
    if (this.#over) return
    if (this.#errorBody !== undefined) {
      this.#errorBody.end()
      return
    }
    if (this.#status === undefined) {
      this.#fail(noResponse(failure))
      return
    }
    const isMarked = this.#plan.dialect.facts?.end?.length !== 0
    this.#endUnmarked((leftover) => terminatedBy(failure, leftover, isMarked), failure === undefined)
  }

  /** The marker has not come as an event. */
  #endUnmarked(failureOf: (leftover: Leftover | undefined) => Failure, cleanly: boolean): void {
    const leftover = this.#reader.finish(cleanly)
    if (this.#over) return
    const failure = failureOf(leftover)
    if (cleanly && this.#plan.dialect.endless === true)
      this.#end({ type: 'response-over', failure: this.#placed(responseOver(failure)) }, 'abort')
    else this.#fail(failure)
  }

  onDeadline(name: DeadlineName): void {
    const limit = this.#plan.timeouts[name]
    if (this.#status === undefined) this.#fail(missed(name, limit, false, undefined))
    else this.#endUnmarked((leftover) => missed(name, limit, true, leftover), false)
  }

  #fail(failure: Failure, exchange: 'abort' | 'release' = 'abort'): void {
    this.#end({ type: 'failed', failure: this.#placed(failure) }, exchange)
  }

  /** Says of which response. */
  #placed(failure: Failure): Failure {
    const status = failure.status ?? this.#status
    const requestId = failure.requestId ?? this.#requestId
    return { ...failure, status, requestId }
  }

  #end(ending: Ending, exchange: 'abort' | 'release'): void {
    if (this.#over) return
    this.#close(exchange)
    const asked = typeof this.#asked === 'string' ? { url: this.#asked } : this.#asked
    this.#handler.onEnding(asked === undefined ? ending : withoutRequest(ending, asked))
  }

  #close(leave: 'abort' | 'release'): void {
    this.#over = true
    this.#leave = leave
    this.#reader.stop()
    this.#errorBody?.stop()
    this.#deadlines.stop()
    this.#exchange?.[leave]()
  }
}
