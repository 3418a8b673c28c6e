/** Where in the body a fault strikes: after so many whole events, or so many bytes of the (uncoded) event stream. */
export type FaultPoint = { readonly events: number } | { readonly bytes: number }

/**
 * What happens there. Plain data.
 *
 * - `fin`: the connection is closed, the body's framing unfinished; `rst`: it is reset
 * - `clean-end`: the body ends as its framing says it should, only the rest of the events is missing
 * - `short-content-length`: Content-Length promised the whole, then FIN
 * - `bad-chunk-size`: the next chunk size is not a number
 * - `stall`: nothing more, the connection stays open; `comments`: nothing but a comment every `everyMs`
 * - `in-band-error`: the error as an event, then `[DONE]` if `done`, then a clean end
 * - `append`: foreign text (a proxy's error page) and a clean end
 */
export type Fault =
  | {
      readonly type: 'fin' | 'rst' | 'clean-end' | 'short-content-length' | 'bad-chunk-size' | 'stall'
      readonly after: FaultPoint
    }
  | { readonly type: 'comments'; readonly after: FaultPoint; readonly everyMs?: number }
  | {
      readonly type: 'in-band-error'
      readonly after: FaultPoint
      /** The error envelope's content. Default: a `model_overloaded` of the gateway. */
      readonly error?: { readonly type?: string; readonly code?: string | null; readonly message?: string }
      /** `data`: as a data line; `event`: as `event: error`. Default: `data`. */
      readonly framing?: 'data' | 'event'
      /** Whether `[DONE]` follows. Default: false. */
      readonly done?: boolean
    }
  | { readonly type: 'append'; readonly after: FaultPoint; readonly text: string }

/** How one request is answered. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number
  /** Added to, or replacing, `content-type: text/event-stream` and `cache-control: no-cache`. */
  readonly headers?: Readonly<Record<string, string>>
  /** A body that is no event stream: sent whole, as it is. Excludes `events`, `fixture` and `fault`. */
  readonly body?: string
  /** Default: `chunked`. */
  readonly framing?: 'chunked' | 'content-length' | 'unframed'
  /** Default: none. */
  readonly coding?: 'gzip' | 'br' | 'zstd'
  /** Events as their `data`, or with `event` and `id`. Default: those of the scenario. */
  readonly events?: readonly ScenarioEvent[]
  /** Milliseconds before the head. Default: 0. */
  readonly delayMs?: number
  /** Milliseconds between two events. Default: 0. */
  readonly paceMs?: number
  /** Cuts the body into writes of this many bytes. Default: a write an event. */
  readonly writeSize?: number
  /** Default: none, the stream is whole. */
  readonly fault?: Fault
}

export type ScenarioEvent = string | { readonly data: string; readonly event?: string; readonly id?: string }

/** What a server does with the requests that it gets, one after the other. Plain data, JSON-able. */
export interface Scenario {
  /** The whole stream, end marker included. Default: a short Chat Completion. */
  readonly events?: readonly ScenarioEvent[]
  /**
   * `true`: every event but the end marker gets an ID (1, 2, …), and a request with `Last-Event-ID` is answered from
   * the event after it. Default: false.
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
  /** Changes what the next requests get; answers are counted from the beginning again. */
  use(scenario: Scenario): void
  /** Ends all connections and the server. */
  close(): Promise<void>
}
