import type { AgUiMessage } from './ag-ui-messages.ts'

export interface AgUiBase {
  timestamp?: number
  rawEvent?: unknown
  metadata?: object
  /** Of the invocation of a subagent that this is a part of. */
  subagentRunId?: string
}

/** Something that a run needs from outside before it can go on. */
export interface AgUiInterrupt {
  id: string
  reason: string
  message?: string
  toolCallId?: string
}

/** How a run has ended that did not fail; where it is absent, with success. */
export type AgUiOutcome =
  | { type: 'success'; pendingToolCallIds?: string[] }
  | { type: 'interrupt'; interrupts: AgUiInterrupt[] }
  | { type: 'cancelled' }

/** One event of the Agent User Interaction Protocol [ag-ui]. Types that are not listed here pass through as they come. */
export type AgUiEvent = AgUiBase &
  (
    | { type: 'RUN_STARTED'; threadId: string; runId: string; parentRunId?: string; input?: object }
    | {
        type: 'RUN_FINISHED'
        threadId: string
        runId: string
        result?: unknown
        outcome?: AgUiOutcome
        usage?: object[]
      }
    | { type: 'STEP_STARTED' | 'STEP_FINISHED'; stepName: string }
    | { type: 'TEXT_MESSAGE_START'; messageId: string; role?: string; name?: string }
    | { type: 'TEXT_MESSAGE_CONTENT'; messageId: string; delta: string }
    | { type: 'TEXT_MESSAGE_END'; messageId: string }
    | { type: 'TEXT_MESSAGE_CHUNK'; messageId?: string; role?: string; name?: string; delta?: string }
    | { type: 'TOOL_CALL_START'; toolCallId: string; toolCallName: string; parentMessageId?: string }
    | { type: 'TOOL_CALL_ARGS'; toolCallId: string; delta: string }
    | { type: 'TOOL_CALL_END'; toolCallId: string }
    | {
        type: 'TOOL_CALL_CHUNK'
        toolCallId?: string
        toolCallName?: string
        parentMessageId?: string
        delta?: string
      }
    | { type: 'TOOL_CALL_RESULT'; messageId: string; toolCallId: string; content: string | object[] }
    | { type: 'REASONING_START' | 'REASONING_END'; messageId: string }
    | { type: 'REASONING_MESSAGE_START'; messageId: string; role: 'reasoning' }
    | { type: 'REASONING_MESSAGE_CONTENT'; messageId: string; delta: string }
    | { type: 'REASONING_MESSAGE_END'; messageId: string }
    | { type: 'REASONING_MESSAGE_CHUNK'; messageId?: string; delta?: string }
    | {
        type: 'REASONING_ENCRYPTED_VALUE'
        subtype: 'tool-call' | 'message'
        entityId: string
        encryptedValue: string
      }
    | { type: 'STATE_SNAPSHOT'; snapshot: unknown }
    | { type: 'STATE_DELTA'; delta: object[] }
    | { type: 'MESSAGES_SNAPSHOT'; messages: AgUiMessage[] }
    | {
        type: 'ACTIVITY_SNAPSHOT'
        messageId: string
        activityType: string
        content: object
        replace?: boolean
      }
    | { type: 'ACTIVITY_DELTA'; messageId: string; activityType: string; patch: object[] }
    | { type: 'SUBAGENT_STARTED'; subagentRunId: string; name: string; parentToolCallId?: string }
    | { type: 'SUBAGENT_FINISHED'; subagentRunId: string; result?: unknown; outcome?: object }
    | { type: 'SUBAGENT_ERROR'; subagentRunId: string; message: string; code?: string }
    | { type: 'RAW'; event: unknown; source?: string }
    | { type: 'CUSTOM'; name: string; value: unknown }
    /** Before version 1.0 of the protocol. */
    | {
        type: 'THINKING_START' | 'THINKING_END' | 'THINKING_TEXT_MESSAGE_START' | 'THINKING_TEXT_MESSAGE_END'
      }
    | { type: 'THINKING_TEXT_MESSAGE_CONTENT'; delta: string }
  )
