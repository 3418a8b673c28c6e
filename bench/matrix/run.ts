import { parseArgs } from 'node:util'
import { canServe, type ScenarioName, scenarios } from '../../src/testing/index.ts'
import { WIRES, type WireName, wireOptions } from '../../test/endings.ts'
import { runOurs } from './ours.ts'
import { peers } from './peers.ts'
import { createPool } from './pool.ts'
import type { OwnCell, PeerCell, Report } from './report.ts'
import { scenarioNames } from './report.ts'
import { currentVersions, missingPackages, readReport, renderReport, writeReport } from './report-file.ts'
import { runPeers } from './run-peers.ts'

/** How many of our own streams at once. */
const OWN_STREAMS = 6

const USAGE = `node bench/matrix/run.ts [--ours] [--check] [--only SCENARIO]... [--peer ID]...

Runs rx-sse, then what it is compared with, against the scenarios of rx-sse/testing, and writes docs/matrix.md,
docs/matrix.svg and docs/matrix.json. Fails where rx-sse's outcome is not the honest one.

  --ours           rx-sse alone; what the docs say of the others stays
  --check          write nothing; fail where the docs say of rx-sse what is no longer so
  --only SCENARIO  this scenario alone; the rest of the docs stays
  --peer ID        this client alone, without rx-sse: ${peers.map(({ id }) => id).join(', ')}`

const { values: options } = parseArgs({
  options: {
    ours: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
})

if (options.check && options.peer.length > 0) {
  console.error('--check looks at rx-sse alone; it has nothing to say of --peer.')
  process.exit(2)
}

function chosen<T>(
  what: string,
  all: readonly T[],
  nameOf: (one: T) => string,
  names: readonly string[],
): readonly T[] {
  for (const name of names) {
    if (!all.some((one) => nameOf(one) === name)) {
      console.error(`There is no ${what} ${name}; there are ${all.map(nameOf).join(', ')}.`)
      process.exit(2)
    }
  }
  return names.length === 0 ? all : all.filter((one) => names.includes(nameOf(one)))
}

type Ours = Partial<Record<ScenarioName, Partial<Record<WireName, OwnCell | null>>>>

async function runAllOurs(names: readonly ScenarioName[]): Promise<{ ours: Ours; dishonest: number }> {
  const ours: Ours = Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(WIRES.map((wire) => [wire, null]))]),
  )
  const pool = createPool(OWN_STREAMS)
  let dishonest = 0
  const runOne = async (name: ScenarioName, wire: WireName): Promise<void> => {
    if (!canServe(scenarios[name], wireOptions[wire])) return
    const leave = await pool.enter()
    try {
      const { cell, problems } = await runOurs(name, wire)
      ours[name] = { ...ours[name], [wire]: cell }
      if (problems.length === 0) return
      dishonest++
      console.error(`NOT HONEST  ${name} over ${wire}: ${problems.join('; ')}`)
    } finally {
      leave()
    }
  }
  await Promise.all(names.flatMap((name) => WIRES.map((wire) => runOne(name, wire))))
  const cells = Object.values(ours).flatMap((row) => Object.values(row).filter(Boolean)).length
  console.log(`rx-sse: ${cells - dishonest} of ${cells} honest`)
  return { ours, dishonest }
}

async function runAllPeers(
  names: readonly ScenarioName[],
  before: Report['peers'],
): Promise<Record<string, Partial<Record<ScenarioName, PeerCell | null>>>> {
  const columns = Object.fromEntries(peers.map(({ id }) => [id, { ...before[id] }]))
  const chosenPeers = chosen('client', peers, ({ id }) => id, options.peer)
  const cells = names.flatMap((name) => chosenPeers.map((peer) => ({ peer, name })))
  let done = 0
  await runPeers(cells, ({ peer, name, cell }) => {
    ;(columns[peer.id] as Partial<Record<ScenarioName, PeerCell | null>>)[name] = cell
    done++
    if (options.only.length > 0) console.log(`${peer.id}  ${name}  ${JSON.stringify(cell)}`)
    else if (done % 50 === 0) console.log(`clients: ${done} of ${cells.length}`)
  })
  return columns
}

async function main(): Promise<number> {
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  const names = chosen('scenario', scenarioNames, (name) => name, options.only)
  const withOurs = options.peer.length === 0
  const withPeers = !options.ours && !options.check
  const missing = withPeers ? missingPackages() : []
  if (missing.length > 0) {
    console.error(
      `Not installed: ${missing.join(', ')}. Install: npm ci --prefix bench. Or without them: --ours`,
    )
    return 2
  }
  const before = readReport()
  const { ours, dishonest } = withOurs ? await runAllOurs(names) : { ours: {}, dishonest: 0 }
  // A dishonest outcome is a bug, not a result to show.
  if (dishonest > 0) return 1
  const report: Report = {
    versions: withPeers ? currentVersions() : before.versions,
    ours: { ...before.ours, ...ours },
    peers: withPeers ? await runAllPeers(names, before.peers) : before.peers,
  }
  if (!options.check) {
    writeReport(report)
    return 0
  }
  const [was, is] = [renderReport(before), renderReport(report)]
  const changed = Object.keys(is).filter((file) => was[file] !== is[file])
  if (changed.length > 0)
    console.error(`docs/${changed.join(', docs/')} out of date: npm run matrix -- --ours`)
  return changed.length > 0 ? 1 : 0
}

process.exitCode = await main()
