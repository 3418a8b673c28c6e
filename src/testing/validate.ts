import { validateHeaderName, validateHeaderValue } from 'node:http'
import { HTTP2_ERROR_CODES } from '../errors/http2.ts'
import {
  arrayOf,
  type Check,
  flag,
  isObject,
  member,
  milliseconds,
  oneOf,
  refuse,
  shape,
  show,
  text,
  textOrNull,
  wholeNumber,
} from './check.ts'
import { ERROR_SHAPES } from './error-shapes.ts'
import { hasNoBody } from './plan.ts'
import type { Answer, BreakFault, Fault, FaultServerOptions, Scenario } from './scenario.ts'

const singleLine: Check = (value, path) => {
  text(value, path)
  if (/[\r\n]/.test(value as string)) refuse(path, `${show(value)} has a line break`)
}

const eventShape = shape({ data: text, event: singleLine, id: singleLine, retry: wholeNumber(0) }, ['data'])
const commentShape = shape({ comment: text }, ['comment'])

const event: Check = (value, path) => {
  if (typeof value === 'string') return
  if (!isObject(value)) refuse(path, `${show(value)} is neither a text nor an object with data`)
  if (value.comment === undefined) eventShape(value, path)
  else commentShape(value, path)
}

const fileShape = shape({ file: text }, ['file'])

const fixture: Check = (value, path) => {
  if (typeof value === 'string') return
  if (!isObject(value)) refuse(path, `${show(value)} is neither a text nor an object with a file`)
  fileShape(value, path)
}

const writeSize: Check = (value, path) =>
  Array.isArray(value) ? arrayOf(wholeNumber(1), 1)(value, path) : wholeNumber(1)(value, path)

const http2Code: Check = (value, path) => {
  if (typeof value === 'number') wholeNumber(0, 0xffff_ffff)(value, path)
  else oneOf('error code of HTTP/2', HTTP2_ERROR_CODES)(value, path)
}

const pointShape = shape({ events: wholeNumber(0), bytes: wholeNumber(0) })

const FAULTS_AT_REQUEST: readonly BreakFault['type'][] = [
  'fin',
  'rst',
  'no-close-notify',
  'stall',
  'stream-reset',
  'goaway',
]

function notAtRequest(path: string): never {
  const types = FAULTS_AT_REQUEST.join(', ')
  refuse(path, `"request" is a place for ${types}; here it is one in the body, such as { "events": 5 }`)
}

const point: Check = (value, path) => {
  if (value === 'request') notAtRequest(path)
  pointShape(value, path)
  const { events, bytes } = value as { events?: unknown; bytes?: unknown }
  if (events === undefined && bytes === undefined) refuse(path, 'neither events nor bytes are given')
}

const pointOrRequest: Check = (value, path) => {
  if (value === 'request') return
  if (typeof value === 'string')
    refuse(path, `${show(value)} is neither a place in the body, such as { "events": 5 }, nor "request"`)
  point(value, path)
}

const errorCode: Check = (value, path) => {
  if (typeof value === 'number') return
  textOrNull(value, path)
}

const betweenEventsShape = shape({ events: wholeNumber(0) }, ['events'])

const betweenEvents: Check = (value, path) => {
  if (value === 'request') notAtRequest(path)
  betweenEventsShape(value, path)
}

const type = text
const cut = { type, after: point }
const early = { type, after: pointOrRequest }

const faults: Readonly<Record<Fault['type'], Check>> = {
  fin: shape(early, ['after']),
  rst: shape(early, ['after']),
  'clean-end': shape(cut, ['after']),
  'short-content-length': shape(cut, ['after']),
  'bad-chunk-size': shape(cut, ['after']),
  stall: shape(early, ['after']),
  'no-close-notify': shape(early, ['after']),
  'stream-reset': shape({ ...early, code: http2Code }, ['after']),
  goaway: shape(
    { ...early, code: http2Code, lastStream: oneOf('last stream', ['this', 'before']), goOn: flag },
    ['after'],
  ),
  comments: shape({ ...cut, everyMs: milliseconds(1) }, ['after']),
  'in-band-error': shape(
    {
      ...cut,
      error: shape({ type: text, code: errorCode, message: text }),
      shape: oneOf('shape of an error', ERROR_SHAPES),
      framing: oneOf('framing of an error', ['data', 'event']),
      done: flag,
    },
    ['after'],
  ),
  append: shape({ ...cut, text }, ['after', 'text']),
  repeat: shape({ type, after: betweenEvents, count: wholeNumber(1) }, ['after']),
  skip: shape({ type, after: betweenEvents, count: wholeNumber(1) }, ['after']),
}

const faultType = oneOf('fault', Object.keys(faults))

const fault: Check = (value, path) => {
  if (!isObject(value)) refuse(path, `${show(value)} is not an object`)
  faultType(value.type, `${path}.type`)
  faults[value.type as Fault['type']](value, path)
}

/** The server's own business: a wrong one is a fault, and faults have names. */
const OF_FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

const headers: Check = (value, path) => {
  if (!isObject(value)) refuse(path, `${show(value)} is not an object`)
  for (const [name, content] of Object.entries(value)) {
    const at = member(path, name)
    textOrNull(content, at)
    if (OF_FRAMING.has(name.toLowerCase())) refuse(at, 'is made by framing and fault')
    // Node throws for one where the body is not chunked [rfc9110 section 6.5].
    if (name.toLowerCase() === 'trailer') refuse(at, 'announces trailers, and none are sent')
    try {
      validateHeaderName(name)
    } catch {
      refuse(at, "is no name of a header: letters, digits and !#$%&'*+-.^_`|~")
    }
    try {
      if (content !== null) validateHeaderValue(name, content as string)
    } catch {
      refuse(
        at,
        `${show(content)} has a character that no header can carry: a line break, or one beyond U+00FF`,
      )
    }
  }
}

