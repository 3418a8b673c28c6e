import type { StreamRequestChange } from '../dialects/stream-request.ts'
import type { Failure } from '../errors/failure.ts'
import { createSseError, type SseError } from '../errors/sse-error.ts'
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
import { checkStep } from './check-step.ts'
import type { StreamPlan } from './plan.ts'
import { createProgress, hasExactCursor, type Progress, voidProgress } from './progress.ts'
import { randomKey } from './random-key.ts'
import type { GateOf, ReaderState } from './reader.ts'
import { byCursor, reconnect } from './strategies.ts'
import type { Interruption, ResumeStep } from './strategy.ts'
import { Transcript } from './transcript.ts'

/** How an attempt goes about it: what it asks for, and what becomes of the answer. */
export interface Leg<T> {
  /** The cursor that the request resumes from, if any. */
  readonly lastEventId: string | undefined
  /** @param headers - the config's, for this attempt */
  request(headers: HeadersInput): TransportRequest
  /** What its answer is read with. */
  readonly state: ReaderState
  /** What its values have to pass. */
  readonly gate: GateOf<T>
}

export interface CourseHandler {
  /** What was delivered is void: told before the first value in its place. */
  onVoid(): void
}

/** The course of one stream over all its attempts: how far the consumer has come, and how each attempt takes it further. */
export class Course<T> {
  readonly #plan: StreamPlan<T>
  readonly #idempotencyKey: string | undefined
  handler: CourseHandler | undefined
  readonly #transcript: Transcript<T> | undefined
  readonly progress: Progress
  #memory: unknown
  /** Where the answers to the config's request ended, once another request was made. */
  #ownEnd: OwnEnd | undefined
  /** The cursor was another request's; the same ID once more makes it no less so. */
  #hasLeft = false
  /** Places, as counts of values, from which a rest was asked for. */
  #continuations = 0
  #continuedAt: number | undefined
  /** How often what was delivered became void: the same count of events is not the same place then. */
  #voids = 0
  /** The requests that were other ones, at the same place. */
  #others: { readonly place: string; readonly requests: ChangedRequest[] } | undefined

  /** @param mayBeContinued - by hand, after its end, whatever `retry` says */
  constructor(plan: StreamPlan<T>, mayBeContinued: boolean) {
    this.#plan = plan
    const { dialect, lastEventId, resume, idempotencyKey } = plan
    this.#idempotencyKey = idempotencyKey === true ? randomKey() : idempotencyKey || undefined
    const mayGoOn = resume !== undefined && (plan.retry.count > 0 || mayBeContinued)
    const keeps = mayGoOn ? (resume.keeps ?? 0) : 0
    this.#transcript = keeps > 0 ? new Transcript(dialect, keeps) : undefined
    const checks = mayGoOn && resume !== reconnect
    this.progress = createProgress(lastEventId, checks)
  }

  /** Does the strategy need what is delivered? Then each value is given to {@link keep}. */
  get keeps(): boolean {
    return this.#transcript !== undefined
  }

  keep(value: T, data: string): void {
    this.#transcript?.add(value, data)
  }

  /** The cursor, if the stream can be begun with it right after the last value. */
  get exactCursor(): string | undefined {
    return hasExactCursor(this.progress) && !this.#isForeign ? this.progress.cursor : undefined
  }

  /** The cursor has moved without a value. */
  cursorMoved(): void {
    this.#hasLeft ||= this.#isForeign
  }

