import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { endedWithUs } from './ended-with-us.ts'

/** Debian's. */
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** CI runs as root, whom Chromium's sandbox refuses. */
const NO_SANDBOX = '--no-sandbox'

/** Without a window. Every page counts as visible and focused. */
export const startChromium = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: EXECUTABLE, args: [NO_SANDBOX, ...args] })

/**
 * Chromium as a person has it: a tab behind another one is hidden, and frozen in time; a page that was left waits in the
 * back/forward cache. playwright's own launch switches all of that off.
 */
export interface Window extends AsyncDisposable {
  readonly context: BrowserContext
}

/**
 * @throws Error if it does not start within 30 s, with what it said.
 */
export async function startWindow(): Promise<Window> {
  const profile = await mkdtemp(join(tmpdir(), 'rx-sse-chromium-'))
  const process = spawn(
    EXECUTABLE,
    ['--headless', NO_SANDBOX, '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${profile}`],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  const kill = endedWithUs(process)
  const end = async (): Promise<void> => {
    await kill()
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
  try {
    const browser = await chromium.connectOverCDP(await endpointOf(process), { noDefaults: true })
    return {
      context: browser.contexts()[0] as BrowserContext,
      async [Symbol.asyncDispose]() {
        await browser.close()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

function endpointOf(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (why: string): void => {
      clearTimeout(timer)
      reject(new Error(`Chromium ${why}: ${said.slice(-2_000)}`))
    }
    const timer = setTimeout(() => fail('said no endpoint within 30 s'), 30_000)
    process.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
      const endpoint = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (endpoint === undefined) return
      clearTimeout(timer)
      resolve(endpoint)
    })
    process.once('error', (error) => fail(error.message))
    process.once('exit', (code) => fail(`ended with ${code}`))
  })
}
