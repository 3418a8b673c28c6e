export type { EventStreamConfig, RetryConfig, TimeoutConfig } from './config.ts'
export type { DelayFunction } from './delay-notifier.ts'
export type {
  DiagnosedStream,
  StreamEndMessage,
  StreamMessages,
  StreamOpenMessage,
  StreamRetryMessage,
  StreamStartMessage,
} from './diagnostics/messages.ts'
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
export { type CodeRow, gatewayCodes, ownCodes } from './errors/code-table.ts'
export type { CodeFacts, GatewayCode, OwnCode, SseErrorCode } from './errors/codes.ts'
export type { ReplayMismatch, TerminationReason, UpstreamError } from './errors/failure.ts'
export {
  isSseError,
  type RequestFailed,
  type SseError,
  type StreamError,
  type StreamTerminated,
} from './errors/sse-error.ts'
export type {
  DialectConfig,
  EventStreamSignals,
  FromEventStream,
  RawConfig,
  ToAsyncIterable,
} from './faces.ts'
export { accumulate, text } from './message-operators.ts'
export type { Message, ToolCall } from './messages/message.ts'
export type { AttemptInfo } from './session/plan.ts'
export type { CursorSignal, OpenSignal, ResetSignal, ValueSignal, WaitingSignal } from './session/signal.ts'
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
export type { ConnectingSignal, Continuation, StreamSignal } from './stream-signal.ts'
export { type FetchTransportOptions, fetchTransport } from './transport/fetch.ts'
export type { FetchBody, FetchInit, FetchLike, FetchResponse } from './transport/fetch-like.ts'
export type { HeadersInput } from './transport/headers.ts'
export type {
  Exchange,
  ResponseHead,
  Transport,
  TransportFailure,
  TransportRequest,
  TransportSink,
  UndiciDispatcher,
} from './transport/transport.ts'
export type { ViewActions, ViewError, ViewOptions, ViewState, ViewStatus } from './view.ts'
export { type StreamView, viewState } from './view-state.ts'
export { type ViewStore, viewStore } from './view-store.ts'
