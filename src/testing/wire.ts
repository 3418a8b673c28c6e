import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Break, PlannedHead } from './plan.ts'
import type { Framing } from './scenario.ts'

/** One request, and what can be done to answer it or to break the answer. One implementation a protocol. */
export interface Exchange {
  readonly protocol: 'http/1.1' | 'h2'
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  /** The answer has ended as its framing says, or this side has closed its connection. */
  readonly isFinished: boolean
  /** Called once: the answer is over, or its connection is. */
  onClose(listener: () => void): void

  head(head: PlannedHead, contentLength: number | undefined, framing: Framing): void
  /** Settles once the bytes have left this process; rejects with {@link ConnectionLost}. */
  write(bytes: Uint8Array): Promise<void>
  /** Settles once all that was written has arrived, as far as can be known; rejects when the signal aborts. */
  delivered(signal: AbortSignal): Promise<void>
  /** As the framing says. */
  end(): void
  /** Breaks the answer. What its protocol does not know has been refused before. */
  break(how: Break): void
  /** Ends the connection at once, if need be with a reset. */
  destroy(): void
}

/** Told of a client that did not come as far as a request, and why, in words. */
export type OnMisfit = (words: string) => void

export class ConnectionLost extends Error {}
