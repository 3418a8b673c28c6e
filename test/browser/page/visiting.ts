import type { BrowserContextOptions } from 'playwright-core'
import { expect, it as test, vi } from 'vitest'
import { type LivePage, startLivePage } from './live-page.ts'
import { type Seen, seen } from './seen.ts'
import type { Watch } from './watch.ts'

/** A page that a person has opened. */
export interface Visited extends Seen {
  readonly watch: Watch
}

interface Fixtures {
  /** One for each file of tests. */
  readonly live: LivePage
  /** Opens the page. After the test it is closed, and nothing that must not happen may have happened on it. */
  readonly visit: (hash?: string, options?: BrowserContextOptions) => Promise<Visited>
}

export const it = test.extend<Fixtures>({
  live: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
    async ({}, use) => {
      await using live = await startLivePage()
      await use(live)
    },
    { scope: 'file' },
  ],
  visit: async ({ live }, use) => {
    const left: (() => Promise<readonly string[]>)[] = []
    await use(async (hash, options) => {
      const { page, watch, leave } = await live.visit(hash, options)
      left.push(async () => {
        const troubles = await watch.troubles()
        await leave()
        return troubles
      })
      return { ...seen(page), watch }
    })
    const troubles = await Promise.all(left.map((leave) => leave()))
    expect(troubles.flat()).toEqual([])
  },
})

/** What is drawn a little later. */
export const eventually = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 30 })

/** Settles once more than so many characters of the answer stand there. */
export const shows = (page: Seen, characters: number): Promise<void> =>
  eventually(async () => expect((await page.text()).length).toBeGreaterThan(characters))
