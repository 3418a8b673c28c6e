/** Header fields by name; `undefined` leaves one out. A `Headers`, a `Map` or pairs do as well. */
export type HeadersInput =
  | Readonly<Record<string, string | number | undefined>>
  | Iterable<readonly [string, string]>

/** [rfc9110 section 5.6.2] */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** A value that was put where a name belongs is not shown. */
const shownName = (name: unknown): string =>
  typeof name === 'string' ? JSON.stringify(name.replace(/[:\s=].*$/s, '…').slice(0, 40)) : typeof name

/** Adds the caller's headers, names in lower case. Refuses what cannot be sent, naming the header but never its value. */
export function addHeaders(into: Map<string, string>, headers: HeadersInput): void {
  if (typeof headers !== 'object' || headers === null) {
    throw new TypeError(
      `headers must be an object or [name, value] pairs, not ${headers === null ? 'null' : typeof headers}.`,
    )
  }
  const pairs: Iterable<readonly [string, string | number | undefined]> =
    Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers)
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new TypeError('headers must be an object or [name, value] pairs.')
    const [name, value] = pair as [unknown, unknown]
    if (value === undefined) continue
    if (typeof name !== 'string' || !TOKEN.test(name)) {
      throw new TypeError(`headers: ${shownName(name)} is not a header name.`)
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

const encoder = /* @__PURE__ */ new TextEncoder()

/** Text as a string of its UTF-8 bytes, the form in which a header carries it [whatwg]. */
export const utf8Bytes = (text: string): string => {
  const bytes = encoder.encode(text)
  const pieces: string[] = []
  // An ID may be as long as an event: byte by byte it would take 32 times its length.
  for (let at = 0; at < bytes.length; at += PIECE)
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + PIECE)))
  return pieces.join('')
}

/** Fewer than a call may have arguments. */
const PIECE = 8_192

/** Can a header carry this as it is? Control characters it cannot, and blanks at the ends are cut off [rfc9110 section 5.5]. */
export const isSendable = (id: string): boolean => !/[\u0000-\u001f\u007f]|^ | $/.test(id)
