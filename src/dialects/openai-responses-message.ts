import { isObject, type Json } from '../errors/json.ts'
import { type Message, NOTHING } from '../messages/message.ts'
import {
  callOf,
  callsAtEnd,
  completed,
  isDone,
  type ResponsesCall,
  withCall,
} from './openai-responses-calls.ts'
import type { OpenaiResponse } from './openai-responses-events.ts'

export interface OpenaiResponsesMessage extends Message<OpenaiResponse> {
  readonly toolCalls: readonly ResponsesCall[]
  /** The `output_index` of each item of the snapshot: a server may leave one out. */
  readonly outputIndexes: readonly number[]
}

const EMPTY: OpenaiResponsesMessage = {
  ...NOTHING,
  toolCalls: [],
  snapshot: { object: 'response', output: [] } as unknown as OpenaiResponse,
  outputIndexes: [],
}

/** Where the piece of text in an event belongs: to a part of an item, or to the item itself. */
interface Place {
  readonly item: string
  readonly list?: 'content' | 'summary'
  readonly part?: string
  readonly field: string
}

const PLACES: ReadonlyMap<string, Place> = new Map([
  ['response.output_text', { item: 'message', list: 'content', part: 'output_text', field: 'text' }],
  ['response.refusal', { item: 'message', list: 'content', part: 'refusal', field: 'refusal' }],
  ['response.reasoning_text', { item: 'reasoning', list: 'content', part: 'reasoning_text', field: 'text' }],
  [
    'response.reasoning_summary_text',
    { item: 'reasoning', list: 'summary', part: 'summary_text', field: 'text' },
  ],
  ['response.function_call_arguments', { item: 'function_call', field: 'arguments' }],
  ['response.mcp_call_arguments', { item: 'mcp_call', field: 'arguments' }],
  ['response.custom_tool_call_input', { item: 'custom_tool_call', field: 'input' }],
  ['response.code_interpreter_call_code', { item: 'code_interpreter_call', field: 'code' }],
])

/** The message after one more event. An item that was never announced, as after a reload, begins with its first piece. */
export function accumulateResponse(
  message: Message<OpenaiResponse> | undefined,
  event: unknown,
): OpenaiResponsesMessage {
  const so = (message as OpenaiResponsesMessage | undefined) ?? EMPTY
  if (!isObject(event) || !isText(event.type)) return { ...so }
  const { type } = event
  switch (type) {
    case 'response.created':
    case 'response.queued':
    case 'response.in_progress':
      return isObject(event.response) ? begun(so, event.response) : { ...so }
    case 'response.completed':
    case 'response.incomplete':
      return over(so, isObject(event.response) ? event.response : {}, type)
    case 'response.output_item.added':
      return isObject(event.item) ? added(so, event, event.item) : { ...so }
    case 'response.output_item.done':
      return isObject(event.item) ? replacedOrAdded(so, event, event.item) : { ...so }
    case 'response.content_part.added':
    case 'response.content_part.done':
    case 'response.reasoning_part.added': // vLLM
    case 'response.reasoning_part.done':
      return withPart(so, event, 'content', event.content_index)
    case 'response.reasoning_summary_part.added':
    case 'response.reasoning_summary_part.done':
      return withPart(so, event, 'summary', event.summary_index)
    case 'response.output_text.annotation.added':
      return withAnnotation(so, event)
  }
  if (type.endsWith('.delta'))
    return withPiece(so, event, PLACES.get(type.slice(0, -'.delta'.length)), event.delta)
  if (type.endsWith('.done')) return withWhole(so, event, PLACES.get(type.slice(0, -'.done'.length)))
  return withStatus(so, event, type)
}

function begun(so: OpenaiResponsesMessage, response: Json): OpenaiResponsesMessage {
  const known = so.snapshot.output
  // What is sent along may be empty though items have come.
  const output = known.length > 0 ? known : arrayOf(response.output)
  const next = {
    ...so,
    id: isText(response.id) ? response.id : so.id,
    model: isText(response.model) ? response.model : so.model,
    usage: response.usage ?? so.usage,
    snapshot: { ...response, output } as unknown as OpenaiResponse,
  }
  if (output === known) return next
  const toolCalls = callsAtEnd(so.toolCalls, output, false)
  return said({ ...next, toolCalls, outputIndexes: output.map((_, i) => i) })
}

/** What ends otherwise than whole, whatever the event is called: vLLM calls an incomplete response completed. */
const NOT_WHOLE: ReadonlySet<unknown> = new Set(['incomplete', 'failed', 'cancelled'])