const answerShape = shape({
  status: wholeNumber(200, 599),
  headers,
  body: text,
  framing: oneOf('framing', ['chunked', 'content-length', 'unframed']),
  coding: oneOf('coding', ['gzip', 'br', 'zstd']),
  events: arrayOf(event),
  fixture,
  delayMs: milliseconds(0),
  paceMs: milliseconds(0),
  writeSize,
  fault,
})

const STREAM_KEYS = ['events', 'fixture', 'fault'] as const

const answer: Check = (value, path) => {
  answerShape(value, path)
  const { status = 200, body, events, fixture, framing, fault } = value as Answer
  for (const key of STREAM_KEYS) {
    if (body !== undefined && (value as Answer)[key] !== undefined) {
      refuse(path, `body and ${key} exclude each other`)
    }
  }
  if (events !== undefined && fixture !== undefined) refuse(path, 'events and fixture exclude each other')
  if (hasNoBody(status) && fault?.after !== 'request') {
    for (const key of ['body', ...STREAM_KEYS] as const) {
      if ((value as Answer)[key] !== undefined) refuse(member(path, key), `a ${status} has no body`)
    }
  }
  if (fault?.type === 'goaway' && fault.goOn === true && fault.after === 'request') {
    refuse(`${path}.fault.goOn`, 'there is nothing to go on with after "request"')
  }
  if (fault === undefined || framing === undefined) return
  const conflict = framingConflict(fault, framing)
  if (conflict !== undefined) refuse(`${path}.framing`, `${show(framing)} excludes ${conflict}`)
}

function framingConflict({ type }: Fault, framing: NonNullable<Answer['framing']>): string | undefined {
  const excluded =
    (type === 'short-content-length' && framing !== 'content-length') ||
    (type === 'bad-chunk-size' && framing !== 'chunked') ||
    (type === 'comments' && framing === 'content-length')
  return excluded ? `the fault ${type}` : undefined
}

const scenarioShape = shape({
  events: arrayOf(event),
  fixture,
  ids: flag,
  answers: arrayOf(answer, 1),
  cycle: flag,
})

/**
 * @throws TypeError for what is not a scenario, naming the place, such as
 * `scenario.answers[1].fault.type: "fni" is no fault; there are fin, rst, …`.
 */
export function assertScenario(value: unknown): asserts value is Scenario {
  scenarioShape(value, 'scenario')
  const { events, fixture, ids } = value as Scenario
  if (fixture === undefined) return
  if (events !== undefined) refuse('scenario', 'events and fixture exclude each other')
  if (ids === true) refuse('scenario', 'ids and fixture exclude each other: a fixture is sent as it is')
}

/** What a fault needs of the wire, and what a wire is called that has it not. */
const NEEDS: Partial<Record<Fault['type'], (wire: FaultServerOptions) => string | undefined>> = {
  'bad-chunk-size': ({ protocol }) => (protocol === 'h2' ? 'needs HTTP/1.1' : undefined),
  'stream-reset': ({ protocol }) => (protocol === 'h2' ? undefined : 'needs HTTP/2'),
  goaway: ({ protocol }) => (protocol === 'h2' ? undefined : 'needs HTTP/2'),
  'no-close-notify': ({ tls = false }) => (tls === false ? 'needs TLS' : undefined),
}

/** The first fault of a valid scenario that a wire cannot have, as its path and why; `undefined` if it has all. */
function misfit(
  { answers = [] }: Scenario,
  wire: FaultServerOptions,
): [path: string, why: string] | undefined {
  for (const [index, { fault }] of answers.entries()) {
    const why = fault && NEEDS[fault.type]?.(wire)
    if (why !== undefined) return [`scenario.answers[${index}].fault.type`, `${show(fault?.type)} ${why}`]
  }
  return undefined
}

/** @throws TypeError if the wire of these options cannot have a fault of the scenario, naming the place. */
export function assertServable(scenario: Scenario, wire: FaultServerOptions): void {
  const found = misfit(scenario, wire)
  if (found !== undefined) refuse(...found)
}

/**
 * Whether a server with these options can do all that a scenario says: a `stream-reset` needs HTTP/2, a
 * `bad-chunk-size` HTTP/1.1, a `no-close-notify` TLS. Looks at `protocol` and `tls` alone.
 *
 * @throws TypeError for what is no scenario, or no options, naming the place.
 */
export function canServe(scenario: Scenario, options: FaultServerOptions = {}): boolean {
  assertScenario(scenario)
  assertOptions(options)
  return misfit(scenario, options) === undefined
}

const optionsShape = shape({
  protocol: oneOf('protocol', ['http/1.1', 'h2']),
  tls: (value, path) => {
    if (typeof value !== 'boolean') shape({ key: text, cert: text }, ['key', 'cert'])(value, path)
  },
  port: wholeNumber(0, 65_535),
  cors: flag,
  baseDirectory: text,
})

/** @throws TypeError naming the option that is wrong. */
export function assertOptions(value: unknown): asserts value is FaultServerOptions {
  optionsShape(value, 'options')
}
