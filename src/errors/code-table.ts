import {
  type CodeFacts,
  type GatewayCode,
  gatewayFacts,
  type OwnCode,
  ownFacts,
  type SseErrorCode,
} from './codes.ts'

interface CodeWords {
  readonly meaning: string
  /** One sentence: what to do about it. */
  readonly remedy: string
}

/** What happened, whether it may be tried again, and what a person can do about it. */
export interface CodeRow extends CodeFacts, CodeWords {}

const KEY = 'Check the API key and the header it is sent in.'
const REQUEST = 'Correct the request; the same one will fail again.'
const MODEL = 'Try again after a short wait, or use another model.'

const gatewayWords: Readonly<Record<GatewayCode, CodeWords>> = {
  missing_api_key: {
    meaning: 'no API key for a secured endpoint',
    remedy: KEY,
  },
  invalid_api_key: {
    meaning: 'the API key is malformed or invalid',
    remedy: KEY,
  },
  unauthorized: {
    meaning: 'authenticated, but without permission for the resource',
    remedy: 'Ask for access to this resource, or use a key that has it.',
  },
  rate_limit_exceeded: {
    meaning: 'the quota is used up',
    remedy: 'Wait until the quota resets (retryAfterMs, where the server said when), then try again.',
  },
  invalid_request: {
    meaning: 'the size, format or content type of the request cannot be parsed',
    remedy: REQUEST,
  },
  invalid_argument: {
    meaning: 'a field is missing or not compatible with the API or the model',
    remedy: REQUEST,
  },
  not_found: {
    meaning: 'no such endpoint or resource',
    remedy: 'Check the path of the URL and the method (-X).',
  },
  unknown_model: {
    meaning: 'no model of that name',
    remedy: 'Check the name of the model.',
  },
  invalid_content_media: {
    meaning: 'attached media cannot be processed',
    remedy: 'Check the format and the size of the attached media.',
  },
  unavailable_content_media: {
    meaning: 'remote media cannot be fetched',
    remedy: 'Check that the server can reach the URL of the media.',
  },
  unsafe_content: {
    meaning: 'denied by the safety check of the content',
    remedy: REQUEST,
  },
  unknown_app: {
    meaning: 'the app ID is unknown',
    remedy: 'Check the app ID.',
  },
  invalid_app: {
    meaning: 'the app cannot be used',
    remedy: 'Check the settings of the app.',
  },
  unsupported_interface: {
    meaning: 'the API (chat, say) is not available for this model',
    remedy: 'Use an API that the model offers, or another model.',
  },
  unknown_workspace: {
    meaning: 'the workspace of the API key cannot be found',
    remedy: KEY,
  },
  failed_request: {
    meaning: 'building the model request or parsing its answer failed',
    remedy: 'Report it to the operator of the gateway, with the request ID.',
  },
  internal_error: {
    meaning: 'an unexpected error inside the gateway',
    remedy: 'Report it to the operator of the gateway, with the request ID.',
  },
  model_server_error: {
    meaning: 'the model answered with a server error',
    remedy: MODEL,
  },
  model_overloaded: {
    meaning: 'the model is overloaded',
    remedy: MODEL,
  },
  model_unavailable: {
    meaning: 'the gateway cannot reach the model',
    remedy: 'Use another model, or report it to the operator of the gateway.',
  },
  model_timeout: {
    meaning: 'the request to the model timed out',
    remedy: MODEL,
  },
  stream_error: {
    meaning: 'an error while streaming from the model to the client',
    remedy: 'What arrived before it stands; ask again, or continue from it.',
  },
  stream_terminated: {
    meaning: "the stream ended unexpectedly on the model's side",
    remedy: 'What arrived before it stands, but it is not the whole; ask again, or continue from it.',
  },
}

