import { type AttemptHost, AttemptModel, type EndKind, type Phase } from './attempt-model.ts'
import { BudgetModel } from './budget-model.ts'
import {
  type Answered,
  cursorOf,
  type ModelStep,
  ModelWriter,
  namesOf,
  requestOf,
  StrategyModel,
} from './caller.ts'
import { DoubtModel } from './doubt-model.ts'
import type { Entry, ErrorEntry, Notice, Reaction, Unstamped, Wakeup } from './log.ts'
import { type Promised, PromiseModel } from './promise-model.ts'
import { type ModelFailure, type ModelWait, ownFailure, SETUP_FAILED } from './rules.ts'
import { isFeed, type Setup } from './setup.ts'
import { errorEntryOf, Stand } from './stand.ts'
import type { HeadSpec, Step } from './steps.ts'
import { WaitModel } from './wait-model.ts'
import type { Writer } from './wire.ts'

/**
 * What a session must do, in the words of the README: given what the server and the consumer do, the entries that must
 * appear in the log. Of time it knows what may happen when (see timetable.ts), not which timers there are.
 */
export class Model implements AttemptHost {
  readonly setup: Setup
  readonly stand: Stand
  /** What must have happened so far. */
  readonly expected: Entry[] = []
  now: number
  phase: Phase = 'preparing'
  attempt: AttemptModel | undefined
  wait: WaitModel | undefined
  readonly doubt: DoubtModel = new DoubtModel()
  endsAt = Number.POSITIVE_INFINITY
  readonly promises: PromiseModel
  paused = false
  reaction: Reaction | undefined
  /** What the notifier says as soon as it is subscribed to. */
  atNotification: Notice | undefined
  /** What the transport does inside the next `send`. */
  atSend: readonly Step[] = []
  /** The last exchange must have been aborted: nothing of its answer is worth waiting for. */
  mustBeAborted = false
  readonly #wallAhead: number
  #aborted: boolean
  #attempts = 0
  #requests = 0
  readonly #budget: BudgetModel
  readonly #strategy: StrategyModel
  #cursorBefore = ''
  /** From where the stream was, and not with another answer. */
  #goesOn = true
  /** The attempt that runs, or has failed, until the next is prepared: what it holds back is not yet lost. */
  #last: AttemptModel | undefined
  #serial = 0

  constructor(setup: Setup, now: number, wallAhead: number) {
    this.setup = setup
    this.stand = new Stand(setup.lastEventId, setup.strategy.maxKept)
    this.#budget = new BudgetModel(setup, this.stand)
    this.promises = new PromiseModel(setup.timeout.first)
    this.#strategy = new StrategyModel(setup, this.stand)
    this.now = now
    this.#wallAhead = wallAhead
    this.#aborted = setup.signal === 'aborted'
  }

