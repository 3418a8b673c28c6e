import type { TransportFailure } from './transport.ts'

/**
 * The one file that knows the words and codes of `fetch`. Measured in Chromium 156, Firefox 153, Node 26, Deno 2.9 and Bun
 * 1.4. Browsers tell a request that got no answer from a body that broke, and no more, in words that are always the same
 * ("Failed to fetch", "network error"; "NetworkError when attempting to fetch resource.", "Error in input stream"; Safari's "Load
 * failed" for both): what matters is which step fails. The others have codes or causes. Their words are matched, never passed
 * on: Deno's and Bun's hold the whole URL.
 */

type Told = Pick<TransportFailure, 'code' | 'reason' | 'retryable'> & { readonly words: string }
type Row = readonly [pattern: RegExp, told: Told]

const noAnswer = (words: string, code: TransportFailure['code'] = 'connection_failed'): Told => ({
  code,
  words,
})

/** The first that matches. That of redirects is last: it may match the name of a host. */
const BEFORE_HEAD: readonly Row[] = [
  [/\bAbortError/, noAnswer('the request was aborted, and not by rx-sse, before an answer by')],
  [
    /UND_ERR_HEADERS_OVERFLOW/,
    // The same server would send the same head again. How much is allowed, Node says: --max-http-header-size.
    {
      code: 'connection_failed',
      words: 'more header fields than this fetch allows (Node: --max-http-header-size, 16 KiB) from',
      retryable: false,
    },
  ],
  [/\bTimeoutError|UND_ERR_HEADERS_TIMEOUT/, noAnswer('no response in time from', 'response_timeout')],
  [
    /UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED|REQ_CONTENT_LENGTH/,
    noAnswer('a header that cannot be sent to', 'request_setup_failed'),
  ],
  [
    /bad port|are blocked|request mode/,
    noAnswer('fetch does not allow a request to', 'request_setup_failed'),
  ],
  [/ECONNREFUSED|connection refused/i, noAnswer('connection refused by')],
  [/ENOTFOUND|EAI_AGAIN|dns error/, noAnswer('no address found for')],
  [/EMFILE|ENFILE|EADDRNOTAVAIL/, noAnswer('no socket left on this machine to reach')],
  [
    /CERT|ERR_TLS_|ERR_SSL_|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH|peer certificate/,
    noAnswer('no TLS connection to', 'tls_failed'),
  ],
  [/UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT/, noAnswer('no connection in time to', 'connect_timeout')],
  [
    /HPE_|HTTP\/1\.1 protocol|Malformed_HTTP|InvalidContentLength|RES_CONTENT_LENGTH|invalid HTTP|invalid content/,
    noAnswer('an answer that is not HTTP from'),
  ],
  [
    /ECONNRESET|UND_ERR_SOCKET|EPIPE|reset by peer|connection closed/,
    noAnswer('the connection was closed before an answer by'),
  ],
  [/redirect|URL scheme must be/i, noAnswer('a redirect that cannot be followed by', 'redirect_refused')],
]

const ended = (reason: TransportFailure['reason'], words: string): Told => ({
  code: 'stream_terminated',
  reason,
  words,
})

const LOST = ended('connection_lost', 'the connection was lost')
const ABORTED = ended('connection_lost', 'the request was aborted, and not by rx-sse')

