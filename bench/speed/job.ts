/** What a process is asked to do; its client is given when it is started. */
export type Job =
  /** Reads streams to their end, and counts: CPU time and wall time of an event once all streams are open. */
  | {
      readonly kind: 'drain'
      readonly url: string
      readonly streams: number
      /** Of one stream. */
      readonly events: number
      /** How often, one time after the other. */
      readonly times: number
      /** Events of each stream that come with its opening, which is not measured. */
      readonly opening: number
      /** The same of its end. */
      readonly closing: number
    }
  /** Opens streams and keeps them: memory of a stream. The process is of no use after it. */
  | {
      readonly kind: 'hold'
      readonly url: string
      /** A burst that the compiler works on, whose memory is none of the streams'. */
      readonly warmUp: string
      readonly streams: number
      readonly events: number
    }
  /** Reads stamped streams: how old an event is when it is delivered. */
  | {
      readonly kind: 'latency'
      readonly url: string
      readonly streams: number
      readonly events: number
    }
  /** From the call to the first event, one stream after the other. */
  | { readonly kind: 'first'; readonly url: string; readonly times: number }
  /** From the cut to the first event after it, one stream after the other. */
  | { readonly kind: 'resume'; readonly url: string; readonly times: number; readonly events: number }
  /** One long stream: what is kept alive after each tenth of it. */
  | { readonly kind: 'growth'; readonly url: string; readonly events: number }
  /** One event of so many bytes, in pieces, without a socket: time of a byte. */
  | { readonly kind: 'big-event'; readonly bytes: number; readonly piece: number }

/** What was measured, by the name of the metric. */
export type Measured = Readonly<Record<string, number>>

export type Answer = { readonly measured: Measured } | { readonly error: string }
