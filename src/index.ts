import type { Observable } from 'rxjs'
import { iterateValues } from './async-iterable.ts'
import type { EventStreamConfig } from './config.ts'
import type { Dialect, ServerSentEvent } from './dialects/dialect.ts'
import { observeSignals, observeValues, streamSource, type TransportFor } from './event-stream.ts'
import type { StreamSignal } from './session/signal.ts'
import { undiciTransport } from './transport/undici.ts'

export type { EventStreamConfig, RetryConfig, TimeoutConfig } from './config.ts'
export type { DelayFunction } from './delay-notifier.ts'
export { type AgUiOptions, agUi } from './dialects/ag-ui.ts'
export type { AgUiEvent, AgUiInterrupt, AgUiOutcome } from './dialects/ag-ui-events.ts'
export type { AgUiMessage, AgUiToolCall } from './dialects/ag-ui-messages.ts'
export { aiSdkUi } from './dialects/ai-sdk-ui.ts'
export type { AiSdkUiChunk, AiSdkUiMessage, AiSdkUiPart } from './dialects/ai-sdk-ui-chunks.ts'
export {
  type AnthropicContentBlock,
  type AnthropicContentDelta,
  type AnthropicMessage,
  type AnthropicMessageEvent,
  anthropicMessages,
} from './dialects/anthropic-messages.ts'
export { type CohereEvent, type CohereResponse, cohere } from './dialects/cohere.ts'
export {
  type DialectDefinition,
  defineDialect,
  type LlmDialectDefinition,
  type ReportedError,
  type TextDialectDefinition,
} from './dialects/define-dialect.ts'
export {
  type Dialect,
  type DialectFacts,
  done,
  failed,
  ignored,
  type LlmDialect,
  ping,
  type ServerSentEvent,
  type StreamHead,
  type ValueOf,
  type Verdict,
} from './dialects/dialect.ts'
export { eventSource } from './dialects/event-source.ts'
export { gemini } from './dialects/gemini.ts'
export { geminiInteractions } from './dialects/gemini-interactions.ts'
export type {
  InteractionEvent,
  InteractionSoFar,
  InteractionStep,
} from './dialects/gemini-interactions-events.ts'
export type {
  GeminiCandidate,
  GeminiChunk,
  GeminiFunctionCall,
  GeminiPart,
} from './dialects/gemini-message.ts'
export { langGraph } from './dialects/lang-graph.ts'
export type { LangGraphEvent, LangGraphMessage } from './dialects/lang-graph-events.ts'
export {
  type McpContent,
  type McpError,
  type McpMessage,
  type McpNotification,
  type McpOptions,
  type McpParams,
  type McpRequest,
  type McpRequestId,
  type McpResult,
  mcp,
} from './dialects/mcp.ts'
export { type NestEvent, type NestSseOptions, nestSse } from './dialects/nest-sse.ts'
export {
  type ChatCompletion,
  type ChatCompletionChoice,
  type ChatCompletionChunk,
  type ChatCompletionToolCall,
  type ChatCompletionToolCallDelta,
  type OpenaiChatOptions,
  openaiChat,
} from './dialects/openai-chat.ts'
export {
  type OpenaiResponse,
  type OpenaiResponseEvent,
  type OpenaiResponseItem,
  type OpenaiResponsePart,
  openaiResponses,
} from './dialects/openai-responses.ts'
export { rawEvents } from './dialects/raw-events.ts'
export type { StreamRequest, StreamRequestChange } from './dialects/stream-request.ts'
export { catchStreamError, type SseErrorName, type SseErrorNamed } from './errors/catch-stream-error.ts'
export {
  type CodeRow,
  type GatewayCode,
  gatewayCodes,
  type OwnCode,
  ownCodes,
  type SseErrorCode,
} from './errors/codes.ts'
export type { ReplayMismatch, TerminationReason, UpstreamError } from './errors/failure.ts'
export {
  isSseError,
  type RequestFailed,
  type SseError,
  type StreamError,
  type StreamTerminated,
} from './errors/sse-error.ts'
export { accumulate, text } from './message-operators.ts'
export type { Message, ToolCall } from './messages/message.ts'
export type { AttemptInfo } from './session/plan.ts'
export type {
  ConnectingSignal,
  CursorSignal,
  OpenSignal,
  ResetSignal,
  StreamSignal,
  ValueSignal,
  WaitingSignal,
} from './session/signal.ts'
export {
  type ContinueOptions,
  continueWith,
  firstOf,
  fromCursor,
  type PartialAnswer,
  type ReplayOptions,
  replay,
  restart,
} from './session/strategies.ts'
export type { Interruption, Overlap, ResumeStep, ResumeStrategy } from './session/strategy.ts'
export { type ShareOptions, shareStream } from './share-stream.ts'
export { values } from './signals.ts'
export type { HeadersInput } from './transport/headers.ts'
export type {
  Exchange,
  ResponseHead,
  Transport,
  TransportFailure,
  TransportRequest,
  TransportSink,
} from './transport/transport.ts'
export { undiciTransport } from './transport/undici.ts'

