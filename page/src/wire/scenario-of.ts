import type { Answer, Fault, FaultPoint, Scenario, ScenarioEvent } from '../../../src/testing/scenario.ts'
import { answerTokens, otherTokens, type Rendered, renderAnswer } from './answers.ts'
import { gatewayCodes } from './library.ts'
import { PATHS } from './strategies.ts'
import type { ScenarioOrder, Settings } from './types.ts'

const utf8 = new TextEncoder()

const HTML =
  '<html>\n<head><title>503 Service Unavailable</title></head>\n<body><h1>Service Unavailable</h1></body>\n</html>\n'

/** The statuses that codes come with; the rest is 400. */
const STATUS: Readonly<Record<string, number>> = {
  missing_api_key: 401,
  invalid_api_key: 401,
  unauthorized: 403,
  rate_limit_exceeded: 429,
  not_found: 404,
  unknown_model: 404,
  unknown_app: 404,
  unknown_workspace: 401,
  failed_request: 500,
  internal_error: 500,
  model_server_error: 502,
  model_overloaded: 503,
  model_unavailable: 502,
  model_timeout: 504,
  stream_error: 502,
  stream_terminated: 502,
}

/** A refusal before the head, in the gateway's envelope. */
function refusal({ code, retryAfter }: Settings): Answer {
  const { type, meaning } = gatewayCodes[code]
  return {
    status: STATUS[code] ?? 400,
    headers: {
      'content-type': 'application/json',
      'x-request-id': 'req_cable',
      ...(retryAfter === '0' ? {} : { 'retry-after': retryAfter }),
    },
    body: JSON.stringify({ error: { type, code, message: meaning } }),
  }
}

const dataOf = (event: ScenarioEvent): string =>
  typeof event === 'string' ? event : 'data' in event ? event.data : ''

/** What stands before the data of an event on the wire. */
function lead(event: ScenarioEvent, id: number | undefined): string {
  const { event: type = undefined } = event as { event?: string }
  return `${id === undefined ? '' : `id: ${id}\n`}${type === undefined ? '' : `event: ${type}\n`}data: `
}

/** In the middle of an event. */
function insideEvent(
  events: readonly ScenarioEvent[],
  index: number,
  firstId: number | undefined,
): FaultPoint {
  const event = events[index] as ScenarioEvent
  const line = lead(event, firstId === undefined ? undefined : firstId + index) + dataOf(event)
  return { events: index, bytes: Math.ceil(utf8.encode(line).length / 2) }
}

/**
 * One byte into the next character of several bytes. The events are those of one answer; `firstId` is the ID of its first,
 * where they have any.
 */
function insideCharacter(
  events: readonly ScenarioEvent[],
  from: number,
  firstId: number | undefined,
): FaultPoint | undefined {
  for (let index = from; index < events.length; index++) {
    const event = events[index] as ScenarioEvent
    const data = dataOf(event)
    const before = /^[\u0000-\u007f]*/.exec(data)?.[0] ?? ''
    if (before.length === data.length) continue
    const id = firstId === undefined ? undefined : firstId + index
    return { events: index, bytes: utf8.encode(lead(event, id) + before).length + 1 }
  }
  return undefined
}

/** An answer as the faults see it: what of it is sent, and from which event on there are tokens. */
interface Sent extends Rendered {
  readonly firstId: number | undefined
}

/** The gateway's error in each API. One in Anthropic's own words has no room for a code. */
const SHAPES = {
  'openai-chat': 'envelope',
  raw: 'envelope',
  'anthropic-messages': 'envelope',
  'openai-responses': 'flat',
} as const

function faultOf(settings: Settings, { events, before, firstId }: Sent): Fault | undefined {
  const { death, dialect, code } = settings
  const after = { events: Math.min(before + settings.at, events.length - 1) }
  switch (death) {
    case 'clean-end':
    case 'fin':
    case 'rst':
    case 'stall':
      return { type: death, after }
    case 'comments':
      return { type: 'comments', after, everyMs: 400 }
    case 'short-length':
      return { type: 'short-content-length', after }
    case 'bad-chunk':
      return { type: 'bad-chunk-size', after }
    case 'error-page':
      return { type: 'append', after, text: HTML }
    case 'no-marker':
      return { type: 'clean-end', after: { events: events.length - 1 } }
    case 'cut-in-event':
      return { type: 'clean-end', after: insideEvent(events, after.events, firstId) }
    case 'cut-in-character':
      return { type: 'clean-end', after: insideCharacter(events, after.events, firstId) ?? after }
    case 'reset-before-head':
      return { type: 'rst', after: 'request' }
    case 'in-band-error': {
      const { type, meaning } = gatewayCodes[code]
      return { type: 'in-band-error', after, error: { code, type, message: meaning }, shape: SHAPES[dialect] }
    }
    default:
      return undefined
  }
}

