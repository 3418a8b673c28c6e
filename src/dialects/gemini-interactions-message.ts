import { isObject } from '../errors/json.ts'
import { type Message, NOTHING, type ToolCall } from '../messages/message.ts'
import {
  type AnyEvent,
  type Interaction,
  type InteractionDelta,
  type InteractionSoFar,
  type InteractionStepSoFar,
  listOf,
  type Piece,
  stringOr,
  textIn,
  thoughtIn,
} from './gemini-interactions-events.ts'

type SoFar = Message<InteractionSoFar>

const EMPTY: SoFar = {
  ...NOTHING,
  snapshot: { steps: [] },
}

/** The message after another event. */
export function accumulateInteraction(message: SoFar | undefined, event: AnyEvent): SoFar {
  const before = message ?? EMPTY
  if (!isObject(event)) return before
  switch (event.event_type) {
    case 'interaction.created':
    case 'interaction.start':
      return withInteraction(before, event.interaction)
    case 'interaction.completed':
    case 'interaction.complete':
      return completed(before, event.interaction)
    case 'interaction.status_update':
      return withInteraction(before, updateIn(event))
    case 'step.start':
    case 'content.start':
      return started(before, event)
    case 'step.delta':
    case 'content.delta':
      return moved(before, event)
    case 'step.stop':
    case 'content.stop':
      return stopped(before, event)
    default:
      return before
  }
}

function updateIn({ interaction_id: id, status, usage }: AnyEvent): Interaction {
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof status === 'string' && { status }),
    ...(usage !== undefined && { usage }),
  }
}

function withInteraction(before: SoFar, interaction: Interaction | undefined): SoFar {
  if (!isObject(interaction)) return before
  const { steps: _, ...rest } = interaction
  return {
    ...before,
    id: stringOr(rest.id, before.id),
    model: stringOr(rest.model, stringOr(rest.agent, before.model)),
    usage: rest.usage ?? before.usage,
    snapshot: { ...before.snapshot, ...rest },
  }
}

function completed(before: SoFar, interaction: Interaction | undefined): SoFar {
  const after = withInteraction(before, interaction)
  const finishReason = stringOr(interaction?.status, undefined)
  const isThrough = finishReason === 'completed' || finishReason === 'requires_action'
  return { ...after, ...(isThrough && proved(after)), finishReason: finishReason ?? before.finishReason }
}

/** A call that was stopped, and behind which something follows, was not cut by a limit. */
function proved({ toolCalls, snapshot }: SoFar): Pick<SoFar, 'toolCalls'> {
  let all: ToolCall[] | undefined
  for (const [at, call] of toolCalls.entries()) {
    if (call.complete || stepOf(snapshot, call.index)?.stopped !== true) continue
    all ??= [...toolCalls]
    const args = call.arguments || '{}'
    all[at] = { ...call, arguments: args, complete: true, ...parsed(args) }
  }
  return { toolCalls: all ?? toolCalls }
}

function parsed(text: string): { input?: unknown } {
  try {
    return { input: JSON.parse(text) }
  } catch {
    return {}
  }
}

const numberOf = (index: unknown): number => (Number.isInteger(index) ? (index as number) : 0)

const stepOf = ({ steps }: InteractionSoFar, index: number): InteractionStepSoFar | undefined =>
  steps.findLast((step) => step.index === index)

/** With a step in place of the one with its number, or behind all. */
function withStep(before: SoFar, step: InteractionStepSoFar): SoFar {
  const { steps } = before.snapshot
  const at = steps.findLastIndex(({ index }) => index === step.index)
  return {
    ...before,
    snapshot: { ...before.snapshot, steps: at === -1 ? [...steps, step] : steps.with(at, step) },
  }
}

function started(before: SoFar, event: AnyEvent): SoFar {
  const step = event.step ?? event.content
  if (!isObject(step)) return before
  const index = numberOf(event.index)
  const after = withStep({ ...before, ...proved(before) }, { ...step, index, stopped: false })
  return isFunctionCall(step) ? withCall(after, index, step, argumentsOf(step)) : withTexts(after, event)
}

