import { done, type LlmDialect, ping, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload } from './in-band.ts'
import type { LangGraphEvent, LangGraphMessage } from './lang-graph-events.ts'
import { accumulateLangGraph, isAiMessage, textOf } from './lang-graph-message.ts'
import { isSameStructure } from './same.ts'
import type { StreamRequest } from './stream-request.ts'

interface Run {
  /** Where the run's stream can be joined, as the server said. */
  location: string | undefined
  begun: boolean
  /** The run has reported an error: that nothing comes of it any more is then no good end. */
  failed?: boolean
}

/**
 * A streamed run of the LangGraph platform [langgraph]. It has no end marker any more: a clean end of the response after at
 * least one event completes, and so does `event: end` of older servers. `event: error` is a `stream_error`, whose `type` is
 * the name of the exception.
 *
 * Resumes by `GET` of the response's `Location` with `Last-Event-ID`, if the request's body has `stream_resumable: true`:
 * of any other run the server keeps nothing. The text is that of the mode `messages-tuple`.
 *
 * Does not repeat the request once the run has named itself: that would be another run, with its input once more in the
 * thread. Does not see a server that died behind a proxy which hands that on as a clean end.
 */
export function langGraph(): LlmDialect<LangGraphEvent> {
  return {
    name: 'lang-graph',
    facts: {
      api: 'LangGraph platform',
      end: ['event: end\ndata: null'],
      errors: ['event: error\ndata: {"error":"RateLimitError","message":"the quota is used up"}'],
      withoutEnd:
        'complete, if it is a clean one after at least one event: the servers of today send no `end`. It cannot see a server that died behind a proxy which hands that on as a clean end.',
      cursor:
        "the `id` field; GET the `Location` of the response with `Last-Event-ID`. Without a `Location`, without `stream_resumable: true` in the request, or with `on_disconnect: 'cancel'`: none",
      sources: [
        'https://github.com/langchain-ai/langgraphjs/blob/main/libs/sdk/src/utils/stream.ts',
        'https://github.com/langchain-ai/langgraphjs/blob/main/libs/sdk/src/types.stream.ts',
        'https://github.com/langchain-ai/langgraphjs/blob/main/libs/langgraph-api/src/api/runs.mts',
      ],
    },
    memory: () => ({ location: undefined, begun: false }),
    readHead({ header }, memory) {
      memory.location = header('location') ?? memory.location
      // Each response proves its own end: a run that is lost is joined as one of which nothing comes.
      memory.begun = false
    },
    read({ id, event, data }, memory): LangGraphEvent | Verdict<LangGraphEvent> {
      if (event === 'error') {
        memory.failed = true
        return failedEvent({ event, data })
      }
      if (data === '') return ping
      const parsed: unknown = JSON.parse(data)
      if (event === 'end') return done()
      // Only where no type says otherwise: `error` may be a key of the graph's own state.
      if (event === undefined) {
        const failure = failedPayload(parsed)
        if (failure !== undefined) return failure
      }
      memory.begun = true
      memory.failed = false
      const value = { event: event ?? 'message', data: parsed } as LangGraphEvent
      return id === undefined ? value : { id, ...value }
    },
    isWhole: (memory, cleanly) => cleanly && memory.begun && memory.failed !== true,
    resume(request, _, { location }) {
      // A run that was joined is joined again.
      if (request.method === 'GET') return {}
      if (location === undefined || !keepsEvents(request.body)) return undefined
      const url = urlOf(location, request)
      return url && { method: 'GET', url }
    },
    isContent,
    text: textOf,
    withText: (value, text) => {
      const message = messageOf(value)
      if (message === undefined || !isAiMessage(message)) return value
      const [, ...rest] = value.data as unknown[]
      const data = [{ ...message, content: contentWith(message.content, text) }, ...rest]
      return { ...value, data } as LangGraphEvent
    },
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    accumulate: accumulateLangGraph,
  } satisfies LlmDialect<LangGraphEvent, unknown, Run>
}

/** Whether the server was asked to keep the run's events, and not to cancel it when its client is gone. */
function keepsEvents(given: unknown): boolean {
  let body = given
  if (typeof given === 'string') {
    try {
      body = JSON.parse(given)
    } catch {
      return false
    }
  }
  if (typeof body !== 'object' || body === null) return false
  const { stream_resumable, on_disconnect } = body as Record<string, unknown>
  return stream_resumable === true && on_disconnect !== 'cancel'
}

/** The server does not know under which path it is mounted; its own SDK puts what it says behind the URL of the API. */
function urlOf(location: string, { url }: StreamRequest): URL | undefined {
  const first = /^\/[^/?#]+\//.exec(location)?.[0]
  const at = first === undefined ? -1 : url.pathname.indexOf(first)
  const joined = URL.parse(at > 0 ? url.pathname.slice(0, at) + location : location, url.href)
  // What cannot be asked for is no reason to tell of another failure than the one that there was.
  const isAskable =
    joined?.protocol === 'https:' || (joined?.protocol === 'http:' && url.protocol === 'http:')
  return isAskable && joined.username === '' && joined.password === '' ? joined : undefined
}

function messageOf(value: LangGraphEvent): LangGraphMessage | undefined {
  const type: unknown = value?.event
  if (typeof type !== 'string' || !(type === 'messages' || type.startsWith('messages|'))) return undefined
  const message: unknown = Array.isArray(value.data) ? value.data[0] : undefined
  return typeof message === 'object' && message !== null ? (message as LangGraphMessage) : undefined
}

/** The first block of text says it all, what is no text stays. */
function contentWith(content: unknown, text: string): unknown {
  if (!Array.isArray(content)) return text
  const isText = (block: { text?: unknown } | null): boolean => typeof block?.text === 'string'
  const first = content.findIndex(isText)
  return content
    .map((block, index) => (index === first ? { ...block, text } : block))
    .filter((block, index) => index === first || !isText(block))
}

function isContent(value: LangGraphEvent): boolean {
  const type: unknown = value?.event
  // `metadata` comes first and names the run: asked for once more, the thread would have another, and its input twice.
  if (type === 'messages/metadata' || type === 'feedback') return false
  const message = messageOf(value)
  if (message === undefined || !isAiMessage(message)) return true
  const { content, tool_call_chunks: pieces, tool_calls: calls } = message
  return [content, pieces, calls].some((part) => (Array.isArray(part) ? part.length > 0 : Boolean(part)))
}

/** What differs between two runs: IDs of the events, of the run, where a message comes from and what it cost. */
function withoutRun(value: LangGraphEvent): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { event, data } = value
  if (event === 'metadata') return { event }
  const message = messageOf(value)
  if (message === undefined) return { event, data }
  const { response_metadata: _, usage_metadata: __, ...said } = message
  return { event, data: said }
}
