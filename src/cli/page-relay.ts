import type { ServerResponse } from 'node:http'
import type {
  Transport,
  TransportFailure,
  TransportRequest,
  UndiciDispatcher,
} from '../transport/transport.ts'
import { undiciTransport } from '../transport/undici.ts'
import { sharedAgent } from '../transport/undici-agent.ts'

/** What the page asks to have sent. */
interface RelayOrder {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Base64. */
  readonly body?: string
  readonly sensitiveHeaders?: readonly string[]
}

const isPair = (value: unknown): value is readonly [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every((text) => typeof text === 'string')

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * The request that an order describes.
 *
 * @throws TypeError with plain words that repeat nothing of the order but a scheme: it may hold a key
 */
export function requestOf(order: unknown): TransportRequest {
  const {
    url: text,
    method,
    headers,
    body,
    sensitiveHeaders = [],
  } = (order ?? {}) as Partial<Record<keyof RelayOrder, unknown>>
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null) throw new TypeError('the URL is not valid')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`only http and https URLs can be asked, not ${url.protocol.slice(0, 20)}`)
  }
  if (typeof method !== 'string' || !/^[A-Z]{1,20}$/.test(method) || method === 'CONNECT') {
    throw new TypeError('the method is not one that can be sent')
  }
  if (!Array.isArray(headers) || !headers.every(isPair))
    throw new TypeError('headers must be [name, value] pairs')
  if (!isTexts(sensitiveHeaders)) throw new TypeError('sensitiveHeaders must be names')
  if (body !== undefined && (typeof body !== 'string' || !BASE64.test(body))) {
    throw new TypeError('the body must be base64')
  }
  url.username = ''
  url.password = ''
  return {
    url,
    method,
    headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: body === undefined ? undefined : Buffer.from(body, 'base64'),
    sensitiveHeaders,
  }
}

type Handler = Parameters<ReturnType<typeof sharedAgent>['dispatch']>[1]
type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2]

/** The shared agent, with an ear for the names of a response's headers: a head can only be asked for one by its name. */
function listening(onHeaders: (headers: Headers) => void): UndiciDispatcher {
  const agent = sharedAgent()
  return {
    dispatch: (options: Parameters<typeof agent.dispatch>[0], handler: Handler) =>
      agent.dispatch(options, {
        onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
        onResponseStart(controller, status, headers, message) {
          onHeaders(headers)
          handler.onResponseStart?.(controller, status, headers, message)
        },
        onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
        onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
        onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
      }),
  } as UndiciDispatcher
}

/** A cookie of another server's is not the page's business. */
const WITHHELD: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2'])

const fieldsOf = (headers: Headers): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || WITHHELD.has(name)
      ? []
      : [[name, Array.isArray(value) ? value.join(', ') : String(value)]],
  )

/** The transport's own error in a line; its object means nothing elsewhere. */
function causeOf(cause: unknown): { readonly cause?: string } {
  if (!(cause instanceof Error)) return {}
  const { code } = cause as NodeJS.ErrnoException
  return { cause: `${cause.name}: ${cause.message}${code === undefined ? '' : ` (${code})`}` }
}

const failureFrame = ({ code, message, hint, reason, retryable, cause }: TransportFailure): object => ({
  failure: { code, message, hint, reason, retryable, ...causeOf(cause) },
})

/**
 * Sends a request by undici, and tells the page line by line what its transport tells: `connected`, `head`, `chunk`, and one of
 * `end` and `failure` at last. A page that does not read is not read for; one that leaves ends the request at once.
 *
 * Does not log, retry or wait.
 */
export function relay(request: TransportRequest, response: ServerResponse): void {
  // It may have gone while its order was being read, and says so only once.
  if (response.destroyed) return
  let headers: Headers = {}
  const transport: Transport = undiciTransport(
    listening((seen) => {
      headers = seen
    }),
  )
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  const tell = (frame: object): boolean => response.write(`${JSON.stringify(frame)}\n`)
  const last = (frame: object): void => {
    over = true
    response.end(`${JSON.stringify(frame)}\n`)
  }
  let over = false
  const exchange = transport.send(request, {
    onConnected: () => tell({ connected: true }),
    onConnecting: () => tell({ connecting: true }),
    onHead: ({ status }) => tell({ head: { status, headers: fieldsOf(headers) } }),
    onReceived: () => tell({ received: true }),
    onChunk(chunk) {
      const base64 = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64')
      if (!tell({ chunk: base64 })) exchange.pause()
    },
    onEnd: () => last({ end: true }),
    onFailure: (failure) => last(failureFrame(failure)),
  })
  response.on('drain', () => exchange.resume())
  response.on('close', () => {
    if (!over) exchange.abort()
  })
}
