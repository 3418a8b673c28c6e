import type { Exchange, Transport, TransportFailure, TransportRequest, TransportSink } from './library.ts'
import { TOKEN_HEADER } from './local-api.ts'
import type { ApiRefusal, RelayFrame, RelayOrder, Surroundings } from './types.ts'

type Failed = Extract<RelayFrame, { readonly failure: unknown }>['failure']

function fromBase64(text: string): Uint8Array {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

function orderOf({ url, method, headers, body, sensitiveHeaders }: TransportRequest): RelayOrder {
  return {
    url: url.href,
    method,
    headers: [...headers],
    ...(body === undefined
      ? {}
      : { body: toBase64(typeof body === 'string' ? new TextEncoder().encode(body) : body) }),
    ...(sensitiveHeaders.length === 0 ? {} : { sensitiveHeaders }),
  }
}

const failureOf = ({ code, message, hint, reason, retryable, cause }: Failed): TransportFailure =>
  ({
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  }) as TransportFailure

const GONE = 'the local server of this page does not answer; is rx-sse page still running?'

/** What the loss of the local server itself means for the stream. */
const lost = (headSeen: boolean, cause?: unknown): TransportFailure =>
  headSeen
    ? { code: 'stream_terminated', reason: 'unknown', message: `the connection to ${GONE}`, cause }
    : { code: 'connection_failed', message: GONE, cause }

async function refused(response: Response): Promise<TransportFailure> {
  let message = `HTTP ${response.status}`
  try {
    message = ((await response.json()) as ApiRefusal).error.message
  } catch {
    // The status has to do.
  }
  return { code: 'request_setup_failed', message: `the local server of this page refused: ${message}` }
}

/** The lines of a body as they come; asks for no more bytes while nobody asks for a line. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

class RelayExchange implements Exchange {
  readonly #aborting = new AbortController()
  readonly #sink: TransportSink
  #over = false
  #headSeen = false
  #resumed: (() => void) | undefined
  #paused: Promise<void> | undefined

  constructor(sink: TransportSink) {
    this.#sink = sink
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#resumed = resolve
    })
  }

  resume(): void {
    this.#resumed?.()
    this.#paused = undefined
    this.#resumed = undefined
  }

  abort(): void {
    this.#over = true
    this.#aborting.abort()
    this.resume()
  }

  /** The local server keeps no connection for us: to leave is to end. */
  release(): void {
    this.abort()
  }

  async send(
    request: TransportRequest,
    { fetch, token }: Pick<Surroundings, 'fetch' | 'token'>,
  ): Promise<void> {
    try {
      const response = await fetch('/api/relay', {
        method: 'POST',
        headers: { 'content-type': 'application/json', [TOKEN_HEADER]: token },
        body: JSON.stringify(orderOf(request)),
        signal: this.#aborting.signal,
      })
      if (!response.ok || response.body === null) {
        const failure = await refused(response)
        this.#last(() => this.#sink.onFailure(failure))
        return
      }
      for await (const line of linesOf(response.body)) {
        if (this.#paused !== undefined) await this.#paused
        if (this.#over) return
        this.#take(JSON.parse(line) as RelayFrame)
        if (this.#over) return
      }
      this.#last(() => this.#sink.onFailure(lost(this.#headSeen)))
    } catch (error) {
      this.#last(() => this.#sink.onFailure(lost(this.#headSeen, error)))
    }
  }

  #take(frame: RelayFrame): void {
    if ('chunk' in frame) this.#sink.onChunk(fromBase64(frame.chunk))
    else if ('received' in frame) this.#sink.onReceived?.()
    else if ('connected' in frame) this.#sink.onConnected()
    else if ('connecting' in frame) this.#sink.onConnecting?.()
    else if ('head' in frame) {
      this.#headSeen = true
      const headers = new Map(frame.head.headers)
      this.#sink.onHead({ status: frame.head.status, header: (name) => headers.get(name) })
    } else if ('failure' in frame) this.#last(() => this.#sink.onFailure(failureOf(frame.failure)))
    else this.#last(() => this.#sink.onEnd())
  }

  #last(tell: () => void): void {
    if (this.#over) return
    this.#over = true
    tell()
  }
}

/**
 * Sends requests by way of the local server, whose undici sees what a browser hides: a close from a reset, a refused
 * connection from a refusal by CORS. What its transport tells is told here just so.
 *
 * Does not keep connections for reuse. A pause reaches the socket: nothing is read from the local server, which then reads no
 * more from its own.
 */
export function relayedTransport(surroundings: Pick<Surroundings, 'fetch' | 'token'>): Transport {
  return {
    name: 'undici in the local server',
    send(request, sink) {
      const exchange = new RelayExchange(sink)
      void exchange.send(request, surroundings)
      return exchange
    },
  }
}
