import type { SseError } from '../errors/sse-error.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
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

export interface SessionDeps {
  readonly transport: Transport
  readonly clock: Clock
  /** A number from 0 up to 1. */
  readonly random: () => number
  readonly wakeups?: Wakeups | undefined
}
