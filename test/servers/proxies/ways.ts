import { MIDWAY } from './completion.ts'
import type { Death } from './deaths.ts'
import type { RunningProxy } from './proxy.ts'
import { takenByProxy } from './taken.ts'
import { type Watching, watch } from './watch.ts'

/** A way from a client to an origin. */
export interface Way {
  readonly route: string
  readonly http2: boolean
}

export const waysOf = (routes: readonly string[]): Way[] =>
  routes.flatMap((route) => [false, true].map((http2) => ({ route, http2 })))

export const nameOf = ({ route, http2 }: Way): string => `${route}, ${http2 ? 'h2' : 'h1'} client`

/** Such as a client sends that takes part in what the route is about. */
export const headersFor = ({ route }: Way): Record<string, string> =>
  route.includes('gzip') ? { 'accept-encoding': 'gzip' } : {}

/**
 * A POST, as completions are asked for; but a GET behind Caddy with an HTTP/1.1 client: there Caddy cuts one of some
 * thousand POSTs by itself, and how a death arrives would be its whim.
 */
export const bodyFor = ({ route, http2 }: Way): object | undefined =>
  route === 'Caddy' && !http2 ? undefined : { stream: true }

/** Does the proxy keep events to itself while the origin is silent? */
export const holdsBack = ({ route }: Way): boolean =>
  route.startsWith('nginx') && !route.includes('buffering off')

export const watchBy = (
  proxy: RunningProxy,
  way: Way,
  origin: { readonly port: number },
  watching: Watching,
  hasty = false,
) =>
  watch(proxy.url(origin, { ...way, hasty }), { body: bodyFor(way), headers: headersFor(way), ...watching })

/**
 * A stream whose origin dies in the middle, after all that it had sent has come as far as it can: to the client, or to
 * the proxy that holds it back.
 */
export async function watchDeath(proxy: RunningProxy, way: Way, death: Death, watching: Watching = {}) {
  const origin = await death.start()
  try {
    const there = holdsBack(way) ? origin.halfway.then(() => takenByProxy(origin.port)) : undefined
    void there?.then(origin.strike)
    const onValue = (count: number): void => {
      if (there === undefined && count === MIDWAY) origin.strike()
    }
    const seen = await watchBy(proxy, way, origin, { ...watching, onValue }, death.hasty)
    return { ...seen, requests: origin.requests }
  } finally {
    await origin.close()
  }
}
