import { startChromium } from '../../test/browser/runtimes/chromium.ts'

type Browser = Awaited<ReturnType<typeof startChromium>>
type Page = Awaited<ReturnType<Browser['newPage']>>

export interface Shot {
  readonly scheme: 'light' | 'dark'
  /** The settings, as they stand in the address. */
  readonly hash: string
  readonly until: 'failed' | 'whole'
}

/** The same letter has the same pixels wherever it stands: that packs better. */
const ARGS = ['--disable-font-subpixel-positioning']

const SIZE = { width: 1280, height: 900 }

async function open(browser: Browser, url: string, { scheme, hash }: Omit<Shot, 'until'>): Promise<Page> {
  const context = await browser.newContext({
    viewport: SIZE,
    deviceScaleFactor: 2,
    colorScheme: scheme,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto(`${url}/${hash}`)
  await page.getByRole('button', { name: 'Start', exact: false }).first().waitFor()
  return page
}

const start = (page: Page): Promise<void> => page.keyboard.press('Control+Enter')

const status = (page: Page, tone: string): Promise<unknown> =>
  page.waitForSelector(`.status-line .state[data-tone="${tone}"]`, { timeout: 60_000 })

/** The whole page at the end of a run. */
export async function shotOf(url: string, shot: Shot): Promise<Buffer> {
  const browser = await startChromium(ARGS)
  try {
    const page = await open(browser, url, shot)
    await start(page)
    await status(page, shot.until)
    // The last of what is drawn a few times a second.
    await page.waitForTimeout(500)
    return await page.screenshot()
  } finally {
    await browser.close()
  }
}

interface Frame {
  readonly caption: string
  readonly chat: string
  readonly wire: string
}

const FILM = '#death=cut-in-event&length=short&at=8&rate=4&thinks=600'

/** Four moments of one run: it streams, it breaks, it waits and asks for the rest, it is whole. */
export async function filmOf(url: string): Promise<Buffer> {
  const browser = await startChromium(ARGS)
  try {
    const page = await open(browser, url, { scheme: 'light', hash: FILM })
    await start(page)
    const frames: Frame[] = []
    const take = async (caption: string): Promise<void> => {
      frames.push({ caption, ...(await regionsOf(page)) })
    }
    while ((await page.locator('.answer .answer-text').innerText()).length < 20) await page.waitForTimeout(50)
    await take('An answer streams: each mark is an event.')
    await status(page, 'waiting')
    await page.waitForTimeout(700)
    await take('It is cut inside an event. The failure has a type; the wait has an end.')
    await page.waitForSelector('.seam')
    await page.waitForTimeout(900)
    await take('The second request asks for what follows the last event, and goes on in mid-sentence.')
    await status(page, 'whole')
    await page.waitForTimeout(500)
    await take('The end marker has come: whole, each piece once. The seam stays to be seen.')
    return await composed(browser, frames)
  } finally {
    await browser.close()
  }
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

async function boxOf(page: Page, selector: string): Promise<Box> {
  const box = await page.locator(selector).first().boundingBox()
  if (box === null) throw new Error(`${selector} is not on the page`)
  return box
}

/** What a person looks at: the answer with its status, and the timeline. */
async function regionsOf(page: Page): Promise<Pick<Frame, 'chat' | 'wire'>> {
  const answer = await boxOf(page, '.answer')
  const status = await boxOf(page, '.status-line')
  const timeline = await boxOf(page, '.timeline')
  const clipped = async (clip: Box): Promise<string> => (await page.screenshot({ clip })).toString('base64')
  return {
    chat: await clipped({ ...answer, height: status.y + status.height - answer.y }),
    wire: await clipped(timeline),
  }
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** The frames, one below the other. */
async function composed(browser: Browser, frames: readonly Frame[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 960, height: 600 }, deviceScaleFactor: 2 })
  const image = (data: string): string => `<img src="data:image/png;base64,${data}" style="zoom:0.5">`
  await page.setContent(`<!doctype html><style>
    body { margin: 0; font: 14px "Liberation Sans", Arial, sans-serif; background: #fff; color: #1a1a21 }
    main { display: grid; gap: 12px; padding: 16px; background: #f2f2f5 }
    section { display: grid; grid-template-columns: 436px 1fr; gap: 8px 24px; padding: 12px 16px 16px; background: #fff; border: 1px solid #dfdfe7; border-radius: 10px; align-items: start }
    h2 { grid-column: 1 / -1; margin: 0; font-size: 14px } b { color: #8a1f78; margin-inline-end: 8px } img { display: block }
  </style><main>${frames
    .map(
      ({ caption, chat, wire }, index) =>
        `<section><h2><b>${index + 1}</b>${escaped(caption)}</h2>${image(chat)}${image(wire)}</section>`,
    )
    .join('')}</main>`)
  return page.locator('main').screenshot()
}
