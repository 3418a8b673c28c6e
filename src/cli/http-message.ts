import type { TransportFailure } from '../index.ts'

/** A response as it was recorded: its head, its body, and whether the framing came to its end. */
export interface RecordedResponse {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
  readonly failure: TransportFailure | undefined
}

const cut = (
  reason: 'socket_closed' | 'content_length' | 'bad_framing',
  message: string,
): TransportFailure => ({
  code: 'stream_terminated',
  reason,
  message,
})

const VERSION = 'HTTP/1.'

const beginning = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, VERSION.length)).toString('latin1')

export const looksLikeHead = (bytes: Uint8Array): boolean => beginning(bytes) === VERSION

/** Is it too short to tell? */
export const mayBecomeHead = (bytes: Uint8Array): boolean =>
  bytes.length < VERSION.length && VERSION.startsWith(beginning(bytes))

/** A recording that begins with `HTTP/1.` holds a head and a framed body; any other is the body of a 200 event stream. */
export function parseRecording(bytes: Buffer): RecordedResponse | undefined {
  if (!looksLikeHead(bytes)) {
    return {
      status: 200,
      headers: new Map([['content-type', 'text/event-stream']]),
      body: bytes,
      failure: undefined,
    }
  }
  let rest = bytes
  for (;;) {
    const end = /\r?\n\r?\n/.exec(rest.toString('latin1'))
    const head = (end === null ? rest : rest.subarray(0, end.index)).toString('latin1').split(/\r?\n/)
    const status = Number(/^HTTP\/1\.\d (\d{3})(?: |$)/.exec(head[0] ?? '')?.[1])
    if (!(status >= 100)) return undefined
    rest = end === null ? rest.subarray(rest.length) : rest.subarray(end.index + end[0].length)
    // A 103, say, comes before the head that counts [rfc9110 section 15.2].
    if (status < 200 && rest.length > 0) continue
    return { status, ...framed(headersOf(head.slice(1)), rest) }
  }
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}

/** [rfc9112 section 6.3] */
function framed(headers: ReadonlyMap<string, string>, rest: Buffer): Omit<RecordedResponse, 'status'> {
  if (/\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')) return { headers, ...unchunk(rest) }
  const length = Number(headers.get('content-length') ?? Number.NaN)
  if (!(length >= 0)) return { headers, body: rest, failure: undefined }
  const failure =
    rest.length < length ? cut('content_length', 'the body is shorter than its Content-Length') : undefined
  return { headers, body: rest.subarray(0, length), failure }
}

function unchunk(rest: Buffer): { body: Uint8Array; failure: TransportFailure | undefined } {
  const parts: Buffer[] = []
  const end = (failure: TransportFailure | undefined) => ({ body: Buffer.concat(parts), failure })
  const closed = cut('socket_closed', 'the connection was closed inside the body')
  let at = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return end(closed)
    const size = rest.toString('latin1', at, lineEnd).split(';')[0]?.trim() ?? ''
    if (!/^[0-9a-f]{1,8}$/i.test(size))
      return end(cut('bad_framing', "the body's framing is broken (chunk size)"))
    const length = Number.parseInt(size, 16)
    if (length === 0) return end(undefined)
    const start = lineEnd + 2
    parts.push(rest.subarray(start, start + length))
    at = start + length + 2
    if (at > rest.length) return end(closed)
  }
}
