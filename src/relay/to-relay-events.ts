import { catchError, concat, defer, filter, map, Observable, type OperatorFunction, of, tap } from 'rxjs'
import { encodeEvent, type OutgoingEvent } from './encode-event.ts'
import { Heartbeat } from './heartbeat.ts'
import { type RelayEventOptions, type RelayedValue, relayPlan } from './options.ts'
import { Translator } from './translator.ts'

/** An event in the words of NestJS's `MessageEvent` [nest]. */
export interface RelayEvent {
  data?: string
  id?: string
  type?: string
  retry?: number
  comment?: string
}

/**
 * Values as the events that a NestJS `@Sse()` route returns: each as {@link eventStreamResponse} writes it, then the end
 * marker; a failure is one `error` event, then completes. Comments where there is silence.
 *
 * Never errors: what NestJS itself says of an error is a text without a code. Events without an ID have an empty one, since
 * NestJS would number them, anew in every response, and a reader would ask to go on after a number that means nothing.
 *
 * @throws TypeError at the call, for a wrong option
 *
 * Does not slow its source down: NestJS keeps what its reader has not taken, up to the route's `maxPendingDataLength`.
 */
export function toRelayEvents<T>(
  options: RelayEventOptions<RelayedValue<T>> = {},
): OperatorFunction<T, RelayEvent> {
  const plan = relayPlan(options, 'toRelayEvents')
  return (source) =>
    defer(() => {
      const translator = new Translator(plan)
      const items = source.pipe(map((item) => translator.item(item)))
      return concat(
        items,
        defer(() => of(translator.end())),
      ).pipe(
        filter((event) => event !== undefined),
        map(inWordsOfNest),
        catchError((error: unknown) => of(inWordsOfNest(translator.failure(error)))),
        withHeartbeats(plan.heartbeatMs),
      )
    })
}

function inWordsOfNest(outgoing: OutgoingEvent): RelayEvent {
  // NestJS drops a line end that does not belong there, and so would change what is said.
  encodeEvent(outgoing)
  const { id = '', event, data, retry, comment } = outgoing
  return {
    id,
    ...(event === undefined ? undefined : { type: event }),
    ...(data === undefined ? undefined : { data }),
    ...(retry === undefined ? undefined : { retry }),
    ...(comment === undefined ? undefined : { comment }),
  }
}

const withHeartbeats =
  (ms: number) =>
  (source: Observable<RelayEvent>): Observable<RelayEvent> =>
    new Observable((subscriber) => {
      const heartbeat = new Heartbeat(ms, () => subscriber.next({ comment: '' }))
      subscriber.add(() => heartbeat.stop())
      heartbeat.start()
      source.pipe(tap(() => heartbeat.heard())).subscribe(subscriber)
    })
