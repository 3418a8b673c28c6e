import type { UpstreamError } from '../errors/failure.ts'
import type { HeaderLookup } from '../errors/header-lookup.ts'
import type { Message } from '../messages/message.ts'
import type { StreamRequest, StreamRequestChange } from './stream-request.ts'

/** One event of an event stream. */
export interface ServerSentEvent {
  /**
   * The last event ID as of this event [whatwg]: its own `id` field, or that of an earlier event;
   * absent while there is none, and after an empty `id` field has reset it.
   */
  readonly id?: string
  /** The `event` field; absent where the server sent none (a browser calls that "message"). */
  readonly event?: string
  /** The `data` lines, joined with LF. */
  readonly data: string
}

const BRAND = Symbol.for('rx-sse.verdict')
const PING = Symbol.for('rx-sse.ping')

/** What a dialect says of an event that is no value. Made by {@link done} and {@link failed}, or {@link ignored} or {@link ping} itself. */
export class Verdict<T = never> {
  readonly type: 'done' | 'failed' | 'ignored'
  readonly value: T | undefined
  readonly hasValue: boolean
  readonly upstream: UpstreamError | undefined

  constructor(type: Verdict['type'], hasValue: boolean, value?: T, upstream?: UpstreamError) {
    this.type = type
    this.hasValue = hasValue
    this.value = value
    this.upstream = upstream
    // Not enumerable, so that a printed verdict does not show it. Not in a static block, which no bundler leaves out.
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Is this a verdict, of whatever copy of rx-sse? A dialect may come in a package that has one of its own. */
export const isVerdict = <T>(reading: T | Verdict<T>): reading is Verdict<T> =>
  typeof reading === 'object' && reading !== null && (reading as { [BRAND]?: unknown })[BRAND] === true

const DONE: Verdict<never> = /* @__PURE__ */ new Verdict<never>('done', false)

/** The end marker: the stream is whole. With an argument, the marker is a value too and is delivered first. */
export function done(): Verdict<never>
export function done<T>(value: T): Verdict<T>
export function done<T>(...value: [] | [T]): Verdict<T> {
  return value.length === 0 ? DONE : new Verdict('done', true, value[0])
}

/** The server reports an error: the stream ends with a `stream_error`. */
export const failed = (upstream: UpstreamError): Verdict<never> =>
  new Verdict<never>('failed', false, undefined, upstream)

/**
 * Not for the consumer. Its `id` counts nevertheless. In a dialect with a `memory` it may have been remembered: without an
 * ID the stream cannot be resumed until one follows. Where nothing was remembered, say {@link ping}.
 */
export const ignored: Verdict<never> = /* @__PURE__ */ new Verdict<never>('ignored', false)

/** A sign of life and nothing else: {@link ignored}, and nothing of it was remembered. */
export const ping: Verdict<never> = /* @__PURE__ */ Object.defineProperty(
  /* @__PURE__ */ new Verdict<never>('ignored', false),
  PING,
  { value: true },
)

/** Is this {@link ping}, of whatever copy of rx-sse? */
export const isPing = (verdict: Verdict<unknown>): boolean => PING in verdict

/** What a dialect says of its wire: for the docs, where a test holds it against the code, and for messages. */
export interface DialectFacts {
  /** The API, as its provider calls it. */
  readonly api: string
  /** An example of each end marker, as lines of the stream. None: the wire has no marker. */
  readonly end: readonly string[]
  /** An example of each shape of an error inside the stream, as lines of the stream. */
  readonly errors: readonly string[]
  /** What an end of the response without the marker is, and what that cannot see. */
  readonly withoutEnd: string
  /** Where the events' IDs are and how the last one is sent back; or `none`. */
  readonly cursor: string
  /** Where all this is written down. */
  readonly sources: readonly string[]
}

/** The head of a response. */
export interface StreamHead {
  readonly status: number
  /** By its name in lower case. Several fields of one name are joined by `, `. */
  readonly header: HeaderLookup
}

/**
 * How one wire is read. A plain object: write your own.
 *
 * Does not touch bytes, sockets or time; what it must remember of a stream goes into `memory`.
 *
 * @typeParam T - what the consumer gets
 * @typeParam M - what is remembered between the events of one stream, across its attempts
 */
export interface Dialect<T = unknown, M = unknown> {
  readonly name: string
  readonly facts?: DialectFacts
  /**
   * One event in; out: a value for the consumer, or {@link done}, {@link failed}, {@link ignored} or {@link ping}.
   * What it throws (a `JSON.parse` that fails, say) ends the stream with `malformed_event`, the thrown error as its cause.
   */
  // A method, not a property: that keeps `Dialect<T, M>` assignable to `Dialect<T>`.
  read(event: ServerSentEvent, memory: M): T | Verdict<T>
  /** A fresh memory for a stream: kept when it is resumed, new when the request is repeated from the beginning or another answer begins. Default: none. */
  memory?(): M
  /**
   * The head of a response that is a stream, before its first event: what a resumption will need of it, the `Location` of a
   * run or the ID of an MCP session, goes into the memory. Default: nothing is needed. What it throws is a `request_setup_failed`.
   */
  readHead?(head: StreamHead, memory: M): void
  /** Names, in lower case, of headers with the server's ID for the request; looked at before the common ones, `x-request-id` say. */
  readonly requestIdHeaders?: readonly string[]
  /**
   * Whether a 200 answer in `application/json` is read, as one event with that data [mcp], and asked for by the `accept`
   * header. Not longer than `maxEventSize`. Default: false, it is a `not_event_stream`.
   */
  readonly acceptsJson?: boolean
  /** A line with a field name that the format does not know, such as `error: {…}`. Default: ignored. */
  readField?(field: string, value: string): Verdict<T>
  /**
   * Does this value count as content: for the `first` and `stall` deadlines, and as the first token? Default: every
   * value does. Values without an ID that come before the first content are held back until it comes, at most 64 of them
   * and 1 Mi characters, so that a failure in between can repeat the request; what is held is delivered before the stream's
   * own end, whatever that is. Not on an endless feed, nor without retries.
   */
  isContent?(value: T): boolean
  /**
   * The event's ID, on a wire that has it elsewhere than in the `id` field: `sequence_number` in the JSON, say.
   * An `id` field goes before it. Default: the `id` field alone. `undefined` where it could not be asked for: a value without an
   * ID does not end the time before the first content, in which a failure repeats the request.
   */
  idOf?(value: T, memory: M): string | undefined
  /**
   * What to ask, to get what comes after the event `cursor`; `undefined`: it cannot be asked for. `Last-Event-ID` is sent
   * along unless `headers` say otherwise. Asked also for a config's `lastEventId`, and any number of times at one place.
   * Default: the same request, with `Last-Event-ID` [whatwg].
   *
   * @param request - the config's; its `url` may be changed and returned
   */
  resume?(request: StreamRequest, cursor: string, memory: M): StreamRequestChange | undefined
  /** The piece of the answer's text in this value, `''` for none. Default: this wire has no text. */
  text?(value: T): string
  /** The same value with another text, for {@link continueWith}'s `overlap`. Does not change the value given. */
  withText?(value: T, text: string): T
  /**
   * Are these the same part of two equal answers? For {@link replay}: what differs between two runs by itself, an ID or a
   * time, is to be passed over. Default: equal structure.
   */
  isSame?(delivered: T, again: T): boolean
  /**
   * The message so far: a new one, made of the last one, which it does not change, and a value. Default: this wire has no
   * messages.
   */
  accumulate?(message: Message | undefined, value: T): Message
  /**
   * The response has ended, however that came, or gone silent beyond a deadline, without the marker: may that count as whole?
   * Default: no, it is a `stream_terminated`.
   *
   * @param cleanly - the transport says that the response is whole, which a proxy also says of one whose origin has died
   */
  isWhole?(memory: M, cleanly: boolean): boolean
  /**
   * An endless feed [whatwg]: the end of a response is not the end of the stream but a reason to reconnect,
   * and 204 ends it for good. Default: false.
   */
  readonly endless?: boolean
  /**
   * Whether a clean end after a `retry` field is the server's way to let its clients poll [mcp]: it is then asked again
   * after exactly that time, also on an endless feed, and as long as such a response has moved the cursor on, its end
   * refills `retry.count`. Default: false.
   */
  readonly polls?: boolean
}

/**
 * A dialect of an API whose answers are text: what a function for any of them takes, as `LlmDialect` if it is chosen at run
 * time.
 *
 * @typeParam T - what the consumer gets
 * @typeParam S - the provider's own message object
 * @typeParam M - what is remembered; a caller need not know
 */
export interface LlmDialect<T = unknown, S = unknown, M = unknown> extends Dialect<T, M> {
  text(value: T): string
  accumulate(message: Message<S> | undefined, value: T): Message<S>
}

/** Of a `read` and not of its dialect: one that is spread and reads otherwise, decrypts say, must not go by a glance at the lines. */
export const MAY_FAIL: unique symbol = /* @__PURE__ */ Symbol('mayFail')

/** Sees of many events at once whether one of them may be an error: one search is cheaper than one for each event. */
export interface GlancingRead<T> {
  /** @param mayFail - what the glance has said of its lines; `undefined`: there was none */
  (event: ServerSentEvent, memory?: unknown, mayFail?: boolean): T | Verdict<T>
  /** @param lines - of any number of events, whole or in part; `false`: an event that is made of such lines alone is no error */
  [MAY_FAIL]?(lines: string): boolean
}

/** What a consumer of a dialect gets. */
export type ValueOf<D> = D extends Dialect<infer T, infer _> ? T : never
