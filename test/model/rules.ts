import type { HeadSpec } from './steps.ts'
import type { ReportedCode } from './wire.ts'

/** An error page that is not whole by then is judged by what has come of it. */
export const ERROR_BODY_MS = 2_000

/** After a sleep, or a time offline, an open feed shows within so long that it is alive. */
export const SIGN_OF_LIFE_MS = 10_000

/** Wake-ups of many clients are spread over so long. */
export const WAKE_SPREAD_MS = 1_000

/** Where a repetition is not the same. */
export interface Mismatch {
  readonly index: number
  readonly delivered: unknown
  readonly received: unknown
}

/** What is known of a failure before the session adds its own. */
export interface ModelFailure {
  readonly kind: 'request_failed' | 'stream_error' | 'stream_terminated'
  readonly code: string
  readonly reason?: string
  readonly retryable: boolean
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly mismatch?: Mismatch | undefined
}

/** The README's table, as far as it is needed here: may the same request be tried again? */
const RETRYABLE: Readonly<Record<string, boolean>> = {
  invalid_api_key: false,
  rate_limit_exceeded: true,
  invalid_request: false,
  internal_error: false,
  model_overloaded: true,
  stream_terminated: true,
  connection_failed: true,
  connect_timeout: true,
  response_timeout: true,
  tls_failed: false,
  service_unavailable: true,
  no_content: false,
  not_event_stream: false,
  request_setup_failed: false,
  malformed_event: false,
  resume_mismatch: false,
  replay_mismatch: false,
  deadline_exceeded: false,
  aborted: false,
}

const verdictOf = (code: string): boolean => {
  const verdict = RETRYABLE[code]
  if (verdict === undefined) throw new Error(`the model has no row for ${code}`)
  return verdict
}

export const requestFailed = (code: string): ModelFailure => ({
  kind: 'request_failed',
  code,
  retryable: verdictOf(code),
})

/** The caller's own code has failed. */
export const SETUP_FAILED: ModelFailure = requestFailed('request_setup_failed')

export const reportedInBand = (code: string): ModelFailure => ({
  kind: 'stream_error',
  code,
  retryable: verdictOf(code),
})

/** The stream broke off, for this reason. */
export const terminated = (reason: string, code = 'stream_terminated'): ModelFailure => ({
  kind: 'stream_terminated',
  code,
  reason,
  retryable: verdictOf(code),
})

/** The caller's own ending: of a stream, if anything came of one. */
export function ownFailure(code: 'aborted' | 'deadline_exceeded', bytes: number): ModelFailure {
  if (bytes === 0) return requestFailed(code)
  return terminated(code === 'aborted' ? 'aborted' : 'total', code)
}

/** What could not be used of the stream. */
export const unusable = (code: 'malformed_event' | 'resume_mismatch'): ModelFailure => terminated(code, code)

export const notTheSame = (mismatch: Mismatch): ModelFailure => ({
  ...terminated('replay_mismatch', 'replay_mismatch'),
  mismatch,
})

const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  200: 'not_event_stream',
  400: 'invalid_request',
  401: 'invalid_api_key',
  429: 'rate_limit_exceeded',
  500: 'internal_error',
  503: 'service_unavailable',
}

/** The envelope's code wins, then the status; `x-should-retry` and `Retry-After` overrule both. */
export function responseFailed(head: HeadSpec, envelope: ReportedCode | undefined): ModelFailure {
  const code = envelope ?? (CODE_OF_STATUS[head.status] as string)
  const { shouldRetry, retryAfterMs } = head
  const said = shouldRetry ?? (retryAfterMs === undefined ? undefined : true)
  return { kind: 'request_failed', code, retryable: said ?? verdictOf(code), retryAfterMs }
}

/** "Wait some more" than the reconnection time: this share of it at most. */
const TOLD_SPREAD = 0.4

/** A feed that gives nothing, and is over, is not asked more often. */
const LEAST_PAUSE_MS = 500

export interface WaitSituation {
  /** Failures in a row without progress, this one included. */
  readonly failures: number
  readonly retry: {
    readonly delay: number
    readonly maxDelay: number
    readonly jitter: 'full' | 'none'
    readonly notifies: boolean
  }
  readonly random: number
  /** `Retry-After` of this response. */
  readonly retryAfterMs: number | undefined
  /** `retry:`, as last told by any response. */
  readonly reconnectionTime: number | undefined
  /** The response of an endless feed is over, by its own framing. */
  readonly isFeedOver: boolean
  /** Its clients are polled one by one: they need not be spread. */
  readonly polls: boolean
  /** A clean end, without a rest, of a stream that is no feed and can be resumed. */
  readonly isCleanEnd: boolean
}

export interface ModelWait {
  readonly delayMs: number
  /** What of it the server has asked for. */
  readonly floorMs: number
}

/** How long until the next request, or nothing if the server asks for more than `maxDelay`. */
export function waitOf(situation: WaitSituation): ModelWait | undefined {
  const { failures, retry, random, retryAfterMs, reconnectionTime, isFeedOver, isCleanEnd, polls } = situation
  const told = reconnectionTime === undefined ? undefined : Math.min(reconnectionTime, retry.maxDelay)
  if (isCleanEnd && told !== undefined) return { delayMs: told, floorMs: told }
  if (isFeedOver && told !== undefined) {
    const isSpread = retry.jitter === 'full' && !polls
    const more = isSpread ? Math.round(random * TOLD_SPREAD * told) : 0
    const least = failures > 1 ? LEAST_PAUSE_MS : 0
    return { delayMs: Math.min(retry.maxDelay, Math.max(least, told + more)), floorMs: told }
  }
  // A notifier decides for itself, and hears of it by the error.
  if (retryAfterMs !== undefined && retryAfterMs > retry.maxDelay && !retry.notifies) return undefined
  const floorMs = Math.max(told ?? 0, retryAfterMs ?? 0)
  const backoff = Math.min(retry.maxDelay, retry.delay * 2 ** (failures - 1))
  if (retry.jitter === 'none')
    return { delayMs: Math.min(retry.maxDelay, Math.max(floorMs, backoff)), floorMs }
  return { delayMs: Math.min(retry.maxDelay, floorMs + Math.round(random * backoff)), floorMs }
}

/** A header can carry it: no control characters, no blanks at its ends. */
export const isSendable = (id: string): boolean => !/[\p{Cc}]|^ | $/u.test(id)
