import { asciiJson, harmlessLine } from './terminal.ts'

/** What is shorter is too common a word to be taken out of every text. */
const SHORTEST = 8
const SHORTEST_PASSWORD = 4

/** Names of headers and query parameters that carry a secret. */
const SECRET = /auth|key|token|secret|pass|cookie|session|signature|^sig$|credential/i

/** A URL as it may be shown: neither credentials, nor query, nor fragment. */
export const shownUrl = (url: URL): string => url.origin + url.pathname + (url.search === '' ? '' : '?…')

/** Takes the secrets of a request out of a text of the server's. Before it is shortened: half a key matches nothing. */
export type Redact = (text: string) => string

/**
 * The command itself shows no secret; but a server that refuses a key likes to repeat it in its answer. Where the
 * library has cut a text, at an ellipsis or at the end, the beginning of a secret is enough.
 */
export function redactor(url: URL | undefined, headers: readonly (readonly [string, string])[]): Redact {
  const secrets = new Set<string>()
  const add = (secret: string, shortest = SHORTEST): void => {
    // A header is a string of UTF-8 bytes; a server repeats the text that they mean.
    for (const form of [secret, Buffer.from(secret, 'latin1').toString()]) {
      if (form.length < shortest) continue
      const json = JSON.stringify(form).slice(1, -1)
      for (const written of [form, json, asciiJson(json), harmlessLine(form)]) secrets.add(written)
    }
  }
  if (url !== undefined) {
    for (const username of [url.username, decoded(url.username)]) add(username)
    for (const password of [url.password, decoded(url.password)]) add(password, SHORTEST_PASSWORD)
    for (const [name, value] of url.searchParams) {
      if (!SECRET.test(name)) continue
      add(value)
      add(encodeURIComponent(value))
    }
  }
  for (const [name, value] of headers) {
    if (!SECRET.test(name)) continue
    add(value)
    for (const word of value.split(/[\s,;=]+/)) add(word)
    const basic = /^basic\s+(\S+)$/i.exec(value)?.[1]
    if (basic === undefined) continue
    const [, username = '', password = ''] =
      /^([^:]*):?(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? []
    add(username)
    add(password, SHORTEST_PASSWORD)
  }
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  const withoutCut = (text: string): string => {
    const cut = Math.max(0, ...longestFirst.map((secret) => cutLength(text, secret)))
    return cut === 0 ? text : `${text.slice(0, -cut)}[secret]`
  }
  return (text) =>
    longestFirst
      .reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
      .split('…')
      .map(withoutCut)
      .join('…')
}

/** How much of the beginning of a secret stands at the end of a text. */
function cutLength(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length >= SHORTEST; length--) {
    if (text.endsWith(secret.slice(0, length))) return length
  }
  return 0
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
