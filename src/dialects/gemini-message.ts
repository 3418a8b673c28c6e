import { isObject } from '../errors/json.ts'
import { type Message, NOTHING, type ToolCall } from '../messages/message.ts'
import { type GeminiPartialArg, withPartialArg } from './gemini-arguments.ts'

/** A call of a function. It comes whole, but for the arguments that Vertex AI streams if asked to [gemini]. */
export interface GeminiFunctionCall {
  id?: string
  name?: string
  args?: Readonly<Record<string, unknown>>
  partialArgs?: readonly GeminiPartialArg[]
  /** Another piece of this call follows. */
  willContinue?: boolean
}

/** A part of an answer: text, a thought, a call, code and its result, media, … */
export interface GeminiPart {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  functionCall?: GeminiFunctionCall
  [field: string]: unknown
}

export interface GeminiCandidate {
  /** Absent: 0. */
  index?: number
  content?: { role?: string; parts?: readonly GeminiPart[] }
  finishReason?:
    | 'STOP'
    | 'MAX_TOKENS'
    | 'SAFETY'
    | 'RECITATION'
    | 'MALFORMED_FUNCTION_CALL'
    | 'FINISH_REASON_UNSPECIFIED'
    | (string & {})
  finishMessage?: string
  [field: string]: unknown
}

/** One chunk of a streamed answer, and the answer so far: a GenerateContentResponse [gemini]. */
export interface GeminiChunk {
  candidates?: readonly GeminiCandidate[]
  promptFeedback?: { blockReason?: string; [field: string]: unknown }
  usageMetadata?: { promptTokenCount?: number; candidatesTokenCount?: number; totalTokenCount?: number }
  modelVersion?: string
  responseId?: string
  [field: string]: unknown
}

type Calls = readonly ToolCall[]

export const listOf = <T>(value: readonly T[] | undefined): readonly T[] =>
  Array.isArray(value) ? value : []

const partsOf = (candidate: GeminiCandidate): readonly GeminiPart[] =>
  listOf(candidate.content?.parts).filter(isObject)

/** A candidate without a number is the only one. */
export const indexOf = (candidate: GeminiCandidate): number =>
  Number.isInteger(candidate.index) ? (candidate.index as number) : 0

/** Why the candidate has ended; nothing while it has not. */
export function finishOf({ finishReason }: GeminiCandidate): string | undefined {
  return typeof finishReason === 'string' &&
    finishReason !== '' &&
    finishReason !== 'FINISH_REASON_UNSPECIFIED'
    ? finishReason
    : undefined
}

/** A prompt that is refused has no candidates, but a reason. */
export function blockOf(chunk: GeminiChunk): string | undefined {
  const reason = isObject(chunk.promptFeedback) ? chunk.promptFeedback.blockReason : undefined
  return typeof reason === 'string' && reason !== '' && reason !== 'BLOCKED_REASON_UNSPECIFIED'
    ? reason
    : undefined
}

/** Is there more in it than an empty text? The signature of a thought is no answer either. */
export function saysSomething(candidate: GeminiCandidate): boolean {
  for (const part of listOf(candidate.content?.parts)) if (isObject(part) && isSaying(part)) return true
  return false
}

function isSaying(part: GeminiPart): boolean {
  for (const key in part) if (part[key] && key !== 'thought' && key !== 'thoughtSignature') return true
  return false
}

const textIn = (part: GeminiPart): string => (typeof part.text === 'string' ? part.text : '')

/** The message after another chunk. A signature closes the part that it stands on. */
export function accumulateGemini(
  message: Message<GeminiChunk> | undefined,
  chunk: GeminiChunk,
): Message<GeminiChunk> {
  if (!isObject(chunk)) return message ?? EMPTY
  const before = message ?? EMPTY
  const { candidates: _, ...rest } = chunk
  let { text, reasoning, toolCalls, finishReason } = before
  let candidates = listOf(before.snapshot.candidates)
  for (const candidate of listOf(chunk.candidates)) {
    if (!isObject(candidate)) continue
    const index = indexOf(candidate)
    const parts = partsOf(candidate)
    const at = candidates.findIndex((one) => indexOf(one) === index)
    const joined = join(partsIn(candidates[at]), parts, index === 0 ? toolCalls : [], finishOf(candidate))
    const merged = mergeCandidate(candidates[at], candidate, joined.parts)
    candidates = at === -1 ? [...candidates, merged] : candidates.with(at, merged)
    if (index !== 0) continue
    toolCalls = joined.toolCalls
    for (const part of parts) {
      if (part.thought === true) reasoning += textIn(part)
      else text += textIn(part)
    }
    finishReason = finishOf(merged)
  }
  return {
    id: typeof chunk.responseId === 'string' ? chunk.responseId : before.id,
    model: typeof chunk.modelVersion === 'string' ? chunk.modelVersion : before.model,
    text,
    reasoning,
    refusal: '',
    toolCalls,
    finishReason: finishReason ?? blockOf(chunk),
    usage: chunk.usageMetadata ?? before.usage,
    snapshot: { ...before.snapshot, ...rest, ...(candidates.length > 0 && { candidates }) },
  }
}

