import { isSseError, type SseError, type SseErrorCode, type TerminationReason } from './library.ts'
import type { Advice } from './types.ts'

const KEY = 'Check the key in the Authorization header, and that it is a key for this server.'
const REQUEST = 'Correct the request: the same one will fail again.'
const MODEL = 'Ask again in a moment, or ask another model.'
const OPERATOR = 'Tell whoever runs the gateway, with the request ID.'

/** Every code of the table, for a person who looks at the page. */
const ADVICE: Readonly<Record<SseErrorCode, Advice>> = {
  missing_api_key: {
    what: 'The server wants an API key and got none.',
    doThis: 'Add a line “Authorization: Bearer …” to the headers.',
  },
  invalid_api_key: { what: 'The server does not know this API key.', doThis: KEY },
  unauthorized: {
    what: 'The key is right, but it may not do this.',
    doThis: 'Ask for access, or use a key that has it.',
  },
  rate_limit_exceeded: { what: 'The quota is used up.', doThis: 'Wait until it resets, then ask again.' },
  invalid_request: {
    what: 'The server cannot read the request.',
    doThis: 'Check that the body is JSON, and the Content-Type header.',
  },
  invalid_argument: {
    what: 'A field of the request is missing, or does not fit the model.',
    doThis: REQUEST,
  },
  not_found: {
    what: 'There is nothing at this address.',
    doThis: 'Check the path of the URL, and the method.',
  },
  unknown_model: { what: 'The server has no model of that name.', doThis: 'Check “model” in the body.' },
  invalid_content_media: {
    what: 'An attached file cannot be processed.',
    doThis: 'Check its format and its size.',
  },
  unavailable_content_media: {
    what: 'The server cannot fetch a file that the request names.',
    doThis: 'Check that the server can reach its URL.',
  },
  unsafe_content: {
    what: 'The safety check has denied this content.',
    doThis: 'Ask something else: the same will be denied again.',
  },
  unknown_app: { what: 'The server does not know this app ID.', doThis: 'Check the app ID.' },
  invalid_app: { what: 'This app cannot be used.', doThis: 'Check the settings of the app.' },
  unsupported_interface: {
    what: 'This model does not speak this API.',
    doThis: 'Use an API that the model offers, or another model.',
  },
  unknown_workspace: { what: 'The workspace of the key cannot be found.', doThis: KEY },
  failed_request: {
    what: 'The gateway could not make sense of what it asked the model, or of its answer.',
    doThis: OPERATOR,
  },
  internal_error: { what: 'Something broke inside the gateway.', doThis: OPERATOR },
  model_server_error: { what: 'The model’s own server failed.', doThis: MODEL },
  model_overloaded: { what: 'The model has too much to do.', doThis: MODEL },
  model_unavailable: {
    what: 'The gateway cannot reach the model.',
    doThis: 'Ask another model, or tell whoever runs the gateway.',
  },
  model_timeout: { what: 'The model took too long.', doThis: MODEL },
  stream_error: {
    what: 'The server says that the stream went wrong.',
    doThis: 'What is above stands; ask again, or continue from it.',
  },
  stream_terminated: {
    what: 'The answer stopped before its end.',
    doThis: 'What is above stands, but it is not the whole; ask again, or continue from it.',
  },
  connection_failed: {
    what: 'No connection, or none that lasted until an answer.',
    doThis: 'Check host and port of the URL, and that the server runs.',
  },
  connect_timeout: {
    what: 'The server did not take the connection in time.',
    doThis: 'Check host and port; a firewall may swallow the request.',
  },
  response_timeout: {
    what: 'The server took the request and did not answer in time.',
    doThis: 'Ask again, or be more patient.',
  },
  request_timeout: { what: 'The server gave up waiting for the request.', doThis: 'Ask again.' },
  tls_failed: {
    what: 'No secure connection: the certificate is not trusted, or the server speaks no TLS.',
    doThis: 'Check https:// against http://, and the certificate.',
  },
  service_unavailable: { what: 'The service is not available just now.', doThis: 'Ask again in a moment.' },
  conflict: { what: 'What the request would make is there already.', doThis: REQUEST },
  unexpected_status: {
    what: 'The server answered with something that is neither a stream nor an error.',
    doThis: 'Check that the URL is the streaming endpoint.',
  },
  no_content: {
    what: 'The server says that there is nothing to stream.',
    doThis: 'Check the URL, or whether there is anything left to resume.',
  },
  not_event_stream: {
    what: 'The server answered, but not with an event stream.',
    doThis: 'Check the URL, and that the body asks for one: "stream": true.',
  },
  unsupported_encoding: {
    what: 'The answer is compressed in a way that cannot be undone here.',
    doThis: 'Add a line “Accept-Encoding: identity” to the headers.',
  },
  redirect_refused: {
    what: 'The server points to another address that is not safe to follow.',
    doThis: 'Use the final address.',
  },
  request_setup_failed: {
    what: 'The request could not be built.',
    doThis: 'Look at the cause: a header may hold a character that no header can carry.',
  },
  malformed_event: {
    what: 'An event is not what this wire says.',
    doThis: 'Choose the wire that the server speaks; “Raw events” shows them as they are.',
  },
  event_too_large: {
    what: 'A single event is larger than allowed.',
    doThis: 'Raise maxEventSize in your app, if such events are expected.',
  },
  resume_mismatch: {
    what: 'Asked to go on, the server did not go on where it was asked to.',
    doThis:
      'What is above stands; the server does not honour the cursor, so choose another way to go on, or start again.',
  },
  replay_mismatch: {
    what: 'Sent again, the answer was not the same.',
    doThis: 'What is above stands; start again for the other answer.',
  },
  deadline_exceeded: {
    what: 'The time for all attempts together has passed.',
    doThis: 'Raise timeout.total in your app.',
  },
  aborted: { what: 'The request was ended from this side.', doThis: 'Nothing: it was asked for.' },
}

