import { defaultCompletion } from './completion.ts'
import type { Answer, Fault, FaultPoint, Scenario, ScenarioEvent } from './scenario.ts'
import { assertScenario } from './validate.ts'

type Named = Exclude<ScenarioEvent, string>

interface ChatChunk {
  readonly choices?: readonly {
    readonly delta: { readonly role?: string; readonly content?: string }
    readonly finish_reason: string | null
  }[]
}

const event = (data: { readonly type: string; readonly [field: string]: unknown }): Named => ({
  event: data.type,
  data: JSON.stringify(data),
})

/** What Anthropic Messages [anthropic] says where a Chat Completion says this; `undefined` if it has no word for it. */
function translateData(data: string): readonly Named[] | undefined {
  if (data === '[DONE]') return [event({ type: 'message_stop' })]
  const chunk = parse(data)
  if (typeof chunk !== 'object' || chunk === null) return undefined
  const { choices } = chunk as ChatChunk
  // The usage has come with the stop reason.
  if (choices?.length === 0) return []
  const { delta, finish_reason } = choices?.[0] ?? {}
  if (finish_reason === 'stop') {
    return [
      event({ type: 'content_block_stop', index: 0 }),
      event({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 24 },
      }),
    ]
  }
  if (delta?.role === 'assistant') {
    return [
      event({
        type: 'message_start',
        message: {
          id: 'msg_test',
          type: 'message',
          role: 'assistant',
          model: 'test-model',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 9, output_tokens: 1 },
        },
      }),
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ]
  }
  if (delta?.content === undefined) return undefined
  return [
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: delta.content } }),
  ]
}

/** The ID goes to the last event of a group, so that nobody resumes in its middle. */
function translateEvent(given: ScenarioEvent): readonly Named[] | undefined {
  if (typeof given === 'string') return translateData(given)
  if ('comment' in given) return [given]
  const group = translateData(given.data)
  if (given.id === undefined || group === undefined) return group
  return group.map((one, index) => (index === group.length - 1 ? { ...one, id: given.id as string } : one))
}

const isEvent = (given: ScenarioEvent): boolean => typeof given === 'string' || 'data' in given

const linesOf = (given: ScenarioEvent): string => {
  if (typeof given === 'string') return `data: ${given}\n\n`
  if ('comment' in given) return ''
  return `${given.event === undefined ? '' : `event: ${given.event}\n`}data: ${given.data}\n\n`
}

/** The same point in the translated events: after as many tokens; and in an event that is cut, inside the same character. */
function translatePoint(point: FaultPoint, { from: events, groups }: Translation): FaultPoint | undefined {
  if (point.events === undefined) return undefined
  const counted = events.flatMap((given, index) => (isEvent(given) ? [index] : []))
  const before = counted
    .slice(0, point.events)
    .reduce((sum, index) => sum + (groups[index] as readonly Named[]).length, 0)
  if (point.bytes === undefined) return { events: before }
  const next = counted[point.events]
  const group = next === undefined ? undefined : groups[next]
  if (next === undefined || group?.[0] === undefined) return undefined
  const inCharacter = (lines: string): number => Buffer.from(lines).findIndex((byte) => byte >= 0xf0)
  const from = inCharacter(linesOf(events[next] as ScenarioEvent))
  const isInside = from >= 0 && point.bytes > from && point.bytes < from + 4
  const shift = isInside ? inCharacter(linesOf(group[0])) - from : 0
  return { events: before, bytes: point.bytes + shift }
}

/** In Anthropic's words an error is an event of its own, and nothing follows it. */
function translateFault(fault: Fault, events: Translation): Fault | undefined {
  if (fault.after === 'request') return fault
  const after = translatePoint(fault.after, events)
  if (after === undefined) return undefined
  if (fault.type !== 'in-band-error') return { ...fault, after } as Fault
  const { shape = 'envelope', done = false } = fault
  if (done || (shape !== 'envelope' && shape !== 'typed')) return undefined
  return {
    type: fault.type,
    after,
    shape: 'typed',
    error: { type: 'overloaded_error', message: 'Overloaded' },
  }
}

/** The types of errors by the status that they come with [anthropic]. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** The error of a response that is no stream. */
function translateBody(body: string, status = 200): string {
  const parsed = parse(body)
  if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return body
  const { message } = parsed.error as { message?: string }
  const type = ERROR_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  return JSON.stringify({ type: 'error', error: { type, message } })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * A scenario that streams Chat Completions in the words of Anthropic Messages [anthropic]: the same tokens, the same faults
 * after the same token.
 *
 * `undefined` where that wire has no such thing: another API's words for an error, a tool call, recorded bytes.
 *
 * @throws TypeError for what is no scenario, naming the place in it.
 */
export function inAnthropicWords(scenario: Scenario): Scenario | undefined {
  assertScenario(scenario)
  if (scenario.fixture !== undefined) return undefined
  const events = translateEvents(scenario.events ?? defaultCompletion)
  if (events === undefined) return undefined
  const answers = (scenario.answers ?? [{}]).map((answer) => translateAnswer(answer, events))
  return areAll(answers) ? { ...scenario, events: events.to, answers } : undefined
}

/** Events, and what they became. */
interface Translation {
  readonly from: readonly ScenarioEvent[]
  readonly groups: readonly (readonly Named[])[]
  readonly to: readonly Named[]
}

function translateEvents(from: readonly ScenarioEvent[]): Translation | undefined {
  const groups = from.map(translateEvent)
  return areAll(groups) ? { from, groups, to: groups.flat() } : undefined
}

function translateAnswer(answer: Answer, ofScenario: Translation): Answer | undefined {
  if (answer.fixture !== undefined) return undefined
  const own = answer.events && translateEvents(answer.events)
  if (answer.events !== undefined && own === undefined) return undefined
  const fault = answer.fault && translateFault(answer.fault, own ?? ofScenario)
  if (answer.fault !== undefined && fault === undefined) return undefined
  return {
    ...answer,
    ...(own && { events: own.to }),
    ...(fault && { fault }),
    ...(answer.body !== undefined && { body: translateBody(answer.body, answer.status) }),
  }
}

const areAll = <T>(values: readonly (T | undefined)[]): values is readonly T[] => !values.includes(undefined)
