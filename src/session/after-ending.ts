import { type Failure, isRetryable } from '../errors/failure.ts'
import { aboveFloor, backoff, type RetryPolicy } from './backoff.ts'
import { hasExactCursor, type Progress } from './progress.ts'

/**
 * A server that restarts ends all its feeds at once. "Optionally, wait some more" [whatwg section 9.2.3]: as a share of the
 * reconnection time at most.
 */
const TOLD_SPREAD = 0.4

/** A feed that has given nothing and is over again is not asked more often than this, whatever it told. */
const LEAST_PAUSE_MS = 500

/** How an attempt ended. */
export type Ending =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** The response of an endless feed is over: the protocol's own way to say "come again" [whatwg]. */
  | { readonly type: 'response-over'; readonly failure: Failure }

/** The budget: failures in a row without progress, this one included. */
export const countFailures = (failuresBefore: number, progressed: boolean): number =>
  progressed ? 1 : failuresBefore + 1

export interface Situation {
  readonly ending: Ending
  readonly progress: Progress
  /** Failures in a row without progress, this one included: {@link countFailures}. */
  readonly failures: number
  readonly retry: RetryPolicy
  /** Can another attempt go on without losing, doubling or mixing an event? */
  readonly continues: boolean
  /** Whether clients that the server has sent away together are to come back together: it polls them one by one. */
  readonly polls: boolean
  /** Milliseconds until `timeout.total`. */
  readonly remaining: number
  /** A number from 0 to 1. */
  readonly random: number
}

/** What to do after an attempt has ended. */
export type Next =
  | { readonly do: 'complete' }
  | { readonly do: 'fail'; readonly failure: Failure }
  | {
      readonly do: 'reconnect'
      readonly failure: Failure
      readonly delayMs: number
      /** What of it the server has asked for. */
      readonly floorMs: number
    }

/** Does the failure, and the budget, allow another attempt? Whether the stream can go on in it is another question. */
export const mayTryAgain = (ending: Ending, failures: number, { count }: RetryPolicy): boolean =>
  ending.type !== 'done' &&
  failures <= count &&
  (ending.type === 'response-over' || isRetryable(ending.failure))

/** The one decision of the session, pure: complete, give up, or come again after a while. */
export function afterEnding(situation: Situation): Next {
  const { ending, failures, retry } = situation
  if (ending.type === 'done') return { do: 'complete' }
  const { failure } = ending
  if (!mayTryAgain(ending, failures, retry) || !situation.continues) return { do: 'fail', failure }
  const wait = waitOf(situation)
  // A server that asks for more patience than the caller has is not asked again too early; the error says when.
  const least = retry.notifier === undefined ? wait?.delayMs : wait?.floorMs
  if (wait === undefined || least === undefined || least >= situation.remaining)
    return { do: 'fail', failure }
  return { do: 'reconnect', failure, ...wait }
}

function waitOf({
  ending,
  progress,
  failures,
  retry,
  polls,
  random,
}: Situation): { delayMs: number; floorMs: number } | undefined {
  const told =
    progress.reconnectionTime === undefined ? undefined : Math.min(progress.reconnectionTime, retry.maxDelay)
  // "Come again after so long": the server has said it of this very ending.
  if (told !== undefined && endedAsTold(ending, progress)) {
    const spreads = ending.type === 'response-over' && !polls && retry.jitter === 'full'
    const spread = spreads ? Math.round(random * TOLD_SPREAD * told) : 0
    const least = ending.type === 'response-over' && failures > 1 ? LEAST_PAUSE_MS : 0
    return { delayMs: Math.min(retry.maxDelay, Math.max(least, told + spread)), floorMs: told }
  }
  const asked = ending.type === 'failed' ? ending.failure.retryAfterMs : undefined
  // A function of the caller's decides for itself, and hears of it by the error.
  if (asked !== undefined && asked > retry.maxDelay && retry.notifier === undefined) return undefined
  const floorMs = Math.max(asked ?? 0, told ?? 0)
  return { delayMs: aboveFloor(floorMs, backoff(failures, retry, random), retry), floorMs }
}

/**
 * A clean end after a `retry` field, where the stream can be continued: how a feed [whatwg], or a server that lets its
 * clients poll [mcp], ends a response that it does not want to hold open. That `retry` field is no floor but the time.
 */
export const endedAsTold = (ending: Ending, progress: Progress): boolean =>
  progress.reconnectionTime !== undefined &&
  (ending.type === 'response-over' ||
    (ending.type === 'failed' && ending.failure.reason === 'clean_end' && hasExactCursor(progress)))
