import { validateHeaderName, validateHeaderValue } from 'node:http'
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
import { hasNoBody } from './plan.ts'
import type { Answer, Fault, Scenario } from './scenario.ts'

const singleLine: Check = (value, path) => {
  text(value, path)
  if (/[\r\n]/.test(value as string)) refuse(path, `${show(value)} has a line break`)
}

const eventShape = shape({ data: text, event: singleLine, id: singleLine }, ['data'])

const event: Check = (value, path) => {
  if (typeof value === 'string') return
  if (!isObject(value)) refuse(path, `${show(value)} is neither a text nor an object with data`)
  eventShape(value, path)
}

const pointShape = shape({ events: wholeNumber(0), bytes: wholeNumber(0) })

const point: Check = (value, path) => {
  pointShape(value, path)
  const { events, bytes } = value as { events?: unknown; bytes?: unknown }
  if (events === undefined && bytes === undefined) refuse(path, 'neither events nor bytes are given')
}

const pointOrRequest: Check = (value, path) => {
  if (value === 'request') return
  if (typeof value === 'string') refuse(path, `${show(value)} is neither a point nor "request"`)
  point(value, path)
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
  comments: shape({ ...cut, everyMs: milliseconds(1) }, ['after']),
  'in-band-error': shape(
    {
      ...cut,
      error: shape({ type: text, code: textOrNull, message: text }),
      framing: oneOf('framing of an error', ['data', 'event']),
      done: flag,
    },
    ['after'],
  ),
  append: shape({ ...cut, text }, ['after', 'text']),
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
      if (content !== null) validateHeaderValue(name, content as string)
    } catch {
      refuse(at, 'cannot be sent as a header')
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
  fixture: text,
  delayMs: milliseconds(0),
  paceMs: milliseconds(0),
  writeSize: wholeNumber(1),
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
  fixture: text,
  ids: flag,
  answers: arrayOf(answer, 1),
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
