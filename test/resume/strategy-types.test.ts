import { type Observable, of, throwError, timer } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type AnthropicMessageEvent,
  anthropicMessages,
  type ChatCompletionChunk,
  type CursorSignal,
  continueWith,
  type DelayFunction,
  type Dialect,
  eventSource,
  eventStreamSignals,
  fromCursor,
  fromEventStream,
  type Interruption,
  openaiChat,
  type PartialAnswer,
  type ResumeStep,
  type ResumeStrategy,
  type RetryConfig,
  replay,
  restart,
  type ServerSentEvent,
  type SseError,
  type StreamRequest,
  type StreamRequestChange,
  type StreamSignal,
  shareStream,
  toAsyncIterable,
  values,
} from '../../src/index.ts'

const url = 'http://127.0.0.1:9/'

describe('the type of a strategy', () => {
  it('replay: isSame is given the values that are named', () => {
    const stream = fromEventStream(url, {
      dialect: openaiChat(),
      resume: replay<ChatCompletionChunk>({
        isSame(delivered, again) {
          expectTypeOf(delivered).toEqualTypeOf<ChatCompletionChunk>()
          expectTypeOf(again).toEqualTypeOf<ChatCompletionChunk>()
          return delivered.model === again.model
        },
      }),
    })
    expectTypeOf(stream).toEqualTypeOf<Observable<ChatCompletionChunk>>()
    const byParameter = fromEventStream(url, {
      dialect: openaiChat(),
      resume: replay({ isSame: (delivered: ChatCompletionChunk, again) => delivered.model === again.model }),
    })
    expectTypeOf(byParameter).toEqualTypeOf<Observable<ChatCompletionChunk>>()
  })

  it('replay: isSame may leave them unnamed, and knows nothing of them then', () => {
    // A call inside of a config is checked before the config's own type argument is known.
    const chunks = fromEventStream(url, {
      dialect: openaiChat(),
      resume: replay({
        isSame(delivered, again) {
          expectTypeOf(delivered).toEqualTypeOf<unknown>()
          return delivered === again
        },
      }),
    })
    expectTypeOf(chunks).toEqualTypeOf<Observable<ChatCompletionChunk>>()
    const events = fromEventStream(url, {
      resume: replay({ isSame: (delivered, again) => delivered === again }),
    })
    expectTypeOf(events).toEqualTypeOf<Observable<ServerSentEvent>>()
  })

  it('continueWith: what there is, and the request, are typed by the values that are named', () => {
    const signals = eventStreamSignals(url, {
      dialect: anthropicMessages(),
      resume: continueWith<AnthropicMessageEvent>((partial, request) => {
        expectTypeOf(partial).toEqualTypeOf<PartialAnswer<AnthropicMessageEvent>>()
        expectTypeOf(partial.values).toEqualTypeOf<readonly AnthropicMessageEvent[]>()
        expectTypeOf(request).toEqualTypeOf<StreamRequest>()
        return { body: { prefill: partial.text } }
      }),
    })
    expectTypeOf(signals).toEqualTypeOf<Observable<StreamSignal<AnthropicMessageEvent>>>()
  })

  it('continueWith: the text, the error and the request need no name', () => {
    const chunks = fromEventStream(url, {
      dialect: openaiChat(),
      resume: continueWith((partial, request) => {
        expectTypeOf(partial.text).toEqualTypeOf<string>()
        expectTypeOf(partial.error).toEqualTypeOf<SseError>()
        expectTypeOf(partial.values).toEqualTypeOf<readonly unknown[]>()
        expectTypeOf(request).toEqualTypeOf<StreamRequest>()
        return { body: partial.text }
      }),
    })
    expectTypeOf(chunks).toEqualTypeOf<Observable<ChatCompletionChunk>>()
  })

  it('continueWith: may be async, may have nothing to ask, and takes an overlap', () => {
    fromEventStream(url, {
      dialect: openaiChat(),
      resume: continueWith<ChatCompletionChunk>(
        async ({ values }) => (values.length > 9 ? undefined : { body: values.map((value) => value.id) }),
        { overlap: { min: 20 } },
      ),
    })
    expectTypeOf(continueWith<string>)
      .parameter(0)
      .returns.toEqualTypeOf<StreamRequestChange | undefined | PromiseLike<StreamRequestChange | undefined>>()
  })

  it('may be made outside of a config, for one kind of values or for all', () => {
    const forChunks = replay<ChatCompletionChunk>({ isSame: (a, b) => a.id === b.id })
    const forAll: ResumeStrategy = fromCursor()
    expectTypeOf(forChunks).toEqualTypeOf<ResumeStrategy<ChatCompletionChunk>>()
    expectTypeOf(fromCursor()).toEqualTypeOf<ResumeStrategy>()
    expectTypeOf(restart()).toEqualTypeOf<ResumeStrategy>()
    expectTypeOf(replay()).toEqualTypeOf<ResumeStrategy>()
    expectTypeOf<ResumeStrategy>().toExtend<ResumeStrategy<ChatCompletionChunk>>()
    expectTypeOf(fromEventStream(url, { dialect: openaiChat(), resume: forChunks })).toEqualTypeOf<
      Observable<ChatCompletionChunk>
    >()
    expectTypeOf(fromEventStream(url, { dialect: openaiChat(), resume: forAll })).toEqualTypeOf<
      Observable<ChatCompletionChunk>
    >()
    expectTypeOf(eventStreamSignals(url, { dialect: openaiChat(), resume: restart() })).toEqualTypeOf<
      Observable<StreamSignal<ChatCompletionChunk>>
    >()
    expectTypeOf(toAsyncIterable(url, { dialect: openaiChat(), resume: 'never' })).toEqualTypeOf<
      AsyncIterable<ChatCompletionChunk>
    >()
  })

  it('does not decide what the values of a stream without a dialect are', () => {
    expectTypeOf(fromEventStream(url, { resume: fromCursor() })).toEqualTypeOf<Observable<ServerSentEvent>>()
    expectTypeOf(fromEventStream(url, { resume: replay() })).toEqualTypeOf<Observable<ServerSentEvent>>()
    expectTypeOf(fromEventStream(url, { resume: continueWith(() => ({ body: 'x' })) })).toEqualTypeOf<
      Observable<ServerSentEvent>
    >()
  })

  it('of one’s own is a plain object, given where the stream stands', () => {
    const own: ResumeStrategy<ChatCompletionChunk> = {
      name: 'own',
      keeps: 1_000,
      resume(at) {
        expectTypeOf(at).toEqualTypeOf<Interruption<ChatCompletionChunk>>()
        expectTypeOf(at.values).toEqualTypeOf<readonly ChatCompletionChunk[] | undefined>()
        expectTypeOf(at.afterCursor).toEqualTypeOf<StreamRequestChange | undefined>()
        if (at.afterCursor !== undefined)
          return { type: 'continue', request: at.afterCursor, unchecked: true }
        return at.events > 9 ? undefined : { type: 'append', overlap: { min: 1, max: 9 } }
      },
    }
    fromEventStream(url, { dialect: openaiChat(), resume: own })
    const async: ResumeStrategy = {
      name: 'async',
      resume: async ({ error }) => (error.retryable ? { type: 'replay' } : undefined),
    }
    fromEventStream(url, { resume: async })
    fromEventStream(url, {
      dialect: eventSource(),
      resume: { name: 'inline', resume: ({ request }) => ({ type: 'reset', request: { url: request.url } }) },
    })
  })

  it('is refused where it is for other values, or is none', () => {
    void (() => {
      const forChunks = replay<ChatCompletionChunk>({ isSame: (a, b) => a.id === b.id })
      // @ts-expect-error its values are other ones
      fromEventStream(url, { dialect: anthropicMessages(), resume: forChunks })
      // @ts-expect-error not called
      fromEventStream(url, { resume: fromCursor })
      // @ts-expect-error no such step
      fromEventStream(url, { resume: { name: 'x', resume: () => ({ type: 'skip' }) } })
      // @ts-expect-error it has no name
      fromEventStream(url, { resume: { resume: () => undefined } })
      // @ts-expect-error no such option
      replay({ keep: 5 })
      // @ts-expect-error not a function
      continueWith({ body: 'x' })
      // @ts-expect-error an overlap is in characters
      continueWith(() => undefined, { overlap: 'long' })
      // @ts-expect-error a request has no signal
      continueWith(() => ({ signal: undefined, method: 5 }))
    })
    expectTypeOf<ResumeStep<string>['type']>().toEqualTypeOf<'continue' | 'replay' | 'append' | 'reset'>()
  })
})

