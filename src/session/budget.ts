import { countFailures, type Ending, endedAsTold } from './after-ending.ts'
import type { Progress } from './progress.ts'

/** What came of the values between two attempts: failures in a row, of which progress makes none. */
export class Budget {
  readonly #polls: boolean
  /** The most values that were ever delivered: to reach them again is no progress. */
  #furthest: number
  /** The cursor at the beginning of the attempt. */
  #cursorBefore = ''
  /** Whether the attempt goes on where the stream stands: a repetition, or another answer, moves the cursor and gets nowhere. */
  #goesOn = true
  /** In a row, without progress. */
  failures = 0

  constructor(polls: boolean, progress: Progress) {
    this.#polls = polls
    this.#furthest = reachedBy(progress)
  }

  begin({ cursor }: Progress, goesOn: boolean): void {
    this.#cursorBefore = cursor
    this.#goesOn = goesOn
  }

  /** The server has closed a response as it had said it would: what it gave is to be settled before it is counted. */
  isToBeSettled(ending: Ending, { reconnectionTime }: Progress): boolean {
    return this.#mayPoll(ending) && reconnectionTime !== undefined && ending.failure.reason === 'clean_end'
  }

  count(ending: Ending, progress: Progress): void {
    const reached = reachedBy(progress)
    const polled = this.#mayPoll(ending) && endedAsTold(ending, progress)
    const progressed = reached > this.#furthest || (polled && progress.cursor !== this.#cursorBefore)
    this.failures = countFailures(this.failures, progressed)
    this.#furthest = Math.max(this.#furthest, reached)
  }

  #mayPoll(ending: Ending): ending is Exclude<Ending, { type: 'done' }> {
    return this.#polls && this.#goesOn && ending.type !== 'done'
  }
}

const reachedBy = ({ events, idle }: Progress): number => events - idle
