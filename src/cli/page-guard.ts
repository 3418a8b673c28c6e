import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Only the page that this server has served knows it. */
const TOKEN_HEADER = 'x-rx-sse-token'

/** What the guard looks at of a request. */
export interface Visitor {
  readonly method?: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** Why a request is refused: a status, and words that repeat nothing of it. */
export interface Refused {
  readonly status: number
  readonly code: string
  readonly message: string
}

const refuse = (status: number, code: string, message: string): Refused => ({ status, code, message })

/** The names under which this machine, and no other, is this server. At port 80 a browser leaves the port out [rfc9110 section 4.2.3]. */
const hostsOf = (port: number): readonly string[] =>
  ['127.0.0.1', 'localhost', '[::1]'].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  )

/**
 * Refuses what is asked by another name: a name of a stranger's that has been made to point here (DNS rebinding) would make
 * his page one of this origin.
 */
export function refusalOfHost({ headers }: Visitor, port: number): Refused | undefined {
  if (headers.host !== undefined && hostsOf(port).includes(headers.host.toLowerCase())) return undefined
  return refuse(421, 'wrong_host', `this server answers to 127.0.0.1:${port} alone`)
}

function isToken(given: string | string[] | undefined, token: string): boolean {
  if (typeof given !== 'string') return false
  const [one, other] = [Buffer.from(given), Buffer.from(token)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/**
 * Refuses a request to the API that does not come from this server's own page: of another origin, or without the token that
 * stands in the page. No page of another origin can read that, nor send this header without being allowed to, which it is not.
 */
export function refusalOfCall({ method, headers }: Visitor, token: string): Refused | undefined {
  if (method !== 'POST') return refuse(405, 'wrong_method', 'the API takes a POST')
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  if (
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin')
  ) {
    return refuse(403, 'wrong_origin', 'pages of other origins may not ask')
  }
  if (!isToken(headers[TOKEN_HEADER], token)) {
    return refuse(403, 'wrong_token', 'only the page of this server may ask, and only while it runs')
  }
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
    return refuse(415, 'wrong_type', 'the API takes application/json')
  }
  return undefined
}