const ownWords: Readonly<Record<OwnCode, CodeWords>> = {
  connection_failed: {
    meaning: 'the server could not be reached, or hung up before it answered',
    remedy: 'Check the host and the port, and that the server is running.',
  },
  connect_timeout: {
    meaning: 'no connection within timeout.connect',
    remedy: 'Check the host and the port, or raise timeout.connect.',
  },
  response_timeout: {
    meaning: 'no response within timeout.first',
    remedy: 'Raise timeout.first if the server is known to take that long.',
  },
  request_timeout: {
    meaning: 'the server gave up waiting for the request (HTTP 408)',
    remedy: 'Try again.',
  },
  tls_failed: {
    meaning: "the server's TLS certificate was refused, or it does not speak TLS",
    remedy: 'Check https:// against http://, and the certificate; a private CA goes into the dispatcher.',
  },
  service_unavailable: {
    meaning: 'temporarily unavailable (HTTP 502, 503 or 425)',
    remedy: 'Try again after a short wait.',
  },
  conflict: {
    meaning: 'the resource already exists (HTTP 409)',
    remedy: REQUEST,
  },
  unexpected_status: {
    meaning: 'a status that is neither a stream nor an error',
    remedy: 'Check that the URL is the streaming endpoint.',
  },
  no_content: {
    meaning: 'the server has nothing to stream (HTTP 204)',
    remedy: 'Check the URL, or whether there is anything to resume.',
  },
  not_event_stream: {
    meaning: 'a 200 answer that is not text/event-stream',
    remedy: 'Check the URL, and that the request asks for a stream ("stream": true).',
  },
  unsupported_encoding: {
    meaning: 'a content coding that cannot be decoded',
    remedy: 'Send accept-encoding: identity, or one of gzip, br, zstd.',
  },
  redirect_refused: {
    meaning: 'a redirect that cannot or must not be followed',
    remedy: 'Use the final URL.',
  },
  request_setup_failed: {
    meaning:
      'the request could not be built: a header cannot be sent, or the headers function, the resume strategy or the delay function failed',
    remedy: 'Look at the cause.',
  },
  malformed_event: {
    meaning: 'an event whose data is not what its dialect says',
    remedy: 'Check that the dialect fits the server.',
  },
  event_too_large: {
    meaning: 'an event larger than maxEventSize',
    remedy: 'Raise maxEventSize if such events are expected.',
  },
  resume_mismatch: {
    meaning: 'asked to resume, the server did not go on where it was asked to',
    remedy:
      'The server does not honour Last-Event-ID; set resume: "never" or another strategy, or start again by choice.',
  },
  replay_mismatch: {
    meaning: 'sent again from its beginning, the stream was not the same',
    remedy:
      'Look at mismatch: both sides of the first difference. What arrived before stands; start again by choice.',
  },
  deadline_exceeded: {
    meaning: 'timeout.total has passed',
    remedy: 'Raise timeout.total, or set it to 0.',
  },
  aborted: {
    meaning: "the caller's signal was aborted",
    remedy: 'Nothing: it was asked for.',
  },
}

const table = <C extends string>(
  facts: Readonly<Record<C, CodeFacts>>,
  words: Readonly<Record<C, CodeWords>>,
): Readonly<Record<C, CodeRow>> =>
  Object.fromEntries(
    (Object.keys(facts) as C[]).map((code) => [code, { ...facts[code], ...words[code] }]),
  ) as Record<C, CodeRow>

/** The 23 codes of the gateway, with the gateway's own verdict on trying again. */
export const gatewayCodes: Readonly<Record<GatewayCode, CodeRow>> = /* @__PURE__ */ table(
  gatewayFacts,
  gatewayWords,
)

/** Rows of our own, for what the gateway's table has no word for. */
export const ownCodes: Readonly<Record<OwnCode, CodeRow>> = /* @__PURE__ */ table(ownFacts, ownWords)

export const wordsOf = (code: SseErrorCode): CodeWords =>
  (gatewayWords as Partial<Record<string, CodeWords>>)[code] ??
  ((ownWords as Record<string, CodeWords>)[code] as CodeWords)
