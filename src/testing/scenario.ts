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
 * - `fin`: the connection is closed, the body's framing unfinished; `rst`: it is reset
 * - `clean-end`: the body ends as its framing says it should, only the rest of the events is missing; a coding stays unfinished
 * - `short-content-length`: Content-Length promised the whole, then FIN
 * - `bad-chunk-size`: the next chunk size is not a number, then FIN
 * - `stall`: nothing more, the connection stays open; `comments`: nothing but a comment every `everyMs`
 * - `in-band-error`: the error as an event, then `[DONE]` if `done`, then a clean end
 * - `append`: foreign text (a proxy's error page, so never coded) and a clean end
 */
export type Fault =
  | {
      readonly type: 'fin' | 'rst' | 'stall' | 'clean-end' | 'short-content-length' | 'bad-chunk-size'
      readonly after: FaultPoint
    }
  | {
      readonly type: 'fin' | 'rst' | 'stall'
      /** As soon as the request is read: there is not even a head. */
      readonly after: 'request'
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
       * The error envelope's content, as given; for a `code` of the gateway's table a missing `type` or `message` is
       * taken from there. Default: a `model_overloaded` of the gateway.
       */
      readonly error?: { readonly type?: string; readonly code?: string | null; readonly message?: string }
      /** `data`: as a data line; `event`: as `event: error`. Default: `data`. */
      readonly framing?: 'data' | 'event'
      /** Whether `[DONE]` follows. Default: false. */
      readonly done?: boolean
    }
  | { readonly type: 'append'; readonly after: FaultPoint; readonly text: string }

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
   * `unframed`: neither, the close of the connection ends the body. Default: `chunked`; `content-length` for a `body`
   * and for the fault `short-content-length`.
   */
  readonly framing?: Framing
  /** Flushed after every event. Default: none. */
  readonly coding?: Coding
  /** Events as their `data`, or with `event` and `id`. Default: those of the scenario. */
  readonly events?: readonly ScenarioEvent[]
  /** The text of an event stream, sent as it is, a write a block. Excludes `events`. */
  readonly fixture?: string
  /** Milliseconds before the head. Default: 0. */
  readonly delayMs?: number
  /** Milliseconds between two events. Default: 0. */
  readonly paceMs?: number
  /** Cuts the body, coded as it is, into writes of this many bytes; with `paceMs`, each event by itself. Default: a write an event. */
  readonly writeSize?: number
  /** Default: none, the stream is whole. */
  readonly fault?: Fault
}

export type ScenarioEvent = string | { readonly data: string; readonly event?: string; readonly id?: string }

/** What a server does with the requests that it gets, one after the other. Plain data, JSON-able. */
export interface Scenario {
  /** The whole stream, end marker included. Default: a short Chat Completion. */
  readonly events?: readonly ScenarioEvent[]
  /** The whole stream as text, sent as it is. Excludes `events` and `ids`. */
  readonly fixture?: string
  /**
   * `true`: every event but `[DONE]` gets an ID (1, 2, …) unless it has one of its own, and a request with a
   * `Last-Event-ID` that is among them is answered from the event after it. Default: false: events have their own
   * IDs or none, and `Last-Event-ID` is not looked at.
   */
  readonly ids?: boolean
  /** The answer to the first request, the second, …; the last stands for all further ones. Default: one whole stream. */
  readonly answers?: readonly Answer[]
}

/** A request as the server saw it. Times in milliseconds since the server's start. */
export interface RecordedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As far as it has come: whole when the answer begins. */
  readonly body: string
  readonly at: number
  /** When the connection of this request was closed from the client's side before the answer was whole; `undefined` if it was not. */
  readonly clientGoneAt: number | undefined
}

/** A running server. */
export interface FaultServer {
  /** Such as `http://127.0.0.1:49152`. */
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  /** Open connections, now. */
  readonly connections: number
  /**
   * Changes what the next requests get; answers are counted from the beginning again.
   *
   * @throws TypeError for a wrong scenario, naming the place in it. The one before then stays.
   */
  use(scenario: Scenario): void
  /** Ends all connections and the server. Rejects if an answer could not be given, with why. */
  close(): Promise<void>
}
