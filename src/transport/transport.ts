import type { Failure } from '../errors/failure.ts'
import type { HeaderLookup } from '../errors/header-lookup.ts'

/** One HTTP request, ready to send. Made anew for each attempt. */
export interface TransportRequest {
  readonly method: string
  /** Without user name and password: those have become an `authorization` header. */
  readonly url: URL
  /** Lower-case names. A value is text of bytes 0x20 to 0xFF: UTF-8 is already encoded into it. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string | Uint8Array | undefined
  /** Header names that must not follow a redirect to another origin, beyond the well-known ones. */
  readonly sensitiveHeaders: readonly string[]
}

/** The head of the final response: redirects are followed, 1xx are dropped. */
export interface ResponseHead {
  readonly status: number
  readonly header: HeaderLookup
}

/** How a transport says that the body stopped without an end. Its words, translated by `failure.ts`. */
export type TransportFailure = Pick<Failure, 'code' | 'message' | 'hint' | 'reason' | 'cause' | 'retryable'>

/** Where a transport delivers to. Called in the order connected, head, chunk…, then one of end and failure. */
export interface TransportSink {
  /** The request is on its way over an established connection. A transport that cannot tell leaves it out. */
  onConnected(): void
  /** Another connection is needed, after a redirect. */
  onConnecting?(): void
  onHead(head: ResponseHead): void
  /** Bytes have come that are no piece of the body yet: a coding holds them. A sign of life all the same. */
  onReceived?(): void
  /** A piece of the decoded body. Valid during the call only. */
  onChunk(chunk: Uint8Array): void
  /** The body ended as the transport's framing says it should. That proves nothing about the stream. */
  onEnd(): void
  onFailure(failure: TransportFailure): void
}

/** A request under way. After `abort` or `release` the sink hears nothing more. */
export interface Exchange {
  /** No more chunks, soon: what is already under way may still come. */
  pause(): void
  resume(): void
  /** Ends the request at once and destroys its connection. */
  abort(): void
  /** Nothing more is wanted, but the rest of a whole body may be read so that the connection can be used again. */
  release(): void
}

/**
 * Sends a request and delivers what comes back. Does not retry, does not look at status or content type,
 * has no deadlines of its own.
 */
export interface Transport {
  readonly name: string
  send(request: TransportRequest, sink: TransportSink): Exchange
}

/** Any undici dispatcher, of any version that has `dispatch`. By its shape, so that these types need none of undici's or Node's. */
export interface UndiciDispatcher {
  dispatch(options: never, handler: never): boolean
}
