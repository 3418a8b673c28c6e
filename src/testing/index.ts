export {
  type ChatChunkOptions,
  type ChatCompletionOptions,
  type ChatDelta,
  COMPLETION_TEXT,
  chatChunk,
  chatCompletion,
  defaultCompletion,
} from './completion.ts'
export { type GatewayErrorOptions, gatewayError } from './gateway-error.ts'
export { type ReplayOptions, type ReplayServer, replayCapture } from './replay-capture.ts'
export type {
  Answer,
  Coding,
  Fault,
  FaultPoint,
  FaultServer,
  Framing,
  RecordedRequest,
  Scenario,
  ScenarioEvent,
} from './scenario.ts'
export { type ScenarioName, scenarios } from './scenarios.ts'
export { startFaultServer } from './server.ts'
export { assertScenario } from './validate.ts'
