import { defaultCompletion } from './completion.ts'
import { defaultError, errorInShape } from './error-shapes.ts'
import { http2ErrorNumber } from './http2-errors.ts'
import type { LoadedAnswer, LoadedScenario } from './load-fixtures.ts'
import {
  type Block,
  cutAt,
  eventBlock,
  fixtureBlocks,
  identify,
  indexAfter,
  renderEvent,
  renderLine,
  repeatAt,
  skipAt,
} from './render.ts'
import type { BodyFault, BreakFault, Coding, Fault, FaultPoint, Framing, OrderFault } from './scenario.ts'

/** How an answer ends once all is sent that is due. */
type Ending =
  /** As the framing says it should. */
  | { readonly type: 'end' }
  | { readonly type: 'stall' }
  | { readonly type: 'comments'; readonly everyMs: number }
  | { readonly type: 'break'; readonly how: Break }
  /** A GOAWAY, after which the rest of the stream comes after all, and a proper end. */
  | { readonly type: 'announce'; readonly how: Break; readonly rest: readonly Uint8Array[] }

/** What is done to the connection, or to the stream of HTTP/2. */
export type Break =
  | { readonly type: 'fin' | 'rst' | 'no-close-notify' }
  | { readonly type: 'bad-chunk-size' }
  /** The end of the body although more was promised. */
  | { readonly type: 'short' }
  | { readonly type: 'stream-reset'; readonly code: number }
  /** `closes`: FIN follows. */
  | {
      readonly type: 'goaway'
      readonly code: number
      readonly lastStream: 'this' | 'before'
      readonly closes: boolean
    }

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
  readonly writeSizes: readonly number[] | undefined
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

/** A response with this status ends with its head [rfc9110 section 15.3.6, section 6.4.1]. */
export const hasNoBody = (status: number): boolean => status === 205 || hasNoLength(status)

/** Nor has it a Content-Length: a server must not send one, or it tells that of another response [rfc9110 section 8.6]. */
export const hasNoLength = (status: number): boolean => status === 204 || status === 304

const utf8 = new TextEncoder()

/** The answer to the request of this number, from 0 up. */
export function answerAt({ answers = [{}], cycle = false }: LoadedScenario, ordinal: number): LoadedAnswer {
  const index = cycle ? ordinal % answers.length : Math.min(ordinal, answers.length - 1)
  return answers[index] as LoadedAnswer
}

/** What a valid scenario says about one request. */
export function planAnswer(scenario: LoadedScenario, { ordinal, lastEventId }: PlanInput): Plan {
  const answer = answerAt(scenario, ordinal)
  const { coding, delayMs = 0, paceMs = 0, writeSize, fault } = answer
  const writeSizes = typeof writeSize === 'number' ? [writeSize] : writeSize
  const common = { delayMs, coding, paceMs, writeSizes, framing: framingOf(answer) }
  const head = { status: answer.status ?? 200, headers: headersOf(answer) }
  const whole = { withheld: [], foreign: undefined, finishCoding: true, ending: { type: 'end' } as const }
  if (answer.body !== undefined) {
    const pieces = answer.body === '' ? [] : [utf8.encode(answer.body)]
    return { ...common, ...whole, head, pieces }
  }
  const point = fault?.after
  if (point === 'request') {
    // Its type says that no other fault strikes there.
    const ending = endingOf(fault as BreakFault, [])
    return { ...common, ...whole, head: undefined, pieces: [], finishCoding: false, ending }
  }
  const { blocks, from } = blocksOf(scenario, answer, lastEventId)
  if (fault === undefined) return { ...common, ...whole, head, pieces: bytesOf(blocks.slice(from)) }
  if (isOrderFault(fault)) {
    const index = from + indexAfter(blocks.slice(from), fault.after.events)
    const changed = (fault.type === 'repeat' ? repeatAt : skipAt)(blocks, index, fault.count ?? 1)
    return { ...common, ...whole, head, pieces: bytesOf(changed.slice(from)) }
  }
  const [before, after] = cutAt(blocks.slice(from), point as FaultPoint)
  return { ...common, head, ...faultPlan(fault, before, after) }
}

