import type { SseError } from '../errors/sse-error.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
import type { StreamPlan } from './plan.ts'
import type { Progress } from './progress.ts'
import type { SessionSignal } from './signal.ts'
import type { Wakeups } from './wakeups.ts'

/** Where a session delivers to: values…, then one of complete and error. */
export interface SessionSink<T> {
  value(value: T): void
  /** Every signal but values. Without it a `reset` cannot be told, and no strategy may ask for one. */
  signal?(signal: Exclude<SessionSignal<T>, { type: 'value' }>): void
  complete(): void
  error(error: SseError): void
}

export type SessionOutcome = 'complete' | 'error' | 'unsubscribed'

/** What a monitor may look at. */
export interface Monitored {
  readonly plan: Pick<StreamPlan<unknown>, 'url' | 'method' | 'dialect'>
  readonly progress: Readonly<Progress>
}

/** Told of the life of a session beside its sink, and before it. Any call may end the session. */
export interface SessionMonitor {
  /** @param attempt - of the first request */
  start(attempt: number, isContinuation: boolean): void
  /** A sink that takes the time of the first value, and has no part in those after it. */
  timing<T>(sink: SessionSink<T>): SessionSink<T>
  /** Another attempt begins. */
  attempt(): void
  open(attempt: number, status: number, requestId: string | undefined): void
  /** The count of values begins anew. */
  reset(): void
  retry(attempt: number, error: SseError, delayMs: number, resume: string | undefined): void
  /** Once, and nothing after it. */
  end(outcome: SessionOutcome, error: SseError | undefined): void
}

export interface SessionDeps {
  readonly transport: Transport
  readonly clock: Clock
  /** A number from 0 up to 1. */
  readonly random: () => number
  readonly wakeups?: Wakeups | undefined
  /** Asked once, as the session starts; `undefined`: nobody wants to know. */
  readonly monitor?: ((session: Monitored) => SessionMonitor | undefined) | undefined
}
