/** A part of a message, of a reasoning item or of its summary. */
export interface OpenaiResponsePart {
  type: 'output_text' | 'refusal' | 'reasoning_text' | 'summary_text' | (string & {})
  text?: string
  refusal?: string
  annotations?: unknown[]
}

/** An item of a response: a message, reasoning, a tool call, … */
export interface OpenaiResponseItem {
  type: 'message' | 'reasoning' | 'function_call' | 'custom_tool_call' | 'mcp_call' | (string & {})
  id?: string
  status?: 'in_progress' | 'completed' | 'incomplete' | (string & {})
  role?: 'assistant'
  content?: OpenaiResponsePart[] | null
  summary?: OpenaiResponsePart[]
  call_id?: string
  name?: string
  arguments?: string
  input?: string
}

/** The response object [openai]. Fields that are not named here are there as they came. */
export interface OpenaiResponse {
  id: string
  object: 'response'
  model: string
  status?: 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled' | (string & {})
  output: OpenaiResponseItem[]
  error?: { code?: string | null; message?: string } | null
  incomplete_details?: { reason?: 'max_output_tokens' | 'content_filter' | (string & {}) } | null
  background?: boolean | null
  usage?: { input_tokens: number; output_tokens: number; total_tokens: number } | null
}

interface OfItem {
  item_id: string
  output_index: number
}

interface OfPart extends OfItem {
  content_index: number
}

interface OfSummary extends OfItem {
  summary_index: number
}

/** On every event, but for those of servers that leave it out. */
interface Numbered {
  sequence_number: number
}

type LifecycleEvent = {
  type:
    | 'response.created'
    | 'response.queued'
    | 'response.in_progress'
    | 'response.completed'
    | 'response.incomplete'
  response: OpenaiResponse
}

/** `obfuscation` is padding [openai]. */
type DeltaEvent =
  | ({
      type: 'response.output_text.delta' | 'response.refusal.delta' | 'response.reasoning_text.delta'
      delta: string
      obfuscation?: string
    } & OfPart)
  | ({ type: 'response.reasoning_summary_text.delta'; delta: string; obfuscation?: string } & OfSummary)
  | ({
      type:
        | 'response.function_call_arguments.delta'
        | 'response.mcp_call_arguments.delta'
        | 'response.custom_tool_call_input.delta'
        | 'response.code_interpreter_call_code.delta'
      delta: string
      obfuscation?: string
    } & OfItem)
  | { type: 'response.audio.delta' | 'response.audio.transcript.delta'; delta: string }
  | ({
      type: 'response.image_generation_call.partial_image'
      partial_image_b64: string
      partial_image_index: number
    } & OfItem)

type DoneEvent =
  | ({ type: 'response.output_text.done' | 'response.reasoning_text.done'; text: string } & OfPart)
  | ({ type: 'response.refusal.done'; refusal: string } & OfPart)
  | ({ type: 'response.reasoning_summary_text.done'; text: string } & OfSummary)
  | ({
      type: 'response.function_call_arguments.done' | 'response.mcp_call_arguments.done'
      arguments: string
    } & OfItem)
  | ({ type: 'response.custom_tool_call_input.done'; input: string } & OfItem)
  | ({ type: 'response.code_interpreter_call_code.done'; code: string } & OfItem)
  | { type: 'response.audio.done' | 'response.audio.transcript.done' }

type StructureEvent =
  | {
      type: 'response.output_item.added' | 'response.output_item.done'
      output_index: number
      item: OpenaiResponseItem
    }
  | ({
      type: 'response.content_part.added' | 'response.content_part.done'
      part: OpenaiResponsePart
    } & OfPart)
  | ({
      type: 'response.reasoning_summary_part.added' | 'response.reasoning_summary_part.done'
      part: OpenaiResponsePart
    } & OfSummary)
  | ({
      type: 'response.output_text.annotation.added'
      annotation: unknown
      annotation_index: number
    } & OfPart)

type ToolStatusEvent = {
  type:
    | `response.${'file_search' | 'web_search'}_call.${'in_progress' | 'searching' | 'completed'}`
    | `response.image_generation_call.${'in_progress' | 'generating' | 'completed'}`
    | `response.code_interpreter_call.${'in_progress' | 'interpreting' | 'completed'}`
    | `response.mcp_call.${'in_progress' | 'completed' | 'failed'}`
    | `response.mcp_list_tools.${'in_progress' | 'completed' | 'failed'}`
} & OfItem

/**
 * One event of a streamed response [openai]. Event types that are not listed here pass through as they come: tools bring
 * new ones, and so do servers (`response.reasoning_part.added` of vLLM).
 */
export type OpenaiResponseEvent = Numbered &
  (LifecycleEvent | DeltaEvent | DoneEvent | StructureEvent | ToolStatusEvent | { type: 'keepalive' })
