import type { Failure } from '../errors/failure.ts'
import type { SseError } from '../errors/sse-error.ts'
import type { HeadersInput } from '../transport/headers.ts'
import type { ResponseHead } from '../transport/transport.ts'
import { afterEnding, type Ending, mayTryAgain, type Next } from './after-ending.ts'
import { Attempt, type AttemptHandler } from './attempt.ts'
import { Budget } from './budget.ts'
import { type Before, checkContinuable, NO_WAY_ON, STOPPED, type Standing } from './continuation.ts'
import { Course, type CourseHandler, type Leg } from './course.ts'
import { NO_RESET } from './no-reset.ts'
import type { StreamPlan } from './plan.ts'
import type { SessionDeps, SessionMonitor, SessionOutcome, SessionSink } from './session-sink.ts'
import { isPromiseLike, settleWithin } from './settle.ts'
import { withHidden } from './signal.ts'
import type { ResumeStep } from './strategy.ts'
import { abortedBy, outOfTime } from './termination.ts'
import { Wait } from './wait.ts'
import { SIGN_OF_LIFE_MS, type WakeHandler, WakeWatch } from './wake-watch.ts'

type Phase =
  | { readonly type: 'preparing'; readonly cancel?: () => void }
  | { readonly type: 'attempting' }
  | { readonly type: 'waiting'; readonly wait: Wait }
  | { readonly type: 'ended' }

/** One for all streams: that is the phase of nearly all that are open. */
const ATTEMPTING: Phase = { type: 'attempting' }

/** How the next attempt goes on, as its strategy has answered. */
type Step<T> = ResumeStep<T> | undefined
type Reconnection = Extract<Next, { do: 'reconnect' }>

/** Wake-ups of many clients at once are spread over so many milliseconds. */
const WAKE_SPREAD_MS = 1_000

/** One subscription: attempts until the stream is whole, or cannot be had. What its attempts tell, they tell itself. */
export class Session<T> implements AttemptHandler<T>, WakeHandler, CourseHandler {
  readonly #plan: StreamPlan<T>
  readonly #deps: SessionDeps
  #sink: SessionSink<T>
  #monitor: SessionMonitor | undefined
  readonly #course: Course<T>
  /** `undefined`: never. */
  #endsAt: number | undefined
  #totalTimer: unknown
  #onAbort: (() => void) | undefined
  #phase: Phase = { type: 'preparing' }
  /** The last that was made: what it holds is delivered if none follows. */
  #last: Attempt<T> | undefined
  #attempts = 0
  readonly #budget: Budget
  #paused = false
  /** Made when it is needed: most streams never wait. */
  #wakeWatch: WakeWatch | undefined
  /** The strategy needs what is delivered. */
  readonly #keeps: boolean
  /** Until this one can itself be continued. Not kept: a chain of them would never end. */
  #before: Before<T> | undefined
  /** Why it has failed, as far as it has. */
  #failure: Failure | undefined
  #state: Exclude<Standing, 'going on'> = 'open'

  constructor(plan: StreamPlan<T>, deps: SessionDeps, sink: SessionSink<T>, before?: Before<T>) {
    this.#plan = plan
    this.#deps = deps
    this.#sink = sink
    this.#before = before
    this.#course = before?.course ?? new Course(plan, sink.signal !== undefined)
    this.#course.handler = this
    this.#attempts = before?.attempts ?? 0
    this.#budget = new Budget(plan.dialect.polls === true, this.#course.progress)
    this.#keeps = this.#course.keeps
  }

  /** The cursor, if the stream can be begun right after the last value with it. */
  get lastEventId(): string | undefined {
    return this.#course.exactCursor
  }

