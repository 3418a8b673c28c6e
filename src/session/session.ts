import type { Failure } from '../errors/failure.ts'
import { createSseError, type SseError } from '../errors/sse-error.ts'
import { addHeaders, type HeadersInput, isSendable, utf8Bytes } from '../transport/headers.ts'
import type { Transport, TransportRequest } from '../transport/transport.ts'
import { afterEnding, canContinue, countFailures, type Ending } from './after-ending.ts'
import { Attempt } from './attempt.ts'
import type { Clock } from './clock.ts'
import type { StreamPlan } from './plan.ts'
import { createProgress, type Progress } from './progress.ts'
import type { StreamSignal } from './signal.ts'

/** Where a session delivers to: values…, then one of complete and error. */
export interface SessionSink<T> {
  value(value: T, lastEventId: string | undefined): void
  /** Every signal but values. */
  signal?(signal: Exclude<StreamSignal<T>, { type: 'value' }>): void
  complete(): void
  error(error: SseError): void
}

export interface SessionDeps {
  readonly transport: Transport
  readonly clock: Clock
  /** A number from 0 up to 1. */
  readonly random: () => number
}

type Phase<T> =
  | { readonly type: 'preparing'; readonly timer?: unknown }
  | { readonly type: 'attempting'; readonly attempt: Attempt<T> }
  | { readonly type: 'waiting'; readonly timer: unknown }
  | { readonly type: 'ended' }

/** One subscription: attempts until the stream is whole, or cannot be had. */
export class Session<T> {
  readonly #plan: StreamPlan<T>
  readonly #deps: SessionDeps
  readonly #sink: SessionSink<T>
  readonly #progress: Progress
  #memory: unknown
  readonly #idempotencyKey: string | undefined
  #endsAt = Number.POSITIVE_INFINITY
  #totalTimer: unknown
  readonly #onAbort = (): void => this.#abort()
  #phase: Phase<T> = { type: 'preparing' }
  #attempts = 0
  #failures = 0
  #paused = false

  constructor(plan: StreamPlan<T>, deps: SessionDeps, sink: SessionSink<T>) {
    this.#plan = plan
    this.#deps = deps
    this.#sink = sink
    this.#progress = createProgress(plan.lastEventId)
    const { idempotencyKey } = plan
    this.#idempotencyKey = idempotencyKey === true ? crypto.randomUUID() : idempotencyKey || undefined
  }

