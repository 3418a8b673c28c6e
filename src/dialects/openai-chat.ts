import { isObject, type Json } from '../errors/json.ts'
import { refuseUnknown, show } from '../errors/options.ts'
import { type DialectFacts, done, type LlmDialect, ping, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload, isDone, readErrorField } from './in-band.ts'
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  choicesOf,
  indexOf,
  LABELS,
  MAX_CHOICES,
  textIn,
} from './openai-chat-chunk.ts'
import { accumulateChat } from './openai-chat-message.ts'
import { isSameStructure } from './same.ts'

export type {
  ChatCompletion,
  ChatCompletionChoice,
  ChatCompletionChunk,
  ChatCompletionToolCall,
  ChatCompletionToolCallDelta,
} from './openai-chat-chunk.ts'

export interface OpenaiChatOptions {
  /**
   * What proves that the answer is whole. Default: `'[DONE]'`.
   *
   * `'finish_reason'`, for servers that never send it: the end of the response, however it comes, and a silence beyond a
   * deadline are accepted too, once every choice that has begun has its `finish_reason`. What may then be missing without
   * a sign: the usage, a choice that had not begun, an error or a filter's verdict after the text. And such a stream is
   * not resumed by itself after its first value.
   */
  endMarker?: '[DONE]' | 'finish_reason'
}

/** Which choices have begun, and which have had their `finish_reason`. */
interface Finishes {
  begun: Set<number>
  finished: Set<number>
}

/**
 * OpenAI Chat Completions [openai], and the servers that speak it: `[DONE]` completes.
 *
 * An `error` in a chunk or a choice (also `x_groq.error`, `finish_reason: "error"`, `event: error`, an `error:` line) is a
 * `stream_error`, whether or not `[DONE]` follows. `"error": null` and an empty `data:` are nothing. Chunks come as they
 * were sent; {@link accumulate} joins them.
 *
 * A tool call is `complete` once its choice has finished with `tool_calls`, `function_call` or `stop` and its arguments are
 * JSON. Empty arguments are those of a tool without any, `{}`, unless the finish is `stop`. The server is believed: one
 * that says `tool_calls` of an answer that its token limit has cut (vLLM does) is found out by arguments that break off,
 * but not by ones that are empty.
 *
 * @typeParam T - the type of the chunks, if it is another's: `openaiChat<OpenAI.ChatCompletionChunk>()`
 */
export function openaiChat<T extends ChatCompletionChunk = ChatCompletionChunk>(
  options: OpenaiChatOptions = {},
  // NoInfer: where a config with any dialect is expected, T is not guessed from there.
): LlmDialect<NoInfer<T>, ChatCompletion> {
  refuseUnknown(options, { endMarker: true }, 'openaiChat')
  const { endMarker = '[DONE]' } = options
  if (endMarker !== '[DONE]' && endMarker !== 'finish_reason') {
    throw new TypeError(`openaiChat: endMarker is "[DONE]" or "finish_reason", not ${show(endMarker)}.`)
  }
  return (endMarker === '[DONE]' ? byDone : byFinishReason) as unknown as LlmDialect<
    NoInfer<T>,
    ChatCompletion
  >
}

/** @param remembers - which choices have begun and finished: that is what proves the whole, and not `[DONE]` */
function dialectThat(remembers: boolean): LlmDialect<ChatCompletionChunk, ChatCompletion, Finishes> {
  return {
    name: 'openai-chat',
    facts,
    requestIdHeaders: REQUEST_ID,
    // Only where there is something to remember: events that are remembered cannot be sent again.
    ...(remembers
      ? { memory: () => ({ begun: new Set<number>(), finished: new Set<number>() }) }
      : undefined),
    read(event, memory): ChatCompletionChunk | Verdict<ChatCompletionChunk> {
      const { data } = event
      if (isDone(data)) return done()
      if (event.event === 'error') return failedAfter(memory, failedEvent(event))
      if (data === '') return ping
      const chunk: unknown = JSON.parse(data)
      if (maybeFailed(chunk)) {
        const failure = failedPayload(chunk)
        if (failure !== undefined) return failedAfter(memory, failure)
      }
      if (remembers) remember(chunk, memory)
      return chunk as ChatCompletionChunk
    },
    readField: readErrorField,
    isContent: hasContent,
    text: textOf,
    withText: (chunk, text) => withTextOf(chunk, text) as ChatCompletionChunk,
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    accumulate: accumulateChat,
    isWhole: (memory) =>
      remembers &&
      memory.begun.size > 0 &&
      memory.begun.size < MAX_CHOICES &&
      memory.begun.size === memory.finished.size,
  } satisfies LlmDialect<ChatCompletionChunk, ChatCompletion, Finishes>
}

/** Azure's for its support, and OpenRouter's: the ID of the generation. */
const REQUEST_ID = ['apim-request-id', 'x-generation-id']

