import type { SseError } from '../errors/sse-error.ts'
import { type HeadersInput, isSendable } from '../transport/headers.ts'
import type { TransportRequest } from '../transport/transport.ts'
import { gateFor } from './attempt-gate.ts'
import {
  buildRequest,
  type ChangedRequest,
  changedRequest,
  requestAfter,
  requestOf,
} from './build-request.ts'
import type { StreamPlan } from './plan.ts'
import { createProgress, hasExactCursor, type Progress, voidProgress } from './progress.ts'
import type { ReaderContext } from './reader.ts'
import { reconnect } from './strategies.ts'
import type { Interruption, ResumeStep } from './strategy.ts'
import { Transcript } from './transcript.ts'

/** How an attempt goes about it: what it asks for, and what becomes of the answer. */
export interface Leg<T> {
  /** The cursor that the request resumes from, if any. */
  readonly lastEventId: string | undefined
  /** @param headers - the config's, for this attempt */
  request(headers: HeadersInput): TransportRequest
  readonly reader: ReaderContext<T>
}

const STEPS: readonly ResumeStep<unknown>['type'][] = ['continue', 'replay', 'append', 'reset']

/** The course of one stream over all its attempts: how far the consumer has come, and how each attempt takes it further. */
export class Course<T> {
  readonly #plan: StreamPlan<T>
  readonly #idempotencyKey: string | undefined
  readonly #onVoid: () => void
  readonly #transcript: Transcript<T> | undefined
  readonly progress: Progress
  #memory: unknown
  /** Values that had been delivered when the config's request was last put aside for one for the rest. */
  #beforeAppend = Number.POSITIVE_INFINITY
  /** How often what was delivered became void: the same count of events is not the same place then. */
  #voids = 0

  /** @param onVoid - what was delivered is void: told before the first value in its place */
  constructor(plan: StreamPlan<T>, onVoid: () => void) {
    this.#plan = plan
    this.#onVoid = onVoid
    const { dialect, lastEventId, resume, idempotencyKey } = plan
    this.#idempotencyKey = idempotencyKey === true ? crypto.randomUUID() : idempotencyKey || undefined
    const keeps = resume?.keeps ?? 0
    this.#transcript = keeps > 0 ? new Transcript(dialect, keeps) : undefined
    const checks = resume !== undefined && resume !== reconnect
    this.progress = createProgress(lastEventId, checks)
  }

  /** Delivers, and keeps what is delivered if the strategy needs it. */
  keeping(deliver: (value: T) => void): (value: T, data: string) => void {
    const transcript = this.#transcript
    if (transcript === undefined) return deliver
    return (value, data) => {
      transcript.add(value, data)
      deliver(value)
    }
  }

  /** The cursor, if the stream can be begun with it right after the last value. */
  get exactCursor(): string | undefined {
    return hasExactCursor(this.progress) && !this.#isForeign ? this.progress.cursor : undefined
  }

