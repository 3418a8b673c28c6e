import type { ErrorShape } from './error-shapes.ts'
import type { Http2ErrorCode } from './http2-errors.ts'

/**
 * Where in the body of an answer a fault strikes: after so many whole events, and so many bytes more; or after so
 * many bytes of the (uncoded) event stream. A point beyond the end means the end.
 */
export type FaultPoint =
  | { readonly events: number; readonly bytes?: number }
  | { readonly events?: never; readonly bytes: number }

/**
 * What happens there. Plain data. All that is due before the fault has been sent by then, with a coding flushed.
 *
 * - `fin`: the connection is closed, the body's framing unfinished (with `unframed`, and all sent, there is no telling it
 *   from a good end); `rst`: it is reset
 * - `no-close-notify`: the connection is closed without TLS's own goodbye, as a truncation attack would. Needs TLS
 * - `clean-end`: the body ends as its framing says it should, only the rest of the events is missing; a coding stays unfinished
 * - `short-content-length`: Content-Length promised the whole, then FIN (HTTP/2: the end of the stream)
 * - `bad-chunk-size`: the next chunk size is not a number, then FIN. Needs HTTP/1.1
 * - `stream-reset`: RST_STREAM, the connection stays. Needs HTTP/2
 * - `goaway`: GOAWAY, then FIN or, with `goOn`, the rest of the stream as if nothing were. Needs HTTP/2
 * - `stall`: nothing more, the connection stays open; `comments`: nothing but a comment every `everyMs`
 * - `in-band-error`: the error as an event (inside another event, its lines come after the broken one's), then `[DONE]`
 *   if `done`, then a clean end
 * - `append`: foreign text (a proxy's error page, so never coded) and a clean end
 * - `repeat`: the last `count` events before the point once more; `skip`: the next `count` events are left out; the
 *   rest of the stream follows. On an answer to a `Last-Event-ID`, the event before the first is the one it names
 */
export type Fault = BreakFault | BodyFault | OrderFault

/** Strikes the connection, with all that is on it, or the stream of HTTP/2; `after: 'request'`: as soon as the request is read, before any head. */
export type BreakFault =
  | {
      readonly type: 'fin' | 'rst' | 'no-close-notify' | 'stall'
      readonly after: FaultPoint | 'request'
    }
  | {
      readonly type: 'stream-reset'
      readonly after: FaultPoint | 'request'
      /** Default: `INTERNAL_ERROR`. */
      readonly code?: Http2ErrorCode
    }
  | {
      readonly type: 'goaway'
      readonly after: FaultPoint | 'request'
      /** Default: `NO_ERROR`. */
      readonly code?: Http2ErrorCode
      /** The last stream that is answered for: this one, or one before it, so that this one is refused. Default: `this`. */
      readonly lastStream?: 'this' | 'before'
      /** Whether the stream is served to its end; not with `after: 'request'`. Default: false, FIN follows. */
      readonly goOn?: boolean
    }

/** Strikes the body of the answer. */
export type BodyFault =
  | {
      readonly type: 'clean-end' | 'short-content-length' | 'bad-chunk-size'
      readonly after: FaultPoint
    }
  | {
      readonly type: 'comments'
      readonly after: FaultPoint
      /** Milliseconds between two comments. Default: 100. */
      readonly everyMs?: number
    }
  | {
      readonly type: 'in-band-error'
      readonly after: FaultPoint
      /**
       * What the error says; for a `code` of the gateway's table a missing `type` or `message` is taken from there.
       * Default: a `model_overloaded` of the gateway; for the shape `typed` an `overloaded_error`.
       */
      readonly error?: {
        readonly type?: string
        readonly code?: string | number | null
        readonly message?: string
      }
      /** The words it is put in. Default: `envelope`. */
      readonly shape?: ErrorShape
      /** `data`: as a data line; `event`: as `event: error`. Default: as the shape has it. Not for the shape `field`. */
      readonly framing?: 'data' | 'event'
      /** Whether `[DONE]` follows. Default: false. */
      readonly done?: boolean
    }
  | { readonly type: 'append'; readonly after: FaultPoint; readonly text: string }

/** Strikes the order of the events; the stream itself is whole. */
export interface OrderFault {
  readonly type: 'repeat' | 'skip'
  readonly after: { readonly events: number }
  /** Events. Default: 1. */
  readonly count?: number
}

export type Framing = 'chunked' | 'content-length' | 'unframed'

export type Coding = 'gzip' | 'br' | 'zstd'

