import {
  type Dialect,
  type DialectFacts,
  done,
  type GlancingRead,
  MAY_FAIL,
  type ServerSentEvent,
  type Verdict,
} from './dialect.ts'
import { failedData, failedEvent, isDone, mayHoldError, readErrorField } from './in-band.ts'

const facts: DialectFacts = {
  api: 'any event stream',
  end: ['data: [DONE]'],
  errors: [
    'data: {"error":{"type":"rate_limit_error","code":"rate_limit_exceeded","message":"slow down"}}',
    'data: {"error":"Input validation error","error_type":"validation"}',
    'data: {"object":"error","message":"the model does not exist","type":"NotFoundError","code":404}',
    'data: {"type":"error","code":"server_error","message":"try again"}',
    'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    'data: {"type":"error","errorText":"An error occurred."}',
    'data: {"type":"response.failed","response":{"error":{"code":"server_error","message":"try again"}}}',
    'data: {"type":"RUN_ERROR","message":"the agent failed"}',
    'data: {"event_type":"error","error":{"code":"internal","message":"try again"}}',
    'data: {"x_groq":{"error":"over capacity"}}',
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}',
    'event: error\ndata: Internal server error',
    'error: {"code":500,"message":"out of memory","type":"server_error"}',
  ],
  withoutEnd: '`stream_terminated`',
  cursor: 'the `id` field, sent back as `Last-Event-ID`',
  sources: ['https://html.spec.whatwg.org/multipage/server-sent-events.html'],
}

/**
 * The default dialect: events as they are, `[DONE]` completes, in-band errors of every known shape
 * are `stream_error`, an end without the marker is `stream_terminated`.
 *
 * The same frozen object at each call: to change it, spread it.
 */
export const rawEvents = (): Dialect<ServerSentEvent> => raw

/** The ID of an event that is sent again may be another one: what it says counts. */
export const sameEvent = (delivered: ServerSentEvent, again: ServerSentEvent): boolean =>
  delivered.event === again.event && delivered.data === again.data

/** Without the keys that are undefined, so that what a consumer prints or compares is what was sent. */
export const plain = (message: ServerSentEvent): ServerSentEvent =>
  message.id === undefined && message.event === undefined ? { data: message.data } : plainOf(message)

function plainOf({ id, event, data }: ServerSentEvent): ServerSentEvent {
  if (id === undefined) return { event: event as string, data }
  return event === undefined ? { id, data } : { id, event, data }
}

const failureIn = (event: ServerSentEvent): Verdict | undefined =>
  event.event === 'error' ? failedEvent(event) : failedData(event.data)

const read: GlancingRead<ServerSentEvent> = /* @__PURE__ */ Object.assign(
  (event: ServerSentEvent, _memory?: unknown, mayFail?: boolean) => {
    if (isDone(event.data)) return done()
    return (mayFail !== false ? failureIn(event) : undefined) ?? plain(event)
  },
  { [MAY_FAIL]: mayHoldError },
)

/** One for all streams. */
const raw: Dialect<ServerSentEvent> = /* @__PURE__ */ Object.freeze({
  name: 'raw',
  facts,
  read,
  readField: readErrorField,
  isSame: sameEvent,
})
