/**
 * The error codes, as rows. A code is looked up, never subclassed: `code` says what happened,
 * its row says whether the same request may be tried again and what a person can do about it.
 */
export interface CodeRow {
  /** May the same request be tried again and be expected to succeed? `Retry-After` and its kin overrule it. */
  readonly retryable: boolean
  /** Whose fault it is; stands in for the server's own `type` where it sent none. */
  readonly type: 'authentication' | 'client_error' | 'gateway_error' | 'model_error' | 'transport_error'
  readonly meaning: string
  /** One sentence: what to do about it. */
  readonly remedy: string
}

const KEY = 'Check the API key and the header it is sent in.'
const REQUEST = 'Correct the request; the same one will fail again.'
const MODEL = 'Try again after a short wait, or use another model.'

/** The 23 codes of the gateway, with the gateway's own verdict on trying again. */
export const gatewayCodes = {
  missing_api_key: {
    retryable: false,
    type: 'authentication',
    meaning: 'no API key for a secured endpoint',
    remedy: KEY,
  },
  invalid_api_key: {
    retryable: false,
    type: 'authentication',
    meaning: 'the API key is malformed or invalid',
    remedy: KEY,
  },
  unauthorized: {
    retryable: false,
    type: 'authentication',
    meaning: 'authenticated, but without permission for the resource',
    remedy: 'Ask for access to this resource, or use a key that has it.',
  },
  rate_limit_exceeded: {
    retryable: true,
    type: 'client_error',
    meaning: 'the quota is used up',
    remedy: 'Wait until the quota resets (retryAfterMs, where the server said when), then try again.',
  },
  invalid_request: {
    retryable: false,
    type: 'client_error',
    meaning: 'the size, format or content type of the request cannot be parsed',
    remedy: REQUEST,
  },
  invalid_argument: {
    retryable: false,
    type: 'client_error',
    meaning: 'a field is missing or not compatible with the API or the model',
    remedy: REQUEST,
  },
  not_found: {
    retryable: false,
    type: 'client_error',
    meaning: 'no such endpoint or resource',
    remedy: 'Check the path of the URL and the method (-X).',
  },
  unknown_model: {
    retryable: false,
    type: 'client_error',
    meaning: 'no model of that name',
    remedy: 'Check the name of the model.',
  },
  invalid_content_media: {
    retryable: false,
    type: 'client_error',
    meaning: 'attached media cannot be processed',
    remedy: 'Check the format and the size of the attached media.',
  },
  unavailable_content_media: {
    retryable: false,
    type: 'client_error',
    meaning: 'remote media cannot be fetched',
    remedy: 'Check that the server can reach the URL of the media.',
  },
  unsafe_content: {
    retryable: false,
    type: 'client_error',
    meaning: 'denied by the safety check of the content',
    remedy: REQUEST,
  },
  unknown_app: {
    retryable: false,
    type: 'client_error',
    meaning: 'the app ID is unknown',
    remedy: 'Check the app ID.',
  },
  invalid_app: {
    retryable: false,
    type: 'client_error',
    meaning: 'the app cannot be used',
    remedy: 'Check the settings of the app.',
  },
  unsupported_interface: {
    retryable: false,
    type: 'client_error',
    meaning: 'the API (chat, say) is not available for this model',
    remedy: 'Use an API that the model offers, or another model.',
  },
  unknown_workspace: {
    retryable: false,
    type: 'gateway_error',
    meaning: 'the workspace of the API key cannot be found',
    remedy: KEY,
  },
  failed_request: {
    retryable: false,
    type: 'gateway_error',
    meaning: 'building the model request or parsing its answer failed',
    remedy: 'Report it to the operator of the gateway, with the request ID.',
  },
  internal_error: {
    retryable: false,
    type: 'gateway_error',
    meaning: 'an unexpected error inside the gateway',
    remedy: 'Report it to the operator of the gateway, with the request ID.',
  },
  model_server_error: {
    retryable: true,
    type: 'model_error',
    meaning: 'the model answered with a server error',
    remedy: MODEL,
  },
  model_overloaded: {
    retryable: true,
    type: 'model_error',
    meaning: 'the model is overloaded',
    remedy: MODEL,
  },
  model_unavailable: {
    retryable: false,
    type: 'model_error',
    meaning: 'the gateway cannot reach the model',
    remedy: 'Use another model, or report it to the operator of the gateway.',
  },
  model_timeout: {
    retryable: true,
    type: 'model_error',
    meaning: 'the request to the model timed out',
    remedy: MODEL,
  },
  stream_error: {
    retryable: true,
    type: 'model_error',
    meaning: 'an error while streaming from the model to the client',
    remedy: 'What arrived before it stands; ask again, or continue from it.',
  },
  stream_terminated: {
    retryable: true,
    type: 'model_error',
    meaning: "the stream ended unexpectedly on the model's side",
    remedy: 'What arrived before it stands, but it is not the whole; ask again, or continue from it.',
  },
} as const satisfies Record<string, CodeRow>