const transportFor: TransportFor = ({ dispatcher }) => undiciTransport(dispatcher)

/** A config that names a dialect: values are what it reads. */
export type DialectConfig<T> = EventStreamConfig<T> & { dialect: Dialect<T> }
/** A config without a dialect: values are raw events. */
export type RawConfig = EventStreamConfig<ServerSentEvent> & { dialect?: undefined }

/**
 * A server-sent event stream as an Observable that never lies about how it ended.
 *
 * Cold: each subscription makes its own request; unsubscribing ends it at once. Completes only after the dialect's
 * end marker; every other ending is one {@link SseError}. Retries and resumes as `retry` and `resume` say, without
 * losing, doubling or mixing an event.
 *
 * @param url - absolute, http or https. User name and password in it become an `authorization` header.
 * @throws TypeError at the call, for a wrong URL or option.
 *
 * Does not buffer: values are delivered as they arrive, whatever the consumer's pace ({@link toAsyncIterable} waits for it).
 */
export function fromEventStream<T>(url: string | URL, config: DialectConfig<T>): Observable<T>
export function fromEventStream(url: string | URL, config?: RawConfig): Observable<ServerSentEvent>
export function fromEventStream<T>(
  url: string | URL,
  config: EventStreamConfig<T>,
): Observable<T | ServerSentEvent>
export function fromEventStream<T>(url: string | URL, config: EventStreamConfig<T> = {}): Observable<T> {
  return observeValues(streamSource(url, config, transportFor, 'values'))
}

/**
 * The same stream with its life: `connecting`, `open`, `value`, `waiting` signals, for UIs and logs.
 * `eventStreamSignals(…).pipe(values())` is `fromEventStream(…)`.
 *
 * @throws TypeError at the call, for a wrong URL or option.
 */
export function eventStreamSignals<T>(
  url: string | URL,
  config: DialectConfig<T>,
): Observable<StreamSignal<T>>
export function eventStreamSignals(
  url: string | URL,
  config?: RawConfig,
): Observable<StreamSignal<ServerSentEvent>>
export function eventStreamSignals<T>(
  url: string | URL,
  config: EventStreamConfig<T>,
): Observable<StreamSignal<T | ServerSentEvent>>
export function eventStreamSignals<T>(
  url: string | URL,
  config: EventStreamConfig<T> = {},
): Observable<StreamSignal<T>> {
  return observeSignals(streamSource(url, config, transportFor, 'signals'))
}

/**
 * The same stream, pulled: the consumer's pace reaches the socket, so a slow reader of an endless stream holds little
 * more than one chunk. `break` ends the request; an {@link SseError} is thrown out of the loop.
 *
 * Does not begin before the first `next()`. Each iteration makes its own request. Does not save what a reset takes with
 * it: events that the socket still held unread are gone then, and the cursor stands at the last one that was taken.
 *
 * @throws TypeError at the call, for a wrong URL or option.
 */
export function toAsyncIterable<T>(url: string | URL, config: DialectConfig<T>): AsyncIterable<T>
export function toAsyncIterable(url: string | URL, config?: RawConfig): AsyncIterable<ServerSentEvent>
export function toAsyncIterable<T>(
  url: string | URL,
  config: EventStreamConfig<T>,
): AsyncIterable<T | ServerSentEvent>
export function toAsyncIterable<T>(url: string | URL, config: EventStreamConfig<T> = {}): AsyncIterable<T> {
  return iterateValues(streamSource(url, config, transportFor, 'values'))
}
