import { map } from 'rxjs'
import { Agent, fetch as fetchOf } from 'undici'
import { describe, expect, it } from 'vitest'
import { fromEventStream, openaiChat } from '../../src/index.ts'
import {
  COMPLETION_TEXT,
  canServe,
  type ScenarioName,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { fetchTransport } from '../../src/transport/fetch.ts'
import type { FetchLike } from '../../src/transport/fetch-like.ts'
import { collect } from '../collect.ts'
import {
  differences,
  type HonestOutcome,
  honestOutcome,
  patience,
  textOf,
  WIRES,
  type WireName,
  wireOptions,
} from '../endings.ts'

const names = Object.keys(scenarios) as ScenarioName[]

/** The first wire that can serve it: what the others add, undici's dispatch has shown. */
const wireOf = (name: ScenarioName): WireName =>
  WIRES.find((wire) => canServe(scenarios[name], wireOptions[wire])) as WireName

const clean = { kind: 'stream_terminated', code: 'stream_terminated', reason: 'clean_end' } as const
const REASON_NOT_TOLD = { kind: 'stream_terminated', code: 'stream_terminated' } as const

/** Where Node's fetch does not let the same be told as undici's dispatch does. */
const OVER_FETCH: Partial<Record<ScenarioName, HonestOutcome>> = {
  // fetch hands on as it is what has a coding that it does not know, and this body has none in truth: it is whole.
  'unknown-coding': { ending: 'complete', text: COMPLETION_TEXT },
  // fetch has its decoders give out what they hold at the end of the body, and asks for no more.
  'cut-gzip': { ending: clean },
  'cut-br': { ending: clean },
  // The name of the code is in the cause only.
  'h2-reset': { ending: { ...REASON_NOT_TOLD, reason: 'stream_reset', message: 'HTTP/2' } },
}

/** A stream that fails has forgotten what was not read of it yet [streams, error a stream]: there is a text, and it may be shorter. */
const FORGETS: readonly ScenarioName[] = ['cut-zstd']

/** Node's own, but where it has to be given a certificate, or cannot decode Zstandard: that of Node 22. */
const fetchFor = (name: ScenarioName, dispatcher: Agent | undefined): FetchLike | undefined =>
  dispatcher === undefined && !name.includes('zstd')
    ? undefined
    : (url, init) => fetchOf(url, { ...init, ...(dispatcher && { dispatcher }) })

it('what fetch tells otherwise is told by its table, and differs indeed', () => {
  for (const [name, { ending }] of Object.entries(OVER_FETCH)) {
    expect(ending).not.toEqual(honestOutcome(name as ScenarioName, wireOf(name as ScenarioName)).ending)
  }
})

describe.each(WIRES)('the honest ending over fetch, over %s', (wire) => {
  it.concurrent.each(names.filter((name) => wireOf(name) === wire))('of %s', async (name) => {
    const server = await startFaultServer(scenarios[name], wireOptions[wire])
    const { certificate: ca } = server
    const dispatcher = ca === undefined ? undefined : new Agent({ connect: { ca } })
    const outcome = OVER_FETCH[name] ?? honestOutcome(name, wire)
    const stream = fromEventStream(server.url, {
      dialect: openaiChat(),
      ...patience(name),
      transport: fetchTransport({ fetch: fetchFor(name, dispatcher) }),
    }).pipe(map((chunk) => chunk.choices[0]?.delta.content ?? ''))
    const { values, error } = await collect(stream)
    expect(differences(outcome.ending, error)).toEqual([])
    if (error !== undefined) expect(error.events).toBe(values.length)
    if (FORGETS.includes(name)) expect(textOf(outcome).startsWith(values.join(''))).toBe(true)
    else expect(values.join('')).toBe(textOf(outcome))
    expect(server.requests).toHaveLength(outcome.requests ?? 1)
    await server.close()
    await dispatcher?.destroy()
  })
})
