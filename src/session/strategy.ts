import type { StreamRequest, StreamRequestChange } from '../dialects/stream-request.ts'
import { show } from '../errors/options.ts'
import type { SseError } from '../errors/sse-error.ts'

/** Where a stream stands that was interrupted after its first value. */
export interface Interruption<T> {
  /** What ended the attempt: one that may be tried again, within the budget; or, of a stream that is continued by hand, whatever ended it, `aborted` for an unsubscribe. */
  readonly error: SseError
  /** Values delivered so far; after a `reset` those since it. */
  readonly events: number
  /** From how many places before this one a rest was asked for, by `append` steps. */
  readonly continuations: number
  /** They themselves, if the strategy {@link ResumeStrategy.keeps} them and they are not too much; else `undefined`. */
  readonly values: readonly T[] | undefined
  /** Their text, joined; `''` where the dialect knows none, or the values were not kept. */
  readonly text: string
  /** The config's request. */
  readonly request: StreamRequest
  /**
   * The request for what comes after the last value, by its ID, in the dialect's way; `undefined` where the wire gave
   * no ID, or something without an ID came after it (a feed goes by its last ID all the same), where the last value is of
   * an answer to another request, or where the dialect says so.
   */
  readonly afterCursor: StreamRequestChange | undefined
}

/** What the answer to the next request will be, and so what is to be done with it. */
export type ResumeStep<T> =
  /**
   * Goes on after the last event; without a `request`, as {@link Interruption.afterCursor} asks. It is checked by its
   * IDs: what was delivered is passed over if it comes again just as it was; anything else that is no continuation is a
   * `resume_mismatch`. `unchecked`: nothing is, for IDs that repeat.
   */
  | {
      readonly type: 'continue'
      readonly request?: StreamRequestChange | undefined
      readonly unchecked?: boolean
    }
  /** Begins anew: passed over as far as it was delivered, and compared. A difference is a `replay_mismatch`. Needs `keeps`. */
  | {
      readonly type: 'replay'
      readonly request?: StreamRequestChange | undefined
      // A method: that keeps a strategy for `T` assignable to one for `unknown`.
      isSame?(delivered: T, again: T): boolean
    }
  /**
   * A stream of its own that holds the rest: delivered as it is, but with `overlap` for what its text repeats of the end of
   * the text so far. Needs a `request` that is another one than the config's; `overlap` needs `keeps`.
   */
  | {
      readonly type: 'append'
      readonly request?: StreamRequestChange | undefined
      readonly overlap?: Overlap | undefined
    }
  /** Begins anew, and voids what was delivered: a `reset` signal comes before the first value of it. Not for plain values. */
  | { readonly type: 'reset'; readonly request?: StreamRequestChange | undefined }

/** Characters that count as a repetition. */
export interface Overlap {
  readonly min: number
  readonly max: number
}

/**
 * How a stream is continued that was interrupted after its first value. A plain object: write your own.
 *
 * Does not decide whether there is another attempt at all: the failure must be retryable, and the budget of `retry` last; or
 * somebody continues by hand.
 *
 * @typeParam T - the values of the stream
 */
export interface ResumeStrategy<in T = unknown> {
  /** As the `connecting` signals show it. */
  readonly name: string
  /**
   * Called once for each interruption that another attempt may follow, and when one is continued by hand. `undefined`: it cannot be continued, the failure
   * is emitted. What it throws, or a promise of it rejects with, is emitted as `request_setup_failed`; it must settle
   * within `timeout.first`.
   */
  // A method, not a property: that keeps a strategy for `T` assignable to one for `unknown`.
  resume(at: Interruption<T>): ResumeStep<T> | undefined | PromiseLike<ResumeStep<T> | undefined>
  /** Keeps the delivered values for {@link Interruption.values}, up to so many characters of their events' data. Default: 0, none. */
  readonly keeps?: number
  /** Takes back what was delivered, so that it is refused where only values are told. Default: false. */
  readonly resets?: boolean
  /** Needs a dialect with `text` and `withText`. Default: false. */
  readonly needsText?: boolean
}

/** @throws TypeError for a strategy that would not be what it was meant to be */
export function checkStrategy(strategy: ResumeStrategy<never>): void {
  const { name, keeps, resets, needsText } = strategy
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`resume: the strategy must have a name, not ${show(name)}.`)
  }
  if (keeps !== undefined && keeps !== 0) limitOf(keeps, `resume: keeps of the strategy "${name}"`, 0)
  for (const [key, value] of Object.entries({ resets, needsText })) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new TypeError(
        `resume: ${key} of the strategy "${name}" must be true or false, not ${show(value)}.`,
      )
    }
  }
}

/** A number from 1 to 512 Mi. */
export function limitOf(value: number | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= 1 && value <= 512 * 1024 * 1024)) {
    throw new TypeError(
      `${name} must be a number of characters from 1 to ${512 * 1024 * 1024}, not ${show(value)}.`,
    )
  }
  return value
}

/** What a strategy keeps unless it is told otherwise: 16 Mi characters. */
export const KEEPS: number = 16 * 1024 * 1024
