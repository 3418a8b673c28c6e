import { contenderOf } from './contenders.ts'
import { renderDocs } from './docs.ts'
import { baseOf, measure } from './measure.ts'
import { parseOptions } from './options.ts'
import {
  machineHere,
  merged,
  type Results,
  type Row,
  readResults,
  versionsHere,
  writeDocs,
} from './results.ts'
import type { Scenario } from './scenarios.ts'
import { median, ratios } from './statistics.ts'

const options = parseOptions(process.argv.slice(2))

/** Each line is printed as soon as it is known: a run is long. */
function print(scenario: Scenario, rows: readonly Row[]): void {
  for (const { contender, metric, rounds } of rows) {
    const base = baseOf(contenderOf(contender), scenario)
    const baseRow = rows.find((row) => row.contender === base.id && row.metric === metric)
    const ratio = baseRow?.rounds.length === rounds.length ? ratios(rounds, baseRow.rounds) : undefined
    const told = ratio && `${ratio.median.toFixed(2)} x (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`
    const value = median(rounds).toPrecision(4).padStart(10)
    console.log(`  ${contender.padEnd(26)} ${metric.padEnd(9)} ${value}   ${told ?? ''}`)
  }
}

const before = readResults()
if (options.render) {
  if (before === undefined) throw new Error('there is no docs/speed.json: run with --write')
  writeDocs(renderDocs(before))
  process.exit()
}

const rows: Row[] = []
const startedAt = performance.now()
for (const scenario of options.scenarios) {
  const from = performance.now()
  const found = await measure(scenario, options, (error) => {
    console.error(`FAILED  ${error.message}`)
    process.exitCode = 1
  })
  rows.push(...found)
  if (found.length === 0) continue
  console.log(`${scenario.id} (${((performance.now() - from) / 1_000).toFixed(0)} s)`)
  print(scenario, found)
}
console.log(`${((performance.now() - startedAt) / 60_000).toFixed(1)} min`)

if (options.write && process.exitCode !== 1) {
  const now: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: machineHere(),
    versions: versionsHere(),
    rows,
  }
  writeDocs(renderDocs(merged(options.isWhole ? undefined : before, now)))
}
