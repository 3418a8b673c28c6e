import { refuseUnknown, show } from '../errors/options.ts'
import { type Dialect, done, type ServerSentEvent, type Verdict } from './dialect.ts'
import { failedEvent } from './in-band.ts'
import { plain, sameEvent } from './raw-events.ts'
import { isSameStructure } from './same.ts'

/** One event of a NestJS `@Sse()` route, its data parsed. */
export interface NestEvent<T> {
  readonly id?: string
  /** The `type` of the `MessageEvent`. */
  readonly event?: string
  readonly data: T
}

export interface NestSseOptions {
  /**
   * The `type` of the event that the route sends last: it completes, and is a value too. An end of the response without it
   * is a `stream_terminated`. Give it some `data`: an event without is none [whatwg].
   *
   * Without it a clean end of the response completes, and a route that died behind a proxy may look like that. So send one.
   */
  endEvent?: string | undefined
  /**
   * The route gives its events IDs of its own, and goes on after the `Last-Event-ID` of a request. Default: false, since
   * NestJS numbers the events of every response anew, from 1.
   */
  resumes?: boolean | undefined
}

interface Begun {
  begun: boolean
}

type Dialects<T> = Dialect<NestEvent<T>>

/**
 * The answer of a NestJS `@Sse()` route [nest]: its events as they are. `event: error`, which NestJS writes when the
 * Observable errors, is a `stream_error`; the `endEvent` completes, or without that option a clean end of the response
 * after at least one event.
 *
 * Does not parse data unless it is told how: NestJS writes an object as JSON and a text as it is, and nothing says which.
 * For a feed without an end use {@link eventSource}.
 *
 * @param options - with `parse`, what makes the value's `data` of the event's: `JSON.parse`. What it throws is a
 * `malformed_event`.
 */
export function nestSse<T>(options: NestSseOptions & { parse: (data: string) => T }): Dialects<T>
export function nestSse(options?: NestSseOptions): Dialect<ServerSentEvent>
export function nestSse<T>(
  options: NestSseOptions & { parse?: (data: string) => T } = {},
): Dialects<T> | Dialects<string> {
  refuseUnknown(options, { endEvent: true, resumes: true, parse: true }, 'nestSse')
  const { endEvent, resumes = false, parse } = options
  if (endEvent !== undefined && (typeof endEvent !== 'string' || endEvent === '' || endEvent === 'error')) {
    throw new TypeError(`nestSse: endEvent must be the type of an event, not ${show(endEvent)}.`)
  }
  if (typeof resumes !== 'boolean') {
    throw new TypeError(`nestSse: resumes must be true or false, not ${show(resumes)}.`)
  }
  if (parse !== undefined && typeof parse !== 'function') {
    throw new TypeError(`nestSse: parse must be a function (data) => value, not ${show(parse)}.`)
  }
  const dialectOf = <E extends NestEvent<unknown>>(
    toValue: (event: ServerSentEvent) => E,
    isSame: (delivered: E, again: E) => boolean,
  ): Dialect<E, Begun> => ({
    name: 'nest-sse',
    facts: factsOf(endEvent, resumes),
    memory: () => ({ begun: false }),
    read(event, memory): E | Verdict<E> {
      if (event.event === 'error') return failedEvent(event)
      const isEnd = endEvent !== undefined && event.event === endEvent
      // `{ type: 'done', data: '' }` has nothing to parse.
      if (isEnd && parse !== undefined && event.data === '') return done()
      const value = toValue(event)
      memory.begun = true
      return isEnd ? done(value) : value
    },
    ...(endEvent === undefined
      ? { isWhole: (memory: Begun, cleanly: boolean) => cleanly && memory.begun }
      : undefined),
    ...(resumes ? undefined : { resume: () => undefined }),
    isSame,
  })
  if (parse === undefined) return dialectOf(plain, sameEvent)
  return dialectOf(
    (event): NestEvent<T> => ({ ...plain(event), data: parse(event.data) }),
    (delivered, again) => delivered.event === again.event && isSameStructure(delivered.data, again.data),
  )
}

const factsOf = (endEvent: string | undefined, resumes: boolean): NonNullable<Dialect<unknown>['facts']> => ({
  api: 'NestJS @Sse()',
  end: endEvent === undefined ? [] : [`event: ${endEvent}\ndata: {}`],
  errors: ['event: error\ndata: Internal server error'],
  withoutEnd:
    endEvent === undefined
      ? 'complete, if it is a clean one after at least one event. It cannot see a route that died behind a proxy which hands that on as a clean end; `endEvent` can.'
      : '`stream_terminated`',
  cursor: resumes
    ? 'the `id` field, sent back as `Last-Event-ID`'
    : 'none: NestJS numbers the events of every response anew',
  sources: [
    'https://docs.nestjs.com/techniques/server-sent-events',
    'https://github.com/nestjs/nest/blob/master/packages/core/router/sse-stream.ts',
    'https://github.com/nestjs/nest/blob/master/packages/core/router/router-response-controller.ts',
  ],
})
