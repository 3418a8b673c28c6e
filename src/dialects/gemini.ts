import { errorInPayload, errorOfText, tryParse } from '../errors/envelope.ts'
import { isObject } from '../errors/json.ts'
import type { LlmDialect } from './dialect.ts'
import { done, failed, ping, type ServerSentEvent, type Verdict } from './dialect.ts'
import {
  accumulateGemini,
  blockOf,
  finishOf,
  type GeminiCandidate,
  type GeminiChunk,
  type GeminiPart,
  indexOf,
  listOf,
  saysSomething,
} from './gemini-message.ts'
import { isDone, readErrorField } from './in-band.ts'
import { isSameStructure } from './same.ts'

/** Which candidates have begun, which have ended as far as is known, which wait for the server, and whether the prompt was refused. */
interface GeminiMemory {
  begun: Set<number>
  finished: Set<number>
  /** Their last part is code, or a call, that the server carries out itself. */
  waiting: Set<number>
  blocked: boolean
}

/**
 * Gemini's `generateContent`, streamed (`:streamGenerateContent?alt=sse`), of the Gemini API and of Vertex AI [gemini].
 *
 * The wire has no end marker. A clean end of the response completes if every candidate that has begun has last come with
 * its `finishReason`, or if the prompt was refused (`promptFeedback.blockReason`); any other end is a `stream_terminated`,
 * since a `finishReason` is also sent between the rounds of a built-in tool, with more to come. An `error` in a chunk is a
 * `stream_error`, with the delay of its RetryInfo.
 *
 * Does not see a last chunk that was cut off cleanly behind a `finishReason`, nor a candidate that has not begun.
 *
 * @typeParam T - the chunk, if it is to be another type than ours: `GenerateContentResponse` of @google/genai, say
 */
export function gemini<T = GeminiChunk>(): LlmDialect<NoInfer<T>, GeminiChunk> {
  return dialect as unknown as LlmDialect<T, GeminiChunk>
}

const dialect: LlmDialect<GeminiChunk, GeminiChunk, GeminiMemory> = {
  name: 'gemini',
  facts: {
    api: 'Gemini generateContent',
    end: [],
    errors: [
      'data: {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}',
      'data: [{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"17s"}]}}]',
      '{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}',
    ],
    withoutEnd:
      'there is none: a clean end after the `finishReason` of every candidate that has begun, or after a `blockReason`, counts as whole, any other is `stream_terminated`; not seen: chunks cut off cleanly behind a `finishReason`, a candidate that has not begun',
    cursor: 'none',
    sources: [
      'https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent',
      'https://ai.google.dev/gemini-api/docs/troubleshooting',
      'https://github.com/vercel/ai/issues/5217',
      'https://github.com/0xPlaygrounds/rig/pull/2328',
    ],
  },
  memory: () => ({ begun: new Set(), finished: new Set(), waiting: new Set(), blocked: false }),
  read(event: ServerSentEvent, memory): GeminiChunk | Verdict<GeminiChunk> {
    const { data } = event
    // Gateways write it, also behind an origin that has died.
    if (isDone(data)) return hasFinished(memory) ? done() : ping
    if (event.event === 'error') return failed(errorInPayload(tryParse(data)) ?? errorOfText(data))
    if (data === '') return ping
    const chunk = JSON.parse(data) as GeminiChunk
    const error = errorInPayload(chunk)
    if (error !== undefined) return failed(error)
    remember(chunk, memory)
    return chunk
  },
  readField: readErrorField,
  isContent: hasContent,
  text: textOf,
  withText,
  isSame: (delivered, again) => isSameStructure(withoutRun(delivered), withoutRun(again)),
  isWhole: (memory, cleanly) => cleanly && hasFinished(memory),
  accumulate: accumulateGemini,
}

const hasFinished = ({ begun, finished, blocked }: GeminiMemory): boolean =>
  begun.size === 0 ? blocked : begun.size < MAX_CANDIDATES && begun.size === finished.size

/** More candidates than the API gives [gemini]: what a server makes up beyond them is not kept in memory. */
const MAX_CANDIDATES = 1_024

