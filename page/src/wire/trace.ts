import type { Exchange, Transport, TransportRequest } from './library.ts'
import type { Trace, TracedRequest, TraceEntry } from './types.ts'

/** Headers whose values are nobody's secret. The value of any other is not shown. */
const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'anthropic-version',
  'cache-control',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'user-agent',
])

const sizeOf = (body: TransportRequest['body']): number =>
  body === undefined ? 0 : typeof body === 'string' ? new TextEncoder().encode(body).length : body.length

const traced = ({ method, url, headers, body }: TransportRequest): TracedRequest => ({
  method,
  url: `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`,
  headers: [...headers].map(([name, value]) => [name, HARMLESS.has(name) ? value : '•••'] as const),
  bodyBytes: sizeOf(body),
})

type Untimed = TraceEntry extends infer E ? (E extends TraceEntry ? Omit<E, 'at'> : never) : never

/**
 * A transport that notes what another one is told and tells.
 *
 * Passes everything on as it is, pauses included; does not retry, wait or buffer. Notes neither the values of secret headers
 * nor the request's body.
 *
 * @param now - milliseconds since the run began
 */
export function tracingTransport(inner: Transport, trace: Trace, now: () => number): Transport {
  return {
    name: inner.name,
    send(request, sink) {
      let over = false
      const note = (entry: Untimed): void => {
        if (!over) trace({ at: now(), ...entry } as TraceEntry)
      }
      const last = (entry: Untimed): void => {
        note(entry)
        over = true
      }
      note({ type: 'request', request: traced(request) })
      const exchange = inner.send(request, {
        onConnected() {
          note({ type: 'connected' })
          sink.onConnected()
        },
        onConnecting() {
          note({ type: 'connecting' })
          sink.onConnecting?.()
        },
        onHead(head) {
          const { status, header } = head
          note({
            type: 'head',
            status,
            contentType: header('content-type'),
            ok: status >= 200 && status < 300,
          })
          sink.onHead(head)
        },
        onReceived: () => sink.onReceived?.(),
        onChunk(chunk) {
          note({ type: 'chunk', bytes: chunk.slice() })
          sink.onChunk(chunk)
        },
        onEnd() {
          last({ type: 'end' })
          sink.onEnd()
        },
        onFailure(failure) {
          last({ type: 'failure', failure })
          sink.onFailure(failure)
        },
      })
      return {
        pause: () => exchange.pause(),
        resume: () => exchange.resume(),
        abort() {
          last({ type: 'abort' })
          exchange.abort()
        },
        release() {
          last({ type: 'release' })
          exchange.release()
        },
      } satisfies Exchange
    },
  }
}
