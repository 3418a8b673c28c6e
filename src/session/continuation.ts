import type { Failure } from '../errors/failure.ts'
import type { Course } from './course.ts'

/** Whether a session may be continued. `open`: it ended unfinished. */
export type Standing = 'going on' | 'open' | 'whole' | 'continued'

/** What is taken over from the session that is continued. */
export interface Before<T> {
  readonly course: Course<T>
  readonly attempts: number
  readonly failure: Failure
  /** It has ended before it had said anything: the earlier one may be continued again. */
  giveBack(): void
}

/** An unsubscribe, as a strategy is told of it. */
export const STOPPED: Failure = {
  kind: 'stream_terminated',
  code: 'aborted',
  reason: 'aborted',
  message: 'the stream was unsubscribed',
}

export const NO_WAY_ON: Failure = {
  kind: 'stream_terminated',
  code: 'stream_terminated',
  reason: 'not_resumed',
  retryable: false,
  message: 'asked to continue, the resume strategy knows no way to go on',
}

const REFUSED: Readonly<Record<Exclude<Standing, 'open'>, string>> = {
  'going on': 'the stream is still going on; unsubscribe, or await its failure, first.',
  whole: 'the stream is whole, nothing is missing.',
  continued:
    'it was continued before; use the one of the last "connecting" signal, whose stream is the later.',
}

/** @throws TypeError if it cannot be continued, or not yet */
export function checkContinuable(standing: Standing): void {
  if (standing !== 'open') throw new TypeError(`continuation: ${REFUSED[standing]}`)
}
