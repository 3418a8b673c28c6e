import { EMPTY, type Observable, of } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type AnthropicMessageEvent,
  anthropicMessages,
  type ChatCompletionChunk,
  catchStreamError,
  type Dialect,
  done,
  type EventStreamConfig,
  eventStreamSignals,
  failed,
  fromEventStream,
  ignored,
  isSseError,
  openaiChat,
  type RequestFailed,
  type ServerSentEvent,
  type SseError,
  type StreamError,
  type StreamSignal,
  type StreamTerminated,
  type TerminationReason,
  toAsyncIterable,
  type ValueOf,
  values,
} from '../src/index.ts'

const url = 'http://127.0.0.1:9/'

describe('the types', () => {
  it('of values follow from the dialect', () => {
    expectTypeOf(fromEventStream(url)).toEqualTypeOf<Observable<ServerSentEvent>>()
    expectTypeOf(fromEventStream(url, { dialect: openaiChat() })).toEqualTypeOf<
      Observable<ChatCompletionChunk>
    >()
    expectTypeOf(eventStreamSignals(url, { dialect: anthropicMessages() })).toEqualTypeOf<
      Observable<StreamSignal<AnthropicMessageEvent>>
    >()
    expectTypeOf(toAsyncIterable(url, { dialect: openaiChat(), retry: 2 })).toEqualTypeOf<
      AsyncIterable<ChatCompletionChunk>
    >()
    expectTypeOf(eventStreamSignals(url).pipe(values())).toEqualTypeOf<Observable<ServerSentEvent>>()
    expectTypeOf<ValueOf<ReturnType<typeof openaiChat>>>().toEqualTypeOf<ChatCompletionChunk>()
  })

  it('let a wrapper pass a config on, and options be undefined', () => {
    const wrapped = <T>(config: EventStreamConfig<T>) => fromEventStream(url, config)
    expectTypeOf(wrapped({ dialect: openaiChat() })).toEqualTypeOf<
      Observable<ChatCompletionChunk | ServerSentEvent>
    >()
    const signal = undefined as AbortSignal | undefined
    expectTypeOf(fromEventStream(url, { signal, retry: undefined })).toEqualTypeOf<
      Observable<ServerSentEvent>
    >()
  })

  it('of one’s own dialect are inferred from what it reads', () => {
    const mine = {
      name: 'mine',
      read(event) {
        const { kind, text } = JSON.parse(event.data) as { kind: string; text: string }
        if (kind === 'end') return done()
        if (kind === 'oops') return failed({ message: text, payload: event.data })
        return kind === 'ping' ? ignored : { text }
      },
    } satisfies Dialect<{ text: string }>
    expectTypeOf(fromEventStream<{ text: string }>(url, { dialect: mine })).toEqualTypeOf<
      Observable<{ text: string }>
    >()
  })

  it('of caught errors are narrowed by kind and by code', () => {
    EMPTY.pipe(
      catchStreamError('stream_terminated', (e) => {
        expectTypeOf(e).toEqualTypeOf<StreamTerminated>()
        expectTypeOf(e.reason).toEqualTypeOf<TerminationReason>()
        return of(e.reason)
      }),
      catchStreamError('request_failed', (e) => {
        expectTypeOf(e).toEqualTypeOf<RequestFailed>()
        // @ts-expect-error a request that failed has no reason
        e.reason
        return EMPTY
      }),
      catchStreamError('stream_error', (e) => {
        expectTypeOf(e).toEqualTypeOf<StreamError>()
        return EMPTY
      }),
      catchStreamError('model_overloaded', (e) => {
        expectTypeOf(e.code).toEqualTypeOf<'model_overloaded'>()
        return EMPTY
      }),
      catchStreamError((e) => {
        expectTypeOf(e).toEqualTypeOf<SseError>()
        return EMPTY
      }),
    )
    // @ts-expect-error not a kind and not a code
    void (() => EMPTY.pipe(catchStreamError('stream_broken', () => EMPTY)))
  })

  it('make a switch over kind, and over a signal’s type, exhaustive', () => {
    const kindOf = (e: SseError): string => {
      switch (e.kind) {
        case 'request_failed':
          return 'request'
        case 'stream_error':
          return 'error'
        case 'stream_terminated':
          return e.reason
      }
    }
    const typeOf = (signal: StreamSignal<string>): string => {
      switch (signal.type) {
        case 'connecting':
        case 'open':
        case 'reset':
          return String(signal.attempt)
        case 'value':
          return signal.value
        case 'cursor':
          return signal.lastEventId ?? ''
        case 'waiting':
          return signal.error.code
      }
    }
    expectTypeOf(kindOf).returns.toEqualTypeOf<string>()
    expectTypeOf(typeOf).returns.toEqualTypeOf<string>()
    const unknown: unknown = new Error()
    if (isSseError(unknown)) expectTypeOf(unknown).toEqualTypeOf<SseError>()
  })

  it('refuse wrong options', () => {
    void (() => {
      // @ts-expect-error no such option
      fromEventStream(url, { timeouts: {} })
      // @ts-expect-error a dialect is an object, not the function that makes it
      fromEventStream(url, { dialect: openaiChat })
      // @ts-expect-error not a strategy
      fromEventStream(url, { resume: 'always' })
    })
  })
})
