/** Header fields by name; `undefined` leaves one out. A `Headers`, a `Map` or pairs do as well. */
export type HeadersInput =
  | Readonly<Record<string, string | number | undefined>>
  | Iterable<readonly [string, string]>

/** [rfc9110 section 5.6.2] */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Adds the caller's headers, names in lower case. Refuses what cannot be sent, naming the header but never its value. */
export function addHeaders(into: Map<string, string>, headers: HeadersInput): void {
  const pairs: Iterable<readonly [string, string | number | undefined]> =
    Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers)
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new TypeError('headers must be an object or [name, value] pairs.')
    const [name, value] = pair as [unknown, unknown]
    if (value === undefined) continue
    if (typeof name !== 'string' || !TOKEN.test(name)) {
      throw new TypeError(`headers: ${JSON.stringify(name)} is not a header name.`)
    }
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new TypeError(`headers: the value of "${name}" must be text, not ${typeof value}.`)
    }
    const text = String(value).trim()
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) {
      throw new TypeError(`headers: the value of "${name}" has a character that a header cannot carry.`)
    }
    into.set(name.toLowerCase(), text)
  }
}

const encoder = new TextEncoder()

/** Text as a string of its UTF-8 bytes, the form in which a header carries it [whatwg]. */
export const utf8Bytes = (text: string): string => {
  let bytes = ''
  for (const byte of encoder.encode(text)) bytes += String.fromCharCode(byte)
  return bytes
}
