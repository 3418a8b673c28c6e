import type { ModelFailure } from './rules.ts'
import type { Stand } from './stand.ts'
import type { Meaning, Sent } from './wire.ts'

export type Value = Extract<Meaning, { type: 'value' }>

/** How an attempt goes on, as its strategy says; `first`: nothing was delivered yet. */
export type LegType =
  | 'first'
  | 'continue'
  | 'unchecked'
  | 'replay'
  | 'append'
  | 'reset'
  | 'replay elsewhere'
  | 'reset elsewhere'

/** Asks for something else than the config does. */
export const isOther = (type: LegType): boolean => type === 'append' || type.endsWith('elsewhere')

/** What a leg may do. Any of these may be the end. */
export interface LegHost {
  readonly stand: Stand
  readonly isOver: boolean
  /** As the consumer gets it. */
  read(value: Value, lastId: string): unknown
  deliver(value: Value, read: unknown): void
  /** An ID without a value. */
  passes(id: string, data: string | undefined): void
  /** What was delivered is void. */
  voids(): void
  /** What was delivered has come once more. */
  caughtUp(again: Stand): void
  movedCursor(): void
}

/** What becomes of the values of one answer. */
export interface Leg {
  /** Must be the next of what the server sends, if that is known. */
  readonly owed: readonly Sent[]
  /** Was read before: must not be remembered twice. */
  isRepeat(id: string | undefined): boolean
  take(value: Value): ModelFailure | undefined
  pass(id: string, data: string | undefined): void
  /** The end marker. */
  finish(id: string | undefined): ModelFailure | undefined
  /** A response that is over as was told. */
  settle(): void
  /** A failure after which there is no other attempt. */
  giveUp(): void
}
