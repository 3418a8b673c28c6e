export { encodeEvent, type OutgoingEvent } from './encode-event.ts'
export type { RelaySource } from './feed.ts'
export { lastEventIdOf, type RequestHeaders } from './last-event-id.ts'
export type {
  EventStreamResponseOptions,
  RelayEventOptions,
  RelayedValue,
  RelayResponseOptions,
} from './options.ts'
export { eventStreamResponse, relayResponse } from './response.ts'
export { type RelayEvent, toRelayEvents } from './to-relay-events.ts'
