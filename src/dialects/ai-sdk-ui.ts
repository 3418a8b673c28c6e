import type { AiSdkUiChunk, AiSdkUiMessage } from './ai-sdk-ui-chunks.ts'
import { accumulateUiMessage } from './ai-sdk-ui-message.ts'
import { done, failed, type LlmDialect, ping, type Verdict } from './dialect.ts'
import { failedEvent, failedPayload, isDone } from './in-band.ts'
import { isSameStructure } from './same.ts'

interface Finish {
  /** The last chunk was a `finish`. */
  finished: boolean
}

/**
 * The UI message stream of the AI SDK [ai-sdk]: what `createUIMessageStreamResponse` writes and `useChat` reads. `[DONE]`
 * completes; so does any end of the response right after a `finish`, and a chunk that was still to come is not known of.
 *
 * An `error` is a `stream_error`, and so is what says that the answer is not whole: an `abort`, which is not to be tried
 * again, and a `finish` whose reason is `error` or `interrupted`. A tool that failed is a value. A provider whose stream
 * broke off unnoticed is handed on by the SDK as a `finish` for the reason `other`.
 *
 * Does not take back what a `reset-step` voids: only the accumulated message does.
 */
export function aiSdkUi(): LlmDialect<AiSdkUiChunk, AiSdkUiMessage> {
  return {
    name: 'ai-sdk-ui',
    facts: {
      api: 'AI SDK UI message stream',
      end: ['data: [DONE]'],
      errors: [
        'data: {"type":"error","errorText":"An error occurred."}',
        'data: {"type":"abort","reason":"deadline"}',
        'data: {"type":"finish","finishReason":"error"}',
        'data: {"type":"finish","finishReason":"interrupted"}',
      ],
      withoutEnd:
        'complete right after a `finish`, `stream_terminated` elsewhere. It cannot see a chunk that was to follow the `finish`, nor a provider that died unnoticed: the AI SDK ends its answer with the reason `other`.',
      cursor:
        'none: GET {api}/{chatId}/stream sends the stream again from its start, 204 means there is none',
      sources: [
        'https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol',
        'https://ai-sdk.dev/docs/ai-sdk-ui/chatbot-resume-streams',
        'https://github.com/vercel/ai/blob/main/packages/ai/src/ui-message-stream/ui-message-chunks.ts',
      ],
    },
    memory: () => ({ finished: false }),
    read(event, memory): AiSdkUiChunk | Verdict<AiSdkUiChunk> {
      const { data } = event
      if (isDone(data)) return done()
      if (event.event === 'error') return failedEvent(event)
      if (data === '') return ping
      const chunk = JSON.parse(data) as AiSdkUiChunk & { reason?: unknown }
      const type: unknown = chunk?.type
      memory.finished = false
      if (type === 'finish') return finish(chunk, memory)
      if (type === 'abort') {
        const message = typeof chunk.reason === 'string' ? chunk.reason : undefined
        return failed({ type: 'abort', message, retryable: false, payload: chunk })
      }
      // A chunk of any other type may have an `error` of its own: what a tool came to, say.
      if (typeof type !== 'string' || type === 'error') return failedPayload(chunk) ?? chunk
      return chunk
    },
    isWhole: (memory) => memory.finished,
    // The protocol has no IDs. What a relay may number is not a reason to send the message once more.
    resume: () => undefined,
    isContent,
    text: (chunk) => (chunk?.type === 'text-delta' && typeof chunk.delta === 'string' ? chunk.delta : ''),
    withText: (chunk, text) => (chunk?.type === 'text-delta' ? { ...chunk, delta: text } : chunk),
    isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
    accumulate: accumulateUiMessage,
  } satisfies LlmDialect<AiSdkUiChunk, AiSdkUiMessage, Finish>
}

function finish(chunk: AiSdkUiChunk, memory: Finish): AiSdkUiChunk | Verdict<AiSdkUiChunk> {
  const reason = (chunk as { finishReason?: unknown }).finishReason
  // `interrupted`: "provider stream ended without a completion signal" [ai-sdk].
  if (reason === 'error' || reason === 'interrupted') return failed({ type: reason, payload: chunk })
  memory.finished = true
  return chunk
}

/** What opens, closes or describes something, and says nothing yet. */
const FRAMES: ReadonlySet<unknown> = new Set([
  'start',
  'start-step',
  'finish-step',
  'reset-step',
  'text-start',
  'text-end',
  'reasoning-start',
  'reasoning-end',
  'message-metadata',
])

function isContent(chunk: AiSdkUiChunk): boolean {
  const type: unknown = chunk?.type
  if (type === 'text-delta' || type === 'reasoning-delta') return (chunk as { delta?: unknown }).delta !== ''
  return typeof type === 'string' && !FRAMES.has(type)
}

/** Not `id` and `toolCallId`: they tie chunks together, so that the rest of a run with other ones would not fit. */
const OF_THE_RUN = ['messageId', 'messageMetadata', 'providerMetadata']

const withoutRun = (chunk: AiSdkUiChunk): unknown =>
  typeof chunk === 'object' && chunk !== null && !Array.isArray(chunk)
    ? Object.fromEntries(Object.entries(chunk).filter(([key]) => !OF_THE_RUN.includes(key)))
    : chunk
