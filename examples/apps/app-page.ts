import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { preview } from 'vite'
import type * as Playwright from '../../test/browser/node_modules/playwright-core/index.d.ts'

const here = import.meta.dirname
const ofBrowserTests = createRequire(resolve(here, '../../test/browser/package.json'))
const { chromium } = ofBrowserTests('playwright-core') as typeof Playwright

/** A page with one of the applications, as a person sees it. */
export interface AppPage {
  readonly text: Playwright.Locator
  readonly error: Playwright.Locator
  button(name: string): Playwright.Locator
  /** Settles once the status is this one. */
  reaches(status: string): Promise<void>
  /** Settles once the text is this one. */
  shows(text: string): Promise<void>
  /** All that the text has been, in order. */
  texts(): Promise<readonly string[]>
  /** What stood in the console but complaints. */
  readonly notes: readonly string[]
}

/** A browser with one page, and the applications on a server of their own. */
export interface AppBrowser extends AsyncDisposable {
  /** @param name - of the application's page, such as `react/index`. */
  open(name: string, modelUrl: string, mode?: 'development' | 'production'): Promise<AppPage>
  /** Leaves the application, and tells what it and the browser have complained about in the console. */
  leave(): Promise<readonly string[]>
}

export async function startAppBrowser(): Promise<AppBrowser> {
  const server = await preview({
    root: here,
    configFile: false,
    logLevel: 'error',
    build: { outDir: 'dist' },
    preview: { host: '127.0.0.1', port: 0 },
  })
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  const page = await browser.newPage()
  page.setDefaultTimeout(30_000)
  await page.addInitScript(recordTexts)

  let modelUrl = ''
  const complaints: string[] = []
  const notes: string[] = []
  page.on('pageerror', (error) => complaints.push(`${error}`))
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) notes.push(message.text())
    // What the browser itself says of a request to the model that has failed, and no page can keep back.
    else if (!message.location().url.startsWith(modelUrl)) complaints.push(message.text())
  })

  return {
    async open(name, url, mode = 'development') {
      modelUrl = url
      notes.length = 0
      const at = server.resolvedUrls?.local[0]
      await page.goto(`${at}${mode}/${name}.html?url=${encodeURIComponent(url)}`)
      return appPage(page, notes)
    },
    async leave() {
      await page.goto('about:blank')
      return complaints.splice(0)
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server.close()
    },
  }
}

function appPage(page: Playwright.Page, notes: readonly string[]): AppPage {
  const text = page.locator('#text')
  return {
    text,
    notes,
    error: page.getByRole('alert'),
    button: (name) => page.getByRole('button', { name, exact: true }),
    reaches: (status) =>
      page
        .getByRole('status')
        .filter({ hasText: new RegExp(`^${status}$`) })
        .waitFor(),
    shows: (text) => page.waitForFunction(isShown, text).then(() => {}),
    texts: () => page.evaluate(() => (globalThis as unknown as Recorder).texts),
  }
}

/** Of the page. */
interface Recorder {
  texts: string[]
}

const isShown = (text: string): boolean => document.querySelector('#text')?.textContent === text

/** Runs in the page, before anything of its own. */
function recordTexts(): void {
  const texts: string[] = []
  Object.assign(globalThis, { texts })
  const look = (): void => {
    const text = document.querySelector('#text')?.textContent
    if (text !== undefined && text !== null && text !== texts.at(-1)) texts.push(text)
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
}
