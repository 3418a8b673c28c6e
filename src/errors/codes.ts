/**
 * The error codes, as rows. A code is looked up, never subclassed: `code` says what happened,
 * its row says whether the same request may be tried again. What a person can do about it is in code-table.ts: a page that
 * shows its own words need not load ours.
 */
export interface CodeFacts {
  /** May the same request be tried again and be expected to succeed? `Retry-After` and its kin overrule it. */
  readonly retryable: boolean
  /** Whose fault it is; stands in for the server's own `type` where it sent none. */
  readonly type: 'authentication' | 'client_error' | 'gateway_error' | 'model_error' | 'transport_error'
}

/** With the gateway's own verdict on trying again. */
export const gatewayFacts = {
  missing_api_key: { retryable: false, type: 'authentication' },
  invalid_api_key: { retryable: false, type: 'authentication' },
  unauthorized: { retryable: false, type: 'authentication' },
  rate_limit_exceeded: { retryable: true, type: 'client_error' },
  invalid_request: { retryable: false, type: 'client_error' },
  invalid_argument: { retryable: false, type: 'client_error' },
  not_found: { retryable: false, type: 'client_error' },
  unknown_model: { retryable: false, type: 'client_error' },
  invalid_content_media: { retryable: false, type: 'client_error' },
  unavailable_content_media: { retryable: false, type: 'client_error' },
  unsafe_content: { retryable: false, type: 'client_error' },
  unknown_app: { retryable: false, type: 'client_error' },
  invalid_app: { retryable: false, type: 'client_error' },
  unsupported_interface: { retryable: false, type: 'client_error' },
  unknown_workspace: { retryable: false, type: 'gateway_error' },
  failed_request: { retryable: false, type: 'gateway_error' },
  internal_error: { retryable: false, type: 'gateway_error' },
  model_server_error: { retryable: true, type: 'model_error' },
  model_overloaded: { retryable: true, type: 'model_error' },
  model_unavailable: { retryable: false, type: 'model_error' },
  model_timeout: { retryable: true, type: 'model_error' },
  stream_error: { retryable: true, type: 'model_error' },
  stream_terminated: { retryable: true, type: 'model_error' },
} as const satisfies Record<string, CodeFacts>

export const ownFacts = {
  connection_failed: { retryable: true, type: 'transport_error' },
  connect_timeout: { retryable: true, type: 'transport_error' },
  response_timeout: { retryable: true, type: 'transport_error' },
  request_timeout: { retryable: true, type: 'client_error' },
  tls_failed: { retryable: false, type: 'transport_error' },
  service_unavailable: { retryable: true, type: 'gateway_error' },
  conflict: { retryable: false, type: 'client_error' },
  unexpected_status: { retryable: false, type: 'client_error' },
  no_content: { retryable: false, type: 'client_error' },
  not_event_stream: { retryable: false, type: 'client_error' },
  unsupported_encoding: { retryable: false, type: 'transport_error' },
  redirect_refused: { retryable: false, type: 'transport_error' },
  request_setup_failed: { retryable: false, type: 'client_error' },
  malformed_event: { retryable: false, type: 'gateway_error' },
  event_too_large: { retryable: false, type: 'client_error' },
  resume_mismatch: { retryable: false, type: 'gateway_error' },
  replay_mismatch: { retryable: false, type: 'gateway_error' },
  deadline_exceeded: { retryable: false, type: 'client_error' },
  aborted: { retryable: false, type: 'client_error' },
} as const satisfies Record<string, CodeFacts>

/** A code of the gateway's table. */
export type GatewayCode = keyof typeof gatewayFacts
/** A code of our own, where the gateway's table has none. */
export type OwnCode = keyof typeof ownFacts
/** Every value that {@link SseError.code} can have. */
export type SseErrorCode = GatewayCode | OwnCode

const rows: Readonly<Record<string, CodeFacts>> = /* @__PURE__ */ Object.assign({}, gatewayFacts, ownFacts)

export const isCode = (name: unknown): name is SseErrorCode =>
  typeof name === 'string' && Object.hasOwn(rows, name)

export const rowOf = (code: SseErrorCode): CodeFacts => rows[code] as CodeFacts
