import type { Failure } from '../errors/failure.ts'

/** Passes a value on to the consumer. `false`: it wants no more. */
export type Deliver<T> = (value: T, id: string | undefined, data: string) => boolean

/**
 * Stands between what an attempt reads and what is delivered: holds values back, passes over those that were delivered
 * before, and finds out a server that does not do what it was asked to.
 */
export interface Gate<T> {
  /** Everything may pass from now on. */
  readonly isOpen: boolean
  /** Values of the stream that were read before the next one, delivered or not. */
  readonly position: number
  /** The last event ID for an event that has none of its own [whatwg]. */
  readonly lastEventId: string
  /**
   * A value wants to pass, with the ID and the data of its event. It is delivered now, later or never; or the attempt is
   * ended with the failure.
   */
  admit(value: T, id: string | undefined, data: string, isContent: boolean): Failure | undefined
  /** An ID came without a value: of a block without data, or of an event (then with its data) that was passed over. */
  passOver(id: string, data: string | undefined): void
  /** The end marker has come, with its ID if it was no value. What is held is delivered. */
  finish(id: string | undefined): Failure | undefined
  /** The attempt has failed and none follows. What is held is delivered, if it is new. */
  release(): void
  /** The response is over as the server had said it would be: an ID that came alone stands for what comes next. */
  settle?(): void
  /**
   * An event without an ID of its own may have been remembered by the dialect: sent again, it would be remembered twice.
   * `false`: that concerns an answer which does not stand for what was delivered yet.
   */
  remembered?(): boolean
  /** Is this an event that was read before? It must not be remembered twice. */
  isRepeat?(id: string | undefined): boolean
}
