import { defaultCompletion } from './completion.ts'
import { errorEnvelope } from './gateway-error.ts'
import { type Block, cutAt, eventBlock, fixtureBlocks, identify, renderEvent } from './render.ts'
import type { Answer, Coding, Fault, Framing, Scenario } from './scenario.ts'

/** How an answer ends once all is sent that is due. */
type Ending =
  /** As the framing says it should. */
  | { readonly type: 'end' }
  | { readonly type: 'fin' | 'rst' | 'bad-chunk-size' | 'stall' }
  | { readonly type: 'comments'; readonly everyMs: number }

/** What to write and how to end, as data: nothing in it knows of a protocol's version or of a socket. */
export interface Plan {
  readonly delayMs: number
  /** Left out: the answer has no head, it ends before. */
  readonly head: PlannedHead | undefined
  readonly framing: Framing
  readonly coding: Coding | undefined
  /** What is sent, uncoded: a write each unless `writeSize` says otherwise. */
  readonly pieces: readonly Uint8Array[]
  /** What is promised, by a Content-Length, and never sent. */
  readonly withheld: readonly Uint8Array[]
  /** Sent after the pieces without a coding: not the origin's own. */
  readonly foreign: Uint8Array | undefined
  /** Whether the coding gets its end. */
  readonly finishCoding: boolean
  readonly paceMs: number
  readonly writeSize: number | undefined
  readonly ending: Ending
}

export interface PlannedHead {
  readonly status: number
  /** Without those of the framing. Lower-case names. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** What of a request decides on its answer. */
export interface PlanInput {
  /** From 0 up. */
  readonly ordinal: number
  readonly lastEventId: string | undefined
}

export const hasNoBody = (status: number): boolean => status === 204 || status === 304

const utf8 = new TextEncoder()

/** What a valid scenario says about one request. */
export function planAnswer(scenario: Scenario, { ordinal, lastEventId }: PlanInput): Plan {
  const answers = scenario.answers ?? [{}]
  const answer = answers[Math.min(ordinal, answers.length - 1)] as Answer
  const { coding, delayMs = 0, paceMs = 0, writeSize, fault } = answer
  const common = { delayMs, coding, paceMs, writeSize, framing: framingOf(answer) }
  const head = { status: answer.status ?? 200, headers: headersOf(answer) }
  const whole = { withheld: [], foreign: undefined, finishCoding: true, ending: { type: 'end' } as const }
  if (answer.body !== undefined) {
    const pieces = answer.body === '' ? [] : [utf8.encode(answer.body)]
    return { ...common, ...whole, head, pieces }
  }
  if (fault?.after === 'request') {
    const ending = { type: fault.type }
    return { ...common, ...whole, head: undefined, pieces: [], finishCoding: false, ending }
  }
  const blocks = blocksOf(scenario, answer, lastEventId)
  if (fault === undefined) return { ...common, ...whole, head, pieces: blocks.map(({ bytes }) => bytes) }
  const [before, after] = cutAt(blocks, fault.after)
  return { ...common, head, ...faultPlan(fault, before, after) }
}

type FaultPlan = Pick<Plan, 'pieces' | 'withheld' | 'foreign' | 'finishCoding' | 'ending'>

function faultPlan(fault: Fault, before: Uint8Array[], after: Uint8Array[]): FaultPlan {
  const cut = { pieces: before, withheld: [], foreign: undefined, finishCoding: false }
  switch (fault.type) {
    case 'fin':
    case 'rst':
    case 'stall':
      return { ...cut, withheld: after, ending: { type: fault.type } }
    case 'short-content-length': {
      // At the end of the stream nothing is left to promise, yet the length must not be right.
      const withheld = after.length === 0 ? [utf8.encode('\n')] : after
      return { ...cut, withheld, ending: { type: 'fin' } }
    }
    case 'bad-chunk-size':
      return { ...cut, ending: { type: 'bad-chunk-size' } }
    case 'comments':
      return { ...cut, ending: { type: 'comments', everyMs: fault.everyMs ?? 100 } }
    case 'clean-end':
      return { ...cut, ending: { type: 'end' } }
    case 'append':
      return { ...cut, foreign: utf8.encode(fault.text), ending: { type: 'end' } }
    case 'in-band-error': {
      const pieces = [...before, inBandError(fault)]
      if (fault.done === true) pieces.push(renderEvent({ data: '[DONE]' }))
      return { ...cut, pieces, finishCoding: true, ending: { type: 'end' } }
    }
  }
}

function inBandError({ error = { code: 'model_overloaded' }, framing }: Extract<Fault, { error?: unknown }>) {
  const data = errorEnvelope(error)
  return renderEvent(framing === 'event' ? { event: 'error', data } : { data })
}

/** The event stream of an answer, from where the request asks for it. */
function blocksOf(scenario: Scenario, answer: Answer, lastEventId: string | undefined): Block[] {
  if (answer.fixture !== undefined) return fixtureBlocks(answer.fixture)
  if (answer.events === undefined) {
    if (!isSuccess(answer)) return []
    if (scenario.fixture !== undefined) return fixtureBlocks(scenario.fixture)
  }
  const numbered = scenario.ids === true
  const events = identify(answer.events ?? scenario.events ?? defaultCompletion, numbered)
  const last = numbered && lastEventId !== undefined ? events.findIndex(({ id }) => id === lastEventId) : -1
  return events.slice(last + 1).map(eventBlock)
}

function isSuccess({ status = 200 }: Answer): boolean {
  return status >= 200 && status < 300 && !hasNoBody(status)
}

const isStream = (answer: Answer): boolean =>
  answer.body === undefined &&
  (answer.events !== undefined || answer.fixture !== undefined || isSuccess(answer))

function framingOf(answer: Answer): Framing {
  if (answer.framing !== undefined) return answer.framing
  if (answer.fault?.type === 'short-content-length') return 'content-length'
  return isStream(answer) || answer.fault !== undefined ? 'chunked' : 'content-length'
}

function headersOf(answer: Answer): [string, string][] {
  const headers = new Map<string, string>()
  if (isStream(answer)) {
    headers.set('content-type', 'text/event-stream')
    headers.set('cache-control', 'no-cache')
  } else if (answer.body !== undefined) {
    headers.set('content-type', 'text/plain; charset=utf-8')
  }
  if (answer.coding !== undefined) headers.set('content-encoding', answer.coding)
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value === null) headers.delete(name.toLowerCase())
    else headers.set(name.toLowerCase(), value)
  }
  return [...headers]
}
