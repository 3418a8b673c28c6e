import { Observable, type Subscriber, type Unsubscribable } from 'rxjs'
import type { EventStreamConfig } from './config.ts'
import { resolveConfig } from './config-resolve.ts'
import type { Dialect } from './dialects/dialect.ts'
import { rawEvents } from './dialects/raw-events.ts'
import type { SseError } from './errors/sse-error.ts'
import { systemClock } from './session/clock.ts'
import { NO_RESET } from './session/no-reset.ts'
import { Session } from './session/session.ts'
import type { SessionDeps, SessionSink } from './session/session-sink.ts'
import { withHidden } from './session/signal.ts'
import { watchWakeups } from './session/wakeups.ts'
import type { Continuation, StreamSignal } from './stream-signal.ts'
import { ownTransport } from './transport/own-transport.ts'
import type { Transport } from './transport/transport.ts'

/** What a face knows and the core does not. */
export interface Surroundings {
  /** How a request is sent here. */
  transportFor(config: Pick<EventStreamConfig<unknown>, 'dispatcher'>): Transport
  /** What a relative URL is relative to; `undefined`: nothing, it is refused. */
  baseUrl(): string | undefined
  /** Told of each stream's life. */
  readonly monitor?: SessionDeps['monitor']
}

/** One watch for all streams; it sleeps while nobody listens. */
const wakeups = /* @__PURE__ */ watchWakeups(globalThis)

/** A stream that can be opened any number of times, each time from the beginning. */
export interface StreamSource<T> {
  open(sink: SessionSink<T>): Session<T>
}

/** Checks the config once, at the call: a mistake throws here, not in a subscription. */
export function streamSource<T>(
  url: string | URL,
  config: EventStreamConfig<T>,
  surroundings: Surroundings,
  face: 'values' | 'signals',
): StreamSource<T> {
  const plan = resolveConfig(url, config, rawEvents as unknown as () => Dialect<T>, surroundings.baseUrl())
  if (face === 'values' && plan.resume?.resets === true) throw new TypeError(NO_RESET)
  const { transport, dispatcher } = config
  if (transport !== undefined && (typeof transport !== 'object' || typeof transport?.send !== 'function')) {
    throw new TypeError('transport must be an object with a send(request, sink) method.')
  }
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== 'function') {
    throw new TypeError(
      'dispatcher must be an undici dispatcher, such as new Agent() or new ProxyAgent(uri).',
    )
  }
  if (transport !== undefined && dispatcher !== undefined) {
    throw new TypeError(
      'dispatcher belongs to the undici transport; give a transport or a dispatcher, not both.',
    )
  }
  const deps = depsFor(config as EventStreamConfig<unknown>, surroundings)
  return { open: (sink) => new Session(plan, deps, sink) }
}

const depsOfFaces = /* @__PURE__ */ new WeakMap<Surroundings, SessionDeps>()

/** One for all streams of a face that give neither transport nor dispatcher. */
function depsFor(config: EventStreamConfig<unknown>, surroundings: Surroundings): SessionDeps {
  const { transport, dispatcher } = config
  const isDefault = transport === undefined && dispatcher === undefined
  const known = isDefault ? depsOfFaces.get(surroundings) : undefined
  if (known !== undefined) return known
  const { monitor } = surroundings
  const chosen = transport === undefined ? surroundings.transportFor(config) : ownTransport(transport)
  const deps = { transport: chosen, clock: systemClock, random: () => Math.random(), wakeups, monitor }
  if (isDefault) depsOfFaces.set(surroundings, deps)
  return deps
}

/** A sink, and what the subscription ends: no closure for either, which would keep the source alive too. */
class SubscriberSink<T> implements SessionSink<T>, Unsubscribable {
  readonly #subscriber: Subscriber<T>
  readonly #session: Session<T>

  constructor(source: StreamSource<T>, subscriber: Subscriber<T>) {
    this.#subscriber = subscriber
    this.#session = source.open(this)
  }

  start(): void {
    // Registered before: a stream may be unsubscribed inside its first synchronous notification.
    this.#subscriber.add(this)
    this.#session.start()
  }

  unsubscribe(): void {
    this.#session.stop()
  }

  value(value: T): void {
    this.#subscriber.next(value)
  }

  complete(): void {
    this.#subscriber.complete()
  }

  error(error: SseError): void {
    this.#subscriber.error(error)
  }
}

/** The values of a stream, one session per subscription. */
export const observeValues = <T>(source: StreamSource<T>): Observable<T> =>
  new Observable((subscriber) => new SubscriberSink(source, subscriber).start())

/** The signals of a stream, one session per subscription. */
export const observeSignals = <T>(source: StreamSource<T>): Observable<StreamSignal<T>> =>
  new Observable((subscriber) => tellSignals((sink) => source.open(sink), subscriber))

function tellSignals<T>(
  open: (sink: SessionSink<T>) => Session<T>,
  subscriber: Subscriber<StreamSignal<T>>,
): void {
  const session: Session<T> = open({
    value: (value) => subscriber.next({ type: 'value', value, lastEventId: session.lastEventId }),
    signal: (signal) =>
      subscriber.next(signal.type === 'connecting' ? withHidden(signal, { continuation }) : signal),
    complete: () => subscriber.complete(),
    error: (error) => subscriber.error(error),
  })
  const continuation = new RestOfSession(session)
  subscriber.add(() => session.stop())
  session.start()
}

class RestOfSession<T> extends Observable<StreamSignal<T>> implements Continuation<T> {
  readonly #session: Session<T>

  constructor(session: Session<T>) {
    super((subscriber) => tellSignals((sink) => session.continuation(sink), subscriber))
    this.#session = session
  }

  get isPossible(): boolean {
    return this.#session.canBeContinued
  }

  get after(): number {
    return this.#session.delivered
  }
}
