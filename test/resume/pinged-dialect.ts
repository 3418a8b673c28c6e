import { type Dialect, done, ignored, rawEvents, type ServerSentEvent } from '../../src/index.ts'

/** Pings with IDs between the values. */
export const pinged = (): Dialect<ServerSentEvent> => ({
  ...rawEvents(),
  read: (event) => (event.event === 'ping' ? ignored : event.data === '[DONE]' ? done() : event),
})