/** The end: what the server says of the whole goes before what its pieces have made. */
function over(so: OpenaiResponsesMessage, response: Json, type: string): OpenaiResponsesMessage {
  const { status } = response
  const isWhole = type === 'response.completed' && !NOT_WHOLE.has(status)
  const given = Array.isArray(response.output) ? (response.output as unknown[]) : undefined
  const next = {
    ...so,
    id: isText(response.id) ? response.id : so.id,
    model: isText(response.model) ? response.model : so.model,
    usage: response.usage ?? so.usage,
    finishReason: isWhole ? 'completed' : reasonOf(response),
    snapshot: { ...response, output: given ?? so.snapshot.output } as unknown as OpenaiResponse,
    outputIndexes: given === undefined ? so.outputIndexes : given.map((_, i) => i),
  }
  // Some servers send none of the items again.
  if (given === undefined || given.length === 0)
    return { ...next, toolCalls: isWhole ? mapped(so.toolCalls, completed) : so.toolCalls }
  return said({ ...next, toolCalls: callsAtEnd(so.toolCalls, given, isWhole) })
}

function reasonOf({ status, incomplete_details: details }: Json): string {
  const word = NOT_WHOLE.has(status) ? (status as string) : 'incomplete'
  const reason = isObject(details) ? details.reason : undefined
  return isText(reason) ? `${word}: ${reason}` : word
}

/**
 * Where an event's item stands in the snapshot, or -1: by its ID, else by its number, as some gateways give an item another
 * ID in each event.
 */
function positionOf({ snapshot: { output }, outputIndexes }: OpenaiResponsesMessage, event: Json): number {
  const id = event.item_id ?? (isObject(event.item) ? event.item.id : undefined)
  const at = isText(id) ? output.findLastIndex((item) => item?.id === id) : -1
  return at === -1 ? outputIndexes.lastIndexOf(event.output_index as number) : at
}

const itemAt = (so: OpenaiResponsesMessage, at: number): Json => {
  const item: unknown = so.snapshot.output[at]
  return isObject(item) ? item : {}
}

/** A new item, or an old one that begins anew. */
function added(so: OpenaiResponsesMessage, event: Json, item: Json, ended = false): OpenaiResponsesMessage {
  const old = positionOf(so, event)
  if (old !== -1 && itemAt(so, old).id === item.id) return replaced(so, old, item, ended)
  const { outputIndexes, snapshot } = so
  const last = outputIndexes.at(-1) ?? -1
  const { output_index: given } = event
  const isFree = Number.isSafeInteger(given) && (given as number) >= 0 && old === -1
  const index = isFree ? (given as number) : last + 1
  const at = index > last ? outputIndexes.length : outputIndexes.findIndex((other) => other > index)
  const call = callOf(item, index, ended)
  // The model has gone on: what had ended before was not cut.
  const calls = mapped(so.toolCalls, (other) => (other.index < index ? completed(other) : other))
  return said({
    ...so,
    toolCalls: call === undefined ? calls : [...calls, call],
    outputIndexes: outputIndexes.toSpliced(at, 0, index),
    snapshot: { ...snapshot, output: snapshot.output.toSpliced(at, 0, item as never) },
  })
}

function replaced(
  so: OpenaiResponsesMessage,
  at: number,
  item: Json,
  ended: boolean,
): OpenaiResponsesMessage {
  const { snapshot, outputIndexes, toolCalls } = so
  const call = callOf(item, outputIndexes[at] as number, ended)
  const next = { ...so, snapshot: { ...snapshot, output: snapshot.output.with(at, item as never) } }
  return call === undefined ? said(next) : { ...next, toolCalls: withCall(toolCalls, call) }
}

function replacedOrAdded(so: OpenaiResponsesMessage, event: Json, item: Json): OpenaiResponsesMessage {
  const at = positionOf(so, event)
  return at === -1 ? added(so, event, item, isDone(item)) : replaced(so, at, item, isDone(item))
}

/** One more piece of a text. */
function withPiece(
  so: OpenaiResponsesMessage,
  event: Json,
  place: Place | undefined,
  piece: unknown,
): OpenaiResponsesMessage {
  if (place === undefined || !isText(piece)) return { ...so }
  const { field } = place
  return withText(so, event, place, (old) => (isText(old[field]) ? old[field] : '') + piece)
}

/** All of a text. */
function withWhole(
  so: OpenaiResponsesMessage,
  event: Json,
  place: Place | undefined,
): OpenaiResponsesMessage {
  const whole = place && event[place.field]
  return place && isText(whole) ? withText(so, event, place, () => whole) : { ...so }
}

