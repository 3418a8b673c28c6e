export interface ChatChunkOptions {
  /** Default: `chatcmpl-test`. */
  readonly id?: string
  /** Default: `test-model`. */
  readonly model?: string
}

/** The content of a chunk's only choice. */
export interface ChatDelta {
  readonly role?: string
  readonly content?: string
  readonly [field: string]: unknown
}

const envelope = ({ id = 'chatcmpl-test', model = 'test-model' }: ChatChunkOptions) => ({
  id,
  object: 'chat.completion.chunk',
  created: 1_767_225_600,
  model,
})

/** One chunk of a streamed Chat Completion [openai], as the data of an event. */
export function chatChunk(
  delta: ChatDelta,
  finishReason: string | null = null,
  options: ChatChunkOptions = {},
): string {
  return JSON.stringify({
    ...envelope(options),
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  })
}

export interface ChatCompletionOptions extends ChatChunkOptions {
  /** Default: `stop`. */
  readonly finishReason?: string
  /** Whether a chunk with the usage and without choices comes at the end. Default: true. */
  readonly usage?: boolean
}

/**
 * A whole streamed Chat Completion [openai]: the role, a chunk a token, the finish reason, the usage, `[DONE]`.
 *
 * @param text - cut into a token a word; or the tokens themselves.
 * @throws TypeError for anything else.
 */
export function chatCompletion(
  text: string | readonly string[],
  options: ChatCompletionOptions = {},
): readonly string[] {
  if (typeof text !== 'string' && !Array.isArray(text)) {
    throw new TypeError('chatCompletion: text: neither a text nor an array of tokens')
  }
  const { finishReason = 'stop', usage = true } = options
  const tokens = typeof text === 'string' ? tokensOf(text) : text
  const count = { prompt_tokens: 9, completion_tokens: tokens.length, total_tokens: 9 + tokens.length }
  return [
    chatChunk({ role: 'assistant', content: '' }, null, options),
    ...tokens.map((content) => chatChunk({ content }, null, options)),
    chatChunk({}, finishReason, options),
    ...(usage ? [JSON.stringify({ ...envelope(options), choices: [], usage: count })] : []),
    '[DONE]',
  ]
}

const tokensOf = (text: string): string[] => text.match(/\s*\S+(?:\s+$)?/gu) ?? (text === '' ? [] : [text])

/** U+1F30A is four bytes of UTF-8, so that a cut can fall inside a character. */
export const COMPLETION_TEXT =
  'A stream that stops early is not a short answer, so count the tokens and say \u{1F30A} only what the wire has really proved.'

/** The completion that is streamed where a scenario names none: 28 events, 24 of them a token. */
export const defaultCompletion: readonly string[] = chatCompletion(COMPLETION_TEXT)