const isOrderFault = (fault: Fault): fault is OrderFault => fault.type === 'repeat' || fault.type === 'skip'

const bytesOf = (blocks: readonly Block[]): Uint8Array[] => blocks.map(({ bytes }) => bytes)

function endingOf(fault: BreakFault, rest: readonly Uint8Array[]): Ending {
  switch (fault.type) {
    case 'stall':
      return { type: 'stall' }
    case 'stream-reset':
      return breaking({ type: 'stream-reset', code: http2ErrorNumber(fault.code ?? 'INTERNAL_ERROR') })
    case 'goaway': {
      const { code = 'NO_ERROR', lastStream = 'this', goOn = false } = fault
      const how = { type: 'goaway', code: http2ErrorNumber(code), lastStream, closes: !goOn } as const
      return goOn ? { type: 'announce', how, rest } : breaking(how)
    }
    default:
      return breaking({ type: fault.type })
  }
}

const breaking = (how: Break): Ending => ({ type: 'break', how })

type FaultPlan = Pick<Plan, 'pieces' | 'withheld' | 'foreign' | 'finishCoding' | 'ending'>

function faultPlan(fault: BreakFault | BodyFault, before: Uint8Array[], after: Uint8Array[]): FaultPlan {
  // At the end of the stream nothing is left to promise, yet the length must not be right.
  const promise = after.length === 0 ? [utf8.encode('\n')] : after
  const cut = { pieces: before, withheld: [], foreign: undefined, finishCoding: false }
  switch (fault.type) {
    case 'fin':
    case 'rst':
    case 'no-close-notify':
    case 'stall':
    case 'stream-reset':
    case 'goaway':
      return {
        ...cut,
        withheld: fault.type === 'goaway' && fault.goOn ? after : promise,
        ending: endingOf(fault, after),
      }
    case 'short-content-length':
      return { ...cut, withheld: promise, ending: breaking({ type: 'short' }) }
    case 'bad-chunk-size':
      return { ...cut, ending: breaking({ type: 'bad-chunk-size' }) }
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

function inBandError(fault: Extract<BodyFault, { type: 'in-band-error' }>): Uint8Array {
  const { shape = 'envelope', error = defaultError(shape), framing } = fault
  const lines = errorInShape(error, shape)
  if ('field' in lines) return renderLine(lines.field)
  const { data } = lines
  const event = framing === undefined ? lines.event : framing === 'event' ? 'error' : undefined
  return renderEvent(event === undefined ? { data } : { event, data })
}

interface Stream {
  readonly blocks: readonly Block[]
  /** The first that is sent; those before it the client has. */
  readonly from: number
}

/** The event stream of an answer, and from where the request asks for it. */
function blocksOf(scenario: LoadedScenario, answer: LoadedAnswer, lastEventId: string | undefined): Stream {
  if (answer.fixture !== undefined) return { blocks: fixtureBlocks(answer.fixture), from: 0 }
  if (answer.events === undefined) {
    if (!isSuccess(answer)) return { blocks: [], from: 0 }
    if (scenario.fixture !== undefined) return { blocks: fixtureBlocks(scenario.fixture), from: 0 }
  }
  const numbered = scenario.ids === true
  const blocks = identify(answer.events ?? scenario.events ?? defaultCompletion, numbered).map(eventBlock)
  const known = numbered && lastEventId !== undefined
  return { blocks, from: known ? blocks.findIndex(({ id }) => id === lastEventId) + 1 : 0 }
}

function isSuccess({ status = 200 }: LoadedAnswer): boolean {
  return status >= 200 && status < 300 && !hasNoBody(status)
}

const isStream = (answer: LoadedAnswer): boolean =>
  answer.body === undefined &&
  (answer.events !== undefined || answer.fixture !== undefined || isSuccess(answer))

function framingOf(answer: LoadedAnswer): Framing {
  if (answer.framing !== undefined) return answer.framing
  if (answer.fault?.type === 'short-content-length') return 'content-length'
  return isStream(answer) || answer.fault !== undefined ? 'chunked' : 'content-length'
}

function headersOf(answer: LoadedAnswer): [string, string][] {
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
