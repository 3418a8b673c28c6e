import type { HeaderLookup } from './header-lookup.ts'
import { parseDate } from './http-date.ts'

/** Where servers say when a limit is full again, and beside it what is left of it. */
const LIMITS: readonly (readonly [reset: string, remaining: string])[] = [
  ['x-ratelimit-reset', 'x-ratelimit-remaining'],
  ['x-ratelimit-reset-after', 'x-ratelimit-remaining'],
  ['x-ratelimit-reset-requests', 'x-ratelimit-remaining-requests'],
  ['x-ratelimit-reset-tokens', 'x-ratelimit-remaining-tokens'],
  ['x-ratelimit-reset-input-tokens', 'x-ratelimit-remaining-input-tokens'],
  ['x-ratelimit-reset-output-tokens', 'x-ratelimit-remaining-output-tokens'],
  ['ratelimit-reset', 'ratelimit-remaining'],
  ['anthropic-ratelimit-requests-reset', 'anthropic-ratelimit-requests-remaining'],
  ['anthropic-ratelimit-tokens-reset', 'anthropic-ratelimit-tokens-remaining'],
  ['anthropic-ratelimit-input-tokens-reset', 'anthropic-ratelimit-input-tokens-remaining'],
  ['anthropic-ratelimit-output-tokens-reset', 'anthropic-ratelimit-output-tokens-remaining'],
]

/**
 * How long until every limit that is used up is reset, in milliseconds from `now`; nothing if none is known to be.
 *
 * Limits that still have something left are no reason to wait: servers tell of all of them with every answer [openai].
 * One without a `remaining` beside it counts, since it is told with a 429.
 */
export function rateLimitResetMs(header: HeaderLookup, now: number): number | undefined {
  let longest: number | undefined
  for (const [reset, remaining] of LIMITS) {
    const value = header(reset)
    if (value === undefined || Number.parseFloat(header(remaining) ?? '0') > 0) continue
    const ms = resetMs(value.trim(), now)
    if (ms !== undefined && (longest === undefined || ms > longest)) longest = ms
  }
  return longest
}

/** Numbers from here on are no durations but points in time: seconds since 1970, in the year 2001, and milliseconds. */
const EPOCH_SECONDS = 1e9
const EPOCH_MS = 1e12

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /(\d+(?:\.\d+)?)(ms|[smhd])/g

/** `6m0s`, `120ms` [openai]; seconds; seconds or milliseconds since 1970 [github, openrouter]; a date [anthropic]. */
function resetMs(value: string, now: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(value)) {
    const number = Number(value)
    if (number >= EPOCH_MS) return Math.max(0, Math.ceil(number - now))
    if (number >= EPOCH_SECONDS) return Math.max(0, Math.ceil(number * 1_000 - now))
    return Math.ceil(number * 1_000)
  }
  if (/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(value)) {
    let ms = 0
    for (const [, amount, unit = 's'] of value.matchAll(DURATION)) ms += Number(amount) * (UNITS[unit] ?? 0)
    return Math.ceil(ms)
  }
  const date = parseDate(value)
  return date === undefined ? undefined : Math.max(0, date - now)
}
