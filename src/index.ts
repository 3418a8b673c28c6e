import { publishLife } from './diagnostics/channels.ts'
import type { Surroundings } from './event-stream.ts'
import {
  type EventStreamSignals,
  eventStreamSignalsIn,
  type FromEventStream,
  fromEventStreamIn,
  type ToAsyncIterable,
  toAsyncIterableIn,
} from './faces.ts'
import { undiciTransport } from './transport/undici.ts'

export * from './names.ts'
export { undiciTransport }

/** Under Node undici sends, and `node:diagnostics_channel` tells. A server has no URL of its own. */
const node: Surroundings = {
  transportFor: ({ dispatcher }) => undiciTransport(dispatcher),
  baseUrl: () => undefined,
  monitor: publishLife,
}

export const fromEventStream: FromEventStream = /* @__PURE__ */ fromEventStreamIn(node)
export const eventStreamSignals: EventStreamSignals = /* @__PURE__ */ eventStreamSignalsIn(node)
export const toAsyncIterable: ToAsyncIterable = /* @__PURE__ */ toAsyncIterableIn(node)
