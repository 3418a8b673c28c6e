import type { Failure } from '../errors/failure.ts'
import type { SseError } from '../errors/sse-error.ts'
import type { HeadersInput } from '../transport/headers.ts'
import {
  afterEnding,
  countFailures,
  type Ending,
  endedAsTold,
  mayTryAgain,
  type Next,
} from './after-ending.ts'
import { Attempt } from './attempt.ts'
import { Course, type Leg } from './course.ts'
import type { StreamPlan } from './plan.ts'
import type { SessionDeps, SessionSink } from './session-sink.ts'
import { isPromiseLike, settleWithin } from './settle.ts'
import type { ResumeStep } from './strategy.ts'
import { Wait } from './wait.ts'
import { SIGN_OF_LIFE_MS, WakeWatch } from './wake-watch.ts'

type Phase<T> =
  | { readonly type: 'preparing'; readonly cancel?: () => void }
  | { readonly type: 'attempting'; readonly attempt: Attempt<T> }
  | { readonly type: 'waiting'; readonly wait: Wait }
  | { readonly type: 'ended' }

/** How the next attempt goes on, as its strategy has answered. */
type Step<T> = ResumeStep<T> | undefined
type Reconnection = Extract<Next, { do: 'reconnect' }>

/** Wake-ups of many clients at once are spread over so many milliseconds. */
const WAKE_SPREAD_MS = 1_000

/** One subscription: attempts until the stream is whole, or cannot be had. */
export class Session<T> {
  readonly #plan: StreamPlan<T>
  readonly #deps: SessionDeps
  readonly #sink: SessionSink<T>
  readonly #course: Course<T>
  #endsAt = Number.POSITIVE_INFINITY
  #totalTimer: unknown
  readonly #onAbort = (): void => this.#abort()
  #phase: Phase<T> = { type: 'preparing' }
  /** The last that was made: what it holds is delivered if none follows. */
  #last: Attempt<T> | undefined
  #attempts = 0
  #failures = 0
  /** The most values that were ever delivered: to reach them again is no progress. */
  #furthest = 0
  /** The cursor at the beginning of the attempt. */
  #cursorBefore = ''
  /** Whether the attempt goes on where the stream stands: a repetition, or another answer, moves the cursor and gets nowhere. */
  #goesOn = true
  #paused = false
  readonly #wakeWatch: WakeWatch

