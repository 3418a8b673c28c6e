import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { build } from 'vite'
import type * as Playwright from '../../../test/browser/node_modules/playwright-core/index.d.ts'

const here = import.meta.dirname
const ofBrowserTests = createRequire(resolve(here, '../../../test/browser/package.json'))
const { chromium } = ofBrowserTests('playwright-core') as typeof Playwright

/** The page as one HTML document, its script as an application's build would make it. */
export async function buildPage(): Promise<string> {
  const built = await build({
    root: here,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry: resolve(here, 'page.ts'), formats: ['es'], fileName: 'page' },
    },
  })
  const [script] = (Array.isArray(built) ? built : [built]).flatMap((one) =>
    'output' in one ? one.output : [],
  )
  if (script?.type !== 'chunk') throw new Error('the page was not built')
  return `<!doctype html><meta charset="utf-8"><title>page</title><script type="module">${script.code}</script><body></body>`
}

export interface Browser extends AsyncDisposable {
  /** What the page shows once it has come to its end, and what the end was. */
  read(url: string): Promise<{ readonly text: string; readonly end: string | undefined }>
}

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  return {
    async read(url) {
      const page = await browser.newPage()
      try {
        await page.goto(url)
        const body = page.locator('body[data-end]')
        await body.waitFor({ state: 'attached', timeout: 20_000 })
        return {
          text: (await body.textContent()) ?? '',
          end: (await body.getAttribute('data-end')) ?? undefined,
        }
      } finally {
        await page.close()
      }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
