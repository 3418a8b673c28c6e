/** The header fields of a request, as a web-standard `Request` or a Node server has them. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The `Last-Event-ID` of a request: what to give on as `lastEventId`, so that a reader who was cut off goes on where it was.
 *
 * Servers hand a header on as one character a byte; an ID is UTF-8 [whatwg], and is decoded here.
 *
 * @returns `undefined` where there is none: the stream begins at its beginning
 */
export function lastEventIdOf(headers: RequestHeaders): string | undefined {
  const value =
    typeof headers.get === 'function'
      ? headers.get('last-event-id')
      : (headers as Readonly<Record<string, string | readonly string[] | undefined>>)['last-event-id']
  if (typeof value !== 'string' || value === '') return undefined
  // Another server may have decoded it already.
  if (!/[\x80-\xff]/.test(value) || /[^\0-\xff]/.test(value)) return value
  try {
    // An ID may begin with U+FEFF, which is then no byte order mark.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(value, (character) => character.charCodeAt(0)),
    )
  } catch {
    return value
  }
}