/** Rows of our own, for what the gateway's table has no word for. */
export const ownCodes = {
  connection_failed: {
    retryable: true,
    type: 'transport_error',
    meaning: 'the server could not be reached, or hung up before it answered',
    remedy: 'Check the host and the port, and that the server is running.',
  },
  connect_timeout: {
    retryable: true,
    type: 'transport_error',
    meaning: 'no connection within timeout.connect',
    remedy: 'Check the host and the port, or raise timeout.connect.',
  },
  response_timeout: {
    retryable: true,
    type: 'transport_error',
    meaning: 'no response within timeout.first',
    remedy: 'Raise timeout.first if the server is known to take that long.',
  },
  request_timeout: {
    retryable: true,
    type: 'client_error',
    meaning: 'the server gave up waiting for the request (HTTP 408)',
    remedy: 'Try again.',
  },
  tls_failed: {
    retryable: false,
    type: 'transport_error',
    meaning: "the server's TLS certificate was refused, or it does not speak TLS",
    remedy: 'Check https:// against http://, and the certificate; a private CA goes into the dispatcher.',
  },
  service_unavailable: {
    retryable: true,
    type: 'gateway_error',
    meaning: 'temporarily unavailable (HTTP 502, 503 or 425)',
    remedy: 'Try again after a short wait.',
  },
  conflict: {
    retryable: false,
    type: 'client_error',
    meaning: 'the resource already exists (HTTP 409)',
    remedy: REQUEST,
  },
  unexpected_status: {
    retryable: false,
    type: 'client_error',
    meaning: 'a status that is neither a stream nor an error',
    remedy: 'Check that the URL is the streaming endpoint.',
  },
  no_content: {
    retryable: false,
    type: 'client_error',
    meaning: 'the server has nothing to stream (HTTP 204)',
    remedy: 'Check the URL, or whether there is anything to resume.',
  },
  not_event_stream: {
    retryable: false,
    type: 'client_error',
    meaning: 'a 200 answer that is not text/event-stream',
    remedy: 'Check the URL, and that the request asks for a stream ("stream": true).',
  },
  unsupported_encoding: {
    retryable: false,
    type: 'transport_error',
    meaning: 'a content coding that cannot be decoded',
    remedy: 'Send accept-encoding: identity, or one of gzip, br, zstd.',
  },
  redirect_refused: {
    retryable: false,
    type: 'transport_error',
    meaning: 'a redirect that cannot or must not be followed',
    remedy: 'Use the final URL.',
  },
  request_setup_failed: {
    retryable: false,
    type: 'client_error',
    meaning:
      'the request could not be built: a header cannot be sent, or the headers function, the resume strategy or the delay function failed',
    remedy: 'Look at the cause.',
  },
  malformed_event: {
    retryable: false,
    type: 'gateway_error',
    meaning: 'an event whose data is not what its dialect says',
    remedy: 'Check that the dialect fits the server.',
  },
  event_too_large: {
    retryable: false,
    type: 'client_error',
    meaning: 'an event larger than maxEventSize',
    remedy: 'Raise maxEventSize if such events are expected.',
  },
  resume_mismatch: {
    retryable: false,
    type: 'gateway_error',
    meaning: 'asked to resume, the server did not go on where it was asked to',
    remedy:
      'The server does not honour Last-Event-ID; set resume: "never" or another strategy, or start again by choice.',
  },
  replay_mismatch: {
    retryable: false,
    type: 'gateway_error',
    meaning: 'sent again from its beginning, the stream was not the same',
    remedy:
      'Look at mismatch: both sides of the first difference. What arrived before stands; start again by choice.',
  },
  deadline_exceeded: {
    retryable: false,
    type: 'client_error',
    meaning: 'timeout.total has passed',
    remedy: 'Raise timeout.total, or set it to 0.',
  },
  aborted: {
    retryable: false,
    type: 'client_error',
    meaning: "the caller's signal was aborted",
    remedy: 'Nothing: it was asked for.',
  },
} as const satisfies Record<string, CodeRow>

/** A code of the gateway's table. */
export type GatewayCode = keyof typeof gatewayCodes
/** A code of our own, where the gateway's table has none. */
export type OwnCode = keyof typeof ownCodes
/** Every value that {@link SseError.code} can have. */
export type SseErrorCode = GatewayCode | OwnCode

const rows: Readonly<Record<string, CodeRow>> = { ...gatewayCodes, ...ownCodes }

export const isCode = (name: unknown): name is SseErrorCode =>
  typeof name === 'string' && Object.hasOwn(rows, name)

export const rowOf = (code: SseErrorCode): CodeRow => rows[code] as CodeRow
