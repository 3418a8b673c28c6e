import { isObject, type Json } from '../errors/json.ts'
/** Part of a tool call: `arguments` is a fragment, to be joined by `index`. */
export interface ChatCompletionToolCallDelta {
  index: number
  id?: string
  type?: 'function' | 'custom'
  function?: { name?: string; arguments?: string }
  custom?: { name?: string; input?: string }
}

/**
 * One chunk of a streamed Chat Completion [openai]. Fields that servers add pass through untouched;
 * the ones named here are those that all compatible servers send.
 */
export interface ChatCompletionChunk {
  id: string
  object: string
  created: number
  model: string
  choices: {
    index: number
    delta: {
      role?: string
      content?: string | null
      refusal?: string | null
      tool_calls?: ChatCompletionToolCallDelta[]
      /** Not [openai]: the thinking of DeepSeek, vLLM, OpenRouter and others. */
      reasoning_content?: string | null
      reasoning?: string | null
    }
    finish_reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' | (string & {}) | null
  }[]
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null
}

export interface ChatCompletionToolCall {
  /** Some servers send none. */
  id?: string
  type: 'function' | 'custom' | (string & {})
  function?: { name: string; arguments: string }
  custom?: { name: string; input: string }
}

export interface ChatCompletionChoice {
  index: number
  finish_reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call' | (string & {}) | null
  logprobs: { content?: unknown[] | null; refusal?: unknown[] | null } | null
  message: {
    role: string
    /** A list of parts only where the server sends such: Mistral's reasoning models. */
    content: string | { type: string }[] | null
    refusal: string | null
    tool_calls?: ChatCompletionToolCall[]
    function_call?: { name: string; arguments: string }
    audio?: { id?: string; data?: string; transcript?: string; expires_at?: number }
    /** Not [openai]: the thinking of DeepSeek, vLLM, OpenRouter and others, joined. */
    reasoning_content?: string | null
    reasoning?: string | null
  }
}

/**
 * A Chat Completion [openai] as far as it has come: what the official SDK makes of the same chunks, and the thinking that
 * other servers send. The fields that servers add are there too.
 */
export interface ChatCompletion {
  id?: string
  object: 'chat.completion'
  created?: number
  model?: string
  choices: ChatCompletionChoice[]
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null
  service_tier?: string | null
  system_fingerprint?: string
}

/** The choices in a chunk of whatever shape. */
export function choicesOf(chunk: unknown): readonly Json[] {
  if (!isObject(chunk) || !Array.isArray(chunk.choices)) return NONE
  const choices: readonly unknown[] = chunk.choices
  return choices.every(isObject) ? choices : choices.filter(isObject)
}

const NONE: readonly Json[] = []

/** More choices, or tool calls, than any API gives [openai]: what a server makes up beyond them is not kept. */
export const MAX_CHOICES = 1_024

/** A server that leaves the index out has one choice. */
export const indexOf = (choice: Json): number =>
  Number.isInteger(choice.index) && (choice.index as number) >= 0 ? (choice.index as number) : 0

/** The text in a `content`: [openai] has a text there, Mistral's reasoning models a list of parts. */
export function textIn(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  let text = ''
  for (const part of content) if (part?.type === 'text' && typeof part.text === 'string') text += part.text
  return text
}

/** What names a delta and says nothing: servers repeat it with every chunk. */
export const LABELS: ReadonlySet<string> = new Set([
  'role',
  'index',
  'id',
  'name',
  'type',
  'channel',
  'tool_call_id',
])
