import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  canServe,
  inAnthropicWords,
  type Scenario,
  type ScenarioName,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { WIRES, type WireName, wireOptions } from '../../test/endings.ts'
import type { ToldError } from './cell.ts'
import { observe } from './observe.ts'
import type { Peer } from './peers.ts'
import { createPool } from './pool.ts'
import type { PeerCell } from './report.ts'
import { truthOf } from './truth.ts'
import { judge, wordsOf } from './verdict.ts'

/** A process's start takes a core; most of what follows is waiting. */
const STARTING = 2
const RUNNING = 12

export interface PeerResult {
  readonly peer: Peer
  readonly name: ScenarioName
  readonly cell: PeerCell | null
}

/** Runs clients on scenarios, each in a process of its own. */
export async function runPeers(
  cells: readonly { readonly peer: Peer; readonly name: ScenarioName }[],
  onResult: (result: PeerResult) => void,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'matrix-'))
  const starting = createPool(STARTING)
  const running = createPool(RUNNING)
  const runOne = async (peer: Peer, name: ScenarioName): Promise<PeerCell | null> => {
    const scenario = peer.wire === 'anthropic' ? inAnthropicWords(scenarios[name]) : scenarios[name]
    const wire = scenario && plainestWire(scenario, peer)
    if (scenario === undefined || wire === undefined || (!peer.codings && isCoded(scenario))) return null
    const leave = await running.enter()
    const onReady = await starting.enter()
    try {
      return await runCell(peer, scenario, wire, { name, directory, onReady })
    } finally {
      leave()
    }
  }
  try {
    await Promise.all(
      cells.map(async ({ peer, name }) => onResult({ peer, name, cell: await runOne(peer, name) })),
    )
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The plainest wire that has the scenario's faults, of those that the client speaks. */
const plainestWire = (scenario: Scenario, { http2 }: Peer): WireName | undefined =>
  WIRES.find((wire) => canServe(scenario, wireOptions[wire]) && (wire !== 'h2' || http2))

const isCoded = ({ answers = [] }: Scenario): boolean => answers.some(({ coding }) => coding !== undefined)

async function runCell(
  peer: Peer,
  scenario: Scenario,
  wire: WireName,
  { name, directory, onReady }: { name: ScenarioName; directory: string; onReady: () => void },
): Promise<PeerCell> {
  const truth = truthOf(name, wire)
  const server = await startFaultServer(scenario, wireOptions[wire])
  try {
    const seen = await observe(peer.id, server, { wholeTexts: truth.wholeTexts, directory, onReady })
    const verdict = judge(seen, truth)
    return {
      wire,
      verdict,
      words: Math.min(wordsOf(seen.text).length, wordsOf(truth.wholeTexts[0]).length),
      ...(seen.ending === 'busy' ? {} : { requests: seen.requests }),
      ...(seen.error && { error: withoutPort(seen.error) }),
    }
  } finally {
    await server.close()
  }
}

/** The same error gives the same words. */
const withoutPort = (error: ToldError): ToldError => ({
  ...error,
  message: error.message.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT'),
})
