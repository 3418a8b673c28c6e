import { Observable } from 'rxjs'
import type { EventStreamConfig } from './config.ts'
import { resolveConfig } from './config-resolve.ts'
import type { Dialect } from './dialects/dialect.ts'
import { rawEvents } from './dialects/raw-events.ts'
import { systemClock } from './session/clock.ts'
import { NO_RESET, Session } from './session/session.ts'
import type { SessionSink } from './session/session-sink.ts'
import type { StreamSignal } from './session/signal.ts'
import { watchWakeups } from './session/wakeups.ts'
import type { Transport } from './transport/transport.ts'

/** What a face knows and the core does not: how a request is sent here. */
export type TransportFor = (config: Pick<EventStreamConfig<unknown>, 'dispatcher'>) => Transport

/** One watch for all streams; it sleeps while nobody listens. */
const wakeups = watchWakeups(globalThis)

/** A stream that can be opened any number of times, each time from the beginning. */
export interface StreamSource<T> {
  open(sink: SessionSink<T>): Session<T>
}

/** Checks the config once, at the call: a mistake throws here, not in a subscription. */
export function streamSource<T>(
  url: string | URL,
  config: EventStreamConfig<T>,
  transportFor: TransportFor,
  face: 'values' | 'signals',
): StreamSource<T> {
  const plan = resolveConfig(url, config, rawEvents as unknown as () => Dialect<T>)
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
  const chosen = transport ?? transportFor(config)
  return {
    open: (sink) =>
      new Session(plan, { transport: chosen, clock: systemClock, random: Math.random, wakeups }, sink),
  }
}

/** The values of a stream, one session per subscription. */
export const observeValues = <T>(source: StreamSource<T>): Observable<T> =>
  new Observable((subscriber) => {
    const session = source.open({
      value: (value) => subscriber.next(value),
      complete: () => subscriber.complete(),
      error: (error) => subscriber.error(error),
    })
    // Registered before the start: a stream may be unsubscribed inside its first synchronous notification.
    subscriber.add(() => session.stop())
    session.start()
  })

/** The signals of a stream, one session per subscription. */
export const observeSignals = <T>(source: StreamSource<T>): Observable<StreamSignal<T>> =>
  new Observable((subscriber) => {
    const session: Session<T> = source.open({
      value: (value) => subscriber.next({ type: 'value', value, lastEventId: session.lastEventId }),
      signal: (signal) => subscriber.next(signal),
      complete: () => subscriber.complete(),
      error: (error) => subscriber.error(error),
    })
    subscriber.add(() => session.stop())
    session.start()
  })
