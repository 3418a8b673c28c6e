import type { RelaySource } from './feed.ts'
import {
  type EventStreamResponseOptions,
  type RelayedValue,
  type RelayResponseOptions,
  relayPlan,
} from './options.ts'
import { envelopeOf, errorHeaders } from './public-error.ts'
import { RelayBody } from './relay-body.ts'

/** nginx's word for a client that has gone before it was answered. Nobody will read it. */
const CLIENT_CLOSED_REQUEST = 499

/**
 * A stream as a web-standard response: `text/event-stream`, a comment where there is silence, the end marker once the
 * source completes, and a failure as one `event: error` in the gateway's envelope, which the dialects of rx-sse type again
 * with the same code. Of the failure nothing is told but its row in the table of errors.
 *
 * Always a 200, even if nothing comes: {@link relayResponse} knows better. Begins once the body is read. A body that is
 * cancelled, since its reader has gone, unsubscribes from the source at once.
 *
 * @param source - an Observable of values, of events or of signals (whose cursors become the events' IDs); or an
 * AsyncIterable, which is pulled at the reader's pace.
 * @throws TypeError at the call, for a wrong source or option
 *
 * Does not retry, nor remember what was sent.
 */
export function eventStreamResponse<T>(
  source: RelaySource<T>,
  options: EventStreamResponseOptions<RelayedValue<T>> = {},
): Response {
  const plan = relayPlan(options, 'eventStreamResponse')
  return streamOf(new RelayBody(source, plan, 'eventStreamResponse').stream, plan.headers)
}

/**
 * As {@link eventStreamResponse}, but a source that fails before its first value is answered with a status: 429 with
 * `Retry-After` for a limit, 503, 504, … and the same envelope as JSON. What a reader would take for its own fault (the
 * relay's key is refused: 401) is a 502.
 *
 * Begins at the call, and holds the response back for the first value, but no longer than `holdMs`: then it is a stream,
 * and a failure an event of it.
 *
 * @returns never rejects
 * @throws TypeError at the call, for a wrong source or option
 */
export function relayResponse<T>(
  source: RelaySource<T>,
  options: RelayResponseOptions<RelayedValue<T>> = {},
): Promise<Response> {
  const plan = relayPlan(options, 'relayResponse')
  const body = new RelayBody(source, plan, 'relayResponse')
  return body.hold().then((outcome) => {
    if (outcome.type === 'stream') return streamOf(body.stream, plan.headers)
    if (outcome.type === 'gone') return new Response(null, { status: CLIENT_CLOSED_REQUEST })
    const { error } = outcome
    const headers = errorHeaders(error)
    return new Response(envelopeOf(error), {
      status: error.status,
      headers: merged(plan.headers, headers, Object.keys(headers)),
    })
  })
}

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  // A proxy that compresses would hold events back [rfc9111 section 5.2.2.6]; nginx buffers unless it is told not to.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

const streamOf = (stream: ReadableStream<Uint8Array>, headers: Headers): Response =>
  new Response(stream, { headers: merged(headers, STREAM_HEADERS, ['content-type']) })

/** The caller's fields, and ours where it has none, or must not have. */
function merged(theirs: Headers, ours: Readonly<Record<string, string>>, fixed: readonly string[]): Headers {
  const headers = new Headers(theirs)
  for (const [name, value] of Object.entries(ours)) {
    if (fixed.includes(name) || !headers.has(name)) headers.set(name, value)
  }
  return headers
}
