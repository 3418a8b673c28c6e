import type { Dialect } from '../dialects/dialect.ts'
import type { HeadersInput } from '../transport/headers.ts'
import type { RetryPolicy } from './backoff.ts'
import type { Timeouts } from './deadlines.ts'

/** What a headers function is told. */
export interface AttemptInfo {
  /** 1 for the first request. */
  readonly attempt: number
  /** The cursor that this attempt resumes from, if any. */
  readonly lastEventId: string | undefined
}

/** What a session needs to know: a config with every default in its place and every mistake refused. */
export interface StreamPlan<T> {
  readonly url: URL
  readonly method: string
  readonly body: string | Uint8Array | undefined
  /** Headers that follow from URL, body and options; the caller's go on top. */
  readonly ownHeaders: ReadonlyMap<string, string>
  readonly headers: (info: AttemptInfo) => HeadersInput | PromiseLike<HeadersInput>
  readonly dialect: Dialect<T>
  readonly signal: AbortSignal | undefined
  readonly lastEventId: string
  readonly timeouts: Timeouts
  readonly retry: RetryPolicy
  readonly resume: 'auto' | 'never'
  readonly maxEventSize: number
  readonly maxErrorBody: number
  readonly idempotencyKey: boolean | string
  readonly sensitiveHeaders: readonly string[]
}