describe('the type of a dialect', () => {
  it('has hooks for its values and its memory', () => {
    const dialect: Dialect<string, { seen: number }> = {
      name: 'own',
      memory: () => ({ seen: 0 }),
      read: ({ data }, memory) => {
        memory.seen++
        return data
      },
      idOf: (value) => value.split(':')[0],
      resume: (request, cursor, memory) => {
        expectTypeOf(request).toEqualTypeOf<StreamRequest>()
        expectTypeOf(cursor).toEqualTypeOf<string>()
        expectTypeOf(memory).toEqualTypeOf<{ seen: number }>()
        return { method: 'GET', url: request.url, headers: { 'last-event-id': undefined, after: 5 } }
      },
      text: (value) => value,
      withText: (_, text) => text,
      isSame: (delivered, again) => delivered === again,
      polls: true,
    }
    expectTypeOf(
      fromEventStream(url, {
        dialect,
        resume: continueWith<string>(({ values: [first] }) => ({ body: first?.at(0) })),
      }),
    ).toEqualTypeOf<Observable<string>>()
  })
})

describe('the type of a delay function', () => {
  it('is given the error and the count, and gives whatever an Observable can be made of', () => {
    fromEventStream(url, {
      retry: {
        delay(error, retryCount) {
          expectTypeOf(error).toEqualTypeOf<SseError>()
          expectTypeOf(retryCount).toEqualTypeOf<number>()
          return error.kind === 'stream_terminated' && error.reason === 'idle'
            ? throwError(() => error)
            : timer(retryCount * 100)
        },
      },
    })
    const all: DelayFunction[] = [
      () => of(1),
      () => Promise.resolve(),
      async () => 5,
      () => [1],
      function* () {
        yield 1
      },
      async function* () {
        yield 1
      },
    ]
    expectTypeOf<RetryConfig['delay']>().toEqualTypeOf<number | DelayFunction | undefined>()
    expectTypeOf(all).items.returns.not.toBeAny()
    void (() => {
      // @ts-expect-error nothing to wait for
      fromEventStream(url, { retry: { delay: () => 5 } })
      // @ts-expect-error nor here
      fromEventStream(url, { retry: { delay: () => {} } })
      // @ts-expect-error not milliseconds
      fromEventStream(url, { retry: { delay: '500' } })
    })
  })
})