  /** The last value is of an answer to another request: its ID means nothing to the config's. */
  get #isForeign(): boolean {
    return this.progress.events > this.#beforeAppend
  }

  /** Can it be continued by its IDs? Without a call of the caller's own code, but for the dialect's. */
  get isResumable(): boolean {
    if (this.progress.events === 0 || this.#plan.dialect.endless === true) return true
    try {
      return this.#afterCursor() !== undefined
    } catch {
      return false
    }
  }

  interruption(error: SseError): Interruption<T> {
    const transcript = this.#transcript
    return {
      error,
      events: this.progress.events,
      get values() {
        // A copy: it is the caller's, and what is kept goes on growing.
        return transcript?.values?.slice()
      },
      get text() {
        return transcript?.text ?? ''
      },
      request: requestOf(this.#plan),
      afterCursor: this.#afterCursor(),
    }
  }

  /**
   * The next attempt.
   *
   * @param step - how it goes on after the first value; `undefined` before that: the request is repeated
   * @throws TypeError if the step is none
   */
  leg(step: ResumeStep<T> | undefined): Leg<T> {
    const plan = this.#plan
    const { dialect } = plan
    this.#check(step)
    const goesOn = step === undefined || step.type === 'continue'
    if (!goesOn || this.#isAtBeginning()) this.#memory = dialect.memory?.()
    const cursor = goesOn ? this.progress.cursor : plan.lastEventId
    if (step?.type === 'append' && !this.#isForeign) this.#beforeAppend = this.progress.events
    const changed = changedRequest(plan, step?.request ?? this.#from(cursor))
    // A request of a strategy's own says itself from where on.
    const isSent = cursor !== '' && isSendable(cursor) && (goesOn || step.request === undefined)
    const lastEventId = isSent ? cursor : undefined
    return {
      lastEventId,
      request: (headers) => buildRequest(plan, changed, headers, this.#keyFor(changed)),
      reader: {
        dialect,
        memory: this.#memory,
        progress: this.progress,
        maxEventSize: plan.maxEventSize,
        gate: gateFor(step, {
          dialect,
          progress: this.progress,
          transcript: this.#transcript,
          mayBeginAnew: changed.method !== 'GET',
          mayRepeat: plan.retry.count > 0,
          voids: () => this.#void(),
          lastEventId: plan.lastEventId,
        }),
      },
    }
  }

  /** A step comes from code of the caller's: one that could not be kept to would splice. */
  #check(step: ResumeStep<T> | undefined): void {
    if (step === undefined) return
    const whose = `resume: the strategy "${this.#plan.resume?.name}"`
    if (typeof step !== 'object' || !STEPS.includes(step?.type)) {
      throw new TypeError(
        `${whose} must return a step whose type is one of ${STEPS.join(', ')}, or undefined.`,
      )
    }
    const needsValues = step.type === 'replay' || (step.type === 'append' && step.overlap !== undefined)
    if (needsValues && this.#transcript?.values === undefined) {
      throw new TypeError(
        `${whose} cannot ${step.type === 'replay' ? 'replay' : 'trim an overlap'} without the delivered values: it has to set keeps, and to return undefined where at.values is undefined.`,
      )
    }
    if (step.type === 'continue' && step.unchecked !== true && !step.request && !this.#afterCursor()) {
      throw new TypeError(
        `${whose} cannot continue without a request of its own: no cursor stands at the last value.`,
      )
    }
    const { text, withText, name } = this.#plan.dialect
    if (step.type === 'append' && step.overlap !== undefined && !(text && withText)) {
      throw new TypeError(
        `${whose} cannot trim an overlap: ${name} has no text(value) and withText(value, text).`,
      )
    }
  }

  /** What a dialect remembers of events that are sent again from the first on would count twice. */
  #isAtBeginning(): boolean {
    return this.progress.events === 0 && this.progress.cursor === this.#plan.lastEventId
  }

  #afterCursor(): ReturnType<typeof requestAfter> {
    const { progress } = this
    const { dialect } = this.#plan
    const { cursor } = progress
    // A feed goes by the last ID, whatever came after it [whatwg].
    const stands = dialect.endless === true ? cursor !== '' && isSendable(cursor) : hasExactCursor(progress)
    return stands && !this.#isForeign ? requestAfter(this.#plan, dialect, cursor, this.#memory) : undefined
  }

  /** Before the first value: from the cursor that was given, or that an ID without a value has set. */
  #from(cursor: string): NonNullable<ReturnType<typeof requestAfter>> {
    if (cursor === '' || !isSendable(cursor)) return {}
    const { dialect, lastEventId } = this.#plan
    const change = requestAfter(this.#plan, dialect, cursor, this.#memory)
    if (change !== undefined) return change
    if (cursor === lastEventId)
      throw new TypeError(`${dialect.name} cannot begin at a lastEventId with this request.`)
    return {}
  }

  /** One key for all attempts at the same request. A request for the rest of an answer is another. */
  #keyFor({ method, isAnother }: ChangedRequest): string | undefined {
    const key = this.#idempotencyKey
    if (key === undefined || (method === 'GET' && this.#plan.method !== 'GET')) return undefined
    const { events } = this.progress
    return isAnother ? `${key}-${this.#voids === 0 ? events : `${this.#voids}.${events}`}` : key
  }

  #void(): void {
    this.#voids++
    voidProgress(this.progress, this.#plan.lastEventId)
    this.#beforeAppend = Number.POSITIVE_INFINITY
    this.#transcript?.clear()
    this.#onVoid()
  }
}
