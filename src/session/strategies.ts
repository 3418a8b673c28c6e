import type { StreamRequest, StreamRequestChange } from '../dialects/stream-request.ts'
import { refuseUnknown, show } from '../errors/options.ts'
import type { SseError } from '../errors/sse-error.ts'
import { isPromiseLike } from './settle.ts'
import {
  type Interruption,
  KEEPS,
  limitOf,
  type Overlap,
  type ResumeStep,
  type ResumeStrategy,
} from './strategy.ts'

/**
 * Continues after the last event by its ID: with `Last-Event-ID` [whatwg], or as the dialect says. What `resume: 'auto'`
 * does on every wire but endless feeds.
 *
 * A server that ignores the ID and begins again is found out by the IDs that it sends: those events are passed over if
 * they are just what they were; otherwise the stream ends with `resume_mismatch`.
 *
 * Does not work on a wire without IDs: the failure is emitted.
 */
export function fromCursor(): ResumeStrategy {
  return byCursor
}

export const byCursor: ResumeStrategy = /* @__PURE__ */ Object.freeze({
  name: 'fromCursor',
  resume: ({ afterCursor }) =>
    afterCursor === undefined ? undefined : { type: 'continue', request: afterCursor },
} satisfies ResumeStrategy)

/** A feed promises no exactness: it is asked again whatever it gave, and believed. */
export const reconnect: ResumeStrategy = {
  name: 'reconnect',
  resume: ({ afterCursor }) => ({ type: 'continue', request: afterCursor, unchecked: true }),
}

const REPLAY_OPTIONS = { isSame: true, maxKept: true }
const CONTINUE_OPTIONS = { overlap: true, times: true, maxKept: true }

export interface ReplayOptions<T> {
  /** Are these the same? Default: what the dialect says (`openaiChat()` passes over `id` and `created`), else equal structure. */
  isSame?: ((delivered: T, again: T) => boolean) | undefined
  /** Most characters of event data that are kept to compare with; beyond it the failure is emitted. Default: 16 Mi. */
  maxKept?: number | undefined
}

/**
 * For a server that sends the same stream again from its beginning: repeats the request, passes over what was delivered
 * and compares it. The first difference ends the stream with `replay_mismatch`, whose `mismatch` has both sides; nothing
 * of the other answer is delivered.
 *
 * Keeps the values that were delivered, as they are: do not change them. Does not compare what gives no value, pings say.
 */
export function replay<T = unknown>(options: ReplayOptions<T> = {}): ResumeStrategy<T> {
  refuseUnknown(options, REPLAY_OPTIONS, 'replay')
  const { isSame, maxKept } = options
  if (isSame !== undefined && typeof isSame !== 'function') {
    throw new TypeError('replay: isSame must be a function (delivered, again) => boolean.')
  }
  return {
    name: 'replay',
    keeps: limitOf(maxKept, 'replay: maxKept', KEEPS),
    resume: ({ values }) =>
      values === undefined
        ? undefined
        : { type: 'replay', ...(isSame === undefined ? undefined : { isSame }) },
  }
}

/** What there is of an answer that was interrupted. */
export interface PartialAnswer<T> {
  readonly values: readonly T[]
  /** Their text, joined; `''` where the dialect knows none. */
  readonly text: string
  /** What interrupted it. */
  readonly error: SseError
}

export interface ContinueOptions {
  /**
   * Whether to take away what the continuation repeats of the end of the text so far. `true`: a repetition of 8 to 400
   * characters; shorter ones may be chance, and are left. Default: false.
   */
  overlap?: boolean | { readonly min?: number; readonly max?: number } | undefined
  /**
   * Most places from which a rest is asked for; then the failure is emitted. A server that cuts each answer short makes
   * progress with each, so that `retry.count` does not end it. Repeated attempts at the same place do not count.
   * Default: 10.
   */
  times?: number | undefined
  /** Most characters of event data that are kept for `partial`; beyond it the failure is emitted. Default: 16 Mi. */
  maxKept?: number | undefined
}

const OVERLAP: Overlap = { min: 8, max: 400 }

