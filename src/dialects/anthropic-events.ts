/** A block of a message's content. */
export interface AnthropicContentBlock {
  type: 'text' | 'tool_use' | 'thinking' | 'redacted_thinking' | 'server_tool_use' | (string & {})
  text?: string
  citations?: unknown[] | null
  thinking?: string
  signature?: string
  id?: string
  name?: string
  input?: unknown
}

/** A piece of a block. */
export interface AnthropicContentDelta {
  type:
    | 'text_delta'
    | 'input_json_delta'
    | 'thinking_delta'
    | 'signature_delta'
    | 'citations_delta'
    | (string & {})
  text?: string
  partial_json?: string
  thinking?: string
  signature?: string
  citation?: unknown
}

/** The message object [anthropic]. Fields that are not named here are there as they came. */
export interface AnthropicMessage {
  id: string
  type: 'message'
  role: 'assistant'
  model: string
  content: AnthropicContentBlock[]
  stop_reason:
    | 'end_turn'
    | 'max_tokens'
    | 'stop_sequence'
    | 'tool_use'
    | 'pause_turn'
    | 'refusal'
    | 'model_context_window_exceeded'
    | (string & {})
    | null
  stop_sequence?: string | null
  stop_details?: { type: string; category?: string | null; explanation?: string | null } | null
  usage: { input_tokens: number; output_tokens: number }
}

/**
 * One event of a streamed Message [anthropic]. Event types that are not listed here pass through as
 * they come: "new event types may be added, and your code should handle unknown event types gracefully".
 */
export type AnthropicMessageEvent =
  | { type: 'message_start'; message: AnthropicMessage }
  | { type: 'content_block_start'; index: number; content_block: AnthropicContentBlock }
  | { type: 'content_block_delta'; index: number; delta: AnthropicContentDelta }
  | { type: 'content_block_stop'; index: number }
  | {
      type: 'message_delta'
      delta: Pick<AnthropicMessage, 'stop_reason' | 'stop_sequence' | 'stop_details'>
      usage?: { output_tokens: number }
    }
  | { type: 'message_stop' }
