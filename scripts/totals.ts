import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from './run.ts'

/** The repo's own Node, the real servers, the official SDKs, the browsers and other runtimes, the oldest Node supported, the current LTS. A run without a report has failed. */
const REPORTS = [
  'vitest',
  'vitest-servers',
  'vitest-sdks',
  'vitest-browser',
  'vitest-node-22',
  'vitest-node-24',
]

interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** Tests that failed, and files that failed before they had any. */
function failuresOf({ success, numFailedTests, testResults }: Report): number {
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failures = numFailedTests + broken
  // An error that belongs to no test.
  return failures === 0 && !success ? 1 : failures
}

let passed = 0
let failed = 0
for (const name of REPORTS) {
  const file = resolve(root, 'artifacts', `${name}.json`)
  if (!existsSync(file)) {
    console.log(`${name}: no report`)
    failed++
    continue
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const failures = failuresOf(report)
  passed += report.numPassedTests
  failed += failures
  console.log(
    `${name}: ${report.numPassedTests} passed, ${failures} failed, ${report.numPendingTests} skipped`,
  )
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
