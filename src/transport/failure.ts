import { HTTP2_ERROR_CODES } from '../errors/http2.ts'
import type { TransportFailure } from './transport.ts'

/**
 * The one file that knows the words and codes of undici, Node and zlib. Measured on undici 8.12; the
 * same classes appear before and after the head, so the caller says which side of it this was.
 */

interface Foreign {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly http2ErrorCode?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

const asForeign = (error: unknown): Foreign =>
  typeof error === 'object' && error !== null ? (error as Foreign) : {}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const CERTIFICATE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_|EPROTO$|HOSTNAME_MISMATCH)/

const HEAD_TOO_LARGE =
  'more header fields than maxHeaderSize allows (16 KiB; more with dispatcher: new Agent({ maxHeaderSize })) from'

/** What this machine has too few of, and what to do about it: the server is not to blame. */
const NO_SOCKET: Readonly<Record<string, string>> = {
  EMFILE: 'This process has too many open files: raise its limit (ulimit -n), or keep fewer streams open.',
  ENFILE: 'This system has too many open files: raise its limit (fs.file-max), or keep fewer streams open.',
  EADDRNOTAVAIL:
    'No local port is left for this server, or the localAddress is none of this machine: widen the range (net.ipv4.ip_local_port_range), share connections (HTTP/2), or keep fewer streams open.',
}

/** Could the request be sent, and why not, in words for people. `where` is the origin, never more of the URL. */
export function failureBeforeHead(error: unknown, where: string): TransportFailure {
  const foreign = asForeign(error)
  const code = text(foreign.code) || firstCode(foreign.errors)
  const message = text(foreign.message)
  const because = (words: string): string => `${words} ${where}${code === '' ? '' : ` (${code})`}`
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return { code: 'connect_timeout', message: because('no connection in time to'), cause: error }
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return { code: 'response_timeout', message: because('no response in time from'), cause: error }
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    // The same server would send the same head again.
    return { code: 'connection_failed', message: because(HEAD_TOO_LARGE), retryable: false, cause: error }
  }
  if (
    code === 'UND_ERR_INVALID_ARG' ||
    code === 'UND_ERR_NOT_SUPPORTED' ||
    code === 'ERR_INVALID_CHAR' ||
    code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
  ) {
    return { code: 'request_setup_failed', message: `the request cannot be sent: ${message}`, cause: error }
  }
  if (CERTIFICATE.test(code)) {
    return { code: 'tls_failed', message: because('no TLS connection to'), cause: error }
  }
  if (code === 'ECONNREFUSED') {
    return { code: 'connection_failed', message: because('connection refused by'), cause: error }
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { code: 'connection_failed', message: because('no address found for'), cause: error }
  }
  const scarce = Object.hasOwn(NO_SOCKET, code) ? NO_SOCKET[code] : undefined
  if (scarce !== undefined) {
    const message = because('no socket left on this machine to reach')
    return { code: 'connection_failed', message, hint: scarce, cause: error }
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') {
    return {
      code: 'connection_failed',
      message: because('the connection was closed before an answer by'),
      cause: error,
    }
  }
  if (
    text(foreign.name) === 'HTTPParserError' ||
    code.startsWith('HPE_') ||
    // Frames that break the rules of HTTP/2: headers in too many of them, say.
    code === 'ERR_HTTP2_ERROR' ||
    // Before the head: a Content-Length that is no length, or several [rfc9112 section 6.3].
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  ) {
    return { code: 'connection_failed', message: because('an answer that is not HTTP from'), cause: error }
  }
  return { code: 'connection_failed', message: because('no answer from'), cause: error }
}

/** How the body stopped, in words for people. */
export function failureAfterHead(error: unknown): TransportFailure {
  const foreign = asForeign(error)
  const code = text(foreign.code)
  const message = text(foreign.message)
  const make = (reason: TransportFailure['reason'], words: string): TransportFailure => ({
    code: 'stream_terminated',
    reason,
    message: words,
    cause: error,
  })
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return make('content_length', 'the body is shorter than its Content-Length')
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return make('bad_framing', "the body's trailers are larger than maxHeaderSize of the dispatcher allows")
  }
  if (code === 'ERR_HTTP2_ERROR') return make('bad_framing', `the HTTP/2 frames are broken (${message})`)
  if (code === 'ERR_HTTP2_STREAM_ERROR' || code === 'ERR_HTTP2_STREAM_CANCEL') {
    const number = typeof foreign.http2ErrorCode === 'number' ? foreign.http2ErrorCode : undefined
    const name = number === undefined ? message : (HTTP2_ERROR_CODES[number] ?? `code ${number}`)
    return make('stream_reset', `the HTTP/2 stream was reset (${name})`)
  }
  if (
    code === 'ERR_HTTP2_SESSION_ERROR' ||
    code === 'ERR_HTTP2_GOAWAY_SESSION' ||
    (code === 'UND_ERR_INFO' && /goaway/i.test(message))
  ) {
    return make('goaway', 'the HTTP/2 connection was closed by the server')
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') return make('socket_reset', 'the connection was reset')
  if (
    code === 'UND_ERR_SOCKET' ||
    code === 'UND_ERR_CLOSED' ||
    code === 'UND_ERR_DESTROYED' ||
    code === 'UND_ERR_INFO'
  ) {
    return make('socket_closed', 'the connection was closed')
  }
  if (code === 'UND_ERR_BODY_TIMEOUT' || code === 'ETIMEDOUT')
    return make('idle', 'the connection went silent')
  if (text(foreign.name) === 'HTTPParserError' || code.startsWith('HPE_')) {
    // A FIN or RST inside a chunked body with `Connection: close` has no code, only words [undici].
    return /EOF/i.test(message)
      ? make('socket_closed', 'the connection was closed inside the body')
      : make('bad_framing', `the body's framing is broken (${message})`)
  }
  return make('unknown', `the body stopped${message === '' ? '' : ` (${message})`}`)
}

/** A coding that is broken, or that ends before its own end. */
export function failureOfCoding(coding: string, error: unknown): TransportFailure {
  const base = { code: 'stream_terminated', reason: 'bad_encoding', cause: error } as const
  const { code, message } = asForeign(error)
  return code === 'ZSTD_error_frameParameter_windowTooLarge'
    ? {
        ...base,
        message: `the ${coding} body asks for a window of more than 8 MiB, the most that the coding may [rfc9659]`,
        retryable: false,
      }
    : { ...base, message: `the ${coding} body is broken or cut (${text(message)})` }
}

/** Happy Eyeballs reports several addresses as an AggregateError. */
function firstCode(errors: unknown): string {
  if (!Array.isArray(errors)) return ''
  for (const error of errors) {
    const code = text(asForeign(error).code)
    if (code !== '') return code
  }
  return ''
}
