import type { Dialect } from '../dialects/dialect.ts'
import type { StreamRequest, StreamRequestChange } from '../dialects/stream-request.ts'
import { addHeaders, type HeadersInput, TOKEN, utf8Bytes } from '../transport/headers.ts'
import { isCredential, OF_BODY } from '../transport/redirect.ts'
import type { TransportRequest } from '../transport/transport.ts'
import type { RequestPlan } from './plan.ts'
import { encodeBody } from './request-body.ts'

/** What is different about a request, checked; nothing has been called for it yet that could fail later. */
export interface ChangedRequest {
  readonly method: string
  readonly url: URL
  readonly body: string | Uint8Array | undefined
  readonly contentType: string | undefined
  readonly headers: StreamRequestChange['headers']
  /** It asks for something else, and not only from another place on. */
  readonly isAnother: boolean
  /** At another origin. */
  readonly isElsewhere: boolean
}

/** The config's request, for those who make another of it. */
export const requestOf = (plan: RequestPlan): StreamRequest => ({
  method: plan.method,
  url: new URL(plan.url),
  body: plan.givenBody,
})

/** What is to be asked for the events after `cursor`, as the dialect says; `undefined` if it cannot be. */
export function requestAfter<T>(
  plan: RequestPlan,
  dialect: Dialect<T>,
  cursor: string,
  memory: unknown,
): StreamRequestChange | undefined {
  const own = dialect.resume === undefined ? {} : dialect.resume(requestOf(plan), cursor, memory)
  // Null as well, for those without types.
  if (own === undefined || own === null) return undefined
  const headers: Record<string, string | number | undefined> = { 'last-event-id': utf8Bytes(cursor) }
  for (const [name, value] of Object.entries(own.headers ?? {})) headers[name.toLowerCase()] = value
  return { ...own, headers }
}

/** @throws TypeError if the change is no request */
export function changedRequest(plan: RequestPlan, change: StreamRequestChange): ChangedRequest {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    throw new TypeError('a changed request must be an object with any of method, url, body and headers.')
  }
  for (const key of Object.keys(change)) {
    if (!KEYS.includes(key)) throw new TypeError(`a changed request has ${KEYS.join(', ')}, and no "${key}".`)
  }
  const given = change.method ?? plan.method
  if (!isMethod(given))
    throw new TypeError('the method of a changed request must be one that streams a body.')
  const method = given.toUpperCase()
  const own = new URL(plan.url)
  const url = changedUrl(own, change.url)
  const hasBody = 'body' in change
  const keepsBody = !hasBody && (method !== 'GET' || plan.method === 'GET')
  const { body, contentType } = hasBody
    ? encodeBody(change.body)
    : { body: keepsBody ? plan.body : undefined, contentType: keepsBody ? plan.contentType : undefined }
  if (body !== undefined && method === 'GET' && plan.method !== 'GET') {
    throw new TypeError('a changed request with a body cannot be a GET.')
  }
  const isAnother = body !== plan.body || url.href !== plan.url
  const isElsewhere = url.origin !== own.origin
  return { method, url, body, contentType, headers: change.headers, isAnother, isElsewhere }
}

const KEYS: readonly string[] = ['method', 'url', 'body', 'headers']

/** One whose response has a body to stream [rfc9110 section 9.3]. */
export const isMethod = (method: unknown): method is string =>
  typeof method === 'string' && TOKEN.test(method) && !/^(?:connect|trace|head)$/i.test(method)

function changedUrl(base: URL, changed: string | URL | undefined): URL {
  const isUrl = typeof changed === 'string' || changed instanceof URL
  const url = changed === undefined ? base : isUrl ? URL.parse(String(changed), base.href) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TypeError('the url of a changed request must be http: or https:, absolute or relative.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('the url of a changed request must not hold a user name or password: use headers.')
  }
  if (base.protocol === 'https:' && url.protocol === 'http:') {
    throw new TypeError('a changed request must not go from https: to http:.')
  }
  // It is never sent, so that it makes no other request.
  if (url.hash !== '') url.hash = ''
  return url
}

/** @param given - what the config's headers are for this attempt */
export function buildRequest(
  plan: RequestPlan,
  { method, url, body, contentType, headers: changed, isElsewhere }: ChangedRequest,
  given: HeadersInput,
  idempotencyKey: string | undefined,
): TransportRequest {
  const headers = new Map(plan.ownHeaders)
  if (contentType !== undefined) headers.set('content-type', contentType)
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey)
  addHeaders(headers, given)
  if (isElsewhere) {
    // As with a redirect, whoever has named the other origin.
    for (const name of headers.keys())
      if (isCredential(name, plan.sensitiveHeaders) || name === 'host') headers.delete(name)
  }
  if (body === undefined && plan.body !== undefined) for (const name of OF_BODY) headers.delete(name)
  if (changed !== undefined) {
    for (const [name, value] of Object.entries(changed))
      if (value === undefined) headers.delete(name.toLowerCase())
    addHeaders(headers, changed)
  }
  return { method, url, headers, body, sensitiveHeaders: plan.sensitiveHeaders }
}
