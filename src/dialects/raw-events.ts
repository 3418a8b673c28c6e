import { tryParse } from '../errors/envelope.ts'
import { type Dialect, done, type ServerSentEvent, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload, readErrorField } from './in-band.ts'

/**
 * Every shape of an in-band error spells one of these words at its top level. A cheap look before a
 * JSON parse: nearly no event of a healthy stream pays for one.
 */
const mayHoldError = (data: string): boolean =>
  data.charCodeAt(0) === 0x7b &&
  (data.includes('"error') || data.includes('"RUN_ERROR"') || data.includes('"response.failed"'))

/**
 * The default dialect: events as they are, `[DONE]` completes, in-band errors of every known shape
 * are `stream_error`, an end without the marker is `stream_terminated`.
 */
export function rawEvents(): Dialect<ServerSentEvent> {
  return {
    name: 'raw',
    read(event): ServerSentEvent | Verdict<ServerSentEvent> {
      const { data } = event
      if (data === '[DONE]') return done()
      if (event.event === 'error') return failedEvent(event)
      if (mayHoldError(data)) {
        const failure = failedPayload(tryParse(data))
        if (failure !== undefined) return failure
      }
      return plain(event)
    },
    readField: readErrorField,
  }
}

/** Without the keys that are undefined, so that what a consumer prints or compares is what was sent. */
export function plain({ id, event, data }: ServerSentEvent): ServerSentEvent {
  if (id === undefined) return event === undefined ? { data } : { event, data }
  return event === undefined ? { id, data } : { id, event, data }
}
