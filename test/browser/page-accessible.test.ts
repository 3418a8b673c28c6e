import { mkdir } from 'node:fs/promises'
import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect } from 'vitest'
import { answerText } from '../../page/src/wire/answers.ts'
import { axe } from './page/axe.ts'
import { announced, isLive, listen } from './page/live-regions.ts'
import { plain, type Seen } from './page/seen.ts'
import { targets } from './page/targets.ts'
import { eventually, it, shows, type Visited } from './page/visiting.ts'

const SCREENSHOTS = 'artifacts/screenshots'
const SIZES = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: {
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>

/** The states in which a person finds the page, and how one comes there. What lasts, lasts as long as the test looks. */
const STATES = {
  idle: { hash: '', reach: async () => {} },
  streaming: {
    hash: 'death=whole&rate=20&length=10000&thinks=0',
    reach: async (page) => {
      await page.start()
      await shows(page, 150)
    },
  },
  waiting: {
    hash: 'death=clean-end&at=30&rate=2000&thinks=0&breaks=all&retries=6&afterwards=refused',
    reach: async (page) => {
      await page.start()
      await page.until('Waiting')
    },
  },
  failed: {
    hash: 'death=clean-end&at=60&rate=2000&thinks=0&ids=false',
    reach: async (page) => {
      await page.start()
      await page.until('Failed')
      await eventually(async () => expect(await page.facts()).toMatchObject({ reason: 'clean_end' }))
    },
  },
  done: {
    hash: 'death=cut-in-event&at=60&rate=2000&thinks=0&breaks=2',
    reach: async (page) => {
      await page.start()
      await page.ended(true)
    },
  },
  'own stream with an error': {
    hash: 'own',
    reach: async (page) => {
      await unfold(page)
      await page.page.getByRole('textbox', { name: 'URL', exact: true }).fill('localhost:1')
      await page.button('Watch').click()
      await page.page.getByText('The URL has no scheme').waitFor()
    },
  },
  help: {
    hash: '',
    reach: async (page) => {
      await page.button('Help').click()
      await page.page.getByRole('dialog').waitFor()
    },
  },
} as const satisfies Readonly<
  Record<string, { readonly hash: string; readonly reach: (page: Seen) => Promise<void> }>
>

/** On a phone the controls are folded. Behind a dialog they stay so. */
async function unfold({ page }: Seen): Promise<void> {
  const change = page.getByRole('button', { name: 'Change', exact: true })
  if ((await change.count()) > 0 && (await page.getByRole('dialog').count()) === 0) await change.click()
}

const overflow = ({ page }: Seen): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')

async function shoot({ page }: Seen, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}/${name.replaceAll(' ', '-')}.png` })
}

describe.concurrent.for(Object.entries(STATES))('%s', ([state, { hash, reach }]) => {
  it.for(Object.entries(SIZES))(
    'on a %s: axe finds nothing, light or dark',
    async ([size, options], { visit }) => {
      await mkdir(SCREENSHOTS, { recursive: true })
      const page: Visited = await visit(hash, options)
      await reach(page)
      expect(await axe(page.page, 'all')).toEqual([])
      await shoot(page, `${state} ${size} light`)
      await page.page.emulateMedia({ colorScheme: 'dark' })
      // Nothing but the colours is another.
      expect(await axe(page.page, 'color-contrast')).toEqual([])
      await shoot(page, `${state} ${size} dark`)
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      if (size !== 'phone') return
      await unfold(page)
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      const small = (await targets(page.page)).filter(({ width, height }) => width < 40 || height < 40)
      expect(small).toEqual([])
      await page.page.setViewportSize({ width: 320, height: 640 })
      expect(await overflow(page)).toBeLessThanOrEqual(0)
    },
  )
})

describe.concurrent('for whoever listens', () => {
  it('an answer that breaks is told in a few sentences, and read a few at a time', async ({ visit }) => {
    const page = await visit('death=clean-end&at=100&rate=80&thinks=0')
    await listen(page.page)
    await page.start()
    await shows(page, 10)
    expect(await isLive(page.page, 'Text of the answer')).toBe(false)
    await page.ended()
    await eventually(async () =>
      expect((await announced(page.page)).at(-1)?.text).toBe('The answer is whole.'),
    )
    const told = await announced(page.page)
    const happened = told.filter(({ region }) => region === 'status').map(({ text }) => text)
    expect(happened[0]).toBe('Started.')
    expect(happened[1]).toMatch(/^It broke off: stream terminated \(clean end\)\. Waiting 2 seconds\.$/)
    expect(happened.slice(2, -1).join(' ')).toMatch(
      /^(?:Attempt 2, after event \d+\. )?Resumed, after event \d+\.$/,
    )
    expect(happened.length).toBeLessThanOrEqual(5)
    const read = told.filter(({ region }) => region === 'log').map(({ text }) => text)
    // Of some 1,300 characters in 203 pieces: whole sentences, each once, in order; the last part of them where they come too fast.
    let rest = plain(answerText({ length: 'usual' }))
    for (const sentences of read.map((text) => plain(text.replace(/^… /, '')))) {
      expect(sentences.length).toBeLessThanOrEqual(400)
      expect(sentences).toMatch(/[.!?…:][”"')\]]*$/u)
      expect(rest).toContain(sentences)
      rest = rest.slice(rest.indexOf(sentences) + sentences.length)
    }
    expect(rest).toBe('')
    expect(read.length).toBeLessThanOrEqual(8)
    expect(told.filter(({ region }) => region !== 'status' && region !== 'log')).toEqual([])
  })

  it('a failure, a stop and a problem are each told once', async ({ visit }) => {
    const page = await visit('death=fin&at=5&length=short&rate=80&thinks=0&ids=false&face=node')
    await listen(page.page)
    await page.start()
    await page.until('Failed')
    await eventually(async () => {
      const texts = (await announced(page.page)).map(({ text }) => text)
      expect(texts.at(-1)).toBe('Failed: stream terminated (socket closed).')
    })
    await page.page.evaluate(`location.hash = 'death=whole&rate=20&thinks=0'`)
    await page.start()
    await shows(page, 20)
    await page.button('Stop').click()
    await eventually(async () => expect((await announced(page.page)).at(-1)?.text).toBe('Stopped.'))
    const happened = (await announced(page.page)).filter(({ region }) => region === 'status')
    expect(happened.map(({ text }) => text)).toEqual([
      'Started.',
      'Failed: stream terminated (socket closed).',
      'Started.',
      'Stopped.',
    ])
  })
})

it('what must never happen is seen when it happens', async ({ live }) => {
  const { page, watch, leave } = await live.visit()
  await page.evaluate(
    `document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))`,
  )
  await page.evaluate(`setTimeout(() => { throw new Error('on purpose') })`)
  await page.evaluate(`fetch('http://127.0.0.1:9/').catch(() => {})`)
  await page.evaluate(`console.error('said on purpose')`)
  const troubles: string[] = []
  await eventually(async () => {
    troubles.push(...(await watch.troubles()))
    for (const trouble of [
      /^CSP: script-src/,
      /^page error: on purpose/,
      /a request to http:..127\.0\.0\.1:9/,
      /said on/,
    ]) {
      expect(troubles.join('\n')).toMatch(new RegExp(trouble, 'm'))
    }
  })
  await leave()
})