  start(): void {
    if (this.#ended()) return
    this.#beMonitored()
    if (this.#ended()) return
    const { signal, timeouts, dialect } = this.#plan
    if (signal?.aborted) {
      this.#abort()
      return
    }
    if (signal !== undefined) {
      this.#onAbort = () => this.#abort()
      signal.addEventListener('abort', this.#onAbort, { once: true })
    }
    if (timeouts.total !== Number.POSITIVE_INFINITY) {
      const { clock } = this.#deps
      this.#endsAt = clock.now() + timeouts.total
      this.#totalTimer = clock.start(() => this.#onTotal(), timeouts.total)
    }
    if (dialect.endless === true) this.#listen(true)
    if (this.#before === undefined || this.#course.progress.events === 0) this.#prepare(undefined)
    else this.#continue(this.#before.failure)
  }

  /** Its stream has ended here, and it could go on. */
  get canBeContinued(): boolean {
    const isAborted = this.#plan.signal?.aborted === true
    return this.#ended() && this.#state === 'open' && !isAborted && this.#course.mayContinue
  }

  /** Values since the beginning, or the last `reset`. */
  get delivered(): number {
    return this.#course.progress.events
  }

  /**
   * Goes on where this one has ended: after the same values, with a budget of its own.
   *
   * @throws TypeError if this one has not ended, is whole, or was continued before
   */
  continuation(sink: SessionSink<T>): Session<T> {
    checkContinuable(this.#ended() ? this.#state : 'going on')
    this.#state = 'continued'
    const failure = this.#failure ?? STOPPED
    return new Session(this.#plan, this.#deps, sink, {
      course: this.#course,
      attempts: this.#attempts,
      failure,
      giveBack: () => {
        this.#state = 'open'
      },
    })
  }

  /** Ends the request at once. Nothing is told to the sink any more. */
  stop(): void {
    this.#stop('unsubscribed')
  }

  #stop(outcome: SessionOutcome, error?: SseError): void {
    const phase = this.#phase
    if (phase.type === 'ended') return
    this.#phase = { type: 'ended' }
    const { clock } = this.#deps
    if (this.#totalTimer !== undefined) clock.stop(this.#totalTimer)
    this.#wakeWatch?.stop()
    if (this.#onAbort !== undefined) this.#plan.signal?.removeEventListener('abort', this.#onAbort)
    this.#last?.stop()
    if (phase.type === 'waiting') phase.wait.stop()
    else if (phase.type === 'preparing') phase.cancel?.()
    if (this.#failure !== NO_WAY_ON) this.#before?.giveBack()
    this.#before = undefined
    this.#monitor?.end(outcome, error)
  }

  #beMonitored(): void {
    const { progress } = this.#course
    this.#monitor = this.#deps.monitor?.({ plan: this.#plan, progress })
    if (this.#monitor === undefined) return
    this.#sink = this.#monitor.timing(this.#sink)
    this.#monitor.start(this.#attempts + 1, this.#before !== undefined)
  }

  pause(): void {
    this.#paused = true
    this.#current?.pause()
  }

  resume(): void {
    this.#paused = false
    const current = this.#current
    if (current === undefined) return
    current.resume()
    this.#wakeWatch?.resumed()
  }

  #listen(doubts: boolean): void {
    this.#wakeWatch ??= new WakeWatch(this.#deps.wakeups, this.#deps.clock, this)
    this.#wakeWatch.listen(doubts)
  }

  onWake(): void {
    if (this.#phase.type === 'waiting') this.#phase.wait.shorten(this.#deps.random() * WAKE_SPREAD_MS)
  }

  heard(): number | undefined {
    return this.#current?.heard
  }

  onSilence(): boolean {
    const isRead = !this.#paused
    if (isRead) this.#current?.presumeDead(SIGN_OF_LIFE_MS)
    return isRead
  }

  #prepare(step: Step<T>): void {
    this.#phase = { type: 'preparing' }
    this.#attempts++
    this.#monitor?.attempt()
    this.#try(() => {
      if (step?.type === 'reset' && this.#sink.signal === undefined) throw new TypeError(NO_RESET)
      const leg = this.#course.leg(step)
      // A dialect is asked, which may be the caller's own code: here and below.
      if (this.#ended()) return
      const { lastEventId } = leg
      this.#before = undefined
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
      this.#budget.begin(this.#course.progress, step === undefined || step.type === 'continue')
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
    const request = leg.request(headers)
    const attempt: Attempt<T> = new Attempt(this.#plan, this.#deps, leg.state, leg.gate, this)
    if (this.#ended()) return
    this.#phase = ATTEMPTING
    this.#last = attempt
    if (this.#paused) attempt.pause()
    attempt.start(request)
  }

  onOpen({ status, header }: ResponseHead, requestId: string | undefined): void {
    const attempt = this.#attempts
    this.#monitor?.open(attempt, status, requestId)
    if (this.#ended()) return
    this.#sink.signal?.({
      type: 'open',
      attempt,
      status,
      requestId,
      header: (name) => header(name.toLowerCase()),
    })
  }

  onValue(value: T, data: string): void {
    if (this.#keeps) this.#course.keep(value, data)
    this.#sink.value(value)
  }

  onVoid(): void {
    this.#monitor?.reset()
    this.#sink.signal?.({ type: 'reset', attempt: this.#attempts })
  }

  onCursor(): void {
    this.#course.cursorMoved()
    this.#sink.signal?.({ type: 'cursor', lastEventId: this.lastEventId })
  }

  onEnding(ending: Ending): void {
    if (this.#ended()) return
    this.#wakeWatch?.endDoubt()
    const { progress } = this.#course
    if (this.#budget.isToBeSettled(ending, progress)) this.#last?.settle()
    if (this.#ended()) return
    this.#budget.count(ending, progress)
    this.#try(() => {
      const { retry } = this.#plan
      const { failures } = this.#budget
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
        remaining: this.#endsAt === undefined ? Number.POSITIVE_INFINITY : this.#endsAt - clock.now(),
        random: random(),
      })
      if (next.do === 'complete') {
        this.#state = 'whole'
        this.#stop('complete')
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
    const delayMs = notifier === undefined ? next.delayMs : next.floorMs
    const resume = this.#course.progress.events === 0 ? undefined : this.#plan.resume?.name
    this.#monitor?.retry(this.#attempts, error, delayMs, resume)
    if (this.#ended()) return
    const wait = new Wait(clock, next.floorMs, {
      over: () => this.#goOn(step, next.failure),
      never: () => this.#fail(next.failure),
      failed: (thrown) => this.#onSetupFailed(thrown),
    })
    this.#phase = { type: 'waiting', wait }
    this.#listen(this.#plan.dialect.endless === true)
    if (notifier === undefined) wait.forMs(delayMs)
    const until = clock.wall() + delayMs
    // Before the signal: whoever answers that at once, by a button say, is heard.
    if (notifier !== undefined) wait.forNotifier(notifier, error, this.#budget.failures)
    if (this.#ended()) return
    const waiting = { type: 'waiting', error, attempt: this.#attempts, delayMs, until } as const
    this.#sink.signal?.(withHidden(waiting, { retryNow: () => wait.endSoon() }))
  }

  #continue(failure: Failure): void {
    this.#try(() => {
      const interruption = this.#course.interruption(this.#error(failure))
      const step = this.#plan.resume?.resume(interruption)
      // The failure is an old one: that it was told is no reason why it goes on no further.
      this.#goOn(isPromiseLike(step) ? Promise.resolve(step) : step, NO_WAY_ON)
    })
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
    this.#fail(outOfTime(this.#plan.timeouts.total, this.#course.progress))
  }

  #abort(): void {
    this.#last?.stop()
    this.#fail(abortedBy(this.#plan.signal?.reason, this.#course.progress))
  }

  #fail(failure: Failure): void {
    this.#last?.release()
    if (this.#ended()) return
    const error = this.#error(failure)
    if (this.#ended()) return
    this.#failure = failure
    this.#stop('error', error)
    this.#sink.error(error)
  }

  #error(failure: Failure): SseError {
    return this.#course.errorOf(failure, this.#attempts)
  }

  /** The attempt that is under way. */
  get #current(): Attempt<T> | undefined {
    return this.#phase.type === 'attempting' ? this.#last : undefined
  }

  #ended(): boolean {
    return this.#phase.type === 'ended'
  }
}