const EMPTY: Message<GeminiChunk> = {
  ...NOTHING,
  snapshot: {},
}

const partsIn = (candidate: GeminiCandidate | undefined): readonly GeminiPart[] =>
  listOf(candidate?.content?.parts)

function mergeCandidate(
  before: GeminiCandidate | undefined,
  candidate: GeminiCandidate,
  parts: readonly GeminiPart[],
): GeminiCandidate {
  // Between the rounds of a built-in tool there is a finishReason too: what goes on has not finished.
  const { finishReason, finishMessage, ...open } = before ?? {}
  const goesOn = saysSomething(candidate)
  const content = isObject(candidate.content) ? candidate.content : undefined
  return {
    ...(goesOn ? open : before),
    ...candidate,
    ...((before?.content ?? content) && { content: { ...before?.content, ...content, parts } }),
  }
}

/** The parts so far and those that have come: texts of a kind are joined, a streamed call is gone on with. */
function join(
  before: readonly GeminiPart[],
  parts: readonly GeminiPart[],
  calls: Calls,
  finish: string | undefined,
): { parts: readonly GeminiPart[]; toolCalls: Calls } {
  if (parts.length === 0) return { parts: before, toolCalls: calls }
  const joined = [...before]
  let toolCalls = calls
  for (const part of parts) {
    const last = joined.at(-1)
    if (isObject(part.functionCall)) {
      const open = joined.findLastIndex((one) => isObject(one.functionCall))
      const { functionCall: previous } = joined[open] ?? {}
      const continues = previous?.willContinue === true && isContinuation(previous, part.functionCall)
      const call = continues ? continued(previous, part.functionCall) : begun(part.functionCall)
      if (continues) joined[open] = { ...joined[open], ...part, functionCall: call }
      else joined.push(call === part.functionCall ? part : { ...part, functionCall: call })
      const tool = toolCallOf(call, finish, continues ? toolCalls.length - 1 : toolCalls.length)
      toolCalls = continues ? [...toolCalls.slice(0, -1), tool] : [...toolCalls, tool]
    } else if (last !== undefined && isText(last) && isText(part) && isSameKind(last, part)) {
      joined[joined.length - 1] = { ...last, ...part, text: textIn(last) + textIn(part) }
    } else {
      joined.push(part)
    }
  }
  return { parts: joined, toolCalls }
}

function isText(part: GeminiPart): boolean {
  for (const key in part) if (key !== 'text' && key !== 'thought' && key !== 'thoughtSignature') return false
  return typeof part.text === 'string'
}

const isSameKind = (last: GeminiPart, part: GeminiPart): boolean =>
  (last.thought === true) === (part.thought === true) && last.thoughtSignature === undefined

/** A piece has no name, or it repeats that of its call; what comes with whole arguments is another call. */
const isContinuation = (open: GeminiFunctionCall, call: GeminiFunctionCall): boolean =>
  (call.name === undefined || call.name === open.name) &&
  (call.id === undefined || open.id === undefined || call.id === open.id) &&
  (call.name === undefined || call.partialArgs !== undefined)

/** `partialArgs` keeps the pieces that did not fit: with one, the call is never complete. */
function begun(call: GeminiFunctionCall): GeminiFunctionCall {
  if (call.partialArgs === undefined) return call
  const { partialArgs: _, ...rest } = call
  return withPieces(rest, call, [])
}

function continued(open: GeminiFunctionCall, call: GeminiFunctionCall): GeminiFunctionCall {
  const { partialArgs = [], willContinue: _, ...rest } = open
  const { willContinue, partialArgs: __, args: ___, ...more } = call
  return withPieces({ ...rest, ...more, ...(willContinue === true && { willContinue }) }, call, partialArgs)
}

function withPieces(
  to: GeminiFunctionCall,
  { partialArgs, willContinue }: GeminiFunctionCall,
  unfit: readonly GeminiPartialArg[],
): GeminiFunctionCall {
  const rest = [...unfit]
  let args = isObject(to.args) ? to.args : {}
  let goesOn = willContinue === true
  for (const arg of listOf(partialArgs)) {
    const next = withPartialArg(args, arg)
    if (next === undefined) rest.push(arg)
    else args = next
    if (arg?.willContinue === true) goesOn = true
  }
  return {
    ...to,
    args,
    ...(goesOn && { willContinue: true }),
    ...(rest.length > 0 && { partialArgs: rest }),
  }
}

function toolCallOf(call: GeminiFunctionCall, finish: string | undefined, index: number): ToolCall {
  const { id, name, args, willContinue, partialArgs } = call
  const isWhole =
    willContinue !== true &&
    partialArgs === undefined &&
    typeof name === 'string' &&
    name !== '' &&
    (args === undefined || isObject(args)) &&
    // Of a call that comes together with another reason nobody says that it is all there.
    (finish === undefined || finish === 'STOP')
  return {
    index,
    id: typeof id === 'string' ? id : undefined,
    name: typeof name === 'string' ? name : undefined,
    arguments: args === undefined && willContinue === true ? '' : JSON.stringify(args ?? {}),
    complete: isWhole,
    ...(isWhole && { input: args ?? {} }),
  }
}
