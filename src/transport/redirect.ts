import { parseUrl } from './parse-url.ts'
import type { TransportFailure, TransportRequest } from './transport.ts'

/** As many as a browser follows [fetch]. */
const MAX_REDIRECTS = 20

/** Headers that carry a credential: they never follow to another origin. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-auth-token',
  'x-access-token',
  'x-csrf-token',
  'apikey',
  'ocp-apim-subscription-key',
  'x-functions-key',
  'x-amz-security-token',
  'mcp-session-id',
])

/** Headers that describe a body, gone with it [rfc9110 section 15.4]. */
export const OF_BODY: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
])

/** Must this header not be sent to another origin? */
export const isCredential = (name: string, sensitiveHeaders: readonly string[]): boolean =>
  CREDENTIALS.has(name) || sensitiveHeaders.includes(name)

export const isRedirect = (status: number): boolean =>
  status === 301 || status === 302 || status === 303 || status === 307 || status === 308

/** Browsers read a Location as UTF-8, though a header is bytes [fetch]. Bytes that are not stay what they are. */
function fromUtf8(location: string): string {
  if (!/[\x80-\xff]/.test(location)) return location
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(location, (c) => c.charCodeAt(0)))
  } catch {
    return location
  }
}

const refuse = (message: string): TransportFailure => ({ code: 'redirect_refused', message })

/**
 * The request that a redirect asks for, or why it is not made.
 *
 * 307 and 308 keep method and body; 303 makes it a GET, as do 301 and 302 for a POST [rfc9110 section 15.4, fetch].
 * Refuses other schemes, and https to http: the body would cross in the clear.
 */
export function redirected(
  request: TransportRequest,
  status: number,
  location: string | undefined,
  count: number,
): TransportRequest | TransportFailure {
  if (count > MAX_REDIRECTS) return refuse(`more than ${MAX_REDIRECTS} redirects`)
  if (location === undefined || location === '') return refuse(`HTTP ${status} without a Location`)
  const url = parseUrl(fromUtf8(location), request.url.href)
  if (url === null) return refuse(`HTTP ${status} to a Location that is not a URL`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refuse(`HTTP ${status} to the scheme ${url.protocol} instead of http: or https:`)
  }
  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    return refuse(`HTTP ${status} from https: to http:`)
  }
  // A redirect must not plant credentials of its own making.
  url.username = ''
  url.password = ''
  const toGet =
    (status === 303 && request.method !== 'GET' && request.method !== 'HEAD') ||
    ((status === 301 || status === 302) && request.method === 'POST')
  const foreign = url.origin !== request.url.origin
  const headers = new Map<string, string>()
  for (const [name, value] of request.headers) {
    if (foreign && (isCredential(name, request.sensitiveHeaders) || name === 'host')) continue
    if (toGet && OF_BODY.has(name)) continue
    headers.set(name, value)
  }
  return {
    ...request,
    url,
    headers,
    method: toGet ? 'GET' : request.method,
    body: toGet ? undefined : request.body,
  }
}
