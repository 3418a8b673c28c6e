import {
  COMPLETION_TEXT,
  type Scenario,
  type ScenarioName,
  scenarioCatalog,
  scenarios,
} from '../../src/testing/index.ts'
import { honestOutcome, patience, textOf, type WireName, wireOptions } from '../endings.ts'
import type { RuntimeName } from './suite/kit.ts'
import type { ExpectedEnding, ScenarioPlan } from './suite/scenario-case.ts'

/** The scenarios, and what is honest to make of them where only `fetch` tells what has happened. */

/** Wires other than HTTP/1.1 that a scenario is about. */
const wireOf = (name: ScenarioName): WireName =>
  name.startsWith('h2-') ? 'h2' : name.startsWith('tls-') ? 'tls' : 'http/1.1'

const isBrowser = (runtime: RuntimeName): boolean => /chromium|firefox/.test(runtime)

/** Bun offers no h2 [test/browser/words.json]. */
const canPlay = (runtime: RuntimeName, name: ScenarioName): boolean =>
  !(runtime === 'bun' && wireOf(name) === 'h2')

/** The ways in which a connection dies, of which a browser says only that it did. */
const LOST = ['socket_closed', 'socket_reset', 'stream_reset', 'goaway', 'content_length', 'bad_framing']

/** What dies at once after an event: in a browser that event may be lost, and all before it. */
const dies = (scenario: Scenario): boolean =>
  (scenario.answers ?? []).some(
    ({ fault }) =>
      fault !== undefined &&
      /^(?:fin|rst|no-close-notify|stream-reset|goaway|short-content-length|bad-chunk-size)$/.test(
        fault.type,
      ),
  )

/** What some repeat by themselves: Firefox a GET ten times, and a POST twice [rfc9110 section 9.2.2, rfc9113 section 8.7]. */
const REPEATED = /^(?:reset-before-head|fin-before-head|h2-reset-before-head|h2-goaway-refused)$/

const CODED = /^cut-(?:gzip|br|zstd)$/

type Reasons = Partial<Record<ScenarioName, readonly string[]>>

/** Endings that look clean to some, and broken to others [test/browser/words.json]. */
const reasonsIn: Readonly<Record<'browser' | 'deno' | 'bun' | 'node', Reasons>> = {
  browser: {
    'cut-gzip': ['clean_end'],
    'cut-br': ['clean_end'],
    'cut-zstd': ['clean_end'],
    'unframed-rst': ['connection_lost'],
    'h2-reset-no-error': ['clean_end', 'connection_lost'],
    'h2-reset-cancel': ['connection_lost'],
  },
  deno: {
    'cut-gzip': ['bad_encoding', 'connection_lost'],
    'cut-br': ['bad_encoding', 'connection_lost'],
    'h2-goaway-refused': ['clean_end', 'connection_lost'],
    'unframed-rst': ['connection_lost'],
    'tls-no-close-notify-unframed': ['connection_lost'],
  },
  bun: {},
  node: {
    'cut-gzip': ['clean_end'],
    'cut-br': ['clean_end'],
    'cut-zstd': ['bad_encoding', 'clean_end'],
  },
}

const familyOf = (runtime: RuntimeName): keyof typeof reasonsIn =>
  isBrowser(runtime) ? 'browser' : (runtime as 'deno' | 'bun' | 'node')

/** Deno's decoder ends early, and says that it was the end: what is missing is known by the missing end marker. */
const denoZstd: ExpectedEnding = {
  error: { fields: { kind: 'stream_terminated', code: 'stream_terminated' }, reasons: ['clean_end'] },
  text: COMPLETION_TEXT,
  requests: undefined,
  loses: true,
}

/** Firefox does not tell a page that a response has begun before its first byte is there. */
const noHead: ExpectedEnding = {
  error: { fields: { kind: 'request_failed', code: 'response_timeout', retryable: true } },
  text: '',
  requests: 3,
  loses: false,
}

function expectedEnding(runtime: RuntimeName, name: ScenarioName): ExpectedEnding {
  const outcome = honestOutcome(name, wireOf(name))
  // A coding that nobody knows is a header like any other to fetch: the bytes are handed on as they are.
  if (runtime === 'deno' && /^(?:cut-)?zstd$/.test(name)) return denoZstd
  if (runtime === 'firefox' && name === 'stall-before-events') return noHead
  if (name === 'unknown-coding') {
    return { text: textOf({ ending: 'complete' }), requests: 1, loses: false }
  }
  const { ending, requests = 1 } = outcome
  // A decoder that reports a cut may keep what it has not handed on.
  const loses =
    isBrowser(runtime) || runtime === 'bun' ? dies(scenarios[name]) || CODED.test(name) : CODED.test(name)
  const counted = REPEATED.test(name) ? undefined : requests
  const expected = { text: textOf(outcome), requests: counted, loses }
  if (ending === 'complete') return expected
  const { reason, message: _, leftover: __, events, ...fields } = ending
  return {
    ...expected,
    error: {
      fields: { ...fields, ...(events === undefined || loses ? {} : { events }) },
      ...(reason === undefined ? {} : { reasons: reasonsFor(runtime, name, reason) }),
    },
  }
}

function reasonsFor(runtime: RuntimeName, name: ScenarioName, reason: string): readonly string[] {
  const own = reasonsIn[familyOf(runtime)][name]
  if (own !== undefined) return own
  if (!LOST.includes(reason)) return [reason]
  return isBrowser(runtime) ? ['connection_lost'] : [reason, 'connection_lost']
}

/** So that what came before the connection dies is handed on. */
function paced(name: ScenarioName): Scenario {
  const scenario = scenarios[name]
  return {
    ...scenario,
    answers: (scenario.answers ?? []).map((answer) => {
      const { fault } = answer
      if (fault === undefined) return answer
      // What is left out counts from the very event before it, which must have arrived.
      if (name === 'resume-skips' && fault.type === 'fin') {
        return { ...answer, fault: { type: 'clean-end', after: { events: 5 } } }
      }
      return { paceMs: 50, ...answer }
    }),
  }
}

export const scenarioPlans = (runtime: RuntimeName): readonly ScenarioPlan[] =>
  scenarioCatalog
    .map(({ name }) => name)
    .filter((name) => canPlay(runtime, name))
    .map((name) => ({
      name,
      scenario: dies(scenarios[name]) || CODED.test(name) ? paced(name) : scenarios[name],
      options: wireOptions[wireOf(name)],
      config: patience(runtime === 'firefox' && name === 'stall-before-events' ? 'no-answer' : name),
      expected: expectedEnding(runtime, name),
    }))
