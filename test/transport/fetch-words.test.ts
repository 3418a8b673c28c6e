import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fetchFailureAfterHead, fetchFailureBeforeHead } from '../../src/transport/fetch-failure.ts'
import type { TransportFailure } from '../../src/transport/transport.ts'

/** What a runtime said, as it was measured. */
interface Measured {
  readonly case: string
  readonly runtime: string
  readonly step: string
  readonly name?: string
  readonly message?: string
  readonly code?: unknown
  readonly cause?: readonly { readonly name: string; readonly message: string; readonly code?: string }[]
  readonly isTypeError?: boolean
  readonly isDomException?: boolean
}

interface Documented {
  readonly runtime: string
  readonly case: string
  readonly name: string
  readonly message: string
}

const { measured, documented } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../browser/words.json'), 'utf8'),
) as { readonly measured: readonly Measured[]; readonly documented: readonly Documented[] }

const rejected = measured.filter(({ step }) => step === 'fetch rejects' || step === 'read rejects')

const ORIGIN = 'http://127.0.0.1:4711'
/** Deno and Bun quote it whole. It has every word that a code is recognised by. */
const ASKED =
  'http://us3r:p4ss@127.0.0.1:4711/p4th/redirect/ECONNREFUSED/ENOTFOUND/CERT/gzip/EOF?k3y=UND_ERR_SOCKET-HPE_-ECONNRESET'