function remember(chunk: GeminiChunk, memory: GeminiMemory): void {
  if (!isObject(chunk)) return
  if (blockOf(chunk) !== undefined) memory.blocked = true
  for (const candidate of listOf(chunk.candidates)) {
    if (!isObject(candidate)) continue
    const index = indexOf(candidate)
    const { begun, finished, waiting } = memory
    if (begun.size < MAX_CANDIDATES) begun.add(index)
    if (!begun.has(index)) continue
    const goesOn = saysSomething(candidate)
    if (goesOn) noteWaiting(waiting, index, candidate)
    const finish = finishOf(candidate)
    // Of code that is still to be run the API says STOP, and goes on with its result.
    if (finish !== undefined && !(finish === 'STOP' && waiting.has(index))) finished.add(index)
    else if (finish !== undefined || goesOn) finished.delete(index)
  }
}

function noteWaiting(waiting: Set<number>, index: number, candidate: GeminiCandidate): void {
  const last: unknown = listOf(candidate.content?.parts).at(-1)
  if (isObject(last) && (last.executableCode !== undefined || last.toolCall !== undefined)) waiting.add(index)
  else waiting.delete(index)
}

/** Metadata, usage and an empty text are signs of life, but no progress of the answer. */
function hasContent(chunk: GeminiChunk): boolean {
  if (!isObject(chunk)) return false
  for (const candidate of listOf(chunk.candidates)) {
    if (!isObject(candidate)) continue
    if (finishOf(candidate) !== undefined || saysSomething(candidate)) return true
  }
  return blockOf(chunk) !== undefined
}

const isAnswer = (part: GeminiPart): boolean => typeof part.text === 'string' && part.thought !== true

/** The text of the first candidate, without its thoughts. */
function textOf(chunk: GeminiChunk): string {
  let text = ''
  if (!isObject(chunk)) return text
  for (const candidate of listOf(chunk.candidates)) {
    if (!isObject(candidate) || indexOf(candidate) !== 0) continue
    for (const part of listOf(candidate.content?.parts))
      if (isObject(part) && isAnswer(part)) text += part.text
  }
  return text
}

/** In its first piece; the others are left out. */
function withText(chunk: GeminiChunk, text: string): GeminiChunk {
  if (!isObject(chunk) || !Array.isArray(chunk.candidates)) return chunk
  let rest: string | undefined = text
  const candidates = listOf(chunk.candidates).map((candidate) => {
    if (!isObject(candidate) || indexOf(candidate) !== 0 || !Array.isArray(candidate.content?.parts))
      return candidate
    const parts = listOf(candidate.content.parts).flatMap((part) => {
      if (!isObject(part) || !isAnswer(part)) return [part]
      const piece = rest
      rest = undefined
      return piece === undefined ? [] : [{ ...part, text: piece }]
    })
    return { ...candidate, content: { ...candidate.content, parts } }
  })
  return { ...chunk, candidates }
}

/** What two runs of the same request differ in though they say the same. */
const OF_THE_RUN = ['responseId', 'createTime', 'usageMetadata']

function withoutRun(chunk: GeminiChunk): unknown {
  if (!isObject(chunk)) return chunk
  const rest = Object.fromEntries(Object.entries(chunk).filter(([key]) => !OF_THE_RUN.includes(key)))
  if (!Array.isArray(chunk.candidates)) return rest
  return { ...rest, candidates: listOf(chunk.candidates).map(candidateWithoutRun) }
}

function candidateWithoutRun(candidate: unknown): unknown {
  if (!isObject(candidate) || !isObject(candidate.content) || !Array.isArray(candidate.content.parts))
    return candidate
  const parts = candidate.content.parts.map((part: unknown) => {
    if (!isObject(part)) return part
    const { thoughtSignature: _, ...rest } = part
    if (!isObject(rest.functionCall)) return rest
    const { id: __, ...functionCall } = rest.functionCall
    return { ...rest, functionCall }
  })
  return { ...candidate, content: { ...candidate.content, parts } }
}
