import type { EndKind } from './attempt-model.ts'
import { type ModelFailure, type ModelWait, waitOf } from './rules.ts'
import { isPolled, type Setup } from './setup.ts'
import type { Stand } from './stand.ts'

/** How an attempt went. */
export interface Outing {
  readonly failure: ModelFailure
  readonly kind: EndKind
  /** It took the stream further from where it was, and did not begin with another answer. */
  readonly goesOn: boolean
  readonly cursorBefore: string
}

/** Failures in a row without progress, and how long each is waited for. */
export class BudgetModel {
  readonly #setup: Setup
  readonly #stand: Stand
  /** The most values that there ever were. */
  #furthest = 0
  failures = 0

  constructor(setup: Setup, stand: Stand) {
    this.#setup = setup
    this.#stand = stand
  }

  /** Is this how the server has its clients come again? */
  isPoll({ kind, goesOn }: Outing): boolean {
    const isOver = kind === 'feed is over' || this.#isCleanEnd(kind)
    return isPolled(this.#setup.dialect) && goesOn && isOver && this.#stand.reconnectionTime !== undefined
  }

  /** Returns whether the failure, and the budget, allow another attempt. */
  take({ failure, kind, cursorBefore }: Outing, isPoll: boolean): boolean {
    const { retry } = this.#setup
    const { events, cursor } = this.#stand
    // An ID that takes the cursor away, at the very end, leaves nothing to be asked for.
    const mayGoOn = kind === 'feed is over' || this.#isCleanEnd(kind)
    const hasPolled = isPoll && mayGoOn && cursor !== cursorBefore
    this.failures = events > this.#furthest || hasPolled ? 1 : this.failures + 1
    this.#furthest = Math.max(this.#furthest, events)
    return (failure.retryable || kind === 'feed is over') && this.failures <= retry.count
  }

  /** How long until the next attempt; nothing: longer than anybody will wait. */
  waitAfter({ failure, kind }: Outing, random: number, remainingMs: number): ModelWait | undefined {
    const { retry, dialect } = this.#setup
    const wait = waitOf({
      failures: this.failures,
      retry: retry.notifies ? { ...retry, delay: 0 } : retry,
      random,
      retryAfterMs: failure.retryAfterMs,
      reconnectionTime: this.#stand.reconnectionTime,
      isFeedOver: kind === 'feed is over',
      polls: isPolled(dialect),
      isCleanEnd: this.#isCleanEnd(kind),
    })
    if (wait === undefined) return undefined
    // A notifier alone knows how long; what it is told is the least.
    const told = retry.notifies ? { ...wait, delayMs: wait.floorMs } : wait
    return told.delayMs >= remainingMs ? undefined : told
  }

  #isCleanEnd(kind: EndKind): boolean {
    return kind === 'clean end' && this.#stand.isAtCursor
  }
}
