import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { startWindow } from '../runtimes/chromium.ts'
import { bundle } from './bundle.ts'
import { serveFiles } from './serve-files.ts'

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>A tab</title><output></output><script type="module" src="/tab.js"></script>'

interface TabState {
  readonly status?: string
  readonly value?: string
  readonly attempt?: number
  readonly resumed?: number
  readonly values?: number
  readonly error?: { readonly code: string; readonly hint?: string; readonly message: string }
}

/** A page that streams; see consumer/tab.mjs. */
export interface Tab {
  readonly page: Page
  readonly cdp: CDPSession
  start(url: string, options?: object): Promise<void>
  state(): Promise<TabState>
  /** What befell the page. */
  events(): Promise<readonly string[]>
  /** Settles once this, an expression of the page's, is true. */
  until(expression: string): Promise<void>
}

export interface Tabs extends AsyncDisposable {
  /** Of the pages. */
  readonly url: string
  readonly context: BrowserContext
  /** A new tab, in front. */
  open(): Promise<Tab>
}

export async function startTabs(): Promise<Tabs> {
  const window = await startWindow()
  const site = await serveFiles({
    '/': PAGE,
    '/elsewhere': '<!doctype html><title>Elsewhere</title>',
    '/tab.js': await bundle('consumer/tab.mjs'),
  })
  const { context } = window
  return {
    url: site.url,
    context,
    async open() {
      const page = await context.newPage()
      await page.goto(`${site.url}/`)
      await page.bringToFront()
      return {
        page,
        cdp: await context.newCDPSession(page),
        start: (url, options = {}) =>
          page.evaluate(`tab.start(${JSON.stringify(url)}, ${JSON.stringify(options)})`),
        state: () => page.evaluate('tab.state'),
        events: () => page.evaluate('tab.events'),
        // A hidden page has no frames.
        until: async (expression) => {
          await page.waitForFunction(expression, undefined, { polling: 20, timeout: 15_000 })
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await window[Symbol.asyncDispose]()
      await site[Symbol.asyncDispose]()
    },
  }
}
