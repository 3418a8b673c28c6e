import type { Page } from 'playwright-core'

export interface Focused {
  /** As it is called; `body`: nothing has the focus. */
  readonly name: string
  /** Is it drawn so that a person sees it? */
  readonly isSeen: boolean
  readonly isInView: boolean
}

/**
 * The name of what is focused, in short; whether an outline of 2 pixels and more is drawn around it, or around the label that is
 * drawn in its place.
 */
const LOOK = `(() => {
  const element = document.activeElement
  if (element === null || element === document.body) return { name: 'body', isSeen: false, isInView: false }
  const label = element.labels?.[0]
  const named = element.getAttribute('aria-label')
    ?? document.getElementById(element.getAttribute('aria-labelledby'))?.textContent
    ?? (label === undefined || label === null ? element.textContent : label.textContent)
  const outlined = [element, label].some((one) => {
    if (!one) return false
    const { outlineStyle, outlineWidth } = getComputedStyle(one)
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
  })
  const shown = [element, label].find((one) => one && one.getBoundingClientRect().width > 2) ?? element
  const { top, bottom, left, right } = shown.getBoundingClientRect()
  return {
    name: named.replace(/\\s+/g, ' ').trim(),
    isSeen: outlined,
    isInView: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
  }
})()`

export const focused = (page: Page): Promise<Focused> => page.evaluate<Focused>(LOOK)

const MOST_STEPS = 80

/** Presses Tab until what is called so has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = []
  for (let step = 0; step < MOST_STEPS; step++) {
    const { name: here } = await focused(page)
    if (here.startsWith(name)) return
    passed.push(here)
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not come to ${name}: ${passed.join(' | ')}`)
}
