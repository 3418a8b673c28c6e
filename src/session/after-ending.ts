import { type Failure, isRetryable } from '../errors/failure.ts'
import { backoff, type RetryPolicy } from './backoff.ts'
import { hasExactCursor, type Progress } from './progress.ts'

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
  readonly resume: 'auto' | 'never'
  readonly endless: boolean
  /** Milliseconds until `timeout.total`. */
  readonly remaining: number
  /** A number from 0 to 1. */
  readonly random: number
}

/** What to do after an attempt has ended. */
export type Next =
  | { readonly do: 'complete' }
  | { readonly do: 'fail'; readonly failure: Failure }
  | { readonly do: 'reconnect'; readonly failure: Failure; readonly delayMs: number }

/** May another attempt continue without losing, doubling or mixing an event? */
export function canContinue(progress: Progress, resume: 'auto' | 'never', endless: boolean): boolean {
  // A feed has no whole that could be mixed up: what a reconnection misses or repeats is its protocol's own promise.
  if (progress.events === 0) return true
  if (endless) return resume === 'auto'
  return resume === 'auto' && hasExactCursor(progress)
}

/** The one decision of the session, pure: complete, give up, or come again after a while. */
export function afterEnding(situation: Situation): Next {
  const { ending, progress, failures, retry } = situation
  if (ending.type === 'done') return { do: 'complete' }
  const { failure } = ending
  const fail: Next = { do: 'fail', failure }
  if (ending.type === 'failed' && !isRetryable(failure)) return fail
  if (failures > retry.count) return fail
  if (!canContinue(progress, situation.resume, situation.endless)) return fail
  const delayMs = delayOf(situation)
  // A server that asks for more patience than the caller has is not asked again too early; the error says when.
  if (delayMs === undefined || delayMs >= situation.remaining) return fail
  return { do: 'reconnect', failure, delayMs }
}

function delayOf({ ending, progress, failures, retry, random }: Situation): number | undefined {
  const reconnectionTime =
    progress.reconnectionTime === undefined ? undefined : Math.min(progress.reconnectionTime, retry.maxDelay)
  if (ending.type === 'response-over') return reconnectionTime ?? Math.min(retry.delay, retry.maxDelay)
  const asked = ending.type === 'failed' ? ending.failure.retryAfterMs : undefined
  if (asked !== undefined && asked > retry.maxDelay) return undefined
  return Math.max(backoff(failures, retry, random), asked ?? 0, reconnectionTime ?? 0)
}
