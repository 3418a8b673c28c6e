import { refuseUnknown, show } from '../errors/options.ts'
import type { AgUiBase, AgUiEvent } from './ag-ui-events.ts'
import { accumulateAgUi } from './ag-ui-message.ts'
import type { AgUiMessage } from './ag-ui-messages.ts'
import { type LlmDialect, ping, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload } from './in-band.ts'
import { isSameStructure } from './same.ts'

export interface AgUiOptions {
  /**
   * The `runId` of the request: only the end of this run completes. For agents that send earlier runs of the thread ahead
   * of it. Default: the end of the last run that has begun, so that a stream cut between two runs seems whole.
   */
  runId?: string | undefined
}

interface Runs {
  /** The last word on runs was a `RUN_FINISHED`, of the run that counts. */
  finished: boolean
}

/**
 * The Agent User Interaction Protocol over SSE [ag-ui]. `RUN_FINISHED` is a value; the end of the response after it
 * completes, however that comes, or a silence beyond a deadline. Not `RUN_FINISHED` itself: a late `RUN_ERROR` may follow,
 * and another run.
 *
 * `RUN_ERROR` is a `stream_error`. A run that was cancelled or waits for the user has ended: its `outcome` says so, and the
 * message's `finishReason`. A subagent's error is a value, since its parent may go on.
 *
 * Does not resume: the protocol has no IDs, and what a server may number does not count. Nor is the request repeated once
 * its run has begun.
 */
export function agUi(options: AgUiOptions = {}): LlmDialect<AgUiEvent, readonly AgUiMessage[]> {
  refuseUnknown(options, { runId: true }, 'agUi')
  const { runId } = options
  if (runId !== undefined && (typeof runId !== 'string' || runId === '')) {
    throw new TypeError(`agUi: runId must be the runId of the request, not ${show(runId)}.`)
  }
  return {
    name: 'ag-ui',
    facts: {
      api: 'AG-UI',
      end: [],
      errors: ['data: {"type":"RUN_ERROR","message":"the model is overloaded","code":"overloaded"}'],
      withoutEnd:
        'complete after `RUN_FINISHED` with no run begun since, `stream_terminated` elsewhere. It cannot see a `RUN_ERROR` that was still to follow; nor, without `runId`, that the run asked for was to follow an earlier one.',
      cursor: 'none: "a broken stream cannot be re-entered"',
      sources: [
        'https://docs.ag-ui.com/concepts/events',
        'https://github.com/ag-ui-protocol/ag-ui/blob/main/docs/spec/1.1/basic/transports/http-sse.mdx',
        'https://github.com/ag-ui-protocol/ag-ui/blob/main/docs/spec/1.1/events/lifecycle.mdx',
      ],
    },
    memory: () => ({ finished: false }),
    read(event, memory): AgUiEvent | Verdict<AgUiEvent> {
      const { data } = event
      if (event.event === 'error') return failedEvent(event)
      if (data === '') return ping
      const value = JSON.parse(data) as AgUiEvent
      const type: unknown = value?.type
      // An event of any other type may have an `error` of its own: what a tool came to, say.
      if (typeof type !== 'string' || type === 'RUN_ERROR' || type === 'error') {
        const failure = failedPayload(value)
        if (failure !== undefined) return failure
      }
      if (type === 'RUN_STARTED') memory.finished = false
      else if (type === 'RUN_FINISHED')
        memory.finished = runId === undefined || (value as { runId?: unknown }).runId === runId
      return value
    },
    isWhole: (memory) => memory.finished,
    resume: () => undefined,
    isContent,
    text: (value) => (isText(value) && typeof value.delta === 'string' ? value.delta : ''),
    withText: (value, text) => (isText(value) ? { ...value, delta: text } : value),
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    accumulate: accumulateAgUi,
  } satisfies LlmDialect<AgUiEvent, readonly AgUiMessage[], Runs>
}

const isText = (
  value: AgUiEvent,
): value is AgUiBase & { type: 'TEXT_MESSAGE_CONTENT'; messageId: string; delta: string } =>
  (value?.type === 'TEXT_MESSAGE_CONTENT' || value?.type === 'TEXT_MESSAGE_CHUNK') &&
  typeof value.delta === 'string'

/**
 * What opens, closes or restates something, and says nothing new. Not `RUN_STARTED`: a run that has begun is not begun again
 * by itself, since "re-running is a new run with a new `runId`" [ag-ui], and what it did before its first word would be done twice.
 */
const FRAMES: ReadonlySet<unknown> = new Set([
  'STEP_STARTED',
  'STEP_FINISHED',
  'TEXT_MESSAGE_START',
  'TEXT_MESSAGE_END',
  'TOOL_CALL_END',
  'REASONING_START',
  'REASONING_MESSAGE_START',
  'REASONING_MESSAGE_END',
  'REASONING_END',
  'THINKING_START',
  'THINKING_TEXT_MESSAGE_START',
  'THINKING_TEXT_MESSAGE_END',
  'THINKING_END',
  'STATE_SNAPSHOT',
  'MESSAGES_SNAPSHOT',
  'SUBAGENT_STARTED',
])

function isContent(value: AgUiEvent): boolean {
  const type: unknown = value?.type
  if (typeof type !== 'string' || FRAMES.has(type)) return false
  if (type === 'TEXT_MESSAGE_CHUNK' || type === 'REASONING_MESSAGE_CHUNK')
    return Boolean((value as { delta?: unknown }).delta)
  return (value as { delta?: unknown }).delta !== ''
}

/** Not `messageId` and `toolCallId`: they tie events together, so that the rest of a run with other ones would not fit. */
const OF_THE_RUN = ['runId', 'timestamp', 'rawEvent', 'metadata', 'input', 'usage']

const withoutRun = (value: AgUiEvent): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !OF_THE_RUN.includes(key)))
    : value