describe('the type of shareStream', () => {
  it('is that of the stream, of values and of signals, whatever stands before and after', () => {
    const chunks = fromEventStream(url, { dialect: openaiChat() })
    const signals = eventStreamSignals(url, { dialect: openaiChat() })
    expectTypeOf(chunks.pipe(shareStream())).toEqualTypeOf<Observable<ChatCompletionChunk>>()
    expectTypeOf(chunks.pipe(shareStream({ late: 5 }))).toEqualTypeOf<Observable<ChatCompletionChunk>>()
    expectTypeOf(signals.pipe(shareStream({ late: 'all', maxKept: 10 }))).toEqualTypeOf<
      Observable<StreamSignal<ChatCompletionChunk>>
    >()
    expectTypeOf(signals.pipe(shareStream(), values())).toEqualTypeOf<Observable<ChatCompletionChunk>>()
    expectTypeOf(signals.pipe(values(), shareStream())).toEqualTypeOf<Observable<ChatCompletionChunk>>()
    void (() => {
      // @ts-expect-error all, or so many
      shareStream({ late: 'some' })
      // @ts-expect-error no such option
      shareStream({ keep: 5 })
    })
  })
})

describe('the type of a signal', () => {
  it('has a cursor that a config takes', () => {
    const cursor: CursorSignal = { type: 'cursor', lastEventId: undefined }
    fromEventStream(url, { lastEventId: cursor.lastEventId })
    const idOf = (signal: StreamSignal<string>): string | undefined =>
      signal.type === 'value' || signal.type === 'cursor' ? signal.lastEventId : undefined
    expectTypeOf(idOf).returns.toEqualTypeOf<string | undefined>()
    const nameOf = (signal: StreamSignal<string>): string | undefined =>
      signal.type === 'connecting' ? signal.resume : undefined
    expectTypeOf(nameOf).returns.toEqualTypeOf<string | undefined>()
  })
})
