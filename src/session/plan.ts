import type { Dialect } from '../dialects/dialect.ts'
import type { HeadersInput } from '../transport/headers.ts'
import type { RetryPolicy } from './backoff.ts'
import type { Timeouts } from './deadlines.ts'
import type { ResumeStrategy } from './strategy.ts'

/** What a headers function is told. */
export interface AttemptInfo {
  /** 1 for the first request. */
  readonly attempt: number
  /** The cursor that this attempt resumes from, if any. */
  readonly lastEventId: string | undefined
}

/** What each request is made from. */
export interface RequestPlan {
  /** Checked, without user, password and hash. As text: an object of it for each open stream would be a quarter of a kilobyte. */
  readonly url: string
  readonly method: string
  /** As it was given. */
  readonly givenBody: unknown
  /** As it is sent. */
  readonly body: string | Uint8Array | undefined
  readonly contentType: string | undefined
  /** Headers that follow from URL and options; the caller's go on top. */
  readonly ownHeaders: ReadonlyMap<string, string>
  readonly sensitiveHeaders: readonly string[]
}

/** What a session needs to know: a config with every default in its place and every mistake refused. */
export interface StreamPlan<T> extends RequestPlan {
  readonly headers: (info: AttemptInfo) => HeadersInput | PromiseLike<HeadersInput>
  readonly dialect: Dialect<T>
  readonly signal: AbortSignal | undefined
  readonly lastEventId: string
  readonly timeouts: Timeouts
  readonly retry: RetryPolicy
  /** How it goes on after the first value; `undefined`: not at all. */
  readonly resume: ResumeStrategy<T> | undefined
  readonly maxEventSize: number
  readonly maxErrorBody: number
  readonly idempotencyKey: boolean | string
}
