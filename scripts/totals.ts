import { existsSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { root } from './run.ts'

/** The repo's own Node, the real servers, the official SDKs, the browsers and other runtimes, load, the oldest Node supported, the current LTS. A run without a report has failed. */
const REPORTS = [
  'vitest',
  'vitest-servers',
  'vitest-sdks',
  'vitest-browser',
  'vitest-load',
  'vitest-node-22',
  'vitest-node-24',
]

interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly TestFile[]
}

interface TestFile {
  readonly name: string
  readonly status: string
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
}

/** The names of the tests that failed, and of the files that failed before they had any. */
function failuresOf({ success, testResults }: Report): readonly string[] {
  const failures = testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(root, name)
    const tests = assertionResults.filter((test) => test.status === 'failed')
    if (tests.length > 0) return tests.map(({ fullName }) => `${file} > ${fullName}`)
    return status === 'failed' ? [`${file} (the file itself)`] : []
  })
  return failures.length === 0 && !success ? ['an error that belongs to no test'] : failures
}

let passed = 0
const failed: string[] = []
for (const name of REPORTS) {
  const file = resolve(root, 'artifacts', `${name}.json`)
  if (!existsSync(file)) {
    console.log(`${name}: no report`)
    failed.push(`${name}: no report`)
    continue
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const failures = failuresOf(report)
  passed += report.numPassedTests
  failed.push(...failures.map((failure) => `${name}: ${failure}`))
  console.log(
    `${name}: ${report.numPassedTests} passed, ${failures.length} failed, ${report.numPendingTests} skipped`,
  )
}
// Last but the totals, so that the end of a long log shows them.
for (const failure of failed) console.log(`failed: ${failure}`)
console.log(`${passed} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1
