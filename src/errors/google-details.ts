import type { UpstreamError } from './failure.ts'
import { googleCodes } from './foreign/google.ts'
import type { Json } from './json.ts'

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** `17s`, `0.5s`: a google.protobuf.Duration as JSON. */
function durationMs(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(value)?.[1] : undefined
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1_000)
}

/**
 * What the `details` of a google.rpc.Status say beyond its fields: the `reason` of its ErrorInfo, where that is a name with
 * a row, instead of the broader `status`, and the delay of its RetryInfo.
 */
export function googleDetails(error: unknown): Pick<UpstreamError, 'type' | 'retryAfterMs'> {
  const details = isObject(error) && Array.isArray(error.details) ? (error.details as unknown[]) : []
  let type: string | undefined
  let retryAfterMs: number | undefined
  for (const detail of details) {
    if (!isObject(detail)) continue
    const { reason } = detail
    if (typeof reason === 'string' && Object.hasOwn(googleCodes, reason)) type ??= reason
    retryAfterMs ??= durationMs(detail.retryDelay)
  }
  return { ...(type && { type }), ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
