import { COMPLETION_TEXT } from '../../../src/testing/index.ts'
import { bundle } from '../lab/bundle.ts'
import { startLab } from '../lab/lab.ts'
import { serveFiles } from '../lab/serve-files.ts'
import { scenarioPlans } from '../over-fetch.ts'
import type { RuntimeName } from '../suite/kit.ts'
import type { SuitePlan, SuiteReport } from '../suite/run.ts'
import { startChromium } from './chromium.ts'
import { type CommandName, runCommand } from './commands.ts'
import { startFirefox } from './firefox.ts'

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>rx-sse</title><script type="module">import { run } from "/suite.js"; globalThis.run = run</script>'

const WORKER =
  'import { run } from "/suite.js"\nonmessage = async ({ data }) => postMessage(await run(data))\n'

/** Runs in the page. */
const IN_WINDOW = '(plan) => run(plan)'
const IN_WORKER = `(plan) => new Promise((resolve, reject) => {
  const worker = new Worker('/worker.js', { type: 'module' })
  worker.onerror = (event) => reject(new Error(event.message))
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data) }
  worker.postMessage(plan)
})`

/**
 * Runs the whole suite in a runtime.
 *
 * @throws Error if the runtime does not start, or says nothing.
 */
export async function play(runtime: RuntimeName, only?: string): Promise<SuiteReport> {
  await using lab = await startLab()
  const isBrowser = /chromium|firefox/.test(runtime)
  const plan: SuitePlan = {
    lab: lab.url,
    runtime,
    isBrowser,
    completion: COMPLETION_TEXT,
    scenarios: scenarioPlans(runtime),
    only,
  }
  if (!isBrowser) {
    return (await runCommand(runtime as CommandName, 'consumer/command.ts', plan, {
      trusts: true,
    })) as SuiteReport
  }
  const suite = await bundle('consumer/page.ts')
  await using site = await serveFiles({ '/': PAGE, '/suite.js': suite, '/worker.js': WORKER })
  const source = runtime === 'chromium worker' ? IN_WORKER : IN_WINDOW
  if (runtime === 'firefox') {
    const firefox = await startFirefox({ acceptInsecureCerts: true })
    try {
      await firefox.open(site.url)
      return (await firefox.call(source, plan)) as SuiteReport
    } finally {
      await firefox.close()
    }
  }
  const browser = await startChromium()
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true })
    await page.goto(site.url)
    return await page.evaluate<SuiteReport>(`(${source})(${JSON.stringify(plan)})`)
  } finally {
    await browser.close()
  }
}
