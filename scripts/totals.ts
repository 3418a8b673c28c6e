import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from './run.ts'

/** Four runs: the repo's own Node, the real servers, the oldest Node supported, the current LTS. A run without a report has failed. */
const RUNS = 4

const folder = resolve(root, 'artifacts')
const reports = readdirSync(folder).filter((name) => /^vitest.*\.json$/.test(name))
let passed = 0
let failed = 0
for (const name of reports) {
  const report = JSON.parse(readFileSync(resolve(folder, name), 'utf8')) as Record<string, number>
  passed += report.numPassedTests ?? 0
  failed += report.numFailedTests ?? 0
  console.log(
    `${name}: ${report.numPassedTests} passed, ${report.numFailedTests} failed, ${report.numPendingTests} skipped`,
  )
}
failed += Math.max(0, RUNS - reports.length)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
