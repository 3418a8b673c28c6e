import type { SseError } from '../errors/sse-error.ts'

/** A request is being made. */
export interface ConnectingSignal {
  readonly type: 'connecting'
  /** 1 for the first request. */
  readonly attempt: number
  /** The cursor that the request resumes from, if any. */
  readonly lastEventId: string | undefined
}

/** The response is an event stream. */
export interface OpenSignal {
  readonly type: 'open'
  readonly attempt: number
  readonly status: number
  readonly requestId: string | undefined
}

/** A value of the stream. */
export interface ValueSignal<T> {
  readonly type: 'value'
  readonly value: T
  /** The cursor as of this value: what `lastEventId` takes to begin after it. */
  readonly lastEventId: string | undefined
}

/** What was delivered so far is void: the stream begins anew. Only after a resume strategy that was asked to. */
export interface ResetSignal {
  readonly type: 'reset'
  readonly attempt: number
}

/** An attempt has failed, or a response of an endless feed is over; another follows. */
export interface WaitingSignal {
  readonly type: 'waiting'
  readonly error: SseError
  /** The attempt that failed. */
  readonly attempt: number
  /** Milliseconds until the next one. */
  readonly delayMs: number
  /** When the next one is due, in milliseconds since 1970. */
  readonly until: number
}

/** The life of a stream. Its end is the Observable's own: complete, or one {@link SseError}. */
export type StreamSignal<T> = ConnectingSignal | OpenSignal | ValueSignal<T> | ResetSignal | WaitingSignal