  writer(): Writer {
    return new ModelWriter(this.setup, this.stand, this.attempt, () => ++this.#serial)
  }

  // What the consumer does.

  start(): void {
    if (this.#aborted) {
      this.#giveUp(ownFailure('aborted', this.stand.bytes))
      return
    }
    const { total } = this.setup.timeout
    if (total > 0) this.endsAt = this.now + total
    this.#prepare(undefined)
  }

  stop(): void {
    this.phase = 'ended'
    this.wait = undefined
    this.promises.forget()
    this.#leave(true)
  }

  abort(): void {
    if (this.#aborted || this.setup.signal === 'none') return
    this.#aborted = true
    if (this.phase !== 'ended') this.#giveUp(ownFailure('aborted', this.stand.bytes))
  }

  pause(): void {
    this.paused = true
    this.attempt?.pause()
  }

  resume(): void {
    this.paused = false
    this.attempt?.resume()
    if (this.attempt !== undefined) this.doubt.resumed(this.now)
  }

  // What the transport, the machine and the caller's own code do.

  play(step: Step): void {
    this.attempt?.play(step)
  }

  wake(wakeup: Wakeup): void {
    const { attempt, setup, now } = this
    if (this.phase === 'waiting') this.wait?.wake(now, this.#random)
    if (isFeed(setup.dialect) && attempt !== undefined) this.doubt.wake(wakeup, now, attempt)
  }

  /** What was promised, and is there by now, is gone on with. */
  flush(): void {
    this.promises.flush(() => this.#giveUp(SETUP_FAILED))
  }

  /** The notifier speaks. */
  notice(notice: Notice): void {
    const { wait } = this
    if (this.phase !== 'waiting' || wait?.hear(notice, this.now) !== true) return
    this.#giveUp(notice === 'other' ? SETUP_FAILED : wait.failure)
  }

  // What time does.

  /** The wait is over. */
  waited(): void {
    const { wait } = this
    this.wait = undefined
    if (wait === undefined) return
    const { answered, failure } = wait
    const promise = answered?.promise
    const goOn = (): void => {
      const step = promise?.outcome === 'bad' ? 'nonsense' : answered?.step
      if (step === undefined && this.stand.events > 0) this.#giveUp(failure)
      else this.#prepare(step)
    }
    if (promise === undefined) {
      goOn()
      return
    }
    this.#await(promise, goOn)
  }

  /** It is too late for the whole, or for what was promised. */
  miss(what: 'total' | 'promise'): void {
    this.#giveUp(what === 'total' ? ownFailure('deadline_exceeded', this.stand.bytes) : SETUP_FAILED)
  }

  #await(promise: Promised, go: () => void): void {
    this.phase = 'preparing'
    this.promises.wait(promise, this.now, go)
  }

  #prepare(step: ModelStep | undefined): void {
    const { setup, stand } = this
    this.phase = 'preparing'
    const attempt = ++this.#attempts
    if (step === 'nonsense') {
      this.#giveUp(SETUP_FAILED)
      return
    }
    this.#goesOn = step === undefined || step === 'continue' || step === 'unchecked'
    if (step === 'append') stand.askForRest()
    const lastEventId = cursorOf(setup, stand, step)
    if (!this.#emit({ type: 'connecting', attempt, lastEventId, ...namesOf(setup, step) })) return
    if (!this.#emit({ type: 'headers', attempt, lastEventId })) return
    const { headersLater } = setup
    const connect = (): void => this.#connect(step, lastEventId)
    if (headersLater[attempt % headersLater.length] !== true) {
      connect()
      return
    }
    const promise = this.promises.make('headers')
    this.#await(promise, () => {
      if (promise.outcome === 'bad') this.#giveUp(SETUP_FAILED)
      else connect()
    })
  }

  #connect(step: Exclude<ModelStep, 'nonsense'> | undefined, lastEventId: string | undefined): void {
    this.phase = 'attempting'
    const { stand, setup } = this
    const current = new AttemptModel(this, step ?? 'first')
    this.attempt = current
    this.#last = current
    this.#cursorBefore = stand.cursor
    if (this.paused) current.pause()
    this.#requests++
    const steps = this.atSend
    this.atSend = []
    // What is foreign is not sent, whatever is told.
    const sentId =
      stand.isForeign &&
      stand.cursor !== setup.lastEventId &&
      (step === undefined || step === 'continue' || step === 'unchecked')
        ? undefined
        : lastEventId
    this.#emit({ ...requestOf(setup, stand, step), lastEventId: sentId })
    for (const step of steps) current.play(step)
  }

  // What an attempt tells.

  opened({ status, requestId }: HeadSpec): void {
    this.#emit({ type: 'open', attempt: this.#attempts, status, requestId })
  }

  value(value: unknown): void {
    this.#emit({ type: 'value', value, lastEventId: this.stand.exactCursor })
  }

  reset(): void {
    this.#emit({ type: 'reset', attempt: this.#attempts })
  }

  movedCursor(): void {
    this.#emit({ type: 'cursor', lastEventId: this.stand.exactCursor })
  }

  complete(): void {
    this.#leave(false)
    this.phase = 'ended'
    this.#emit({ type: 'complete' })
  }

  /** Another attempt, or the end? */
  failed(failure: ModelFailure, kind: EndKind): void {
    const { stand } = this
    this.doubt.end()
    const outing = { failure, kind, goesOn: this.#goesOn, cursorBefore: this.#cursorBefore }
    const isPoll = this.#budget.isPoll(outing)
    if (isPoll) this.attempt?.settle()
    if (this.#isOver()) return
    const mayTry = this.#budget.take(outing, isPoll)
    this.#leave(failure.kind !== 'stream_error')
    const answered =
      mayTry && stand.events > 0
        ? this.#strategy.ask(this.#error(failure), (asked) => this.#emit(asked))
        : undefined
    if (answered?.promise !== undefined) this.promises.make('strategy', answered.promise)
    if (this.#isOver()) return
    const mayGoOn = stand.events === 0 || answered?.promise !== undefined || answered?.step !== undefined
    const wait = this.#budget.waitAfter(outing, this.#random, this.endsAt - this.now)
    if (!mayTry || !mayGoOn || wait === undefined) {
      this.#giveUp(failure)
      return
    }
    this.#wait(failure, wait, answered)
  }

  #wait(failure: ModelFailure, wait: ModelWait, answered: Answered | undefined): void {
    const { notifies } = this.setup.retry
    const { delayMs, floorMs } = wait
    this.phase = 'waiting'
    const dueAt = notifies ? undefined : this.now + delayMs
    this.wait = new WaitModel(failure, answered, { floorAt: this.now + floorMs, dueAt })
    const until = this.now + delayMs + this.#wallAhead
    // A notifier is there before anybody can answer the signal.
    if (notifies) this.#notify()
    if (this.#isOver()) return
    this.#emit({ type: 'waiting', attempt: this.#attempts, delayMs, until, error: this.#error(failure) })
  }

  #notify(): void {
    this.#emit({ type: 'notified', failures: this.#budget.failures })
    const notice = this.atNotification
    this.atNotification = undefined
    if (notice !== undefined) this.notice(notice)
  }

  /** What was held back for another attempt comes before the error, but for a consumer that wants no more. */
  #giveUp(failure: ModelFailure): void {
    const last = failure.code === 'aborted' ? undefined : this.#last
    this.#last = undefined
    last?.giveUp()
    if (this.#isOver()) return
    const error = this.#error(failure)
    this.stop()
    this.#emit({ type: 'error', error })
  }

  #leave(abruptly: boolean): void {
    if (this.attempt === undefined) return
    this.attempt.leave()
    this.attempt = undefined
    this.mustBeAborted = abruptly
  }

  get #random(): number {
    const { randoms } = this.setup
    return randoms[this.#requests % randoms.length] as number
  }

  #error(failure: ModelFailure): ErrorEntry {
    return errorEntryOf(failure, this.#attempts, this.stand, this.setup)
  }

  #isOver(): boolean {
    return this.phase === 'ended'
  }

  /** Returns whether whoever is told lets it go on. */
  #emit(entry: Unstamped<Entry>): boolean {
    this.expected.push({ at: this.now, ...entry } as Entry)
    const { reaction } = this
    if (reaction?.on !== entry.type) return !this.#isOver()
    this.reaction = undefined
    if (reaction.do === 'stop') this.stop()
    else if (reaction.do === 'abort') this.abort()
    else if (reaction.do === 'pause') this.pause()
    else this.#giveUp(SETUP_FAILED)
    return !this.#isOver()
  }
}
