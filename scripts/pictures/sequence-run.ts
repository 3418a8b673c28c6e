import {
  type ChatCompletionChunk,
  eventStreamSignals,
  openaiChat,
  type StreamSignal,
} from '../../src/index.ts'
import {
  chatCompletion,
  type RecordedRequest,
  type Scenario,
  startFaultServer,
} from '../../src/testing/index.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { undiciTransport } from '../../src/transport/undici.ts'

/** A stream that is cut inside an event, then fails by an error in the stream, then by a 503, and is whole at last. */
const scenario: Scenario = {
  events: chatCompletion('Nobody sees the seams of this answer but you do.'),
  ids: true,
  answers: [
    { fault: { type: 'fin', after: { events: 4, bytes: 24 } } },
    { fault: { type: 'in-band-error', after: { events: 4 } } },
    { status: 503, headers: { 'retry-after': '1' } },
    {},
  ],
}

/** What was seen of one attempt, on both sides of rx-sse. */
export interface SeenAttempt {
  /** As the server has recorded it. */
  readonly request: RecordedRequest
  /** As the transport has handed it over. */
  readonly head: { status: number; contentType: string | undefined; retryAfter: string | undefined }
  readonly body: string
  /** Without the values, which are many. */
  readonly signals: readonly Exclude<StreamSignal<ChatCompletionChunk>, { type: 'value' }>[]
  readonly values: readonly { readonly text: string; readonly lastEventId: string | undefined }[]
}

type Writable = {
  head: SeenAttempt['head']
  body: string
  signals: SeenAttempt['signals'][number][]
  values: SeenAttempt['values'][number][]
}

/** One stream over a real socket, from its subscription to its completion. Rejects if it fails. */
export async function runSequence(): Promise<readonly SeenAttempt[]> {
  const seen: Writable[] = []
  const undici = undiciTransport()
  const utf8 = new TextDecoder()
  const transport: Transport = {
    name: undici.name,
    send(request, sink) {
      const now = seen.at(-1)!
      return undici.send(request, {
        ...sink,
        onHead(head) {
          const [contentType, retryAfter] = [head.header('content-type'), head.header('retry-after')]
          now.head = { status: head.status, contentType, retryAfter }
          sink.onHead(head)
        },
        onChunk(chunk) {
          now.body += utf8.decode(chunk, { stream: true })
          sink.onChunk(chunk)
        },
      })
    },
  }
  await using server = await startFaultServer(scenario)
  const signals = eventStreamSignals(`${server.url}/v1/chat/completions`, {
    body: { stream: true },
    dialect: openaiChat(),
    transport,
    // So that the waits are always the same.
    retry: { jitter: 'none', delay: 100 },
  })
  await signals.forEach((signal) => {
    if (signal.type === 'connecting') {
      const head = { status: 0, contentType: undefined, retryAfter: undefined }
      seen.push({ head, body: '', signals: [], values: [] })
    }
    const now = seen.at(-1)!
    if (signal.type === 'value') {
      const text = signal.value.choices[0]?.delta.content ?? ''
      now.values.push({ text, lastEventId: signal.lastEventId })
    } else {
      now.signals.push(signal)
    }
  })
  return seen.map((attempt, index) => ({ ...attempt, request: server.requests[index]! }))
}
