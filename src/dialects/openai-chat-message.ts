import { isObject, type Json } from '../errors/json.ts'
import { GrowingList } from '../messages/growing-list.ts'
import { type Message, NOTHING } from '../messages/message.ts'
import {
  type ChatCompletion,
  type ChatCompletionChoice,
  choicesOf,
  indexOf,
  LABELS,
  MAX_CHOICES,
  textIn,
} from './openai-chat-chunk.ts'
import { addToolCalls, readToolCalls } from './openai-chat-tools.ts'

type Chat = Message<ChatCompletion>
type Delta = ChatCompletionChoice['message']

const EMPTY: Chat = {
  ...NOTHING,
  snapshot: { object: 'chat.completion', choices: [] },
}

/** Joins a chunk, of whatever shape, to the message so far. */
export function accumulateChat(message: Chat | undefined, chunk: unknown): Chat {
  const before = message ?? EMPTY
  if (!isObject(chunk)) return { ...before }
  const pieces = choicesOf(chunk)
  let { choices } = before.snapshot
  for (const piece of pieces) choices = addChoice(choices, piece)
  const snapshot = { ...addHead(before.snapshot, chunk), choices }
  const first = choices[0]?.index === 0 ? choices[0] : undefined
  const was = before.snapshot.choices[0]?.index === 0 ? before.snapshot.choices[0] : undefined
  if (first === was) return { ...before, ...headOf(snapshot, chunk, before), snapshot }
  return {
    ...headOf(snapshot, chunk, before),
    text: textIn(first?.message.content),
    reasoning: before.reasoning + reasoningIn(pieces),
    refusal: first?.message.refusal ?? '',
    toolCalls: readToolCalls(before.toolCalls, was, first),
    finishReason: finishIn(pieces) ?? before.finishReason,
    snapshot,
  }
}

const named = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const headOf = (snapshot: ChatCompletion, chunk: Json, before: Chat) => ({
  id: named(snapshot.id),
  model: named(snapshot.model),
  // Groq's own place, besides [openai]'s
  usage: chunk.usage ?? (isObject(chunk.x_groq) ? chunk.x_groq.usage : undefined) ?? before.usage,
})

/**
 * The fields beside the choices: the last one sent counts. A chunk without an ID, as Azure's filters send them, gives only
 * what is not empty.
 */
function addHead(snapshot: ChatCompletion, chunk: Json): ChatCompletion {
  const { choices: _, object: __, obfuscation: ___, ...head } = chunk
  const isFirst = !('id' in snapshot) && snapshot.choices.length === 0
  const given =
    chunk.id || isFirst
      ? head
      : Object.fromEntries(
          Object.entries(head).filter(([, value]) => value !== null && value !== '' && value !== 0),
        )
  const next: ChatCompletion = { ...snapshot, ...given }
  if (!next.system_fingerprint) delete next.system_fingerprint
  return next
}

function addChoice(choices: ChatCompletionChoice[], piece: Json): ChatCompletionChoice[] {
  const index = indexOf(piece)
  // Nearly always where it belongs: choices begin in their order.
  const at = choices[index]?.index === index ? index : choices.findIndex((choice) => choice.index === index)
  if (at !== -1) return choices.with(at, joinChoice(choices[at] as ChatCompletionChoice, piece))
  if (choices.length >= MAX_CHOICES) return choices
  const begun: ChatCompletionChoice = {
    index,
    finish_reason: null,
    logprobs: null,
    message: { role: 'assistant', content: null, refusal: null },
  }
  const later = choices.findIndex((choice) => choice.index > index)
  return choices.toSpliced(later === -1 ? choices.length : later, 0, joinChoice(begun, piece))
}

function joinChoice(choice: ChatCompletionChoice, piece: Json): ChatCompletionChoice {
  // `message`: some send the whole so far beside the delta.
  const { index, delta, message: _, finish_reason, logprobs, ...rest } = piece
  const message = isObject(delta) ? joinDelta(choice.message, delta) : choice.message
  const finish = named(finish_reason) ?? choice.finish_reason
  return {
    ...choice,
    ...rest,
    message,
    logprobs: isObject(logprobs) ? joinLogprobs(choice.logprobs, logprobs) : choice.logprobs,
    finish_reason: finish ?? (isObject(delta) && endsAudio(delta, message) ? 'stop' : null),
  }
}

function joinDelta(message: Delta, delta: Json): Delta {
  const { role, content, refusal, tool_calls, function_call, audio, ...unknown } = delta
  let next: Delta = { ...message }
  if (named(role) !== undefined) next.role = role as string
  if (typeof content === 'string' || Array.isArray(content)) next.content = joinContent(next.content, content)
  if (named(refusal) !== undefined) next.refusal = (next.refusal ?? '') + refusal
  if (Array.isArray(tool_calls)) next.tool_calls = addToolCalls(next.tool_calls ?? [], tool_calls)
  if (isObject(function_call)) {
    next.function_call = {
      name: named(function_call.name) ?? next.function_call?.name ?? '',
      arguments: (next.function_call?.arguments ?? '') + (named(function_call.arguments) ?? ''),
    }
  }
  if (isObject(audio)) next.audio = joinAudio(next.audio, audio)
  for (const key of Object.keys(unknown)) {
    // Not an assignment: `__proto__` in a payload is a field like any other.
    next = { ...next, [key]: joinUnknown(next, key, unknown[key]) }
  }
  return next
}

