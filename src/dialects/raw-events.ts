import { type Dialect, done, type ServerSentEvent, type Verdict } from './dialect.ts'
import { failedData, failedEvent, isDone, readErrorField } from './in-band.ts'

/**
 * The default dialect: events as they are, `[DONE]` completes, in-band errors of every known shape
 * are `stream_error`, an end without the marker is `stream_terminated`.
 */
export function rawEvents(): Dialect<ServerSentEvent> {
  return {
    name: 'raw',
    read(event): ServerSentEvent | Verdict<ServerSentEvent> {
      const { data } = event
      if (isDone(data)) return done()
      if (event.event === 'error') return failedEvent(event)
      return failedData(data) ?? plain(event)
    },
    readField: readErrorField,
    isSame: sameEvent,
  }
}

/** The ID of an event that is sent again may be another one: what it says counts. */
export const sameEvent = (delivered: ServerSentEvent, again: ServerSentEvent): boolean =>
  delivered.event === again.event && delivered.data === again.data

/** Without the keys that are undefined, so that what a consumer prints or compares is what was sent. */
export function plain({ id, event, data }: ServerSentEvent): ServerSentEvent {
  if (id === undefined) return event === undefined ? { data } : { event, data }
  return event === undefined ? { id, data } : { id, event, data }
}
