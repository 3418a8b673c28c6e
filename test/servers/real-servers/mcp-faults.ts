import { type Transport, type TransportRequest, undiciTransport } from '../../../src/index.ts'
import type { McpOptions } from './mcp-session.ts'

/** What a client may do wrong when it resumes. */
export type Fault = 'early' | 'late' | 'without-id' | 'by-post'

/** As if the server had asked for another reconnection time. */
const waiting = (ms: number, inner: Transport): Transport => ({
  name: 'waiting',
  send: (request, sink) =>
    inner.send(request, {
      ...sink,
      onChunk: (chunk) =>
        sink.onChunk(
          Buffer.from(
            Buffer.from(chunk)
              .toString()
              .replace(/^retry: \d+/m, `retry: ${ms}`),
          ),
        ),
    }),
})

const withoutId = (inner: Transport): Transport => ({
  name: 'without-id',
  send(request, sink) {
    const headers = new Map(request.headers)
    headers.delete('last-event-id')
    return inner.send({ ...request, headers }, sink)
  },
})

/** Sends the request again, with the ID. */
function byPost(inner: Transport): Transport {
  let last: TransportRequest | undefined
  return {
    name: 'by-post',
    send(request, sink) {
      const id = request.headers.get('last-event-id')
      if (id === undefined || last === undefined) {
        last = request
        return inner.send(request, sink)
      }
      return inner.send({ ...last, headers: new Map(last.headers).set('last-event-id', id) }, sink)
    },
  }
}

/** What makes such a client. */
export const FAULTS: Readonly<Record<Fault, McpOptions>> = {
  early: { transport: waiting(5, undiciTransport()) },
  late: { transport: waiting(1_500, undiciTransport()) },
  'without-id': { transport: withoutId(undiciTransport()) },
  // A server that primes every answer to a POST lets it poll for ever.
  'by-post': { transport: byPost(undiciTransport()), timeout: { total: 2_000 } },
}
