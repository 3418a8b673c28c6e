import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'vite'
import { type PageServer, startPageServer } from '../../../src/cli/page-server.ts'
import { startChromium } from '../runtimes/chromium.ts'
import { type Watch, watch } from './watch.ts'

const ROOT = resolve(import.meta.dirname, '../../../page')

/** The live page as it is shipped: built, behind its own server, in Chromium. */
export interface LivePage extends AsyncDisposable {
  /** Of the page, without a path. */
  readonly url: string
  readonly browser: Browser
  /** A visitor of his own: nothing stored by others, closed with {@link Visit.leave}. */
  visit(hash?: string, options?: BrowserContextOptions): Promise<Visit>
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  readonly watch: Watch
  leave(): Promise<void>
}

/** A cursor that blinks costs a machine without a graphics card more than all the rest. */
const DESKTOP: BrowserContextOptions = {
  viewport: { width: 1440, height: 900 },
  colorScheme: 'light',
  reducedMotion: 'reduce',
}

/** Longer than a busy machine takes; a test that fails says what it waited for. */
const PATIENCE_MS = 30_000

async function builtPage(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'rx-sse-page-'))
  await build({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  })
  return outDir
}

/** Builds the page, and starts its server and a browser. */
export async function startLivePage(): Promise<LivePage> {
  const [assets, browser] = await Promise.all([builtPage(), startChromium(['--disable-gpu'])])
  const server: PageServer = await startPageServer({ assets })
  return {
    url: server.url,
    browser,
    async visit(hash = '', options = {}) {
      const context = await browser.newContext({ ...DESKTOP, ...options })
      context.setDefaultTimeout(PATIENCE_MS)
      const page = await context.newPage()
      const watching = await watch(page, server.url)
      await page.goto(`${server.url}/${hash === '' ? '' : `#${hash}`}`)
      return { context, page, watch: watching, leave: () => context.close() }
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server.close()
      await rm(assets, { recursive: true, force: true })
    },
  }
}