const AFTER_HEAD: readonly Row[] = [
  [/\b(?:Abort|Timeout)Error/, ABORTED],
  // Bun's word for an end as for a reset.
  [/ECONNRESET: The socket/, LOST],
  [
    /\bZ_[A-Z]+_ERROR|ZlibError|BrotliDecompression|ZstdDecompression|gzip|unexpected end of file|unexpected EOF/,
    ended('bad_encoding', "the body's content coding is broken or cut"),
  ],
  [/CONTENT_LENGTH_MISMATCH/, ended('content_length', 'the body is shorter than its Content-Length')],
  [/UND_ERR_HEADERS_OVERFLOW/, ended('bad_framing', "the body's trailers are larger than this fetch allows")],
  [/ERR_HTTP2_STREAM/, ended('stream_reset', 'the HTTP/2 stream was reset')],
  [
    /ERR_HTTP2_(?:GOAWAY_)?SESSION|"GOAWAY"/,
    ended('goaway', 'the HTTP/2 connection was closed by the server'),
  ],
  [/Invalid EOF state/, ended('socket_closed', 'the connection was closed inside the body')],
  [/HPE_|HTTP\/1\.1 protocol|InvalidHTTPResponse/, ended('bad_framing', "the body's framing is broken")],
  [/ECONNRESET|EPIPE/, ended('socket_reset', 'the connection was reset')],
  [/UND_ERR_(?:SOCKET|CLOSED|DESTROYED|INFO)/, ended('socket_closed', 'the connection was closed')],
  [/UND_ERR_BODY_TIMEOUT|ETIMEDOUT/, ended('idle', 'the connection went silent')],
]

/** What to look at where the platform says no more than that there was no answer. */
const HINT =
  "A browser does not tell a page why. It may be one of: the server is not running, or its name is wrong; the server does not allow this page's origin, method or headers (CORS: access-control-allow-origin, -methods, -headers); an http: URL on an https: page; a certificate that is not trusted; a content security policy or an extension; a redirect that leads nowhere. The console of the developer tools names it; a request from a server, or with curl, shows whether it is CORS."

interface Device {
  readonly navigator: { readonly onLine?: boolean }
}

const isOffline = (): boolean => (globalThis as Partial<Device>).navigator?.onLine === false

/**
 * `fetch` has rejected: there is no response.
 *
 * @param where - the origin, never more of the URL
 * @param refused - such a request cannot even be made
 */
export function fetchFailureBeforeHead(error: unknown, where: string, refused = false): TransportFailure {
  if (refused) {
    const message = `fetch does not take this request to ${where}: its method, a header, or a body with GET`
    return { code: 'request_setup_failed', message, cause: error }
  }
  const row = rowFor(BEFORE_HEAD, error)
  if (row !== undefined) {
    const { code, words, retryable } = row
    return { code, message: `${words} ${where}`, ...(retryable !== undefined && { retryable }), cause: error }
  }
  if (isOffline()) {
    return { code: 'connection_failed', message: `this device is offline, no way to ${where}`, cause: error }
  }
  const failure = { code: 'connection_failed', message: `no answer from ${where}`, cause: error } as const
  return tellsNothing(error) ? { ...failure, hint: HINT } : failure
}

/** Reading the body has rejected. */
export function fetchFailureAfterHead(error: unknown): TransportFailure {
  const row = rowFor(AFTER_HEAD, error)
  const { code, reason, words } = row ?? LOST
  const message = row === undefined && isOffline() ? `${words}: this device is offline` : words
  return { code, reason, message, cause: error }
}

/** A network error as the standard has it [fetch]: a TypeError and nothing more. */
function tellsNothing(error: unknown): boolean {
  const { name, code, cause } = fieldsOf(error)
  return name === 'TypeError' && code === undefined && cause === undefined
}

function rowFor(rows: readonly Row[], error: unknown): Told | undefined {
  const words = wordsOf(error)
  return rows.find(([pattern]) => pattern.test(words))?.[1]
}

/** Names, codes and messages of an error and its causes. URLs are left out: a path may be called anything. */
function wordsOf(error: unknown): string {
  const words: unknown[] = []
  let at = error
  for (let depth = 0; depth < 4; depth++) {
    const { name, code, message, cause } = fieldsOf(at)
    words.push(name, code, message)
    at = cause
  }
  return words
    .filter((word) => typeof word === 'string')
    .join(' ')
    .replace(/https?:[^\s"]*/g, '')
}

const fieldsOf = (error: unknown): Record<string, unknown> =>
  typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
