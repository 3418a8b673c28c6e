import { beforeAll, describe, expect, it } from 'vitest'
import { scenarioPlans } from './over-fetch.ts'
import { play } from './runtimes/play.ts'
import type { RuntimeName } from './suite/kit.ts'
import { caseNames, type SuiteReport } from './suite/run.ts'

/** Two at a time: a suite waits for silent servers more than it works. */
const LANES: readonly (readonly RuntimeName[])[] = [
  ['chromium', 'deno', 'node'],
  ['firefox', 'chromium worker', 'bun'],
]

const reports = new Map<RuntimeName, Promise<SuiteReport>>()

/** Starts each when the one before it is over, whatever came of it. */
function start(): void {
  for (const lane of LANES) {
    let before: Promise<unknown> = Promise.resolve()
    for (const runtime of lane) {
      const report = before.then(() => play(runtime))
      reports.set(runtime, report)
      before = report.catch(() => {})
    }
  }
}

beforeAll(start)

describe.each(LANES.flat())('in %s', (runtime) => {
  let report: SuiteReport = {}
  beforeAll(async () => {
    report = (await reports.get(runtime)) ?? {}
  }, 150_000)

  it.each(caseNames(scenarioPlans(runtime)))('%s', (name) => {
    const result = report[name]
    expect(result, 'was not run').toBeDefined()
    expect(result?.failure).toBeUndefined()
  })
})
