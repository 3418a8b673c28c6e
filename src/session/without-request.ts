import type { TransportRequest } from '../transport/transport.ts'
import type { Ending } from './after-ending.ts'

/** What is shorter is too common to be taken out of every text. */
const SHORTEST = 8
const CUT = '…'

type Cut = (text: string) => string

/** What of a request an error may repeat. */
export interface Quotable {
  readonly url: string
  readonly headers?: Iterable<readonly [string, string]>
  readonly body?: TransportRequest['body']
}

/**
 * Deno's and Bun's `fetch` quote the whole URL, and undici's MockAgent the headers and the body too: an error that is printed is
 * printed with its cause. A cause that repeats nothing of the request stays the transport's own object.
 */
export function withoutRequest(ending: Ending, request: Quotable): Ending {
  if (ending.type === 'done') return ending
  const { cause } = ending.failure
  if (typeof cause !== 'object' || cause === null) return ending
  const cut = cutter(request)
  const kept = new Map<object, object>()
  if (!repeats(cause, cut, new Set())) return ending
  return { ...ending, failure: { ...ending.failure, cause: copyOf(cause, cut, kept) } }
}

function cutter({ url: href, headers = [], body }: Quotable): Cut {
  const url = new URL(href)
  const texts = [url.pathname + url.search, url.pathname, ...url.search.split(/[?&=]/)]
  texts.push(...url.searchParams.values())
  for (const [name, value] of headers) {
    if (name !== 'host') texts.push(value, ...value.split(/[\s,;=]+/))
  }
  if (typeof body === 'string') texts.push(body)
  const written = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
  const secrets = [...new Set(written)]
    .filter((text) => text.length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
  // A short path is known by what stands before it.
  const place = url.href === `${url.origin}/` ? [] : [url.href]
  return (text) =>
    secrets.reduce(
      (rest, secret) => rest.replaceAll(secret, CUT),
      place.reduce((rest, href) => rest.replaceAll(href, `${url.origin}/${CUT}`), text),
    )
}

/** On a prototype's getter for a DOMException, which no copy would pass for. */
const WORDS = ['name', 'message', 'stack', 'code', 'cause', 'errors'] as const

const keysOf = (error: object): readonly PropertyKey[] => [
  ...new Set<PropertyKey>([
    ...WORDS.filter((key) => key in error),
    ...Object.getOwnPropertyNames(error),
    ...Object.getOwnPropertySymbols(error),
  ]),
]

const at = (from: object, key: PropertyKey): unknown => (from as Record<PropertyKey, unknown>)[key]

const isError = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && typeof (value as Error).message === 'string'

function repeats(value: unknown, cut: Cut, seen: Set<object>): boolean {
  if (typeof value === 'string') return cut(value) !== value
  if (Array.isArray(value)) return value.some((one) => repeats(one, cut, seen))
  if (!isError(value) || seen.has(value)) return false
  seen.add(value)
  return keysOf(value).some((key) => repeats(at(value, key), cut, seen))
}

function copyOf(value: unknown, cut: Cut, made: Map<object, object>): unknown {
  if (typeof value === 'string') return cut(value)
  if (Array.isArray(value)) return value.map((one) => copyOf(one, cut, made))
  if (!isError(value)) return value
  const before = made.get(value)
  if (before !== undefined) return before
  // An error by birth, as debuggers and `structuredClone` want it.
  const copy: object = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(value))
  made.set(value, copy)
  for (const key of keysOf(value)) {
    const enumerable = Object.getOwnPropertyDescriptor(value, key)?.enumerable ?? false
    const copied = copyOf(at(value, key), cut, made)
    Object.defineProperty(copy, key, { value: copied, enumerable, writable: true, configurable: true })
  }
  return copy
}
