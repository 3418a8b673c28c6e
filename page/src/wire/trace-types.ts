import type { TransportFailure } from './library.ts'

/** What is known of a request without its secrets. */
export interface TracedRequest {
  readonly method: string
  /** Origin and path; `?…` where there is a query. */
  readonly url: string
  /** Values of secrets are `•••`. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly bodyBytes: number
}

/** One thing that a transport told or was told. `at`: milliseconds since the run began. */
export type TraceEntry = { readonly at: number } & (
  | { readonly type: 'request'; readonly request: TracedRequest }
  | { readonly type: 'connected' }
  | { readonly type: 'connecting' }
  | {
      readonly type: 'head'
      readonly status: number
      readonly contentType: string | undefined
      readonly ok: boolean
    }
  /** `bytes` are a copy. */
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'failure'; readonly failure: TransportFailure }
  /** Ended by the client: a time-out, a stop, an error that it has read. */
  | { readonly type: 'abort' }
  /** Left by the client, which has all it wants. */
  | { readonly type: 'release' }
)

/** Where a tracing transport writes. */
export type Trace = (entry: TraceEntry) => void