  #setOwnEnd(end: OwnEnd | undefined): void {
    this.#ownEnd = end
    this.#hasLeft = false
  }

  /** The last value, or an ID that came alone, is of an answer to another request: it means nothing to the config's. */
  get #isForeign(): boolean {
    const { events, cursor } = this.progress
    const end = this.#ownEnd
    return end !== undefined && (this.#hasLeft || events > end.events || cursor !== end.cursor)
  }

  /** What the dialect remembers of what was delivered: a rest that gave nothing has left no trace. */
  get #standing(): unknown {
    return this.#ownEnd !== undefined && !this.#isForeign ? this.#ownEnd.memory : this.#memory
  }

  /** Can it be continued by its IDs? Without a call of the caller's own code, but for the dialect's. */
  get #isResumable(): boolean {
    return this.progress.events === 0 || this.#plan.resume === reconnect || this.#hasRequestAfterCursor
  }

  get #hasRequestAfterCursor(): boolean {
    try {
      return this.#afterCursor() !== undefined
    } catch {
      return false
    }
  }

  /**
   * Could it go on by hand? Without a call of the caller's own code: of a strategy of their own it is not known, and
   * `true`.
   */
  get mayContinue(): boolean {
    const { resume, lastEventId } = this.#plan
    const { events, cursor } = this.progress
    if (resume === undefined) return false
    // An ID alone: a server that lets its clients poll begins with one.
    if (events === 0) return cursor !== lastEventId && this.#hasRequestAfterCursor
    return resume !== byCursor || this.#isResumable
  }

  /** The failure with all that is known of the course. */
  errorOf(failure: Failure, attempt: number): SseError {
    const { events, bytes, cursor } = this.progress
    // Whoever gives up on a request that never became a stream must not take half an answer for none.
    const placed: Failure =
      failure.kind === 'request_failed' && events > 0
        ? { ...failure, kind: 'stream_terminated', reason: 'not_resumed' }
        : failure
    // A mismatch: the server has just shown that it cannot be gone on with.
    const isMismatch = failure.code === 'resume_mismatch' || failure.code === 'replay_mismatch'
    const resumable = !isMismatch && this.#isResumable
    return createSseError(placed, { attempt, events, bytes, lastEventId: cursor || undefined, resumable })
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
      continuations: this.#continuations - (this.progress.events === this.#continuedAt ? 1 : 0),
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
    if (step !== undefined) {
      checkStep(step, {
        strategy: String(plan.resume?.name),
        dialect,
        hasValues: this.#transcript?.values !== undefined,
        hasCursor: this.exactCursor !== undefined && this.#afterCursor() !== undefined,
      })
    }
    const goesOn = step === undefined || step.type === 'continue'
    const standing = this.#standing
    const memory = goesOn && !this.#isAtBeginning() ? standing : dialect.memory?.()
    const begin = (): void => {
      this.#memory = memory
    }
    const cursor = goesOn ? this.progress.cursor : plan.lastEventId
    const own = step?.request === undefined ? this.#from(cursor, memory) : undefined
    const changed = changedRequest(plan, step?.request ?? own?.change ?? {})
    if (step?.type === 'append') this.#onAppend(changed, standing)
    // A rest that was asked for and gave nothing has left no trace.
    else if (!this.#isForeign) this.#setOwnEnd(undefined)
    // Only now: a step that was refused has changed nothing. An answer that begins anew counts once it stands in for what was delivered.
    if (step?.type !== 'replay' && step?.type !== 'reset') begin()
    const isOwn = step?.request === undefined || isSameRequest(plan, changed)
    // A request of a strategy's own says itself from where on, and goes on from the cursor if it goes on.
    const isNamed = step?.type === 'continue' && step.request !== undefined && this.#mayBeSent(cursor)
    const lastEventId = own?.lastEventId ?? (isNamed ? cursor : undefined)
    return {
      lastEventId,
      request: (headers) =>
        buildRequest(plan, changed, headers, this.#keyFor(changed, step?.type === 'append')),
      state: { memory, progress: this.progress },
      gate: gateFor(step, {
        dialect,
        progress: this.progress,
        transcript: this.#transcript,
        mayBeginAnew: changed.method !== 'GET',
        mayRepeat: plan.retry.count > 0,
        voids: () => {
          begin()
          this.#void(isOwn)
        },
        catchesUp: () => {
          begin()
          this.#setOwnEnd(isOwn ? undefined : NOWHERE)
        },
        lastEventId: plan.lastEventId,
      }),
    }
  }

  /** Not to the config's request, if it is another's. */
  #mayBeSent(cursor: string): boolean {
    return cursor !== '' && isSendable(cursor) && !(this.#isForeign && cursor !== this.#plan.lastEventId)
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
    return stands && !this.#isForeign ? requestAfter(this.#plan, dialect, cursor, this.#standing) : undefined
  }

  /**
   * Without a request of a strategy's own: from the cursor; where that cannot be asked for, and nothing was delivered yet, from
   * the one that was given.
   * An empty ID is the server's word that there is none.
   */
  #from(cursor: string, memory: unknown): { change: StreamRequestChange; lastEventId: string | undefined } {
    const { dialect, lastEventId } = this.#plan
    const places = this.progress.events === 0 ? new Set([cursor, lastEventId]) : [cursor]
    for (const from of cursor === '' ? [] : places) {
      const change = this.#mayBeSent(from) ? requestAfter(this.#plan, dialect, from, memory) : undefined
      if (change !== undefined) return { change, lastEventId: from }
      if (from !== '' && from === lastEventId)
        throw new TypeError(`${dialect.name} cannot begin at a lastEventId with this request.`)
    }
    return { change: {}, lastEventId: undefined }
  }

  #onAppend({ isAnother, method, headers }: ChangedRequest, memory: unknown): void {
    const addsHeaders = Object.values(headers ?? {}).some((value) => value !== undefined)
    if (!isAnother && method === this.#plan.method && !addsHeaders) {
      throw new TypeError(
        `resume: the strategy "${this.#plan.resume?.name}" asked for the rest with the config's own request, which begins anew.`,
      )
    }
    const { events, cursor } = this.progress
    if (!this.#isForeign) this.#setOwnEnd({ events, cursor, memory })
    if (events !== this.#continuedAt) this.#continuations++
    this.#continuedAt = events
  }

  /** One key for all attempts at the same request. A request for the rest of an answer is another. */
  #keyFor(changed: ChangedRequest, isRest: boolean): string | undefined {
    const key = this.#idempotencyKey
    if (key === undefined || (changed.method === 'GET' && this.#plan.method !== 'GET')) return undefined
    if (!isRest && (!changed.isAnother || changed.body === undefined)) return key
    const { events } = this.progress
    const place = this.#voids === 0 ? `${events}` : `${this.#voids}.${events}`
    if (this.#others?.place !== place) this.#others = { place, requests: [] }
    const { requests } = this.#others
    const headers = JSON.stringify(changed.headers)
    let index = requests.findIndex(
      (request) => isSameRequest(request, changed) && JSON.stringify(request.headers) === headers,
    )
    if (index === -1) index = requests.push(changed) - 1
    const nth = index + 1
    return nth === 1 ? `${key}-${place}` : `${key}-${place}-${nth}`
  }

  #void(isOwn: boolean): void {
    this.#voids++
    voidProgress(this.progress, this.#plan.lastEventId)
    this.#setOwnEnd(isOwn ? undefined : NOWHERE)
    this.#continuedAt = undefined
    this.#transcript?.clear()
    this.handler?.onVoid()
  }
}

/** No value and no ID of the answer is the config's request's. */
const NOWHERE: OwnEnd = { events: -1, cursor: '', memory: undefined }

/** Where the answers to the config's request ended. */
interface OwnEnd {
  readonly events: number
  readonly cursor: string
  readonly memory: unknown
}

interface Asked {
  readonly method: string
  readonly url: string | URL
  readonly body: unknown
}

const isSameRequest = (a: Asked, b: Asked): boolean =>
  a.method === b.method && String(a.url) === String(b.url) && a.body === b.body
