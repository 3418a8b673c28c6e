import { describe, expect, it } from 'vitest'
import { rateLimitResetMs } from '../../src/errors/rate-limit.ts'

const reset = (remaining: string): number | undefined => {
  const headers: Readonly<Record<string, string>> = {
    'x-ratelimit-reset': '2s',
    'x-ratelimit-remaining': remaining,
  }
  return rateLimitResetMs((name) => headers[name], 0)
}

describe('a remaining header that two servers on the way have sent, joined as one', () => {
  it('tells of a limit that is not used up, if there is something left', () => {
    for (const left of ['50, 50', '50,50', '1;w=60', '7 requests']) expect(reset(left), left).toBeUndefined()
  })

  it('tells of one that is used up, if there is nothing left', () => {
    for (const none of ['0, 0', '0,0', '0;w=60', 'none, none']) expect(reset(none), none).toBe(2_000)
  })
})
