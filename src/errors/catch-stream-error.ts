import {
  catchError,
  type ObservableInput,
  type ObservedValueOf,
  type OperatorFunction,
  throwError,
} from 'rxjs'
import { isCode, type SseErrorCode } from './codes.ts'
import {
  isSseError,
  type RequestFailed,
  type SseError,
  type StreamError,
  type StreamTerminated,
} from './sse-error.ts'

interface ByKind {
  request_failed: RequestFailed
  stream_error: StreamError
  stream_terminated: StreamTerminated
}

/** A kind, or a code. A name that is both (`stream_error`, `stream_terminated`) means the kind. */
export type SseErrorName = keyof ByKind | SseErrorCode

/** The errors that {@link catchStreamError} hands over for a name. */
export type SseErrorNamed<N extends SseErrorName> = N extends keyof ByKind
  ? ByKind[N]
  : SseError & { readonly code: N }

const kinds: ReadonlySet<string> = new Set<keyof ByKind>([
  'request_failed',
  'stream_error',
  'stream_terminated',
])

const matches = (error: SseError, name: SseErrorName): boolean =>
  kinds.has(name) ? error.kind === name : error.code === name

/**
 * `catchError` for errors of rx-sse, optionally of one kind or code; every other error is rethrown untouched.
 *
 * @param name - a kind or a code; left out: every {@link SseError}.
 * @param selector - gets the error, narrowed, and the source (subscribe to it to start again); returns what to go on with.
 *
 * Does not retry by itself: `retry` in the config repeats and resumes with the cursor, this does not know of it.
 */
export function catchStreamError<T, O extends ObservableInput<unknown>>(
  selector: (error: SseError, caught: ObservableInput<T>) => O,
): OperatorFunction<T, T | ObservedValueOf<O>>
export function catchStreamError<T, N extends SseErrorName, O extends ObservableInput<unknown>>(
  name: N,
  selector: (error: SseErrorNamed<N>, caught: ObservableInput<T>) => O,
): OperatorFunction<T, T | ObservedValueOf<O>>
export function catchStreamError<T, O extends ObservableInput<unknown>>(
  nameOrSelector: SseErrorName | ((error: SseError, caught: ObservableInput<T>) => O),
  maybeSelector?: (error: never, caught: ObservableInput<T>) => O,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  const name = typeof nameOrSelector === 'function' ? undefined : nameOrSelector
  const selector = (typeof nameOrSelector === 'function' ? nameOrSelector : maybeSelector) as
    | ((error: SseError, caught: ObservableInput<T>) => O)
    | undefined
  if (typeof selector !== 'function') {
    throw new TypeError(
      'catchStreamError needs a selector: catchStreamError("stream_terminated", (error) => of(…)).',
    )
  }
  if (name !== undefined && !kinds.has(name) && !isCode(name)) {
    throw new TypeError(
      `catchStreamError: "${name}" is neither a kind (${[...kinds].join(', ')}) nor a code of the error table.`,
    )
  }
  return catchError((error: unknown, caught) =>
    isSseError(error) && (name === undefined || matches(error, name))
      ? selector(error, caught)
      : (throwError(() => error) as unknown as O),
  )
}
