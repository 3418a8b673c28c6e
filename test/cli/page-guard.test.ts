import { describe, expect, it } from 'vitest'
import { refusalOfCall, refusalOfHost } from '../../src/cli/page-guard.ts'

describe('the name under which the page server is asked', () => {
  it.each<[string | undefined, number, boolean]>([
    ['127.0.0.1:8788', 8788, true],
    ['LOCALHOST:8788', 8788, true],
    ['[::1]:8788', 8788, true],
    ['127.0.0.1', 8788, false],
    ['127.0.0.1:08788', 8788, false],
    ['localhost.:8788', 8788, false],
    ['localhost:8788@evil.example', 8788, false],
    ['localhost:8788, evil.example', 8788, false],
    ['evil.example:8788', 8788, false],
    ['', 8788, false],
    [undefined, 8788, false],
    // A browser leaves out the port of the scheme.
    ['127.0.0.1', 80, true],
    ['localhost:80', 80, true],
    ['evil.example', 80, false],
  ])('is its own or not: %s at port %s: %s', (host, port, isOwn) => {
    expect(refusalOfHost({ headers: { host } }, port)?.status).toBe(isOwn ? undefined : 421)
  })

  it('is the origin of its page as well, also at port 80', () => {
    const token = 'x'.repeat(32)
    const headers = {
      host: 'localhost',
      origin: 'http://localhost',
      'sec-fetch-site': 'same-origin',
      'x-rx-sse-token': token,
      'content-type': 'application/json',
    }
    expect(refusalOfCall({ method: 'POST', headers }, token)).toBeUndefined()
    expect(refusalOfCall({ method: 'POST', headers: { ...headers, origin: 'null' } }, token)?.status).toBe(
      403,
    )
  })
})
