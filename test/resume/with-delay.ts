import type { DelayFunction, EventStreamConfig, ServerSentEvent } from '../../src/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE } from './wire-text.ts'

/** Fails so often, then is whole. */
export const failing =
  (times: number) =>
  (n: number): Reply => ({ text: n > times ? DONE : '' })

export const withDelay = (
  delay: DelayFunction,
  answer: readonly Reply[] | ((n: number) => Reply) = failing(1),
  config: EventStreamConfig<ServerSentEvent> = {},
  deps: ConstructorParameters<typeof VirtualStream<ServerSentEvent>>[2] = {},
) => new VirtualStream(answer, { retry: { delay }, ...config }, deps)

export const setupFailed = { kind: 'request_failed', code: 'request_setup_failed', retryable: false }

/** The same after a value. */
export const setupFailedAfterValues = { ...setupFailed, kind: 'stream_terminated', reason: 'not_resumed' }

export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
