import { EMPTY, type Observable, of } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type AgUiEvent,
  type AgUiMessage,
  type AiSdkUiChunk,
  type AiSdkUiMessage,
  type AnthropicMessage,
  type AnthropicMessageEvent,
  accumulate,
  agUi,
  aiSdkUi,
  anthropicMessages,
  type ChatCompletion,
  type ChatCompletionChunk,
  type CohereEvent,
  type CohereResponse,
  catchStreamError,
  cohere,
  type Dialect,
  defineDialect,
  done,
  type EventStreamConfig,
  eventStreamSignals,
  failed,
  fromEventStream,
  type GeminiChunk,
  gemini,
  geminiInteractions,
  type InteractionEvent,
  type InteractionSoFar,
  ignored,
  isSseError,
  type LangGraphEvent,
  type LlmDialect,
  langGraph,
  type McpMessage,
  type Message,
  mcp,
  type NestEvent,
  nestSse,
  type OpenaiResponse,
  type OpenaiResponseEvent,
  openaiChat,
  openaiResponses,
  type RequestFailed,
  type ServerSentEvent,
  type SseError,
  type StreamError,
  type StreamSignal,
  type StreamTerminated,
  type TerminationReason,
  text,
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

  it('of dialects have names that are exported, so that declarations of what is made with them can be written', () => {
    expectTypeOf(openaiChat()).toEqualTypeOf<LlmDialect<ChatCompletionChunk, ChatCompletion>>()
    expectTypeOf(openaiResponses()).toEqualTypeOf<LlmDialect<OpenaiResponseEvent, OpenaiResponse>>()
    expectTypeOf(anthropicMessages()).toEqualTypeOf<LlmDialect<AnthropicMessageEvent, AnthropicMessage>>()
    expectTypeOf(gemini()).toEqualTypeOf<LlmDialect<GeminiChunk, GeminiChunk>>()
    expectTypeOf(geminiInteractions()).toEqualTypeOf<LlmDialect<InteractionEvent, InteractionSoFar>>()
    expectTypeOf(cohere()).toEqualTypeOf<LlmDialect<CohereEvent, CohereResponse>>()
    expectTypeOf(aiSdkUi()).toEqualTypeOf<LlmDialect<AiSdkUiChunk, AiSdkUiMessage>>()
    expectTypeOf(agUi()).toEqualTypeOf<LlmDialect<AgUiEvent, readonly AgUiMessage[]>>()
    expectTypeOf(langGraph()).toEqualTypeOf<LlmDialect<LangGraphEvent>>()
    expectTypeOf(mcp()).toEqualTypeOf<Dialect<McpMessage>>()
    expectTypeOf(nestSse()).toEqualTypeOf<Dialect<ServerSentEvent>>()
    expectTypeOf(nestSse({ parse: Number })).toEqualTypeOf<Dialect<NestEvent<number>>>()
  })

  it('let one function, or one list, have any dialect of a language model', () => {
    const answer = <T>(dialect: LlmDialect<T>) => fromEventStream(url, { dialect }).pipe(text(dialect))
    expectTypeOf(answer(gemini())).toEqualTypeOf<Observable<string>>()
    const all: LlmDialect[] = [openaiChat(), openaiResponses(), anthropicMessages(), gemini(), cohere()]
    expectTypeOf(all.map(answer)).toEqualTypeOf<Observable<string>[]>()
    const message = <T, S>(dialect: LlmDialect<T, S>) =>
      fromEventStream(url, { dialect }).pipe(accumulate(dialect))
    expectTypeOf(message(cohere())).toEqualTypeOf<Observable<Message<CohereResponse>>>()
  })

  it('refuse an operator of another wire', () => {
    const chat = fromEventStream(url, { dialect: openaiChat() })
    chat.pipe(text(openaiChat()))
    // @ts-expect-error values of another wire
    chat.pipe(text(anthropicMessages()))
    // @ts-expect-error values of another wire
    chat.pipe(text(gemini()))
    // @ts-expect-error values of another wire
    chat.pipe(accumulate(cohere()))
    // @ts-expect-error values of another wire
    chat.pipe(accumulate(geminiInteractions()))
    // @ts-expect-error signals are not values
    eventStreamSignals(url, { dialect: openaiChat() }).pipe(text(openaiChat()))
    // @ts-expect-error a wire without text
    void (() => text(mcp()))
  })

  it('of a defined dialect know whether it has text and messages', () => {
    interface Token {
      token: string
      last?: boolean
    }
    const wire = {
      name: 'tokens',
      parse: (data: string): Token => JSON.parse(data),
      isLast: (value: Token) => value.last === true,
    }
    const plain = defineDialect(wire)
    expectTypeOf(plain).toEqualTypeOf<Dialect<Token>>()
    // @ts-expect-error a wire without text
    void (() => text(plain))
    const spoken = defineDialect({ ...wire, text: ({ token }) => token })
    expectTypeOf(fromEventStream(url, { dialect: spoken }).pipe(text(spoken))).toEqualTypeOf<
      Observable<string>
    >()
    const whole = defineDialect({
      ...wire,
      text: ({ token }) => token,
      accumulate: (_: Message<number> | undefined, value): Message<number> => {
        expectTypeOf(value).toEqualTypeOf<Token>()
        throw new Error(value.token)
      },
    })
    expectTypeOf(whole).toEqualTypeOf<LlmDialect<Token, number>>()
    expectTypeOf(fromEventStream(url, { dialect: whole }).pipe(accumulate(whole))).toEqualTypeOf<
      Observable<Message<number>>
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
