import type { PlannedHead } from './plan.ts'
import type { Exchange } from './wire.ts'

type Field = readonly [name: string, value: string]

const text = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** Fields that a page could not read otherwise [fetch]. */
const EXPOSED = 'content-encoding, location, retry-after, retry-after-ms, x-request-id, x-should-retry'

/** What lets the page that asks read the answer, with credentials too [fetch section 3.3]. */
export function corsHeaders({ headers }: Pick<Exchange, 'headers'>): Field[] {
  const origin = text(headers.origin)
  if (origin === undefined) return []
  return [
    ['access-control-allow-origin', origin],
    ['access-control-allow-credentials', 'true'],
    ['access-control-expose-headers', EXPOSED],
    ['vary', 'origin'],
  ]
}

/** A request of the browser's own, which asks whether the page may send its request. */
export const isPreflight = ({ method, headers }: Pick<Exchange, 'method' | 'headers'>): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined

/** All that was asked for is allowed, and not remembered. */
export function preflightHead(exchange: Pick<Exchange, 'headers'>): PlannedHead {
  const { 'access-control-request-method': method, 'access-control-request-headers': names } =
    exchange.headers
  return {
    status: 204,
    headers: [
      ...corsHeaders(exchange),
      ['access-control-allow-methods', text(method) ?? '*'],
      ...(text(names) === undefined
        ? []
        : [['access-control-allow-headers', text(names) as string] as const]),
      ['access-control-max-age', '0'],
    ],
  }
}