const facts: DialectFacts = {
  api: 'OpenAI Chat Completions',
  end: ['data: [DONE]'],
  errors: [
    'data: {"error":{"message":"The server had an error while processing your request","type":"server_error","param":null,"code":null}}',
    'data: {"id":"g","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"Provider disconnected"}}',
    'data: {"id":"g","choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":504,"message":"Upstream idle timeout exceeded"}}]}',
    'data: {"object":"error","message":"EngineCore died","type":"InternalServerError","param":null,"code":500}',
    'data: {"error":"Request failed during generation: CUDA out of memory","error_type":"generation"}',
    'data: {"id":"c","choices":[],"x_groq":{"error":"over capacity"}}',
    'data: [{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}]',
    'event: error\ndata: {"error":{"type":"model_error","code":"model_overloaded","message":"The model is overloaded."}}',
    'error: {"code":500,"message":"slot unavailable","type":"server_error"}',
  ],
  withoutEnd:
    '`stream_terminated`; with `endMarker: "finish_reason"` whole once every choice that has begun has its `finish_reason`',
  cursor: 'none',
  sources: [
    'https://platform.openai.com/docs/api-reference/chat-streaming',
    'https://learn.microsoft.com/azure/foundry/openai/concepts/content-streaming',
    'https://openrouter.ai/docs/api-reference/streaming',
    'https://github.com/vllm-project/vllm/tree/main/vllm/entrypoints/openai',
    'https://github.com/ggml-org/llama.cpp/tree/master/tools/server',
    'https://api-docs.deepseek.com/quick_start/rate_limit',
    'https://console.groq.com/docs/api-reference',
  ],
}

/**
 * A chunk of a healthy stream is cleared by a few reads of absent fields; any other is looked at thoroughly. Here and in
 * `hasContent` without `choicesOf`, whose calls for each choice cost a tenth of what the JSON does; and without a loop for the
 * one choice that there is, which takes as long as all the other reads.
 */
function maybeFailed(chunk: unknown): boolean {
  if (typeof chunk !== 'object' || chunk === null) return false
  const { error, object, x_groq, type, event_type, choices } = chunk as Partial<ChatCompletionChunk> & Json
  if (error !== undefined || x_groq !== undefined || type !== undefined || event_type !== undefined)
    return true
  // Most often it is "chat.completion.chunk": to compare lengths is enough.
  if (object?.length === 5) return true
  if (choices === undefined || choices === null) return Array.isArray(chunk)
  const first: unknown = choices[0]
  return isFailing(first) || (choices.length > 1 && Array.isArray(choices) && choices.some(isFailing))
}

function isFailing(choice: unknown): boolean {
  if (choice === undefined || choice === null) return false
  const { error, finish_reason } = choice as Json
  return error !== undefined || finish_reason === 'error'
}

/** The text of the first choice: those of several are several answers. */
function textOf(chunk: unknown): string {
  for (const choice of choicesOf(chunk)) {
    if (indexOf(choice) === 0) return isObject(choice.delta) ? textIn(choice.delta.content) : ''
  }
  return ''
}

function withTextOf(chunk: unknown, text: string): unknown {
  if (!isObject(chunk) || !Array.isArray(chunk.choices)) return chunk
  const choices = chunk.choices.map((choice: unknown) => {
    if (!isObject(choice) || indexOf(choice) !== 0) return choice
    const delta = isObject(choice.delta) ? choice.delta : undefined
    const content = Array.isArray(delta?.content)
      ? [...delta.content.filter((part) => part?.type !== 'text'), { type: 'text', text }]
      : text
    return { ...choice, delta: { ...delta, content } }
  })
  return { ...chunk, choices }
}

/** What two runs of the same request differ in though they say the same: `obfuscation` is padding [openai]. */
const OF_THE_RUN: ReadonlySet<string> = new Set([
  'id',
  'created',
  'system_fingerprint',
  'service_tier',
  'obfuscation',
  // The same in other servers' words: request IDs, times, throughput.
  'x_groq',
  'timings',
  'prompt_progress',
  'provider',
])

const withoutRun = (chunk: unknown): unknown =>
  isObject(chunk) ? Object.fromEntries(Object.entries(chunk).filter(([key]) => !OF_THE_RUN.has(key))) : chunk

/** What follows a reported error, in another attempt say, needs a `finish_reason` of its own. */
function failedAfter(memory: Finishes | undefined, failure: Verdict): Verdict {
  memory?.finished.clear()
  return failure
}

function remember(chunk: unknown, { begun, finished }: Finishes): void {
  for (const choice of choicesOf(chunk)) {
    const index = indexOf(choice)
    if (begun.size < MAX_CHOICES) begun.add(index)
    if (choice.finish_reason && begun.has(index)) finished.add(index)
  }
}

/** Text, a refusal, thinking, tool calls, audio, and what servers think of next: anything but a label that is not empty. */
function saysSomething(delta: Json): boolean {
  for (const [key, value] of Object.entries(delta))
    if (value && !LABELS.has(key) && !(typeof value === 'object' && Object.keys(value).length === 0))
      return true
  return false
}

/** A role without text, an empty delta or a usage chunk is a sign of life, but no progress of the answer. */
function hasContent(chunk: unknown): boolean {
  if (typeof chunk !== 'object' || chunk === null) return false
  const { choices } = chunk as Json
  if (!Array.isArray(choices)) return false
  for (let i = 0; i < choices.length; i++) {
    const choice = choices[i]
    if (!isObject(choice)) continue
    const { delta } = choice
    if (choice.finish_reason) return true
    if (isObject(delta) && (delta.content || saysSomething(delta))) return true
  }
  return false
}

// One each for all streams: what a dialect remembers is not in it.
const byDone = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ dialectThat(false))
const byFinishReason = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ dialectThat(true))