  start(): void {
    if (this.#ended()) return
    const { signal, timeouts } = this.#plan
    if (signal?.aborted) {
      this.#abort()
      return
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    const { clock } = this.#deps
    this.#endsAt = clock.now() + timeouts.total
    if (timeouts.total !== Number.POSITIVE_INFINITY) {
      this.#totalTimer = clock.start(() => this.#onTotal(), timeouts.total)
    }
    this.#prepare()
  }

  /** Ends the request at once. Nothing is told to the sink any more. */
  stop(): void {
    const phase = this.#phase
    if (phase.type === 'ended') return
    this.#phase = { type: 'ended' }
    const { clock } = this.#deps
    if (this.#totalTimer !== undefined) clock.stop(this.#totalTimer)
    this.#plan.signal?.removeEventListener('abort', this.#onAbort)
    if (phase.type === 'attempting') phase.attempt.stop()
    else if (phase.timer !== undefined) clock.stop(phase.timer)
  }

  pause(): void {
    this.#paused = true
    if (this.#phase.type === 'attempting') this.#phase.attempt.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#phase.type === 'attempting') this.#phase.attempt.resume()
  }

  #prepare(): void {
    this.#phase = { type: 'preparing' }
    this.#attempts++
    const lastEventId = this.#progress.cursor || undefined
    this.#sink.signal?.({ type: 'connecting', attempt: this.#attempts, lastEventId })
    if (this.#ended()) return
    try {
      const headers = this.#plan.headers({ attempt: this.#attempts, lastEventId })
      if (isPromiseLike(headers)) this.#await(Promise.resolve(headers))
      else this.#attempt(headers)
    } catch (error) {
      this.#onSetupFailed(error)
    }
  }

  /** A headers function that does not settle is under the same deadline as the response. */
  #await(headers: Promise<HeadersInput>): void {
    if (this.#ended()) {
      // Unsubscribed inside the headers function: its outcome is nobody's.
      headers.catch(() => {})
      return
    }
    const { clock } = this.#deps
    const { first } = this.#plan.timeouts
    let waiting = true
    const settle = (next: () => void): void => {
      if (!waiting) return
      waiting = false
      if (timer !== undefined) clock.stop(timer)
      if (!this.#ended()) next()
    }
    const failed = (error: unknown): void => settle(() => this.#onSetupFailed(error))
    const late = new Error(`the headers function did not settle within timeout.first (${first} ms)`)
    const timer = first === Number.POSITIVE_INFINITY ? undefined : clock.start(() => failed(late), first)
    this.#phase = { type: 'preparing', timer }
    headers.then((value) => {
      settle(() => {
        try {
          this.#attempt(value)
        } catch (error) {
          this.#onSetupFailed(error)
        }
      })
    }, failed)
  }

  #attempt(given: HeadersInput): void {
    if (this.#ended()) return
    const plan = this.#plan
    const progress = this.#progress
    const request = this.#request(given)
    // What a dialect remembers of events that are sent again from the first on would count twice.
    if (progress.events === 0 && progress.cursor === plan.lastEventId) this.#memory = plan.dialect.memory?.()
    const ordinal = this.#attempts
    const attempt: Attempt<T> = new Attempt(
      {
        transport: this.#deps.transport,
        dialect: plan.dialect,
        memory: this.#memory,
        progress,
        timeouts: plan.timeouts,
        clock: this.#deps.clock,
        maxEventSize: plan.maxEventSize,
        maxErrorBody: plan.maxErrorBody,
        // A feed promises no exactness, so a repeated event is no violation of it.
        resumes: progress.events > 0 && plan.dialect.endless !== true,
        mayBeginAnew: plan.method !== 'GET',
      },
      {
        onOpen: (status, requestId) =>
          this.#sink.signal?.({ type: 'open', attempt: ordinal, status, requestId }),
        onValue: (value) => this.#sink.value(value, progress.cursor || undefined),
        onEnding: (ending) => this.#onEnding(ending, attempt.delivered > 0),
      },
    )
    this.#phase = { type: 'attempting', attempt }
    if (this.#paused) attempt.pause()
    attempt.start(request)
  }

  #request(given: HeadersInput): TransportRequest {
    const plan = this.#plan
    const headers = new Map(plan.ownHeaders)
    if (this.#idempotencyKey !== undefined) headers.set('idempotency-key', this.#idempotencyKey)
    addHeaders(headers, given)
    const { cursor } = this.#progress
    if (cursor !== '' && isSendable(cursor)) headers.set('last-event-id', utf8Bytes(cursor))
    return {
      method: plan.method,
      url: plan.url,
      headers,
      body: plan.body,
      sensitiveHeaders: plan.sensitiveHeaders,
    }
  }

  #onEnding(ending: Ending, progressed: boolean): void {
    if (this.#ended()) return
    this.#failures = countFailures(this.#failures, progressed)
    const { clock, random } = this.#deps
    const next = afterEnding({
      ending,
      progress: this.#progress,
      failures: this.#failures,
      retry: this.#plan.retry,
      resume: this.#plan.resume,
      endless: this.#plan.dialect.endless === true,
      remaining: this.#endsAt - clock.now(),
      random: random(),
    })
    if (next.do === 'complete') {
      this.stop()
      this.#sink.complete()
    } else if (next.do === 'fail') {
      this.#fail(next.failure)
    } else {
      const timer = clock.start(() => this.#prepare(), next.delayMs)
      this.#phase = { type: 'waiting', timer }
      this.#sink.signal?.({
        type: 'waiting',
        error: this.#error(next.failure),
        attempt: this.#attempts,
        delayMs: next.delayMs,
        until: clock.wall() + next.delayMs,
      })
    }
  }

  /** The caller's own code, or the transport, has thrown: told like any other failure, whichever attempt it was. */
  #onSetupFailed(cause: unknown): void {
    if (this.#ended()) return
    const message = cause instanceof Error ? cause.message : 'the request could not be made'
    this.#fail({ kind: 'request_failed', code: 'request_setup_failed', message, cause })
  }

  #onTotal(): void {
    const message = `the stream was not whole within timeout.total (${this.#plan.timeouts.total} ms)`
    this.#fail(this.#own('deadline_exceeded', 'total', message))
  }

  #abort(): void {
    const cause: unknown = this.#plan.signal?.reason
    this.#fail({ ...this.#own('aborted', 'aborted', "the caller's signal was aborted"), cause })
  }

  /** An ending of the caller's own making: a stream that had begun is terminated, one that had not is a failed request. */
  #own(code: 'deadline_exceeded' | 'aborted', reason: 'total' | 'aborted', message: string): Failure {
    const kind = this.#progress.bytes > 0 ? 'stream_terminated' : 'request_failed'
    return { kind, code, reason, message }
  }

  #fail(failure: Failure): void {
    const error = this.#error(failure)
    this.stop()
    this.#sink.error(error)
  }

  #error(failure: Failure): SseError {
    const { events, bytes, cursor } = this.#progress
    return createSseError(failure, {
      attempt: this.#attempts,
      events,
      bytes,
      lastEventId: cursor || undefined,
      resumable: canContinue(this.#progress, 'auto', this.#plan.dialect.endless === true),
    })
  }

  #ended(): boolean {
    return this.#phase.type === 'ended'
  }
}

const isPromiseLike = (value: unknown): value is PromiseLike<HeadersInput> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
