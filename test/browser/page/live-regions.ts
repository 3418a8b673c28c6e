import type { Page } from 'playwright-core'

/** What a screen reader is told of, in the order in which it is. */
export interface Announced {
  readonly region: string
  readonly text: string
}

/** What an element of these says when it changes is read out [wai-aria section 6.6]. */
const LIVE = '[aria-live]:not([aria-live=off]), [role=status], [role=log], [role=alert]'

/** To be called before anything is announced. */
export const listen = (page: Page): Promise<void> =>
  page.evaluate(`(() => {
    globalThis.rxSseTestAnnounced = []
    new MutationObserver((records) => {
      const told = new Set()
      for (const { target, addedNodes, type } of records) {
        const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement
        const region = element?.closest(${JSON.stringify(LIVE)})
        if (!region) continue
        const name = region.getAttribute('role') ?? 'aria-live'
        // Of a log only what is added is read.
        const texts = name === 'log' ? [...addedNodes].map((node) => node.textContent) : [region.textContent]
        for (const text of texts) {
          if (text === '' || told.has(name + text)) continue
          told.add(name + text)
          rxSseTestAnnounced.push({ region: name, text })
        }
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })()`)

export const announced = (page: Page): Promise<readonly Announced[]> =>
  page.evaluate<readonly Announced[]>('rxSseTestAnnounced')

/** Is this inside of a live region? */
export const isLive = (page: Page, name: string): Promise<boolean> =>
  page
    .getByRole('region', { name })
    .evaluate((element: { closest(selector: string): unknown }, live) => element.closest(live) !== null, LIVE)
