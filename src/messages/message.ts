/** A call of a tool, as far as it has come. */
export interface ToolCall {
  /** Where the provider counts it; else from 0 up. */
  readonly index: number
  readonly id: string | undefined
  readonly name: string | undefined
  /** As they came, joined. While the call is not `complete` they may end anywhere, and still be valid JSON of another call. */
  readonly arguments: string
  /**
   * Its end was seen: only then may it be carried out. Never `true` for one that was cut, by a token limit, a filter or the
   * end of the stream.
   */
  readonly complete: boolean
  /** The provider carries it out itself: to be shown, not to be carried out. */
  readonly providerExecuted?: boolean
  /** The arguments, parsed: only of a `complete` call, and only if they are JSON. */
  readonly input?: unknown
}

/**
 * A streamed answer so far, in words that all providers share. Immutable: each value gives a new one, and what has not
 * changed in it is the same object.
 *
 * @typeParam S - the provider's own message object
 */
export interface Message<S = unknown> {
  /** The provider's ID of the answer. */
  readonly id: string | undefined
  readonly model: string | undefined
  /** All its text; of several answers ("choices", "candidates") that of the first. */
  readonly text: string
  /** What the model was shown to think, or a summary of it. */
  readonly reasoning: string
  /** Why the model declines, where the provider has that apart from the text. */
  readonly refusal: string
  /** In the order in which they began. */
  readonly toolCalls: readonly ToolCall[]
  /**
   * Why the model stopped, in the provider's own word: `stop`, `length`, `max_tokens`, `content_filter`, … `undefined` until it
   * has said so. Does not say that the stream is whole: the Observable's `complete` does.
   */
  readonly finishReason: string | undefined
  /** As the provider sent it last. */
  readonly usage: unknown
  /** The provider's own message object so far, as its official SDK would assemble it. */
  readonly snapshot: S
}

/** What a message is made of before its first value. */
export const NOTHING: Omit<Message, 'snapshot'> = {
  id: undefined,
  model: undefined,
  text: '',
  reasoning: '',
  refusal: '',
  toolCalls: [],
  finishReason: undefined,
  usage: undefined,
}

/** The call, now that its end was seen. `input` where the wire brings the arguments parsed. */
export function completed(call: ToolCall, ...given: [] | [input: unknown]): ToolCall {
  if (given.length > 0) return { ...call, complete: true, input: given[0] }
  try {
    return { ...call, complete: true, input: JSON.parse(call.arguments) }
  } catch {
    return { ...call, complete: true }
  }
}
