import type { Page } from 'playwright-core'

export interface Target {
  readonly name: string
  readonly width: number
  readonly height: number
}

/** All that a finger can be put on, with its label where that is pressed in its place. */
const TARGETS = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  .filter((element) => element.checkVisibility() && !element.matches('.skip-link'))
  .map((element) => {
    const boxes = [element, ...(element.labels ?? [])].map((one) => one.getBoundingClientRect())
    // A label beside a field is no part of it; one around it is.
    const around = element.closest('label') ? boxes : boxes.slice(0, 1)
    return {
      name: (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim(),
      width: Math.max(...around.map(({ width }) => width)),
      height: Math.max(...around.map(({ height }) => height)),
    }
  })`

export const targets = (page: Page): Promise<readonly Target[]> => page.evaluate<readonly Target[]>(TARGETS)
