/** Fields that chunks of a tool call share. */
interface ToolChunk {
  toolCallId: string
  providerExecuted?: boolean
  providerMetadata?: object
  toolMetadata?: object
  dynamic?: boolean
}

interface SpanChunk {
  id: string
  providerMetadata?: object
}

/** One chunk of a UI message stream [ai-sdk]. Types that are not listed here pass through as they come. */
export type AiSdkUiChunk =
  | { type: 'start'; messageId?: string; messageMetadata?: unknown }
  | { type: 'start-step' | 'finish-step' | 'reset-step' }
  | ({ type: 'text-start' | 'reasoning-start' | 'reasoning-end' } & SpanChunk)
  | ({ type: 'text-end'; citations?: unknown[] } & SpanChunk)
  | ({ type: 'text-delta' | 'reasoning-delta'; delta: string } & SpanChunk)
  | ({
      type: 'tool-input-start'
      toolName: string
      title?: string
      inputEncoding?: 'json' | 'text'
    } & ToolChunk)
  | { type: 'tool-input-delta'; toolCallId: string; inputTextDelta: string }
  | ({ type: 'tool-input-available'; toolName: string; title?: string; input: unknown } & ToolChunk)
  | ({ type: 'tool-input-error'; toolName: string; input: unknown; errorText: string } & ToolChunk)
  | ({ type: 'tool-output-available'; output: unknown; preliminary?: boolean } & ToolChunk)
  | ({ type: 'tool-output-error'; errorText: string } & ToolChunk)
  | { type: 'tool-output-denied'; toolCallId: string }
  | { type: 'tool-approval-request'; approvalId: string; toolCallId: string; reason?: string }
  | { type: 'tool-approval-response'; approvalId: string; approved: boolean; reason?: string }
  | { type: 'source-url'; sourceId: string; url: string; title?: string; providerMetadata?: object }
  | {
      type: 'source-document'
      sourceId: string
      mediaType: string
      title: string
      filename?: string
      providerMetadata?: object
    }
  | { type: 'file' | 'reasoning-file'; url: string; mediaType: string; providerMetadata?: object }
  | { type: `data-${string}`; id?: string; data: unknown; transient?: boolean }
  | { type: 'message-metadata'; messageMetadata: unknown }
  | {
      type: 'finish'
      finishReason?: 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'other' | (string & {})
      messageMetadata?: unknown
    }

/** A part of a {@link AiSdkUiMessage}: `text`, `reasoning`, `tool-…`, `data-…`, … */
export interface AiSdkUiPart {
  readonly type: string
  readonly [field: string]: unknown
}

/** The `UIMessage` of the AI SDK [ai-sdk]. */
export interface AiSdkUiMessage {
  /** `''` until the server has given one. */
  readonly id: string
  readonly role: 'assistant'
  readonly metadata?: unknown
  readonly parts: readonly AiSdkUiPart[]
}
