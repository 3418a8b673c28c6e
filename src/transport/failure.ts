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
  if (code === 'EMFILE' || code === 'ENFILE' || code === 'EADDRNOTAVAIL') {
    return {
      code: 'connection_failed',
      message: because('no socket left on this machine to reach'),
      cause: error,
    }
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') {
    return {
      code: 'connection_failed',
      message: because('the connection was closed before an answer by'),
      cause: error,
    }
  }
  if (text(foreign.name) === 'HTTPParserError' || code.startsWith('HPE_')) {
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
export const failureOfCoding = (coding: string, error: unknown): TransportFailure => ({
  code: 'stream_terminated',
  reason: 'bad_encoding',
  message: `the ${coding} body is broken or cut (${text(asForeign(error).message)})`,
  cause: error,
})

/** Happy Eyeballs reports several addresses as an AggregateError. */
function firstCode(errors: unknown): string {
  if (!Array.isArray(errors)) return ''
  for (const error of errors) {
    const code = text(asForeign(error).code)
    if (code !== '') return code
  }
  return ''
}