/** The error as it was thrown, about a URL with secrets in it. */
function errorOf({
  name = '',
  message = '',
  code,
  cause = [],
  isTypeError,
  isDomException,
}: Measured): unknown {
  const about = (words: string): string => words.replaceAll(/https?:\/\/[^\s")]*/g, ASKED)
  if (isDomException === true) return new DOMException(about(message), name)
  const causes = cause.reduceRight<unknown>(
    (under, one) =>
      Object.assign(new Error(about(one.message), { cause: under }), one, { message: about(one.message) }),
    undefined,
  )
  const options = causes === undefined ? undefined : { cause: causes }
  const error =
    isTypeError === true ? new TypeError(about(message), options) : new Error(about(message), options)
  return Object.assign(error, code === undefined ? undefined : { code })
}

/** A browser tells a page that there was no answer, or that the body broke; nothing else. */
const BROWSERS = ['Chromium', 'Firefox']

/** Of a request that its constructor refuses already. Browsers and others alike. */
const REFUSED = ['URL with a password', 'header that cannot be sent', 'forbidden method']

/** Ended by something that is neither the network nor rx-sse: a `fetch` of the caller's with a signal of its own. */
const ABORTED: Record<string, string> = {
  'abort before head': 'connection_failed',
  'abort in body': 'connection_lost',
  'abort with a reason': 'connection_lost',
  'abort by timeout': 'response_timeout',
}

/** The code before the head, the reason after it, where a runtime tells more than a browser: by its case. */
const TELLING: Record<string, Record<string, string>> = {
  Node: {
    'connection refused': 'connection_failed',
    'name not found': 'connection_failed',
    // Never sent, so never to be tried again.
    'blocked port': 'request_setup_failed',
    'certificate refused': 'tls_failed',
    'HTTP spoken to TLS': 'connection_failed',
    'reset before head': 'connection_failed',
    'FIN before head': 'connection_failed',
    'not HTTP': 'connection_failed',
    'malformed header': 'connection_failed',
    'header with a NUL': 'connection_failed',
    'two content-lengths': 'connection_failed',
    'h2 RST_STREAM REFUSED_STREAM': 'connection_failed',
    "redirect: 'error'": 'redirect_refused',
    'redirect loop': 'redirect_refused',
    'redirect to another scheme': 'redirect_refused',
    'FIN in a chunked body': 'socket_closed',
    'FIN in a chunked body, connection: close': 'socket_closed',
    'RST in a chunked body': 'socket_reset',
    // llhttp sees its input end, and not how.
    'RST in a chunked body, connection: close': 'socket_closed',
    'short content-length': 'socket_closed',
    'short content-length, connection: close': 'content_length',
    'bad chunk size': 'bad_framing',
    'TLS without close_notify': 'socket_closed',
    'cut Zstandard': 'bad_encoding',
    'broken gzip': 'bad_encoding',
    'h2 RST_STREAM INTERNAL_ERROR': 'stream_reset',
    // nghttp2 resets the stream for it, and undici passes that on.
    'h2 short content-length': 'stream_reset',
    'h2 GOAWAY NO_ERROR': 'socket_closed',
    'h2 GOAWAY INTERNAL_ERROR': 'goaway',
    'h2 FIN': 'socket_closed',
    'h2 RST': 'socket_reset',
  },
  Deno: {
    'connection refused': 'connection_failed',
    'name not found': 'connection_failed',
    'blocked port': 'request_setup_failed',
    'certificate refused': 'tls_failed',
    'HTTP spoken to TLS': 'connection_failed',
    'reset before head': 'connection_failed',
    'FIN before head': 'connection_failed',
    'not HTTP': 'connection_failed',
    'malformed header': 'connection_failed',
    'header with a NUL': 'connection_failed',
    'two content-lengths': 'connection_failed',
    'h2 RST_STREAM REFUSED_STREAM': 'connection_failed',
    "redirect: 'error'": 'redirect_refused',
    'redirect loop': 'redirect_refused',
    'redirect to another scheme': 'redirect_refused',
    'cut gzip': 'bad_encoding',
    'cut Brotli': 'bad_encoding',
    'broken gzip': 'bad_encoding',
    // "error reading a body from connection", whatever has happened to it.
    '*': 'connection_lost',
  },
  Bun: {
    'connection refused': 'connection_failed',
    'blocked port': 'connection_failed',
    'name not found': 'connection_failed',
    'certificate refused': 'tls_failed',
    'HTTP spoken to TLS': 'connection_failed',
    'reset before head': 'connection_failed',
    'FIN before head': 'connection_failed',
    'not HTTP': 'connection_failed',
    'malformed header': 'connection_failed',
    'header with a NUL': 'connection_failed',
    'two content-lengths': 'connection_failed',
    "redirect: 'error'": 'redirect_refused',
    'redirect loop': 'redirect_refused',
    'redirect to another scheme': 'redirect_refused',
    'bad chunk size': 'bad_framing',
    'cut gzip': 'bad_encoding',
    'cut Brotli': 'bad_encoding',
    'cut Zstandard': 'bad_encoding',
    'broken gzip': 'bad_encoding',
    // It offers no HTTP/2, and the server speaks nothing else.
    ...Object.fromEntries(
      ['INTERNAL_ERROR', 'NO_ERROR', 'CANCEL', 'REFUSED_STREAM'].map((code) => [
        `h2 RST_STREAM ${code}`,
        'tls_failed',
      ]),
    ),
    'h2 GOAWAY NO_ERROR': 'tls_failed',
    'h2 GOAWAY INTERNAL_ERROR': 'tls_failed',
    'h2 FIN': 'tls_failed',
    'h2 RST': 'tls_failed',
    'h2 short content-length': 'tls_failed',
    // ECONNRESET for a FIN as for a RST.
    '*': 'connection_lost',
  },
}

function expectedOf({ case: name, runtime, step }: Measured): string | undefined {
  if (REFUSED.includes(name)) return 'request_setup_failed'
  if (Object.hasOwn(ABORTED, name)) return ABORTED[name]
  if (BROWSERS.includes(runtime)) return step === 'fetch rejects' ? 'connection_failed' : 'connection_lost'
  const told = TELLING[runtime]
  return told?.[name] ?? told?.['*']
}

function failureOf(row: Measured): TransportFailure {
  const error = errorOf(row)
  return row.step === 'fetch rejects'
    ? fetchFailureBeforeHead(error, ORIGIN, REFUSED.includes(row.case))
    : fetchFailureAfterHead(error)
}

describe('what a runtime says when fetch fails', () => {
  it('was measured in five of them', () => {
    expect([...new Set(rejected.map(({ runtime }) => runtime))].sort()).toEqual([
      'Bun',
      'Chromium',
      'Deno',
      'Firefox',
      'Node',
    ])
    expect(rejected.length).toBeGreaterThan(150)
  })

  it.each(rejected)('$runtime: $case ($step)', (row) => {
    const { code, reason, message, hint, cause } = failureOf(row)
    expect(reason ?? code).toBe(expectedOf(row))
    expect(code).toBe(row.step === 'fetch rejects' ? expectedOf(row) : 'stream_terminated')
    expect(cause).toMatchObject({ name: row.name })
    // Of the URL the origin, and nothing else.
    expect(`${message} ${hint}`.replaceAll(ORIGIN, '')).not.toMatch(
      /us3r|p4ss|p4th|k3y|127\.0\.0\.1|4711|https?:\/\//,
    )
    if (row.step === 'fetch rejects') expect(message).toContain(ORIGIN)
    const cannotTell =
      BROWSERS.includes(row.runtime) &&
      row.step === 'fetch rejects' &&
      expectedOf(row) === 'connection_failed'
    expect(hint !== undefined).toBe(cannotTell && row.name === 'TypeError')
  })
})

describe('what is documented of runtimes that were not measured', () => {
  it.each(documented)('$runtime: $case', ({ name, message: said }) => {
    const error = name === 'TypeError' ? new TypeError(said) : Object.assign(new Error(said), { name })
    const before = fetchFailureBeforeHead(error, ORIGIN)
    expect(before).toMatchObject({
      code: 'connection_failed',
      message: `no answer from ${ORIGIN}`,
      cause: error,
    })
    // A page is told no more; what is no TypeError does not come from one.
    expect(before.hint !== undefined).toBe(name === 'TypeError')
    const after = fetchFailureAfterHead(error)
    expect(after).toMatchObject({ code: 'stream_terminated', reason: 'connection_lost', cause: error })
    expect(after.message).toBe('the connection was lost')
  })

  it('has Safari’s words among it', () => {
    expect(documented.map(({ message }) => message)).toContain('Load failed')
  })
})

describe('words that were not measured', () => {
  it.each([
    ['UND_ERR_INVALID_ARG', 'request_setup_failed'],
    ['UND_ERR_NOT_SUPPORTED', 'request_setup_failed'],
    ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'request_setup_failed'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout', 'ConnectTimeoutError'],
    ['ETIMEDOUT', 'connect_timeout', 'AggregateError'],
    ['UND_ERR_HEADERS_TIMEOUT', 'response_timeout', 'HeadersTimeoutError'],
    ['EMFILE', 'connection_failed'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_failed'],
    ['CERT_HAS_EXPIRED', 'tls_failed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_failed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
    ['HPE_INVALID_CONSTANT', 'connection_failed'],
  ])('the code %s under Node: %s', (code, ours, name = 'Error') => {
    const cause = Object.assign(new Error('host redirect.test'), { code, name })
    const failure = fetchFailureBeforeHead(new TypeError('fetch failed', { cause }), ORIGIN)
    expect(failure).toMatchObject({ code: ours, message: expect.stringContaining(ORIGIN) })
    expect(failure.hint).toBeUndefined()
  })

  it.each([
    ['UND_ERR_BODY_TIMEOUT', 'idle', 'BodyTimeoutError'],
    ['ETIMEDOUT', 'idle'],
    ['EPIPE', 'socket_reset'],
    ['UND_ERR_DESTROYED', 'socket_closed'],
    ['ERR_HTTP2_GOAWAY_SESSION', 'goaway'],
    ['UND_ERR_INFO', 'goaway', 'InformationalError', 'HTTP/2: "GOAWAY" frame received with code 0'],
    ['UND_ERR_INFO', 'socket_closed', 'InformationalError', 'reset'],
    ['HPE_INVALID_CHUNK_SIZE', 'bad_framing'],
  ])('the code %s inside a body under Node: %s', (code, reason, name = 'Error', words = '') => {
    const cause = Object.assign(new Error(words), { code, name })
    expect(fetchFailureAfterHead(new TypeError('terminated', { cause }))).toMatchObject({ reason })
  })

  it('are no reason to fail differently, and no browser’s: nothing is guessed', () => {
    const circle = new Error('a circle')
    circle.cause = circle
    for (const thrown of [
      undefined,
      null,
      'text',
      7,
      {},
      { message: 7, code: 7 },
      new Error('new'),
      circle,
    ]) {
      const before = fetchFailureBeforeHead(thrown, ORIGIN)
      expect(before).toEqual({
        code: 'connection_failed',
        message: `no answer from ${ORIGIN}`,
        cause: thrown,
      })
      expect(fetchFailureAfterHead(thrown)).toMatchObject({
        code: 'stream_terminated',
        reason: 'connection_lost',
      })
    }
  })
})

describe('a device that is offline', () => {
  const failed = new TypeError('Failed to fetch')

  function online(onLine: boolean | undefined): void {
    vi.stubGlobal('navigator', { onLine })
    onTestFinished(() => void vi.unstubAllGlobals())
  }

  it('says so, in place of the guesses', () => {
    online(false)
    const { message, hint } = fetchFailureBeforeHead(failed, ORIGIN)
    expect(message).toContain('offline')
    expect(hint).toBeUndefined()
    expect(fetchFailureAfterHead(new TypeError('network error'))).toMatchObject({
      reason: 'connection_lost',
      message: expect.stringContaining('offline'),
    })
  })

  it('is not the reason of a request that cannot be sent, or of a broken coding', () => {
    online(false)
    expect(fetchFailureBeforeHead(failed, ORIGIN, true)).toMatchObject({
      code: 'request_setup_failed',
      message: expect.not.stringContaining('offline'),
    })
    const broken = new TypeError('terminated', {
      cause: Object.assign(new Error(''), { code: 'Z_DATA_ERROR' }),
    })
    expect(fetchFailureAfterHead(broken).message).not.toContain('offline')
  })

  it.each([true, undefined])('is not assumed where navigator.onLine is %s', (onLine) => {
    online(onLine)
    expect(fetchFailureBeforeHead(failed, ORIGIN).message).not.toContain('offline')
    expect(fetchFailureAfterHead(failed).message).not.toContain('offline')
  })

  it('is not asked for where there is no navigator', () => {
    vi.stubGlobal('navigator', undefined)
    onTestFinished(() => void vi.unstubAllGlobals())
    expect(fetchFailureBeforeHead(failed, ORIGIN).hint).toBeDefined()
  })
})