/** Texts and lists go on; of anything else the last one counts. */
function joinUnknown(message: object, key: string, value: unknown): unknown {
  const before: unknown = Object.hasOwn(message, key) ? (message as Json)[key] : undefined
  if (value === null || value === undefined) return before ?? value
  if (typeof before === 'string' && typeof value === 'string' && !LABELS.has(key)) return before + value
  return Array.isArray(before) && Array.isArray(value) ? joinParts(before, value) : value
}

function joinContent(before: Delta['content'], content: string | unknown[]): Delta['content'] {
  if (typeof before !== 'object' && typeof content === 'string') return (before ?? '') + content
  if (before === null && typeof content === 'string') return content
  const parts = (value: string | unknown[] | null): unknown[] =>
    typeof value !== 'string' ? (value ?? []) : value === '' ? [] : [{ type: 'text', text: value }]
  return joinParts(parts(before), parts(content)) as Delta['content']
}

/** Of these, what comes in a row is one part that goes on. */
const GOES_ON: ReadonlySet<unknown> = new Set(['text', 'thinking', 'reasoning.text', 'reasoning.summary'])

/** Lists of parts: Mistral's `content`, OpenRouter's `reasoning_details`. */
function joinParts(before: readonly unknown[], parts: readonly unknown[]): unknown[] {
  const joined = [...before]
  for (const part of parts) {
    const last = joined.at(-1)
    if (isObject(last) && isObject(part) && goesOn(last, part))
      joined[joined.length - 1] = joinPart(last, part)
    else joined.push(part)
  }
  return joined
}

const goesOn = (last: Json, part: Json): boolean =>
  GOES_ON.has(part.type) &&
  last.type === part.type &&
  last.index === part.index &&
  (last.id ?? part.id) === (part.id ?? last.id)

function joinPart(last: Json, part: Json): Json {
  let joined = last
  for (const [key, value] of Object.entries(part)) {
    if (value === null || value === undefined) continue
    const before = Object.hasOwn(last, key) ? last[key] : undefined
    const goes = key === 'text' || key === 'summary' || key === 'thinking'
    if (goes && typeof before === 'string' && typeof value === 'string')
      joined = { ...joined, [key]: before + value }
    else if (goes && Array.isArray(before) && Array.isArray(value))
      joined = { ...joined, [key]: joinParts(before, value) }
    else joined = { ...joined, [key]: value }
  }
  return joined
}

/** The server's word, which is not always the snapshot's: see {@link endsAudio}. */
function finishIn(pieces: readonly Json[]): string | undefined {
  let finish: string | undefined
  for (const piece of pieces) if (indexOf(piece) === 0) finish = named(piece.finish_reason) ?? finish
  return finish
}

/** Of several fields with the same thinking, one. */
function reasoningIn(pieces: readonly Json[]): string {
  let reasoning = ''
  for (const { delta, ...piece } of pieces) {
    if (indexOf(piece) !== 0 || !isObject(delta)) continue
    reasoning +=
      named(delta.reasoning_content) ??
      named(delta.reasoning) ??
      (thinkingIn(delta.reasoning_details) || thinkingIn(delta.content))
  }
  return reasoning
}

function thinkingIn(parts: unknown): string {
  if (!Array.isArray(parts)) return ''
  let text = ''
  for (const part of parts) {
    if (!isObject(part) || !GOES_ON.has(part.type) || part.type === 'text') continue
    if (part.type === 'thinking')
      text += typeof part.thinking === 'string' ? part.thinking : textIn(part.thinking)
    else text += named(part.text) ?? named(part.summary) ?? ''
  }
  return text
}

function joinAudio(before: Delta['audio'], audio: Json): NonNullable<Delta['audio']> {
  const next = { ...before }
  if (typeof audio.id === 'string') next.id = audio.id
  if (typeof audio.data === 'string') next.data = (next.data ?? '') + audio.data
  if (typeof audio.transcript === 'string') next.transcript = (next.transcript ?? '') + audio.transcript
  if (typeof audio.expires_at === 'number') next.expires_at = audio.expires_at
  return next
}

/** Spoken answers end with a delta that has only the time at which the recording is thrown away, and no `finish_reason` [openai]. */
function endsAudio(delta: Json, { audio }: Delta): boolean {
  if (!isObject(delta.audio) || Object.keys(delta).length !== 1 || audio === undefined) return false
  const { expires_at, ...rest } = delta.audio
  return (
    typeof expires_at === 'number' &&
    Object.values(rest).every((value) => value === null) &&
    audio.id !== undefined &&
    audio.data !== undefined &&
    audio.transcript !== undefined
  )
}

/** The lists in a `logprobs`, in pieces: there is an item for every token. */
const listsOf = new WeakMap<object, ReadonlyMap<string, GrowingList>>()

function joinLogprobs(
  before: ChatCompletionChoice['logprobs'],
  piece: Json,
): ChatCompletionChoice['logprobs'] {
  const known = before === null ? undefined : listsOf.get(before)
  const lists = new Map(known)
  const fields = new Map<string, unknown>()
  // Not a spread: that would look at the lists. Without `known` it is a copy of a message, with plain lists.
  for (const key of Object.keys(before ?? {})) if (!lists.has(key)) put(key, (before as Json)[key])
  for (const key of Object.keys(piece)) put(key, piece[key])
  function put(key: string, value: unknown): void {
    if (Array.isArray(value)) lists.set(key, new GrowingList(value, lists.get(key)))
    else if (!lists.has(key)) fields.set(key, value)
  }
  const logprobs: object = Object.fromEntries(fields)
  for (const [key, list] of lists)
    Object.defineProperty(logprobs, key, { enumerable: true, configurable: true, get: () => list.items })
  listsOf.set(logprobs, lists)
  return logprobs
}
