import type { Dialect } from '../dialects/dialect.ts'
import { isObject, show } from './check.ts'
import { cutProblem } from './dialect-checks-cuts.ts'
import { type ExpectedError, unexpected } from './dialect-checks-expected.ts'
import { coverageProblem, factsProblem } from './dialect-checks-facts.ts'
import { memoryProblem } from './dialect-checks-memory.ts'
import {
  anyCutProblem,
  byteByByteProblem,
  mixedProblem,
  randomPiecesProblem,
} from './dialect-checks-pieces.ts'
import { assertDialect, type Setting } from './dialect-checks-plan.ts'
import { readProblem } from './dialect-checks-read.ts'
import { resumeProblem } from './dialect-checks-resume.ts'
import { shapesProblem } from './dialect-checks-shapes.ts'
import { Stream } from './dialect-checks-stream.ts'
import { accessorsProblem, accumulateProblem } from './dialect-checks-values.ts'

/** A dialect, or how to make one. With the latter each stream is read by a fresh one. */
type Given = Dialect<unknown> | (() => Dialect<unknown>)

/** The body of a response, and what has to come of it. */
export interface DialectFixture {
  readonly name: string
  /** The exact bytes of an event stream: those that the server sends, or text. */
  readonly body: string | Uint8Array
  /** All values, in order. Default: any. */
  readonly values?: readonly unknown[]
  /** The ending, if the body ends cleanly after its last byte. Of an error the fields that are given count; `null`: there is none. */
  readonly outcome: 'complete' | ExpectedError
  /** Where the wire is read with other options here. Default: the dialect that is checked. */
  readonly dialect?: Given
  /** Of the response, for a dialect that has `readHead` or `acceptsJson`. Default: `content-type: text/event-stream`. */
  readonly headers?: Readonly<Record<string, string>>
  /** What is asked, for a dialect that has `resume`. Default: a GET of some URL. */
  readonly request?: { readonly url?: string; readonly method?: string; readonly body?: unknown }
}

/** One check: a test of whatever runner. */
export interface DialectCheck {
  readonly name: string
  /** @throws Error that says what is wrong, and at which byte */
  readonly run: () => void
}

/**
 * What any dialect has to hold, checked with the core itself, without a socket and without waiting: the fixtures in one
 * piece, byte by byte, in any two pieces and in random ones; cut after every byte by a clean end, a close, a reset and a
 * silence; closed in and behind every event and resumed; two at a time; and what `read` and the accessors do with values and
 * with JSON of other shapes.
 *
 * Does not know the wire: what its server sends has to be in the fixtures. Takes some tenths of a second for a fixture of a
 * kilobyte, and at least four times as long for one of four.
 *
 * @throws TypeError at the call, for what is no dialect or no fixture
 */
export function dialectChecks(dialect: Given, fixtures: readonly DialectFixture[]): DialectCheck[] {
  const make = makerOf(dialect, 'dialect')
  if (!Array.isArray(fixtures)) throw new TypeError(`fixtures must be an array, not ${show(fixtures)}`)
  const streams = fixtures.map((fixture: DialectFixture, index) =>
    streamOf(fixture, make, `fixtures[${index}]`),
  )
  const { name } = make()
  return [
    check(name, 'the fixtures show what there is', () => coverageProblem(make(), streams)),
    check(name, 'its facts are facts', () => factsProblem(make())),
    check(name, 'its memory is fresh for each stream, can be copied and is bounded', () =>
      memoryProblem(streams),
    ),
    check(name, 'it bears JSON of other shapes', () => shapesProblem(streams)),
    ...streams.flatMap((stream, index) => {
      const fixture = fixtures[index] as DialectFixture
      const other = streams[(index + 1) % streams.length] as Stream
      return PER_FIXTURE.map(([title, problem]) =>
        check(`${name}, fixture "${fixture.name}"`, title, () => problem(stream, fixture, other)),
      )
    }),
  ]
}

type Rule = (stream: Stream, fixture: DialectFixture, other: Stream) => string | undefined

const PER_FIXTURE: readonly (readonly [string, Rule])[] = [
  ['has its values and its ending', (stream, fixture) => inOnePiece(stream, fixture)],
  ['is the same byte by byte', byteByByteProblem],
  ['is the same in two pieces, wherever it is cut', anyCutProblem],
  ['is the same in random pieces', randomPiecesProblem],
  ['tells no lie, cut after every byte by every kind of death', cutProblem],
  ['has each value once, closed anywhere and asked again', resumeProblem],
  ['is itself beside another stream', (stream, _, other) => mixedProblem(stream, other)],
  ['leaves its events as they are', readProblem],
  ['has accessors that keep their word', accessorsProblem],
  ['makes messages that are never changed', accumulateProblem],
]

/** All of them at once. Returns how many they were. @throws one Error that lists what is wrong */
export function checkDialect(dialect: Given, fixtures: readonly DialectFixture[]): number {
  const checks = dialectChecks(dialect, fixtures)
  const errors = checks.flatMap(({ run }) => {
    try {
      run()
      return []
    } catch (error) {
      return [error as Error]
    }
  })
  if (errors.length === 0) return checks.length
  const list = errors.map(({ message }) => `- ${message}`).join('\n')
  throw new AggregateError(errors, `${errors.length} of ${checks.length} checks failed:\n${list}`)
}

function check(whose: string, title: string, problem: () => string | undefined): DialectCheck {
  const run = (): void => {
    const found = withoutStacks(problem)
    if (found !== undefined) throw new Error(`${whose}: ${found}`)
  }
  return { name: `${whose}: ${title}`, run }
}

/** Nobody sees the stacks of the errors that the played streams end with, and they are a good part of the time. */
function withoutStacks<R>(action: () => R): R {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return action()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function inOnePiece(stream: Stream, fixture: DialectFixture): string | undefined {
  return unexpected(fixture, stream.play([stream.body.bytes.slice()], 'clean end'))
}

function makerOf(given: Given, path: string): () => Dialect<unknown> {
  const make = typeof given === 'function' ? given : () => given
  assertDialect(make(), path)
  return make
}

const KEYS: readonly string[] = ['name', 'body', 'values', 'outcome', 'dialect', 'headers', 'request']

function streamOf(fixture: DialectFixture, make: () => Dialect<unknown>, path: string): Stream {
  if (!isObject(fixture)) throw new TypeError(`${path} must be an object, not ${show(fixture)}`)
  for (const key of Object.keys(fixture)) {
    // A misspelled `values` would be a check that cannot fail.
    if (!KEYS.includes(key))
      throw new TypeError(`${path}: unknown key ${show(key)}; there are ${KEYS.join(', ')}`)
  }
  const { name, body, outcome, dialect, headers, request } = fixture
  if (typeof name !== 'string') throw new TypeError(`${path}.name must be text, not ${show(name)}`)
  if (typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new TypeError(`${path}.body must be text or bytes, not ${show(body)}`)
  if (outcome !== 'complete' && (typeof outcome !== 'object' || outcome === null))
    throw new TypeError(`${path}.outcome must be "complete" or fields of an error, not ${show(outcome)}`)
  // A copy: a Buffer's own slices are views.
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body)
  const setting: Setting = { url: request?.url, method: request?.method, requestBody: request?.body, headers }
  return new Stream(name, bytes, dialect === undefined ? make : makerOf(dialect, `${path}.dialect`), setting)
}