  constructor(plan: StreamPlan<T>, deps: SessionDeps, sink: SessionSink<T>) {
    this.#plan = plan
    this.#deps = deps
    this.#sink = sink
    this.#course = new Course(plan, () => sink.signal?.({ type: 'reset', attempt: this.#attempts }))
    this.#wakeWatch = new WakeWatch(deps.wakeups, deps.clock, {
      onWake: () => {
        if (this.#phase.type === 'waiting') this.#phase.wait.shorten(deps.random() * WAKE_SPREAD_MS)
      },
      heard: () => (this.#phase.type === 'attempting' ? this.#phase.attempt.heard : undefined),
      onSilence: () => {
        const isRead = !this.#paused
        if (this.#phase.type === 'attempting' && isRead) this.#phase.attempt.presumeDead(SIGN_OF_LIFE_MS)
        return isRead
      },
    })
  }

  /** The cursor, if the stream can be begun right after the last value with it. */
  get lastEventId(): string | undefined {
    return this.#course.exactCursor
  }

  start(): void {
    if (this.#ended()) return
    const { signal, timeouts, dialect } = this.#plan
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
    if (dialect.endless === true) this.#wakeWatch.listen(true)
    this.#prepare(undefined)
  }

  /** Ends the request at once. Nothing is told to the sink any more. */
  stop(): void {
    const phase = this.#phase
    if (phase.type === 'ended') return
    this.#phase = { type: 'ended' }
    const { clock } = this.#deps
    if (this.#totalTimer !== undefined) clock.stop(this.#totalTimer)
    this.#wakeWatch.stop()
    this.#plan.signal?.removeEventListener('abort', this.#onAbort)
    this.#last?.stop()
    if (phase.type === 'waiting') phase.wait.stop()
    else if (phase.type === 'preparing') phase.cancel?.()
  }

  pause(): void {
    this.#paused = true
    if (this.#phase.type === 'attempting') this.#phase.attempt.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#phase.type !== 'attempting') return
    this.#phase.attempt.resume()
    this.#wakeWatch.resumed()
  }

  #prepare(step: Step<T>): void {
    this.#phase = { type: 'preparing' }
    this.#attempts++
    this.#try(() => {
      if (step?.type === 'reset' && this.#sink.signal === undefined) throw new TypeError(NO_RESET)
      const leg = this.#course.leg(step)
      // A dialect is asked, which may be the caller's own code: here and below.
      if (this.#ended()) return
      const { lastEventId } = leg
      const resume = step === undefined ? undefined : this.#plan.resume?.name
      this.#sink.signal?.({
        type: 'connecting',
        attempt: this.#attempts,
        lastEventId,
        resume,
        step: step?.type,
      })
      if (this.#ended()) return
      const headers = this.#plan.headers({ attempt: this.#attempts, lastEventId })
      this.#goesOn = step === undefined || step.type === 'continue'
      this.#whenSettled(headers, 'the headers function', (settled) => this.#attempt(leg, settled))
    })
  }

  /** What the caller's own code returns is under the same deadline as the response. */
  #whenSettled<V>(given: V | PromiseLike<V>, whose: string, next: (value: V) => void): void {
    if (!isPromiseLike(given)) {
      next(given)
      return
    }
    const late = `${whose} did not settle within timeout.first`
    const cancel = settleWithin(given, this.#deps.clock, this.#plan.timeouts.first, late, {
      value: (value) => this.#try(() => next(value)),
      error: (error) => this.#onSetupFailed(error),
    })
    // Unsubscribed inside the function: its outcome is nobody's.
    if (this.#ended()) cancel()
    else this.#phase = { type: 'preparing', cancel }
  }

  #attempt(leg: Leg<T>, headers: HeadersInput): void {
    if (this.#ended()) return
    const { transport, clock } = this.#deps
    const { timeouts, maxErrorBody } = this.#plan
    const request = leg.request(headers)
    const ordinal = this.#attempts
    this.#cursorBefore = this.#course.progress.cursor
    const attempt: Attempt<T> = new Attempt(
      { ...leg.reader, transport, clock, timeouts, maxErrorBody },
      {
        onOpen: ({ status, header }, requestId) =>
          this.#sink.signal?.({
            type: 'open',
            attempt: ordinal,
            status,
            requestId,
            header: (name) => header(name.toLowerCase()),
          }),
        onValue: this.#course.keeping((value) => this.#sink.value(value)),
        onCursor: () => {
          this.#course.cursorMoved()
          this.#sink.signal?.({ type: 'cursor', lastEventId: this.lastEventId })
        },
        onEnding: (ending) => this.#onEnding(ending),
      },
    )
    if (this.#ended()) return
    this.#phase = { type: 'attempting', attempt }
    this.#last = attempt
    if (this.#paused) attempt.pause()
    attempt.start(request)
  }

  #onEnding(ending: Ending): void {
    if (this.#ended()) return
    this.#wakeWatch.endDoubt()
    const { progress } = this.#course
    const reached = progress.events - progress.idle
    const mayPoll = this.#plan.dialect.polls === true && this.#goesOn && ending.type !== 'done'
    const isTold = progress.reconnectionTime !== undefined
    if (mayPoll && isTold && ending.failure.reason === 'clean_end') this.#last?.settle()
    if (this.#ended()) return
    const polled = mayPoll && endedAsTold(ending, progress)
    const progressed = reached > this.#furthest || (polled && progress.cursor !== this.#cursorBefore)
    this.#failures = countFailures(this.#failures, progressed)
    this.#furthest = Math.max(this.#furthest, reached)
    this.#try(() => {
      const { retry } = this.#plan
      const failures = this.#failures
      const given =
        ending.type !== 'done' && progress.events > 0 && mayTryAgain(ending, failures, retry)
          ? this.#plan.resume?.resume(this.#course.interruption(this.#error(ending.failure)))
          : undefined
      const step = isPromiseLike(given) ? Promise.resolve(given) : given
      // Whether or not it will be asked for: a rejection that nobody hears ends the process.
      if (isPromiseLike(step)) step.then(undefined, () => {})
      // A strategy is the caller's own code.
      if (this.#ended()) return
      const { clock, random } = this.#deps
      const next = afterEnding({
        ending,
        progress,
        failures,
        retry,
        polls: this.#plan.dialect.polls === true,
        continues: progress.events === 0 || step !== undefined,
        remaining: this.#endsAt - clock.now(),
        random: random(),
      })
      if (next.do === 'complete') {
        this.stop()
        this.#sink.complete()
      } else if (next.do === 'fail') {
        this.#fail(next.failure)
      } else {
        this.#wait(next, step)
      }
    })
  }

  #wait(next: Reconnection, step: Step<T> | PromiseLike<Step<T>>): void {
    const { clock } = this.#deps
    const { notifier } = this.#plan.retry
    const error = this.#error(next.failure)
    if (this.#ended()) return
    const wait = new Wait(clock, next.floorMs, {
      over: () => this.#goOn(step, next.failure),
      never: () => this.#fail(next.failure),
      failed: (thrown) => this.#onSetupFailed(thrown),
    })
    this.#phase = { type: 'waiting', wait }
    this.#wakeWatch.listen(this.#plan.dialect.endless === true)
    const delayMs = notifier === undefined ? next.delayMs : next.floorMs
    if (notifier === undefined) wait.forMs(delayMs)
    const until = clock.wall() + delayMs
    // Before the signal: whoever answers that at once, by a button say, is heard.
    if (notifier !== undefined) wait.forNotifier(notifier, error, this.#failures)
    if (this.#ended()) return
    this.#sink.signal?.({ type: 'waiting', error, attempt: this.#attempts, delayMs, until })
  }

  #goOn(step: Step<T> | PromiseLike<Step<T>>, failure: Failure): void {
    this.#whenSettled(step, 'the resume strategy', (settled) => {
      if (this.#ended()) return
      if (settled === undefined && this.#course.progress.events > 0) this.#fail(failure)
      else this.#prepare(settled)
    })
  }

  #try(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#onSetupFailed(error)
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
    this.#last?.stop()
    this.#fail({ ...this.#own('aborted', 'aborted', "the caller's signal was aborted"), cause })
  }

  /** An ending of the caller's own making: a stream that had begun is terminated, one that had not is a failed request. */
  #own(code: 'deadline_exceeded' | 'aborted', reason: 'total' | 'aborted', message: string): Failure {
    const kind = this.#course.progress.bytes > 0 ? 'stream_terminated' : 'request_failed'
    return { kind, code, reason, message }
  }

  #fail(failure: Failure): void {
    this.#last?.release()
    if (this.#ended()) return
    const error = this.#error(failure)
    if (this.#ended()) return
    this.stop()
    this.#sink.error(error)
  }

  #error(failure: Failure): SseError {
    return this.#course.errorOf(failure, this.#attempts)
  }

  #ended(): boolean {
    return this.#phase.type === 'ended'
  }
}

/** Why a strategy that takes back what was delivered cannot be used where only values are told. */
export const NO_RESET =
  'resume: this strategy takes back what was delivered, and values alone cannot tell that. Use eventStreamSignals(), whose "reset" signal does, or replay() or continueWith().'