function withText(
  so: OpenaiResponsesMessage,
  event: Json,
  place: Place,
  text: (old: Json) => string,
): OpenaiResponsesMessage {
  const { list, part: type, field } = place
  const at = positionOf(so, event)
  const item = at === -1 ? unannounced(event, place.item) : itemAt(so, at)
  let next: Json
  if (list === undefined) {
    next = { ...item, [field]: text(item) }
  } else {
    const parts = arrayOf(item[list])
    const index = list === 'summary' ? event.summary_index : event.content_index
    const isOurs = (i: number): boolean => isObject(parts[i]) && parts[i].type === type
    const asked = placeIn(parts, index)
    const i = isOurs(asked) ? asked : isOurs(parts.length - 1) ? parts.length - 1 : parts.length
    const old = isOurs(i) ? (parts[i] as Json) : { type }
    next = { ...item, [list]: put(parts, i, { ...old, [field]: text(old) }) }
  }
  return at === -1 ? added(so, event, next) : replaced(so, at, next, false)
}

function unannounced({ item_id: id }: Json, type: string): Json {
  return isText(id) ? { type, id, status: 'in_progress' } : { type, status: 'in_progress' }
}

/** A part's place in its list: behind the last one where it was not announced. */
const placeIn = (parts: readonly unknown[], index: unknown): number =>
  Number.isSafeInteger(index) && (index as number) >= 0 && (index as number) < parts.length
    ? (index as number)
    : parts.length

const put = (parts: readonly unknown[], i: number, part: unknown): unknown[] =>
  i === parts.length ? [...parts, part] : parts.with(i, part)

function withPart(
  so: OpenaiResponsesMessage,
  event: Json,
  list: 'content' | 'summary',
  index: unknown,
): OpenaiResponsesMessage {
  const { part } = event
  if (!isObject(part)) return { ...so }
  const at = positionOf(so, event)
  const type = list === 'summary' || part.type === 'reasoning_text' ? 'reasoning' : 'message'
  const item = at === -1 ? unannounced(event, type) : itemAt(so, at)
  const parts = arrayOf(item[list])
  const next = { ...item, [list]: put(parts, placeIn(parts, index), part) }
  return at === -1 ? added(so, event, next) : replaced(so, at, next, false)
}

function withAnnotation(so: OpenaiResponsesMessage, event: Json): OpenaiResponsesMessage {
  const at = positionOf(so, event)
  const item = itemAt(so, at)
  const parts = arrayOf(item.content)
  const i = placeIn(parts, event.content_index)
  const part = parts[i]
  if (!isObject(part)) return { ...so }
  const annotations = arrayOf(part.annotations)
  const more = put(annotations, placeIn(annotations, event.annotation_index), event.annotation)
  return replaced(so, at, { ...item, content: put(parts, i, { ...part, annotations: more }) }, false)
}

/** `response.web_search_call.searching` is the status of an item; `response.image_generation_call.partial_image` is none. */
function withStatus(so: OpenaiResponsesMessage, event: Json, type: string): OpenaiResponsesMessage {
  const [, tool, status, more] = type.split('.')
  if (!tool?.endsWith('_call') || status === 'partial_image' || more !== undefined) return { ...so }
  const at = positionOf(so, event)
  const item = itemAt(so, at)
  return item.type === tool ? replaced(so, at, { ...item, status }, false) : { ...so }
}

/** The texts, anew from the items. */
function said(so: OpenaiResponsesMessage): OpenaiResponsesMessage {
  let text = ''
  let refusal = ''
  let reasoning = ''
  for (const item of so.snapshot.output as readonly unknown[]) {
    if (!isObject(item)) continue
    for (const part of arrayOf(item.content)) {
      if (!isObject(part)) continue
      if (part.type === 'output_text' && isText(part.text)) text += part.text
      else if (part.type === 'refusal' && isText(part.refusal)) refusal += part.refusal
      else if (part.type === 'reasoning_text' && isText(part.text)) reasoning += part.text
    }
    for (const part of arrayOf(item.summary)) if (isObject(part) && isText(part.text)) reasoning += part.text
  }
  return { ...so, text, refusal, reasoning }
}

/** The very same list where nothing changes. */
function mapped<T>(list: readonly T[], change: (one: T) => T): readonly T[] {
  const next = list.map(change)
  return next.every((one, i) => one === list[i]) ? list : next
}

const isText = (value: unknown): value is string => typeof value === 'string'

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
