import { refuseUnknown, show } from '../errors/options.ts'
import type { ValueSignal } from '../session/signal.ts'
import type { StreamSignal } from '../stream-signal.ts'
import { encodeEvent, type OutgoingEvent } from './encode-event.ts'
import type { MessageOf } from './public-error.ts'

/** What an item of a source is about: the value of a signal, else the item itself. */
export type RelayedValue<T> =
  T extends ValueSignal<infer V>
    ? V
    : T extends Exclude<StreamSignal<unknown>, ValueSignal<unknown>>
      ? never
      : T

/** Whatever a `Headers` is made of. */
type ResponseHeaders = ConstructorParameters<typeof Headers>[0]

/** How values become events, and what readers are told of an end. */
export interface RelayEventOptions<V> {
  /**
   * A value as an event. Default: what is an event already (an object with text as its `data`, and nothing but `id`,
   * `event`, `retry` and `comment` beside it) as it is; anything else as JSON.
   */
  event?: ((value: V) => OutgoingEvent) | undefined
  /**
   * What is written once the source completes, so that a reader can tell the end from a cut: the data of an event, or an
   * event. `false`: nothing, for wires without a marker, or with one that is a value. Default: `[DONE]`.
   */
  done?: string | OutgoingEvent | false | undefined
  /**
   * After so many milliseconds of silence a comment is written, so that no proxy and no deadline takes the stream for
   * dead; one stands at the beginning, too, since many servers send no head without a body. 0: none. Default: 15,000.
   */
  heartbeatMs?: number | undefined
  /**
   * What readers are told of an error, where it is to be more than the meaning of its row in the table of errors. Gets
   * whatever the source has failed with. Does not hide secrets: what it returns is sent. Default: the meaning of the row.
   */
  message?: MessageOf | undefined
  /** Gets the error itself: for your log. Also of a failure of the relay's own, a value that is no JSON, say. Default: none. */
  onError?: ((error: unknown) => void) | undefined
}

export interface EventStreamResponseOptions<V> extends RelayEventOptions<V> {
  /**
   * Most bytes that may wait for a reader who is slower than an Observable; then the source is unsubscribed, and what waits
   * is followed by a `stream_error`. One event always may. Does not matter to an AsyncIterable, which waits for its
   * reader. Default: 1 Mi.
   */
  maxBuffered?: number | undefined
  /** Aborted once the reader has gone: `request.signal`. Only needed where the server does not cancel the body of a response then. */
  signal?: AbortSignal | undefined
  /** More header fields of the response; they replace those of the same name, but `content-type`. */
  headers?: ResponseHeaders
}

export interface RelayResponseOptions<V> extends EventStreamResponseOptions<V> {
  /**
   * How many milliseconds the response is held back at most, for a first value or a failure that has a status of its own.
   * Default: 10,000.
   */
  holdMs?: number | undefined
}

/** As {@link RelayResponseOptions}, checked and complete. */
export interface RelayPlan<V> {
  readonly event: ((value: V) => OutgoingEvent) | undefined
  readonly done: OutgoingEvent | undefined
  readonly heartbeatMs: number
  readonly message: MessageOf | undefined
  readonly onError: ((error: unknown) => void) | undefined
  readonly maxBuffered: number
  readonly signal: AbortSignal | undefined
  readonly headers: Headers
  readonly holdMs: number
}

const EVENT_OPTIONS = { event: true, done: true, heartbeatMs: true, message: true, onError: true }
const RESPONSE_OPTIONS = { ...EVENT_OPTIONS, maxBuffered: true, signal: true, headers: true }

const KNOWN = {
  toRelayEvents: EVENT_OPTIONS,
  eventStreamResponse: RESPONSE_OPTIONS,
  relayResponse: { ...RESPONSE_OPTIONS, holdMs: true },
}

/** Longer waits than this are none: `setTimeout` takes them for 1 ms. */
const MAX_MS = 2_147_483_647

/** @throws TypeError for a wrong option */
export function relayPlan<V>(options: RelayResponseOptions<V>, where: keyof typeof KNOWN): RelayPlan<V> {
  refuseUnknown(options, KNOWN[where], where)
  const { event, message, onError, signal, headers } = options
  const { done = '[DONE]', heartbeatMs = 15_000, maxBuffered = 1_048_576, holdMs = 10_000 } = options
  for (const [name, value] of Object.entries({ event, message, onError })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new TypeError(`${where}: ${name} must be a function, not ${show(value)}.`)
    }
  }
  for (const [name, value] of Object.entries({ heartbeatMs, holdMs, maxBuffered })) {
    if (!(typeof value === 'number' && value >= 0)) {
      throw new TypeError(`${where}: ${name} must be a number from 0 up, not ${show(value)}.`)
    }
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`${where}: signal must be an AbortSignal, not ${show(signal)}.`)
  }
  return {
    event,
    done: doneOf(done, where),
    // Infinity is none, as in every other option of a time.
    heartbeatMs: heartbeatMs > MAX_MS ? 0 : heartbeatMs,
    message,
    onError,
    maxBuffered,
    signal,
    headers: headersOf(headers, where),
    holdMs: Math.min(holdMs, MAX_MS),
  }
}

/** Here, since nobody hears of a throw after the source has begun. The value is not repeated: it may be a secret. */
function headersOf(headers: ResponseHeaders, where: string): Headers {
  try {
    return new Headers(headers)
  } catch {
    throw new TypeError(
      `${where}: headers must be what new Headers() takes, names and values that can be sent.`,
    )
  }
}

function doneOf(done: string | OutgoingEvent | false, where: string): OutgoingEvent | undefined {
  if (done === false) return undefined
  if (typeof done !== 'string' && (typeof done !== 'object' || done === null)) {
    throw new TypeError(`${where}: done must be text, an event or false, not ${show(done)}.`)
  }
  const event = typeof done === 'string' ? { data: done } : done
  try {
    encodeEvent(event)
  } catch (error) {
    throw new TypeError(`${where}: done: ${(error as Error).message}`)
  }
  return event
}
