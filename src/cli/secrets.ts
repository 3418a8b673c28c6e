/** What is shorter is too common a word to be taken out of every text. */
const SHORTEST = 8
const SHORTEST_PASSWORD = 4

/** Names of headers and query parameters that carry a secret. */
const SECRET = /auth|key|token|secret|pass|cookie|session|signature|^sig$|credential/i

/** A URL as it may be shown: neither credentials, nor query, nor fragment. */
export const shownUrl = (url: URL): string => url.origin + url.pathname + (url.search === '' ? '' : '?…')

/**
 * Takes the secrets of a request out of what is shown. The command itself shows none; but a server that
 * refuses a key likes to repeat it in its answer.
 */
export function redactor(
  url: URL | undefined,
  headers: readonly (readonly [string, string])[],
): (text: string) => string {
  const secrets = new Set<string>()
  const add = (secret: string, shortest = SHORTEST): void => {
    if (secret.length < shortest) return
    secrets.add(secret)
    secrets.add(JSON.stringify(secret).slice(1, -1))
  }
  if (url !== undefined) {
    for (const part of [url.username, url.password]) {
      add(part, SHORTEST_PASSWORD)
      add(decoded(part), SHORTEST_PASSWORD)
    }
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
    for (const part of Buffer.from(basic, 'base64').toString().split(':')) add(part, SHORTEST_PASSWORD)
  }
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  return (text) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