const isFunctionCall = (piece: Piece): boolean => piece.type === 'function_call'

function withTexts(after: SoFar, event: AnyEvent): SoFar {
  const text = textIn(event)
  const thought = thoughtIn(event)
  if (text === '' && thought === '') return after
  return { ...after, text: after.text + text, reasoning: after.reasoning + thought }
}

/** Empty until fragments come; elsewhere whole. */
const argumentsOf = ({ arguments: args }: Piece): string =>
  isObject(args) && Object.keys(args).length > 0 ? JSON.stringify(args) : ''

function withCall(before: SoFar, index: number, from: Piece, args: string): SoFar {
  const at = before.toolCalls.findLastIndex((call) => call.index === index)
  const old = before.toolCalls[at]
  if (old?.complete === true) return before
  const call: ToolCall = {
    index,
    id: stringOr(from.id, old?.id),
    name: stringOr(from.name, old?.name),
    arguments: args,
    complete: false,
  }
  const toolCalls = old === undefined ? [...before.toolCalls, call] : before.toolCalls.with(at, call)
  return { ...before, toolCalls }
}

function moved(before: SoFar, event: AnyEvent): SoFar {
  const { delta, metadata } = event
  if (!isObject(delta)) return before
  const index = numberOf(event.index)
  const step = stepOf(before.snapshot, index) ?? { index, stopped: false }
  const usage = isObject(metadata) ? (metadata.total_usage ?? before.usage) : before.usage
  const after = withStep({ ...before, usage }, withDelta(step, delta))
  if (isFunctionCall(delta)) return withCall(after, index, delta, JSON.stringify(delta.arguments ?? {}))
  if (delta.type !== 'arguments_delta') return withTexts(after, event)
  const call = after.toolCalls.findLast((one) => one.index === index)
  return withCall(after, index, {}, (call?.arguments ?? '') + stringOr(delta.arguments, ''))
}

/** Texts are joined, other content is put behind it; what a tool of the server's says replaces what it said. */
function withDelta(step: InteractionStepSoFar, delta: InteractionDelta): InteractionStepSoFar {
  switch (delta.type) {
    case 'arguments_delta':
      return step
    case 'thought_summary':
      return isObject(delta.content)
        ? { ...step, summary: withPiece(listOf(step.summary), delta.content) }
        : step
    case 'thought_signature':
      return { ...step, ...(delta.signature !== undefined && { signature: delta.signature }) }
    case 'text_annotation_delta':
      return { ...step, content: annotated(listOf(step.content), delta.annotations) }
    case 'text':
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case undefined:
      return { ...step, content: withPiece(listOf(step.content), delta) }
    default: {
      const { type: _, ...rest }: object & { type?: string } = delta
      return { ...step, ...rest, index: step.index, stopped: step.stopped }
    }
  }
}

function withPiece(pieces: readonly Piece[], piece: Piece): readonly Piece[] {
  const last = pieces.at(-1)
  const isText = (piece.type === 'text' || piece.type === undefined) && typeof piece.text === 'string'
  return isText && isObject(last) && typeof last.text === 'string'
    ? pieces.with(-1, { ...last, ...piece, text: last.text + piece.text })
    : [...pieces, piece]
}

function annotated(pieces: readonly Piece[], annotations: unknown): readonly Piece[] {
  const last = pieces.at(-1)
  if (!isObject(last) || !Array.isArray(annotations)) return pieces
  return pieces.with(-1, { ...last, annotations: [...listOf(last.annotations), ...annotations] })
}

function stopped(before: SoFar, { index: number, usage }: AnyEvent): SoFar {
  const index = numberOf(number)
  const step = stepOf(before.snapshot, index)
  if (step === undefined) return before
  const call = before.toolCalls.findLast((one) => one.index === index)
  const args = call === undefined ? undefined : parsed(call.arguments).input
  return withStep(
    { ...before, usage: usage ?? before.usage },
    { ...step, ...(args !== undefined && { arguments: args }), stopped: true },
  )
}