function overlapOf(given: ContinueOptions['overlap']): Overlap | undefined {
  if (given === undefined || given === false) return undefined
  if (given === true) return OVERLAP
  const overlap = { ...OVERLAP, ...given }
  if (
    typeof given !== 'object' ||
    given === null ||
    Array.isArray(given) ||
    Object.keys(given).some((key) => !Object.hasOwn(OVERLAP, key)) ||
    !(Number.isInteger(overlap.min) && Number.isInteger(overlap.max)) ||
    !(1 <= overlap.min && overlap.min <= overlap.max)
  ) {
    throw new TypeError(
      'continueWith: overlap must be true, false, or { min, max } in characters, 1 ≤ min ≤ max.',
    )
  }
  return overlap
}

/**
 * For a wire without IDs: asks for the rest of an answer with a request of the caller's making.
 *
 * The answer to it is a stream of its own, delivered after what there is: its end marker completes, a failure of it is
 * continued in the same way. With `idempotencyKey` each rest has a key of its own.
 *
 * Does not know whether the rest fits: that is what the request has to see to.
 *
 * @param build - the request for the rest, as a change of the config's; `undefined`: there is none, the failure is
 * emitted. May be async.
 */
export function continueWith<T = unknown>(
  build: (
    partial: PartialAnswer<T>,
    request: StreamRequest,
  ) => StreamRequestChange | undefined | PromiseLike<StreamRequestChange | undefined>,
  options: ContinueOptions = {},
): ResumeStrategy<T> {
  if (typeof build !== 'function') {
    throw new TypeError('continueWith needs a function (partial, request) => request.')
  }
  refuseUnknown(options, CONTINUE_OPTIONS, 'continueWith')
  const { times = 10 } = options
  if (!(times === Number.POSITIVE_INFINITY || (Number.isInteger(times) && times >= 1))) {
    throw new TypeError(`continueWith: times must be a whole number from 1 up, not ${show(times)}.`)
  }
  const overlap = overlapOf(options.overlap)
  const stepOf = (request: StreamRequestChange | null | undefined): ResumeStep<T> | undefined =>
    request === undefined || request === null ? undefined : { type: 'append', request, overlap }
  return {
    name: 'continueWith',
    keeps: limitOf(options.maxKept, 'continueWith: maxKept', KEEPS),
    needsText: overlap !== undefined,
    resume({ values, text, error, request, continuations }) {
      if (values === undefined || continuations >= times) return undefined
      const change = build({ values, text, error }, request)
      return isPromiseLike(change) ? change.then(stepOf) : stepOf(change)
    },
  }
}

/**
 * Begins anew: the request is repeated, and a `reset` signal says, before the first value of the new answer or its end,
 * that what was delivered is void. Until then it stands.
 *
 * Only for those who listen to signals: `fromEventStream` and `toAsyncIterable` refuse it with a `TypeError` at the call.
 */
export function restart(): ResumeStrategy {
  return { name: 'restart', resets: true, resume: () => ({ type: 'reset' }) }
}

/**
 * The first of several strategies that can go on: by the cursor where the wire gave one, say, else by replay.
 *
 * @param strategies - asked in turn at each interruption
 */
export function firstOf<T = unknown>(
  ...strategies: readonly [ResumeStrategy<T>, ...ResumeStrategy<T>[]]
): ResumeStrategy<T> {
  if (strategies.length === 0 || strategies.some((strategy) => typeof strategy?.resume !== 'function')) {
    throw new TypeError(
      'firstOf needs strategies, such as firstOf(fromCursor(), replay()): called, not the functions themselves.',
    )
  }
  const ask = (at: Interruption<T>, from: number): ReturnType<ResumeStrategy<T>['resume']> => {
    const strategy = strategies[from]
    if (strategy === undefined) return undefined
    const step = strategy.resume(at)
    if (isPromiseLike(step)) return step.then((settled) => settled ?? ask(at, from + 1))
    return step ?? ask(at, from + 1)
  }
  return {
    name: `firstOf(${strategies.map(({ name }) => name).join(', ')})`,
    keeps: Math.max(...strategies.map(({ keeps }) => keeps ?? 0)),
    resets: strategies.some(({ resets }) => resets === true),
    needsText: strategies.some(({ needsText }) => needsText === true),
    resume: (at) => ask(at, 0),
  }
}
