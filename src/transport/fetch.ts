import { refuseUnknown, show } from '../errors/options.ts'
import { FetchExchange } from './fetch-exchange.ts'
import type { FetchLike } from './fetch-like.ts'
import type { Transport } from './transport.ts'

export interface FetchTransportOptions {
  /**
   * Which `fetch`. Default: the global one, looked up with each request. React Native's own does not stream: give it the
   * one of `expo/fetch`.
   */
  fetch?: FetchLike | undefined
  /** Whether cookies go along: `'include'` for another origin's too [fetch]. Default: `'same-origin'`. */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined
  /** Default: `'cors'`. */
  mode?: 'cors' | 'same-origin' | undefined
  /**
   * Default: `'no-store'`, as for an `EventSource` [whatwg]. `'default'` leaves it to `fetch`: Cloudflare Workers refuse any
   * other before their compatibility date 2024-11-11, and all but `'no-store'` since.
   */
  cache?: 'default' | 'no-store' | 'reload' | 'no-cache' | undefined
  /**
   * `'follow'`: as `fetch` does, which takes only `authorization` out of a request to another origin. `'error'`: none,
   * told as `redirect_refused`. `'safe'`: a request with another credential (`x-api-key`, `sensitiveHeaders`) is followed by
   * rx-sse, without it; where the platform shows no redirects, as browsers do not, the stream fails with
   * `redirect_refused`, as it does after one from https: to http:. Default: `'safe'`.
   */
  redirect?: 'safe' | 'follow' | 'error' | undefined
}

const ALLOWED = {
  credentials: ['omit', 'same-origin', 'include'],
  mode: ['cors', 'same-origin'],
  cache: ['default', 'no-store', 'reload', 'no-cache'],
  redirect: ['safe', 'follow', 'error'],
} as const

/**
 * HTTP over `fetch`: what sends in browsers, workers, Deno, Bun and on the edge.
 *
 * Does not know when a connection stands, so `timeout.connect` does not apply; nor, in a browser, why a request got no
 * answer, or how a body broke: those say `connection_failed`, and `stream_terminated` with the reason `connection_lost`.
 * Does not set what a browser keeps to itself: `cookie`, `host`, `origin`, `referer` [fetch, forbidden request-header].
 *
 * @throws TypeError at the call, for a wrong option.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  refuseUnknown(
    options,
    { fetch: true, credentials: true, mode: true, cache: true, redirect: true },
    'fetchTransport',
  )
  const { fetch, credentials, mode, cache = 'no-store', redirect = 'safe' } = options
  if (fetch !== undefined && typeof fetch !== 'function') {
    throw new TypeError(`fetchTransport: fetch must be a function, not ${show(fetch)}.`)
  }
  for (const [name, values] of Object.entries(ALLOWED)) {
    const value = options[name as keyof typeof ALLOWED]
    if (value !== undefined && !(values as readonly string[]).includes(value)) {
      const words = values.map((allowed) => JSON.stringify(allowed)).join(', ')
      throw new TypeError(`fetchTransport: ${name} must be one of ${words}, not ${show(value)}.`)
    }
  }
  const init = {
    ...(credentials && { credentials }),
    ...(mode && { mode }),
    ...(cache !== 'default' && { cache }),
  }
  return {
    name: 'fetch',
    send(request, sink) {
      const exchange = new FetchExchange({ fetch, redirect, init }, sink)
      exchange.send(request)
      return exchange
    },
  }
}
