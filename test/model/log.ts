import type { Mismatch } from './rules.ts'

/** What is comparable of an error. */
export interface ErrorEntry {
  readonly kind: string
  readonly code: string
  readonly reason: string | undefined
  readonly retryable: boolean
  readonly resumable: boolean
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined
  readonly mismatch: Mismatch | undefined
  readonly attempt: number
  readonly events: number
  readonly bytes: number
  readonly lastEventId: string | undefined
  /** The cause is the reason of the caller's signal. */
  readonly isCallers: boolean
}

/** What a session does that can be seen from outside. */
export type Entry = { readonly at: number } & (
  | {
      readonly type: 'connecting'
      readonly attempt: number
      readonly lastEventId: string | undefined
      readonly resume: string | undefined
      readonly step: string | undefined
    }
  | { readonly type: 'headers'; readonly attempt: number; readonly lastEventId: string | undefined }
  | {
      readonly type: 'request'
      readonly method: string
      readonly lastEventId: string | undefined
      readonly key: string | undefined
      readonly body: string | undefined
    }
  | {
      readonly type: 'open'
      readonly attempt: number
      readonly status: number
      readonly requestId: string | undefined
    }
  | { readonly type: 'value'; readonly value: unknown; readonly lastEventId: string | undefined }
  | { readonly type: 'cursor'; readonly lastEventId: string | undefined }
  | { readonly type: 'reset'; readonly attempt: number }
  /** The resume strategy is asked; `kept` values are shown to it. */
  | {
      readonly type: 'asked'
      readonly events: number
      readonly kept: number | undefined
      readonly continuations: number
      readonly afterCursor: string | undefined
      readonly error: ErrorEntry
    }
  | {
      readonly type: 'waiting'
      readonly attempt: number
      readonly delayMs: number
      readonly until: number
      readonly error: ErrorEntry
    }
  /** The notifier is subscribed to. */
  | { readonly type: 'notified'; readonly failures: number }
  | { readonly type: 'complete' }
  | { readonly type: 'error'; readonly error: ErrorEntry }
)

/** Without its time, which is that of the moment. */
export type Unstamped<E> = E extends Entry ? Omit<E, 'at'> : never

export type EntryType = Entry['type']

/** What the consumer, the caller's own code or the transport does inside the next call of its kind. */
export interface Reaction {
  readonly on: Exclude<EntryType, 'complete' | 'error'>
  readonly do: 'stop' | 'abort' | 'pause' | 'throw'
}

export const mayThrow = ({ on }: Pick<Reaction, 'on'>): boolean =>
  on === 'headers' || on === 'request' || on === 'asked'

/** What a notifier says; `same` and `other` are errors: the one it was given, or one of its own. */
export type Notice = 'next' | 'complete' | 'same' | 'other'

export const NOTICES: readonly Notice[] = ['next', 'complete', 'same', 'other']

/** What happens to the machine, or to the page. */
export type Wakeup = 'slept' | 'online' | 'visible'

/** What becomes of a promise; `bad`: a value that is of no use. */
export type Outcome = 'resolve' | 'reject' | 'bad'

export function showEntry(entry: Entry): string {
  const { at, type, ...rest } = entry
  const shown = JSON.stringify(rest, (_, value) => (value === undefined ? '-' : value))
  return `${at} ms  ${type} ${shown === '{}' ? '' : shown}`
}
