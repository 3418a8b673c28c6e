import type { Surroundings } from './event-stream.ts'
import {
  type EventStreamSignals,
  eventStreamSignalsIn,
  type FromEventStream,
  fromEventStreamIn,
  type ToAsyncIterable,
  toAsyncIterableIn,
} from './faces.ts'
import { fetchTransport } from './transport/fetch.ts'
import { NO_UNDICI } from './transport/no-undici.ts'

export * from './names.ts'
export { undiciTransport } from './transport/no-undici.ts'

/** Where there is no undici, `fetch` sends. A page has a URL of its own, a worker that of its script. */
const web: Surroundings = {
  transportFor({ dispatcher }) {
    if (dispatcher !== undefined) throw new TypeError(`dispatcher: ${NO_UNDICI}`)
    return fetchTransport()
  },
  baseUrl() {
    const { document, location } = globalThis as Partial<Page>
    return document?.baseURI ?? location?.href
  },
}

interface Page {
  readonly document: { readonly baseURI: string }
  readonly location: { readonly href: string }
}

export const fromEventStream: FromEventStream = /* @__PURE__ */ fromEventStreamIn(web)
export const eventStreamSignals: EventStreamSignals = /* @__PURE__ */ eventStreamSignalsIn(web)
export const toAsyncIterable: ToAsyncIterable = /* @__PURE__ */ toAsyncIterableIn(web)
