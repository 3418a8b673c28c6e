import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import type { DiagnosedStream, StreamMessages, StreamStartMessage } from 'rx-sse'

/** By the dialect's name: what is asked for, and whose wire it is, whoever else speaks it. */
const GEN_AI: Readonly<Record<string, readonly [operation: string, provider: string]>> = {
  'openai-chat': ['chat', 'openai'],
  'openai-responses': ['chat', 'openai'],
  'anthropic-messages': ['chat', 'anthropic'],
  cohere: ['chat', 'cohere'],
  gemini: ['generate_content', 'gcp.gemini'],
  'gemini-interactions': ['generate_content', 'gcp.gemini'],
}

/**
 * A span for each stream, retries included, named as the conventions for generative AI have it; other streams as those
 * for HTTP have it. Its parent is the span that is active where the stream is subscribed.
 *
 * @param attributesOf - more of them. Called inside the call that subscribes, where an `AsyncLocalStorage` of yours is
 * at hand: no message has the model, since it is in the body
 * @returns a function that stops it; spans that are open then stay open
 */
export function traceEventStreams(
  tracer: Tracer,
  attributesOf: (start: StreamStartMessage) => Attributes = () => ({}),
): () => void {
  const spans = new WeakMap<DiagnosedStream, Span>()
  const stops = [
    on('rx-sse:start', (start) => {
      const { stream } = start
      const attributes = { ...describe(stream), ...attributesOf(start) }
      const operation = attributes['gen_ai.operation.name'] ?? stream.method
      const name = [operation, attributes['gen_ai.request.model'] ?? ''].join(' ').trim()
      spans.set(stream, tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }))
    }),
    on('rx-sse:open', ({ stream, attempt, status, requestId }) => {
      spans
        .get(stream)
        ?.setAttribute('http.response.status_code', status)
        .addEvent('rx_sse.open', {
          'http.request.resend_count': attempt - 1,
          'http.response.status_code': status,
          ...(requestId !== undefined && { 'rx_sse.request_id': requestId }),
        })
    }),
    on('rx-sse:retry', ({ stream, attempt, attemptEvents, error, delayMs }) => {
      spans.get(stream)?.addEvent('rx_sse.retry', {
        'http.request.resend_count': attempt - 1,
        'rx_sse.events': attemptEvents,
        'error.type': error.code,
        'rx_sse.delay': delayMs / 1000,
      })
    }),
    on('rx-sse:end', ({ stream, outcome, error, attempts, events, timeToFirstValueMs }) => {
      const span = spans.get(stream)
      span?.setAttributes({ 'rx_sse.outcome': outcome, 'rx_sse.attempts': attempts, 'rx_sse.events': events })
      if (timeToFirstValueMs !== undefined && stream.dialect in GEN_AI)
        span?.setAttribute('gen_ai.response.time_to_first_chunk', timeToFirstValueMs / 1000)
      if (error !== undefined) {
        span?.setAttribute('error.type', error.code)
        if (error.status !== undefined) span?.setAttribute('http.response.status_code', error.status)
        // Not its message: a server that refuses a key likes to repeat it.
        span?.setStatus({ code: SpanStatusCode.ERROR })
      }
      span?.end()
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function describe({ url, method, dialect }: DiagnosedStream): Attributes {
  const { hostname, port, protocol } = new URL(url)
  const [operation, provider] = GEN_AI[dialect] ?? []
  return {
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
    'url.full': url,
    'http.request.method': method,
    ...(operation !== undefined && {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': provider,
      'gen_ai.request.stream': true,
    }),
  }
}

/** The names of the messages are typed here: to `subscribe`, any message is `unknown`. */
function on<N extends keyof StreamMessages>(name: N, listener: (message: StreamMessages[N]) => void) {
  const heard = (message: unknown) => listener(message as StreamMessages[N])
  subscribe(name, heard)
  return () => unsubscribe(name, heard)
}