/** What a code of the table means to a person: one sentence each. */
export const adviceOfCode = (code: SseErrorCode): Advice => ADVICE[code]

/** How a stream stopped, where the reason says more than the code. */
const REASONS: { readonly [R in TerminationReason]?: string } = {
  socket_closed: 'The connection was closed in the middle of the answer.',
  socket_reset: 'The connection was reset in the middle of the answer.',
  stream_reset: 'The server reset the stream in the middle of the answer.',
  goaway: 'The server closed the connection in the middle of the answer.',
  connection_lost: 'The connection was lost in the middle of the answer; a browser does not say how.',
  clean_end: 'The response ended politely, but without its end marker: something behind it died.',
  cut_event: 'The response ended politely in the middle of an event.',
  cut_character: 'The response ended politely in the middle of a character.',
  content_length: 'Fewer bytes came than the server had promised.',
  bad_framing: 'The framing of the response broke: what came after it is no answer.',
  bad_encoding: 'The compressed response is cut or broken.',
  first: 'Nothing came within the time that was allowed.',
  idle: 'The connection went silent, and stayed so for longer than was allowed.',
  stalled: 'Comments kept coming, but no word for longer than was allowed.',
}

const afterWait = (ms: number): string =>
  `Wait ${Math.ceil(ms / 1000)} s before you ask again: the server asks for that.`

/**
 * What an error means and what to do, in plain words.
 *
 * @param error - an {@link SseError}; anything else is told as it is
 */
export function adviceFor(error: unknown): Advice {
  if (!isSseError(error)) {
    const said = error instanceof Error ? error.message : String(error)
    return {
      what: `This could not be run: ${said}`,
      doThis: 'Correct the settings; if they are right, this is a mistake of the page.',
    }
  }
  const row = ADVICE[error.code] ?? { what: error.message, doThis: 'Look at the fields of the error.' }
  const isReason = error.kind === 'stream_terminated' && error.code === 'stream_terminated'
  const what = (isReason ? REASONS[error.reason] : undefined) ?? row.what
  const { retryAfterMs } = error
  const doThis =
    error.retryable && retryAfterMs !== undefined && retryAfterMs > 0 ? afterWait(retryAfterMs) : row.doThis
  const { hint } = error
  return hint === undefined ? { what, doThis } : { what, doThis, hint }
}
