import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 to level AA, and what axe calls good practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** All of {@link TAGS}, or one rule of them. */
export type Rules = 'all' | 'color-contrast'

/** What axe finds on a page as it stands: a line for each element. */
export async function axe(page: Page, rules: Rules): Promise<readonly string[]> {
  const run = rules === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: [rules] }
  // Not as a script of the page's, which its CSP refuses.
  await page.evaluate(`globalThis.axe ?? (() => { ${await source} })()`)
  return page.evaluate<readonly string[]>(`axe
    .run(document, { runOnly: ${JSON.stringify(run)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ': ' + help + ' at ' + target + ': ' + failureSummary)))`)
}
