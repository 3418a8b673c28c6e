import { isObject } from '../errors/json.ts'
/** A piece of content, or what a step has come to: text, a thought, an image, a call of a tool and its result, … */
export interface Piece {
  type?: string
  text?: string
  [field: string]: unknown
}

export interface InteractionDelta extends Piece {
  /** Of a `thought_summary`. */
  content?: Piece
  /** Of an `arguments_delta`: a fragment of JSON. */
  arguments?: unknown
  signature?: string
}

export interface InteractionStep extends Piece {
  id?: string
  name?: string
  arguments?: unknown
  content?: readonly Piece[]
  summary?: readonly Piece[]
}

export interface Interaction {
  id?: string
  /** Of an event that ends: `completed`, `requires_action` (a function is to be called), `incomplete`, `cancelled`, `budget_exceeded`, … */
  status?: 'in_progress' | 'completed' | 'requires_action' | 'incomplete' | 'failed' | (string & {})
  model?: string
  agent?: string
  steps?: readonly InteractionStep[]
  usage?: unknown
  [field: string]: unknown
}

interface Identified {
  /** What comes after it can be asked for. */
  event_id?: string
}

/** One event of a streamed interaction [gemini]. Event types that are not listed here pass through as they come. */
export type InteractionEvent = Identified &
  (
    | { event_type: 'interaction.created' | 'interaction.completed'; interaction: Interaction }
    | { event_type: 'interaction.status_update'; interaction_id: string; status: string; usage?: unknown }
    | { event_type: 'step.start'; index: number; step: InteractionStep }
    | {
        event_type: 'step.delta'
        index: number
        delta: InteractionDelta
        metadata?: { total_usage?: unknown }
      }
    | { event_type: 'step.stop'; index: number; usage?: unknown }
  )

/** A step of the interaction so far, by the number that the events have for it. */
export interface InteractionStepSoFar extends InteractionStep {
  index: number
  /** Its `step.stop` has come. */
  stopped: boolean
}

export interface InteractionSoFar extends Interaction {
  steps: readonly InteractionStepSoFar[]
}

/** An event of any type and shape. Before May 2026 steps were called `content`. */
export interface AnyEvent {
  event_type?: string
  index?: number
  interaction?: Interaction
  interaction_id?: string
  status?: string
  step?: InteractionStep
  content?: InteractionStep
  delta?: InteractionDelta
  usage?: unknown
  metadata?: { total_usage?: unknown }
}

export const stringOr = <O>(value: unknown, other: O): string | O =>
  typeof value === 'string' ? value : other

export const listOf = (pieces: unknown): readonly Piece[] => (Array.isArray(pieces) ? pieces : [])

const joined = (pieces: unknown): string =>
  listOf(pieces)
    .map((piece) => (isObject(piece) ? stringOr(piece.text, '') : ''))
    .join('')

export const isStart = (event: AnyEvent): boolean =>
  event?.event_type === 'step.start' || event?.event_type === 'content.start'

export const isDelta = (event: AnyEvent): boolean =>
  event?.event_type === 'step.delta' || event?.event_type === 'content.delta'

/** The text of the answer in an event: that of a delta, and what a step begins with. */
export function textIn(event: AnyEvent): string {
  if (isDelta(event)) {
    const { delta } = event
    return isObject(delta) && (delta.type === 'text' || delta.type === undefined)
      ? stringOr(delta.text, '')
      : ''
  }
  if (!isStart(event)) return ''
  const step = event.step ?? event.content
  return isObject(step) && step.type === 'model_output' ? joined(step.content) : ''
}

export function thoughtIn(event: AnyEvent): string {
  if (!isDelta(event))
    return isObject(event.step) && event.step.type === 'thought' ? joined(event.step.summary) : ''
  const { delta } = event
  return isObject(delta) && delta.type === 'thought_summary' ? joined([delta.content]) : ''
}
