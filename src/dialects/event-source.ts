import type { Dialect, DialectFacts, ServerSentEvent } from './dialect.ts'
import { plain, sameEvent } from './raw-events.ts'

const facts: DialectFacts = {
  api: 'WHATWG EventSource',
  end: [],
  errors: [],
  withoutEnd: 'no end but a reason to reconnect; 204 in answer to that is the end, and completes',
  cursor: 'the `id` field, sent back as `Last-Event-ID`',
  sources: ['https://html.spec.whatwg.org/multipage/server-sent-events.html'],
}

/**
 * An endless feed, as the browser's EventSource reads it [whatwg]: every event is a value, the end of a response
 * means reconnect after the reconnection time with `Last-Event-ID`, and 204 is the server's way to end it for good:
 * the Observable completes.
 *
 * Retries without a limit and has no `first`, `idle` or `stall` deadline unless the config sets them.
 * Does not look for errors in events: on a feed they are the application's own.
 *
 * The same frozen object at each call: to change it, spread it.
 */
export const eventSource = (): Dialect<ServerSentEvent> => feed

/** One for all streams. */
const feed: Dialect<ServerSentEvent> = /* @__PURE__ */ Object.freeze({
  name: 'event-source',
  facts,
  read: plain,
  endless: true,
  isSame: sameEvent,
})
