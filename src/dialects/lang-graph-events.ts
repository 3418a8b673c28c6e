/** A message of LangChain, or a piece of one, as far as it is read here [langgraph]. */
export interface LangGraphMessage {
  id?: string | null
  /** Servers in Python write `AIMessageChunk` for a piece, those in JavaScript `ai` for both. */
  type: 'AIMessageChunk' | 'ai' | 'human' | 'tool' | 'system' | (string & {})
  content: string | { type: string; text?: string }[]
  /** There, if only empty: this is a piece. */
  tool_call_chunks?: {
    index?: number | null
    id?: string | null
    name?: string | null
    args?: string | null
  }[]
  /** In a piece what could be made of its arguments so far, `{}` mostly. */
  tool_calls?: { id?: string | null; name: string; args: Record<string, unknown> }[]
  usage_metadata?: object | null
  response_metadata?: Record<string, unknown>
  additional_kwargs?: Record<string, unknown>
}

/** An event type, or that of a subgraph: `messages|node:id`. */
type OfGraph<Name extends string> = Name | `${Name}|${string}`

/**
 * One event of a run of the LangGraph platform [langgraph], its data parsed. Types that are not listed here pass through
 * as they come.
 */
export type LangGraphEvent = {
  /** The last event ID as of this event. */
  readonly id?: string
} & (
  | { readonly event: 'metadata'; readonly data: { run_id: string; thread_id?: string; attempt?: number } }
  /** With `messages-tuple` among the `stream_mode`s: a piece of a message, and where it comes from. */
  | { readonly event: OfGraph<'messages'>; readonly data: [LangGraphMessage, Record<string, unknown>] }
  /** The deprecated mode `messages`: the whole of each message so far, each time. */
  | {
      readonly event: OfGraph<'messages/partial'> | OfGraph<'messages/complete'>
      readonly data: LangGraphMessage[]
    }
  | { readonly event: OfGraph<'values'> | OfGraph<'updates'>; readonly data: Record<string, unknown> }
  | {
      readonly event:
        | OfGraph<'custom'>
        | OfGraph<'debug'>
        | OfGraph<'events'>
        | OfGraph<'tasks'>
        | OfGraph<'checkpoints'>
        | 'messages/metadata'
        | 'feedback'
      readonly data: unknown
    }
)