/** How fast, and in what pieces. */
function delivery({ rate, network, thinks }: Settings): Answer {
  const writeSize = { events: undefined, crumbs: [7, 1, 19, 3], bytes: 1 }[network]
  return {
    ...(thinks === '0' ? {} : { delayMs: Number(thinks) }),
    ...(rate === 'all' ? {} : { paceMs: 1000 / Number(rate) }),
    ...(writeSize === undefined ? {} : { writeSize }),
  }
}

/** An answer that breaks, and how many whole events of it arrive. */
function brokenAnswer(settings: Settings, sent: Sent): { readonly answer: Answer; readonly arrived: number } {
  if (settings.death === 'refused-status') return { answer: refusal(settings), arrived: 0 }
  if (settings.death === 'not-event-stream') {
    return { answer: { headers: { 'content-type': 'text/html; charset=utf-8' }, body: HTML }, arrived: 0 }
  }
  const fault = faultOf(settings, sent)
  const answer = { ...delivery(settings), ...(fault === undefined ? {} : { fault }) }
  const arrived = fault === undefined || fault.after === 'request' ? 0 : (fault.after.events ?? 0)
  return { answer, arrived }
}

/** Events with IDs of their own: of a server that gives them, and does not look at Last-Event-ID. */
const identified = (events: readonly ScenarioEvent[]): readonly ScenarioEvent[] =>
  events.map((event, index) => {
    const data = dataOf(event)
    if (data === '[DONE]') return event
    return { ...(typeof event === 'string' ? { data } : (event as { data: string })), id: String(index + 1) }
  })

/** So often in a row it breaks where it always does; more than any retry count there is. */
const ALWAYS = 12

/** Where a run stands when the model is asked for the rest of an answer. */
export interface Before {
  /** Requests so far. */
  readonly requests: number
  /** Tokens that the client has. */
  readonly tokens: number
}

const NOTHING: Before = { requests: 0, tokens: 0 }

/** What is stopped by hand can be continued. */
const goesOn = ({ afterwards, death }: Settings): boolean => afterwards === 'rest' || death === 'whole'

/** Whether the gateway, asked for the rest of an answer, sends the rest: a scenario of its own, for what the client has. */
export const sendsRest = (settings: Settings): boolean =>
  settings.strategy === 'continueWith' && goesOn(settings)

/** How many tokens a text is that begins the answer. */
export function tokensIn(text: string, settings: Pick<Settings, 'length'>): number {
  let length = 0
  const end = answerTokens(settings).findIndex((token) => {
    length += token.length
    return length > text.length
  })
  return end === -1 ? answerTokens(settings).length : end
}

/** What the embedded gateway does, from this request on: plain data, as the fault kit takes it. */
export function scenarioOf(settings: Settings, before: Before = NOTHING): ScenarioOrder {
  const path = PATHS[settings.dialect]
  if (settings.death === 'refused-connection') return { scenario: 'nobody', path }
  const whole = renderAnswer(answerTokens(settings).slice(before.tokens), settings.dialect)
  const honoursCursor = settings.ids && goesOn(settings)
  const events = settings.ids && !honoursCursor ? identified(whole.events) : whole.events
  const firstId = settings.ids ? 1 : undefined
  const answers: Answer[] = []
  let told = 0
  for (let time = timesOf(settings, before); time > 0; time--) {
    const skipped = honoursCursor ? told : 0
    // What follows the cursor has no beginning of its own.
    const rest = { events: events.slice(skipped), before: 0, firstId: 1 + skipped }
    const { answer, arrived } = brokenAnswer(
      settings,
      skipped > 0 ? rest : { events, before: whole.before, firstId },
    )
    answers.push(answer)
    told = skipped + arrived
  }
  if (settings.breaks !== 'all' || settings.death === 'whole') answers.push(lastAnswer(settings))
  return { scenario: { events, ids: honoursCursor, answers } satisfies Scenario, path }
}

/** How many requests break from here on. */
function timesOf({ death, breaks }: Settings, { requests }: Before): number {
  if (death === 'whole') return 0
  return breaks === 'all' ? ALWAYS : Math.max(0, Number(breaks) - requests)
}

/** The answer to all requests after the broken ones. */
function lastAnswer(settings: Settings): Answer {
  const good = delivery(settings)
  if (settings.death === 'whole') return good
  if (settings.afterwards === 'refused') return refusal(settings)
  if (settings.afterwards === 'other') {
    const { events } = renderAnswer(otherTokens, settings.dialect)
    return { ...good, events: settings.ids ? identified(events) : events }
  }
  return good
}
