import { refuseUnknown } from '../errors/options.ts'
import { type Dialect, done, ping, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload, isDone, readErrorField } from './in-band.ts'
import { isSameStructure } from './same.ts'

/** Part of a tool call: `arguments` is a fragment, to be joined by `index`. */
export interface ChatCompletionToolCallDelta {
  index: number
  id?: string
  type?: 'function'
  function?: { name?: string; arguments?: string }
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

export interface OpenaiChatOptions {
  /**
   * What proves that the answer is whole. Default: `'[DONE]'`.
   *
   * `'finish_reason'` also accepts an end of the response, or a silence beyond a deadline, after every choice that has
   * begun has had its `finish_reason`, for servers that never send `[DONE]`. The text is whole then, but a usage chunk
   * may be missing, a choice that had not begun is not known of, and an error still to come is not seen.
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
 * An `error` in a chunk (also `x_groq.error`, `finish_reason: "error"`, `event: error`, an `error:` line) is a
 * `stream_error`, whether or not `[DONE]` follows. `"error": null` and an empty `data:` are nothing.
 * Does not join deltas.
 */
export function openaiChat(options: OpenaiChatOptions = {}): Dialect<ChatCompletionChunk, Finishes> {
  refuseUnknown(options, { endMarker: true }, 'openaiChat')
  const { endMarker = '[DONE]' } = options
  if (endMarker !== '[DONE]' && endMarker !== 'finish_reason') {
    throw new TypeError(
      `openaiChat: endMarker is "[DONE]" or "finish_reason", not ${JSON.stringify(endMarker)}.`,
    )
  }
  const remembers = endMarker === 'finish_reason'
  return {
    name: 'openai-chat',
    // Only where there is something to remember: events that are remembered cannot be sent again.
    ...(remembers
      ? { memory: () => ({ begun: new Set<number>(), finished: new Set<number>() }) }
      : undefined),
    read(event, memory): ChatCompletionChunk | Verdict<ChatCompletionChunk> {
      const { data } = event
      if (isDone(data)) return done()
      if (event.event === 'error') return failedEvent(event)
      if (data === '') return ping
      const chunk = JSON.parse(data) as ChatCompletionChunk
      if (typeof chunk !== 'object' || chunk === null) throw new TypeError('a chunk must be an object')
      if (maybeFailed(chunk)) {
        const failure = failedPayload(chunk)
        if (failure !== undefined) return failure
      }
      if (remembers) remember(chunk, memory)
      return chunk
    },
    readField: readErrorField,
    isContent: hasContent,
    text: textOf,
    withText: (chunk, text) => ({
      ...chunk,
      choices: chunk.choices.map((choice) =>
        choice.index === 0 ? { ...choice, delta: { ...choice.delta, content: text } } : choice,
      ),
    }),
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    isWhole: (memory) =>
      remembers &&
      memory.begun.size > 0 &&
      memory.begun.size < MAX_CHOICES &&
      memory.begun.size === memory.finished.size,
  }
}

/** A chunk of a healthy stream is cleared by a few reads of absent fields; any other is looked at thoroughly. */
function maybeFailed(
  chunk: ChatCompletionChunk & { error?: unknown; x_groq?: unknown; type?: unknown; event_type?: unknown },
): boolean {
  if (
    chunk.error !== undefined ||
    chunk.object === 'error' ||
    chunk.x_groq !== undefined ||
    chunk.type !== undefined ||
    chunk.event_type !== undefined
  )
    return true
  if (!Array.isArray(chunk.choices)) return false
  for (const choice of chunk.choices) if (choice?.finish_reason === 'error') return true
  return false
}

/** The text of the first choice: those of several are several answers. */
function textOf(chunk: ChatCompletionChunk): string {
  if (!Array.isArray(chunk?.choices)) return ''
  const content = chunk.choices.find((choice) => choice?.index === 0)?.delta?.content
  return typeof content === 'string' ? content : ''
}

/** What two runs of the same request differ in though they say the same: `obfuscation` is padding [openai]. */
const OF_THE_RUN = ['id', 'created', 'system_fingerprint', 'service_tier', 'obfuscation']

const withoutRun = (chunk: ChatCompletionChunk): object =>
  Object.fromEntries(Object.entries(chunk).filter(([key]) => !OF_THE_RUN.includes(key)))

/** More choices than any API gives [openai]: what a server makes up beyond them is not kept in memory. */
const MAX_CHOICES = 1_024

function remember(chunk: ChatCompletionChunk, { begun, finished }: Finishes): void {
  if (!Array.isArray(chunk.choices)) return
  for (const choice of chunk.choices) {
    const index = Number.isInteger(choice?.index) ? choice.index : 0
    if (begun.size < MAX_CHOICES) begun.add(index)
    if (choice?.finish_reason && begun.has(index)) finished.add(index)
  }
}

/** Audio, images, tool calls, and what servers think of next: anything but a role that is not empty. */
function saysMore(delta: object): boolean {
  for (const [key, value] of Object.entries(delta))
    if (key !== 'role' && value && !(Array.isArray(value) && value.length === 0)) return true
  return false
}

/** A role without text, an empty delta or a usage chunk is a sign of life, but no progress of the answer. */
function hasContent(chunk: ChatCompletionChunk): boolean {
  if (!Array.isArray(chunk?.choices)) return false
  for (const choice of chunk.choices) {
    if (choice?.finish_reason) return true
    const delta = choice?.delta
    if (delta && (delta.content || saysMore(delta))) return true
  }
  return false
}
