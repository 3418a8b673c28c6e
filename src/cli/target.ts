import type { GivenOptions } from './options.ts'
import { shownUrl } from './secrets.ts'
import { harmlessLine } from './terminal.ts'
import { UsageError } from './usage.ts'

/** Hosts that speak plain HTTP more likely than not: this machine, private addresses, names without a dot. */
const LOCAL = /^(?:localhost|127\.|10\.|192\.168\.|\[|0\.0\.0\.0|[^.]+$)/i

/** A key that was pasted alone is a valid host name too: it has no top-level domain, and no port. */
const looksLikeHost = ({ hostname, port }: URL): boolean =>
  port !== '' || hostname === 'localhost' || /^\[|\.(?:\d+|[a-z]{2,24}|xn--[a-z0-9-]+)\.?$/.test(hostname)

/** The one URL of the arguments, or what to type instead. Never repeats what may hold a secret. */
export function parseUrl(options: GivenOptions): URL {
  const [text, second] = options.positionals
  if (text === undefined) {
    throw new UsageError(
      'no URL given; try: rx-sse https://host/path, rx-sse demo (shows what this is), or rx-sse --help',
    )
  }
  if (second !== undefined) throw tooMany(options)
  const url = URL.parse(text)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]
  if (scheme !== undefined) {
    if (/^https?$/i.test(scheme)) throw new UsageError('the URL is not valid; check its host and port.')
    throw new UsageError(`the URL must begin with http:// or https://, not ${harmlessLine(scheme)}://`)
  }
  const guess = /\s/.test(text) ? null : URL.parse(`https://${text.replace(/^\/+/, '')}`)
  if (guess === null || !looksLikeHost(guess)) {
    throw new UsageError(
      'the argument is not a URL; it must begin with http:// or https:// (it is not shown, it may be a secret).',
    )
  }
  if (LOCAL.test(guess.hostname)) guess.protocol = 'http:'
  throw new UsageError(`the URL has no scheme; did you mean ${shownUrl(guess)} ?`)
}

function tooMany(options: GivenOptions): UsageError {
  const extra = options.positionals.slice(1)
  if (extra.some((text) => /^[\w-]+:\s/.test(text))) {
    return new UsageError("more than one URL; a header needs -H before it: -H 'Name: value'")
  }
  if (extra.some((text) => /^\s*[[{@]/.test(text)) || options.positionals[0]?.startsWith('{') === true) {
    return new UsageError('more than one URL; a body needs -d before it (--json takes no value here)')
  }
  return new UsageError('more than one URL; quote an argument that holds spaces or &')
}
