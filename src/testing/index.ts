export { inAnthropicWords } from './anthropic.ts'
export {
  type ChatChunkOptions,
  type ChatCompletionOptions,
  type ChatDelta,
  COMPLETION_TEXT,
  chatChunk,
  chatCompletion,
  defaultCompletion,
} from './completion.ts'
export { checkDialect, type DialectCheck, type DialectFixture, dialectChecks } from './dialect-checks.ts'
export type { ExpectedError } from './dialect-checks-expected.ts'
export type { ErrorShape } from './error-shapes.ts'
export { type GatewayErrorOptions, gatewayError } from './gateway-error.ts'
export type { Http2ErrorCode } from './http2-errors.ts'
export { type ReplayOptions, type ReplayServer, replayCapture } from './replay-capture.ts'
export type {
  Answer,
  BodyFault,
  BreakFault,
  Coding,
  Fault,
  FaultPoint,
  FaultServer,
  FaultServerOptions,
  Fixture,
  Framing,
  OrderFault,
  RecordedRequest,
  Scenario,
  ScenarioEvent,
} from './scenario.ts'
export {
  type ScenarioEntry,
  type ScenarioGroup,
  type ScenarioName,
  scenarioCatalog,
  scenarios,
} from './scenarios.ts'
export { startFaultServer } from './server.ts'
export { assertScenario, canServe } from './validate.ts'
