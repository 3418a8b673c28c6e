/** `POST /api/scenario`. */
export interface ScenarioOrder {
  /** As the fault kit's `assertScenario` takes it; `{ file }` fixtures are refused. `'nobody'`: a port at which nobody listens. */
  readonly scenario: unknown
  /** Where the endpoint is, below the run: `/v1/chat/completions`. */
  readonly path: string
}

/** Its answer. */
export interface ScenarioPlace {
  /** Absolute, of the embedded gateway; readable by this page. */
  readonly url: string
}

/** `POST /api/relay`: the request that the local server is to send. */
export interface RelayOrder {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Base64. */
  readonly body?: string
  readonly sensitiveHeaders?: readonly string[]
}

/** A line of its answer: what the transport told. Exactly one of `end` and `failure` is the last. */
export type RelayFrame =
  | { readonly connected: true }
  | { readonly connecting: true }
  | { readonly received: true }
  | { readonly head: { readonly status: number; readonly headers: readonly (readonly [string, string])[] } }
  /** Base64. */
  | { readonly chunk: string }
  | { readonly end: true }
  | {
      readonly failure: {
        readonly code: string
        readonly message: string
        readonly hint?: string
        readonly reason?: string
        readonly retryable?: boolean
        /** Name and words of the transport's own error. */
        readonly cause?: string
      }
    }

/** What the local server answers to what it refuses. */
export interface ApiRefusal {
  readonly error: { readonly code: string; readonly message: string }
}
