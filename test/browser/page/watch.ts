import type { ConsoleMessage, Page } from 'playwright-core'

/** What must never happen, whatever is done on the page. */
export interface Watch {
  /** The page may ask this origin too: a server of the test's own. */
  allow(url: string): void
  /** What has happened since the last call: requests to strangers, errors of scripts, of the console, of the CSP. */
  troubles(): Promise<readonly string[]>
}

const originOf = (url: string): string => new URL(url).origin

/**
 * The browser itself tells the console of each response that is an error, and of each refusal: that is what the page is for. Of
 * its own server it gets all that it asks for, unless a test has pulled the plug.
 */
function isOfTheNetwork(message: ConsoleMessage, own: string): boolean {
  const text = message.text()
  if (text.startsWith('Access to fetch at ')) return !text.startsWith(`Access to fetch at '${own}/`)
  if (!text.startsWith('Failed to load resource: ')) return false
  return !message.location().url.startsWith(`${own}/`) || text.includes('ERR_INTERNET_DISCONNECTED')
}

/** Keeps a list; to be called before the page is loaded. */
export async function watch(page: Page, pageUrl: string): Promise<Watch> {
  const own = originOf(pageUrl)
  const allowed = new Set([own])
  const troubles: string[] = []
  const asked: string[] = []
  const pending: Promise<void>[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('response', (response) => {
    // The gateway is where the local server says that it is.
    if (response.url() !== `${own}/api/scenario`) return
    pending.push(
      response.json().then(
        ({ url }: { url?: string }) => {
          if (url !== undefined) allowed.add(originOf(url))
        },
        // A page that is left takes its responses with it.
        () => {},
      ),
    )
  })
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (!isOfTheNetwork(message, own)) troubles.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => troubles.push(`page error: ${error.message}`))
  page.on('crash', () => troubles.push('the page has crashed'))
  await page.exposeFunction('rxSseTestViolation', (words: string) => {
    troubles.push(`CSP: ${words}`)
  })
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    rxSseTestViolation(event.violatedDirective + ' ' + event.blockedURI))`)
  return {
    allow: (url) => {
      allowed.add(originOf(url))
    },
    async troubles() {
      await Promise.all(pending.splice(0))
      const strangers = asked
        .splice(0)
        .filter((url) => /^https?:|^wss?:/.test(url) && !allowed.has(originOf(url)))
        .map((url) => `a request to ${url}`)
      return [...strangers, ...troubles.splice(0)]
    },
  }
}
