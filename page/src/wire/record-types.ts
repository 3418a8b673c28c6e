import type { CodeRow, SseErrorCode, StreamSignal } from './library.ts'
import type { TracedRequest, TraceEntry } from './trace-types.ts'

/** What the timeline is made of: the trace, and what the library says of it. */
export type TimelineInput =
  | { readonly from: 'wire'; readonly entry: TraceEntry }
  | { readonly from: 'library'; readonly at: number; readonly signal: StreamSignal<unknown> }
  | { readonly from: 'library'; readonly at: number; readonly ending: 'complete' | 'stopped' }
  | { readonly from: 'library'; readonly at: number; readonly ending: 'error'; readonly error: unknown }

export interface Timeline {
  /** The last ones; how many were forgotten is in {@link dropped}. */
  readonly attempts: readonly Attempt[]
  readonly dropped: number
  readonly ending: RunEnding | undefined
  /** Of all attempts. */
  readonly bytes: number
  readonly values: number
  readonly lastEventId: string | undefined
  /** How often it went on after values. */
  readonly resumed: number
}

export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  readonly startedAt: number
  /** The cursor that it resumes from. */
  readonly from: string | undefined
  /** How it goes on after values: the strategy's name and step, and in words. */
  readonly resumes: { readonly strategy: string; readonly step: string; readonly words: string } | undefined
  readonly request: TracedRequest | undefined
  readonly connectedAt: number | undefined
  readonly headAt: number | undefined
  readonly status: number | undefined
  readonly contentType: string | undefined
  readonly requestId: string | undefined
  readonly firstByteAt: number | undefined
  readonly lastByteAt: number | undefined
  readonly bytes: number
  readonly chunks: number
  /** Values that were delivered: what a replay repeats is not. */
  readonly values: number
  readonly lastEventId: string | undefined
  /** What was delivered before is void from here on. */
  readonly reset: boolean
  /** When bytes and values came: at most {@link MAX_BEATS} of `timeline.ts`, drawn together where there are more. */
  readonly beats: readonly Beat[]
  /** Events of the last chunk of which it is not known yet whether they are values. For the reducer. */
  readonly unexplained: number
  /** How it ended on the wire; `undefined` while it goes on. */
  readonly ended:
    | { readonly at: number; readonly how: 'end' | 'abort' | 'release' }
    | { readonly at: number; readonly how: 'failure'; readonly failure: FailureView }
    | undefined
  /** What the library says of that; `undefined` where it is no failure. */
  readonly error: ErrorView | undefined
  /** The wait after it. `endedAt`: when it was over. */
  readonly wait:
    | {
        readonly from: number
        readonly until: number
        readonly delayMs: number
        readonly endedAt: number | undefined
      }
    | undefined
}

/** What came within a few milliseconds. */
export interface Beat {
  readonly at: number
  readonly bytes: number
  /** Values that were delivered; 0: comments, or what is not whole yet. */
  readonly values: number
  /** Events that the client had already, and passed over. */
  readonly passed: number
}

export type RunEnding =
  | { readonly type: 'complete' | 'stopped'; readonly at: number }
  | { readonly type: 'error'; readonly at: number; readonly error: ErrorView }

interface FailureView {
  readonly code: string
  readonly reason: string | undefined
  readonly message: string
}

/** An error with all its fields, the row of the table, and what to do. */
export interface ErrorView {
  readonly kind: 'request_failed' | 'stream_error' | 'stream_terminated' | 'other'
  readonly code: SseErrorCode | undefined
  readonly reason: string | undefined
  readonly message: string
  /** `stream_terminated (clean_end)`, `request_failed/not_found`. */
  readonly title: string
  /** Its fields as `toJSON()` gives them, but for those that are `undefined`, as pairs of texts in a good order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly retryable: boolean
  readonly resumable: boolean
  readonly retryAfterMs: number | undefined
  /** The row that `code` stands for. */
  readonly row: (CodeRow & { readonly code: SseErrorCode; readonly table: 'gateway' | 'own' }) | undefined
  readonly advice: Advice
  readonly json: Readonly<Record<string, unknown>>
}

/** Plain words for a person: one sentence each. */
export interface Advice {
  readonly what: string
  readonly doThis: string
  /** What else it may be: a refusal by CORS, say. */
  readonly hint?: string
}

/**
 * What "fetch and a loop" would have shown of the very bytes of the first attempt.
 *
 * - `reading`: it waits for more
 * - `complete`: it calls this the whole answer
 * - `exception`: it has thrown
 * - `hanging`: the library has given up; the loop has no time limit and waits on
 * - `deaf`: it has read past an error; when the body ends it will call this complete
 * - `stopped`: by the person
 */
export interface PlainLoopState {
  readonly status: 'idle' | 'reading' | 'complete' | 'exception' | 'hanging' | 'deaf' | 'stopped'
  readonly text: string
  /** What it says at its end, as a console would show it: `complete`, `TypeError: network error`. */
  readonly says: string
  /** Is what it says true? `undefined` while that is open. */
  readonly honest: boolean | undefined
  /** One sentence: what is wrong with it. */
  readonly words: string
  readonly endedAt: number | undefined
}

export type WireLineKind =
  | 'request'
  | 'connected'
  | 'head'
  | 'data'
  | 'event'
  | 'id'
  | 'retry'
  | 'comment'
  | 'blank'
  | 'foreign'
  | 'unfinished'
  | 'end'
  | 'failure'
  | 'abort'
  | 'waiting'
  | 'resume'
  | 'reset'
  | 'complete'
  | 'error'

/** A line of the wire's log: one that came, or what happened between two. */
export interface WireLine {
  /** From 0 up, over the whole run: a key for a list. */
  readonly number: number
  readonly at: number
  readonly attempt: number
  readonly kind: WireLineKind
  /** At most 400 characters, control characters made visible. */
  readonly text: string
  /** Bytes of the line on the wire, its end included; 0 for what is no line. */
  readonly bytes: number
}

/** A window on the log. Lines that have fallen out of it are counted. */
export interface WireLogView {
  /** The number of the first line that is still there. */
  readonly first: number
  /** One more than the number of the last. */
  readonly end: number
  /** The lines from `from` to before `to`, as far as they are there. */
  slice(from: number, to: number): readonly WireLine[]
}

/** Two files in the form of the repository's fixtures. */
export interface FixtureFile {
  /** Without ending: `my-stream`, `my-stream.2`. */
  readonly name: string
  /** The body as it came, coding undone. */
  readonly sse: Uint8Array
  /** What came of it, as `<name>.json` beside it. */
  readonly json: string
  /** Was the body longer than what is kept? Then it is no fixture of a whole stream. */
  readonly cut: boolean
}