/** How one request is answered. */
export interface Answer {
  /** Default: 200. Any but a 2xx has an empty body unless `body`, `events` or `fixture` say otherwise. */
  readonly status?: number
  /**
   * Added to, or replacing, `content-type: text/event-stream` and `cache-control: no-cache`; with a `body`,
   * `content-type: text/plain; charset=utf-8`. `null` leaves one out.
   */
  readonly headers?: Readonly<Record<string, string | null>>
  /** A body that is no event stream: sent whole, as it is. Excludes `events`, `fixture` and `fault`. */
  readonly body?: string
  /**
   * `unframed`: neither, the close of the connection ends the body. Over HTTP/2, which frames every body, `chunked` and
   * `unframed` only say that there is no Content-Length. Default: `chunked`; `content-length` for a `body` and for the
   * fault `short-content-length`.
   */
  readonly framing?: Framing
  /** Flushed after every event. Default: none. */
  readonly coding?: Coding
  /** Events as their `data`, or with `event` and `id`. Default: those of the scenario. */
  readonly events?: readonly ScenarioEvent[]
  /** An event stream, sent as it is, a write a block. Excludes `events`. */
  readonly fixture?: Fixture
  /** Milliseconds before the head. Default: 0. */
  readonly delayMs?: number
  /** Milliseconds between two events. Default: 0. */
  readonly paceMs?: number
  /**
   * Cuts the body, coded as it is, into writes of this many bytes, or of these sizes in turn; with `paceMs`, each event
   * by itself. Default: a write an event.
   */
  readonly writeSize?: number | readonly number[]
  /** Default: none, the stream is whole. */
  readonly fault?: Fault
}

/** Its `data`; or all of its fields; or a comment, which counts as no event. */
export type ScenarioEvent =
  | string
  | {
      readonly data: string
      readonly event?: string
      readonly id?: string
      /** The reconnection time, in milliseconds. */
      readonly retry?: number
    }
  | { readonly comment: string }

/** The text itself, or a file of it: relative to `baseDirectory` of {@link FaultServerOptions}; its bytes, as they are when the scenario is given, are sent as they are. */
export type Fixture = string | { readonly file: string }

/** What a server does with the requests that it gets, one after the other. Plain data, JSON-able. */
export interface Scenario {
  /** The whole stream, end marker included. Default: a short Chat Completion. */
  readonly events?: readonly ScenarioEvent[]
  /** The whole stream, sent as it is. Excludes `events` and `ids`. */
  readonly fixture?: Fixture
  /**
   * `true`: every event but `[DONE]` gets an ID (1, 2, …) unless it has one of its own, and a request with a
   * `Last-Event-ID` that is among them is answered from the event after it. Default: false: events have their own
   * IDs or none, and `Last-Event-ID` is not looked at.
   */
  readonly ids?: boolean
  /** The answer to the first request, the second, …; the last stands for all further ones. Default: one whole stream. */
  readonly answers?: readonly Answer[]
  /** Whether the first answer follows the last one. Default: false. */
  readonly cycle?: boolean
}

/** The wire that a server speaks. */
export interface FaultServerOptions {
  /**
   * `h2`: by ALPN over TLS, with prior knowledge without it [rfc9113 section 3]. The other one is not spoken, so that a
   * client cannot come around a fault. A browser speaks `h2` only over TLS. Default: `http/1.1`.
   */
  readonly protocol?: 'http/1.1' | 'h2'
  /**
   * `true`: with a key and a self-signed certificate for `localhost`, `127.0.0.1` and `::1`, made for this server
   * alone; trust {@link FaultServer.certificate}. Or a key and a certificate of your own, as PEM. Default: false.
   */
  readonly tls?: boolean | { readonly key: string; readonly cert: string }
  /** Default: 0, one that is free. */
  readonly port?: number
  /**
   * Whether a page of any origin may read the answers [fetch]. A preflight is then answered, and neither recorded nor
   * counted. Default: false.
   */
  readonly cors?: boolean
  /** Where the fixtures' files are looked for. Default: the working directory. */
  readonly baseDirectory?: string
}

/** A request as the server saw it. Times in milliseconds since the server's start. */
export interface RecordedRequest {
  readonly protocol: 'http/1.1' | 'h2'
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As far as it has come: whole when the answer begins. */
  readonly body: string
  readonly at: number
  /**
   * When the client closed the connection, or reset the stream, of this request before the answer was whole;
   * `undefined` if it did not.
   */
  readonly clientGoneAt: number | undefined
}

/** A running server. */
export interface FaultServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:49152`. */
  readonly url: string
  /** The certificate, as PEM: what a client has to trust, unless it is one of your own that it trusts already. `undefined` without TLS. */
  readonly certificate: string | undefined
  /** All since the start, in the order in which they came; also over {@link use}. */
  readonly requests: readonly RecordedRequest[]
  /** Open connections, now. */
  readonly connections: number
  /**
   * Changes what the next requests get; answers are counted from the beginning again. What is being answered goes on as
   * it was.
   *
   * @throws TypeError for a wrong scenario, naming the place in it. The one before then stays.
   */
  use(scenario: Scenario): void
  /**
   * Settles with a request once it has been read.
   *
   * @param number - from 1 up, as in {@link requests}.
   * Rejects once the server closes without it.
   */
  received(number: number): Promise<RecordedRequest>
  /**
   * The same, but once its client has gone before the answer was whole; see {@link RecordedRequest.clientGoneAt}. Rejects
   * also once the answer is over with the client still there.
   */
  abandoned(number: number): Promise<RecordedRequest>
  /** Ends all connections and the server; with `await using` it is called for you. Rejects if an answer could not be given, with why. */
  close(): Promise<void>
}
