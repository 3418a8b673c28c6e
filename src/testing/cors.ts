import type { PlannedHead } from './plan.ts'
import type { Exchange } from './wire.ts'

type Field = readonly [name: string, value: string]

const text = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** Fields that a page can read without more [fetch section 3.3.2]. */
const READABLE: ReadonlySet<string> = new Set([
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
])

/** What lets the page that asks read the answer, with credentials too [fetch section 3.3]. What the answer says itself stands. */
export function corsHeaders(
  { headers }: Pick<Exchange, 'headers'>,
  answered: readonly Field[] = [],
): Field[] {
  const origin = text(headers.origin)
  if (origin === undefined) return []
  const names = answered.map(([name]) => name)
  const exposed = names.filter((name) => !READABLE.has(name))
  const own: Field[] = [
    ['access-control-allow-origin', origin],
    ['access-control-allow-credentials', 'true'],
    ...(exposed.length === 0 ? [] : [['access-control-expose-headers', exposed.join(', ')] as const]),
    ['vary', 'origin'],
  ]
  return own.filter(([name]) => !names.includes(name))
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
