import type { RecordedRequest } from './scenario.ts'

export type ReadRequest = Pick<RecordedRequest, 'method' | 'url' | 'headers' | 'body'> & {
  /** Bytes that it took. */
  readonly length: number
}

/**
 * The request at the beginning of these bytes, or at least how many are missing until it is there with its whole body;
 * only Content-Length is known.
 */
export function readRequest(received: Buffer): ReadRequest | { readonly missing: number } {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return { missing: 1 }
  const [requestLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n')
  const [method = '', url = ''] = requestLine.split(' ')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  const from = end + 4
  const length = from + Number(headers['content-length'] ?? 0)
  if (received.length < length) return { missing: length - received.length }
  return { method, url, headers, body: received.toString('utf8', from, length), length }
}
