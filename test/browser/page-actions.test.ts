import { describe, expect } from 'vitest'
import { answerText } from '../../page/src/wire/answers.ts'
import { focused, tabTo } from './page/focus.ts'
import { plain, seen } from './page/seen.ts'
import { eventually, it, shows } from './page/visiting.ts'

const WHOLE = plain(answerText({ length: 'short' }))
/** Some seconds for a person to press something. */
const SLOW = 'death=whole&length=short&rate=4&thinks=0'
const ENDS_SOON = 'length=short&at=5&rate=80&thinks=0'

describe.concurrent('the actions', () => {
  it('Stop keeps what has arrived, and nothing more comes', async ({ visit }) => {
    const page = await visit(SLOW)
    await page.start()
    await shows(page, 10)
    await page.button('Stop').click()
    await page.until('Stopped')
    const text = await page.text()
    expect(WHOLE.startsWith(text)).toBe(true)
    await eventually(async () => expect(await page.ending()).toContain('The request was ended at once'))
    expect(await page.ending()).toContain('nobody calls it whole')
    await eventually(async () =>
      expect(await page.side('fetch and a loop')).toMatchObject({ says: 'stopped' }),
    )
    await page.page.waitForTimeout(300)
    expect(await page.text()).toBe(text)
    expect(await page.button('Stop').getAttribute('aria-disabled')).toBe('true')
  })

  it('Retry now ends a wait that the server has asked for', async ({ visit }) => {
    const page = await visit(`${ENDS_SOON}&death=refused-status&retryAfter=5`)
    await page.start()
    await page.until('Waiting')
    expect((await page.status())?.sentence).toMatch(/^[45] seconds, then attempt 2/)
    await page.button('Retry now').click()
    await page.ended()
    expect(await page.text()).toBe(WHOLE)
    await eventually(async () => expect((await page.attempts())[1]).toContain('whole'))
    expect((await page.attempts())[0]).toContain('then a wait of 5.0 s')
    const seconds = /end marker came after ([\d.]+) s/.exec(await page.ending())?.[1]
    expect(Number(seconds)).toBeLessThan(5)
  })

  const WAYS = [
    ['by the cursor, after a stop', SLOW, 'Stop'],
    ['by a replay, after a stop', `${SLOW}&ids=false&strategy=replay`, 'Stop'],
    ...(['openai-chat', 'raw'] as const).map(
      (dialect) =>
        [
          `by asking for the rest on the wire ${dialect}, after a stop`,
          `${SLOW}&ids=false&strategy=continueWith&dialect=${dialect}`,
          'Stop',
        ] as const,
    ),
    ['by the cursor, after a failure', `${SLOW}&death=clean-end&at=5&retries=0`, undefined],
    [
      'by a replay, after a failure',
      `${SLOW}&death=clean-end&at=5&retries=0&ids=false&strategy=replay`,
      undefined,
    ],
    [
      'by asking for the rest, after a failure',
      `${SLOW}&death=clean-end&at=5&retries=0&ids=false&strategy=continueWith`,
      undefined,
    ],
  ] as const
  it.for(WAYS)('Continue goes on %s', async ([_, hash, stop], { visit }) => {
    const page = await visit(hash)
    await page.start()
    if (stop !== undefined) {
      await shows(page, 10)
      await page.button(stop).click()
    }
    await page.ended()
    const before = await page.text()
    expect(before).not.toBe('')
    expect(before.length).toBeLessThan(WHOLE.length)
    await page.button('Continue').click()
    await page.until('Whole')
    expect(await page.text()).toBe(WHOLE)
    await expect(page.answer.getByRole('img', { name: /went on here/ }).count()).resolves.toBe(1)
  })

  it('Continue cannot be pressed where nothing says where to go on', async ({ visit }) => {
    const page = await visit(`${ENDS_SOON}&death=clean-end&ids=false`)
    await page.start()
    await page.until('Failed')
    expect(await page.button('Continue').getAttribute('aria-disabled')).toBe('true')
    expect(await page.button('Start again').getAttribute('aria-disabled')).not.toBe('true')
  })

  it('Start again begins with nothing', async ({ visit }) => {
    const page = await visit(`${ENDS_SOON}&death=clean-end&ids=false`)
    await page.start()
    await page.until('Failed')
    await page.choose('Nothing fails')
    await page.button('Start again').click()
    await page.until('Whole')
    expect(await page.text()).toBe(WHOLE)
    await eventually(async () => expect(await page.attempts()).toHaveLength(1))
  })

  it('Start, pressed while a stream is under way, ends that one', async ({ visit }) => {
    const page = await visit(SLOW)
    await page.start()
    await shows(page, 10)
    await page.page.evaluate(`location.hash = '${ENDS_SOON}&death=whole'`)
    await page.start()
    await page.until('Whole')
    expect(await page.text()).toBe(WHOLE)
  })
})

describe.concurrent('by keys alone', () => {
  it('all is reached in the order in which it is read, and the focus is seen', async ({ visit }) => {
    const page = await visit(`${ENDS_SOON}&death=clean-end&ids=false`)
    await page.page.keyboard.press('Control+Enter')
    await page.until('Failed')
    const order: string[] = []
    for (let step = 0; step < 60; step++) {
      await page.page.keyboard.press('Tab')
      const { name, isSeen, isInView } = await focused(page.page)
      if (name === 'body') break
      expect(isSeen, `${name} shows the focus`).toBe(true)
      expect(isInView, `${name} is in view`).toBe(true)
      order.push(name)
    }
    const places = [
      'Skip to the answer',
      'Help',
      'Prompt',
      'Start',
      'Text of the answer',
      'Stop',
      'Retry now',
      'Continue',
      'Start again',
      'The loop',
      'Switchboard',
      'Clean end behind a proxy',
      'Where it strikes',
      'Back to the defaults',
      'Wire log',
    ].map((name) => order.findIndex((one) => one.startsWith(name)))
    expect(places, order.join(' | ')).not.toContain(-1)
    expect(places, order.join(' | ')).toEqual([...places].sort((a, b) => a - b))
    expect(new Set(order).size, order.join(' | ')).toBe(order.length)
  })

  it('a failure is chosen, started, stopped and gone on with', async ({ visit }) => {
    const page = await visit(SLOW)
    const { keyboard } = page.page
    await tabTo(page.page, 'Nothing fails')
    await keyboard.press('ArrowUp')
    await expect(page.page.getByRole('radio', { name: 'Nothing but comments' }).isChecked()).resolves.toBe(
      true,
    )
    await keyboard.press('ArrowDown')
    await expect(page.page.getByRole('radio', { name: 'Nothing fails' }).isChecked()).resolves.toBe(true)
    await keyboard.press('Control+Enter')
    await shows(page, 10)
    await keyboard.press('Escape')
    await page.until('Stopped')
    expect((await focused(page.page)).name).toContain('Nothing fails')
    await tabTo(page.page, 'Continue')
    await keyboard.press('Enter')
    await page.until('Streaming')
    await keyboard.press('Escape')
    await page.until('Stopped')
    expect(WHOLE.startsWith(await page.text())).toBe(true)
  })

  it('the focus stays where it is when what was pressed cannot be pressed any more', async ({ visit }) => {
    const page = await visit(SLOW)
    const { keyboard } = page.page
    await tabTo(page.page, 'Start')
    await keyboard.press('Enter')
    await shows(page, 10)
    expect((await focused(page.page)).name).toMatch(/^Start/)
    await tabTo(page.page, 'Stop')
    await keyboard.press('Enter')
    await page.until('Stopped')
    expect((await focused(page.page)).name).toBe('Stop')
    await tabTo(page.page, 'Continue')
    await keyboard.press('Enter')
    await page.until('Streaming', 'Connecting')
    expect((await focused(page.page)).name).toBe('Continue')
    await keyboard.press('Escape')
    await page.until('Stopped')
    await tabTo(page.page, 'Start again')
    await keyboard.press('Enter')
    await shows(page, 10)
    expect((await focused(page.page)).name).toMatch(/^Start again/)
  })

  it('the focus stays on Retry now when the wait is over', async ({ visit }) => {
    const page = await visit(`${ENDS_SOON}&death=refused-status&retryAfter=5`)
    await page.start()
    await page.until('Waiting')
    await tabTo(page.page, 'Retry now')
    await page.page.keyboard.press('Enter')
    await page.until('Whole')
    expect((await focused(page.page)).name).toMatch(/^Retry now/)
  })

  it('? opens the help outside of text fields, and Escape closes it and nothing else', async ({ visit }) => {
    const page = await visit(SLOW)
    const dialog = page.page.getByRole('dialog', { name: 'What this page shows' })
    await page.start()
    await tabTo(page.page, 'Nothing fails')
    await page.page.keyboard.press('?')
    await dialog.waitFor()
    expect((await focused(page.page)).name).toBe('Close')
    await page.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect((await focused(page.page)).name).toContain('Nothing fails')
    expect((await page.status())?.word).not.toBe('Stopped')

    await page.page.getByRole('textbox', { name: 'Prompt' }).focus()
    await page.page.keyboard.press('End')
    await page.page.keyboard.type('?')
    await expect(dialog.count()).resolves.toBe(0)
    await expect(page.page.getByRole('textbox', { name: 'Prompt' }).inputValue()).resolves.toMatch(/\?\?$/)
  })

  it('? can be switched off, for whoever speaks to the computer', async ({ visit }) => {
    const page = await visit('')
    const dialog = page.page.getByRole('dialog')
    await page.button('Help').click()
    await page.page.getByRole('checkbox', { name: /with the \? key/ }).uncheck()
    await page.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect((await focused(page.page)).name).toBe('Help')
    await page.page.keyboard.press('?')
    await page.page.waitForTimeout(100)
    await expect(dialog.count()).resolves.toBe(0)
    await page.page.reload()
    await tabTo(page.page, 'Help')
    await page.page.keyboard.press('?')
    await page.page.waitForTimeout(100)
    await expect(dialog.count()).resolves.toBe(0)
  })

  it('the tabs are walked with arrows', async ({ visit }) => {
    const page = await visit('')
    await tabTo(page.page, 'Switchboard')
    await page.page.keyboard.press('ArrowRight')
    expect((await focused(page.page)).name).toBe('Your own stream')
    await page.page.getByRole('textbox', { name: 'URL' }).waitFor()
    await page.page.keyboard.press('ArrowLeft')
    expect((await focused(page.page)).name).toBe('Switchboard')
    await page.page.getByRole('radio', { name: 'Nothing fails' }).waitFor()
  })
})

describe.concurrent('a reload', () => {
  it('in the middle of an answer goes on after the last event that was shown', async ({ visit }) => {
    const page = await visit(SLOW)
    await page.start()
    await shows(page, 18)
    await page.page.reload()
    await page.until('Streaming')
    await eventually(async () => {
      const [, cursor] = /(\d+) Attempt 1/.exec((await page.attempts())[0] ?? '') ?? []
      expect(Number(cursor)).toBeGreaterThanOrEqual(5)
    })
    await expect(page.chat.getByText('resumed after reload').count()).resolves.toBe(1)
    await page.until('Whole')
    expect(await page.text()).toBe(WHOLE)
    await expect(
      page.answer.getByRole('img', { name: 'After a reload it went on here' }).count(),
    ).resolves.toBe(1)
  }, 40_000)

  it('twice in an answer that breaks loses and doubles nothing', async ({ visit }) => {
    const page = await visit('death=cut-in-character&length=short&at=5&breaks=2&rate=4&thinks=0')
    await page.start()
    await shows(page, 10)
    await page.page.reload()
    await page.until('Waiting')
    await page.page.reload()
    await page.ended(true)
    expect((await page.status())?.word).toBe('Whole')
    expect(await page.text()).toBe(WHOLE)
  })

  it('after the end begins nothing', async ({ visit }) => {
    const page = await visit(`${ENDS_SOON}&death=clean-end&retries=0`)
    await page.start()
    await page.until('Failed')
    await page.page.reload()
    await page.page.getByRole('heading', { name: 'What the model is about to say' }).waitFor()
    expect(await page.status()).toBeUndefined()
  })

  it('without IDs begins nothing: there is no place to go on from', async ({ visit }) => {
    const page = await visit(`${SLOW}&ids=false`)
    await page.start()
    await shows(page, 10)
    await page.page.reload()
    await page.page.getByRole('heading', { name: 'What the model is about to say' }).waitFor()
    expect(await page.status()).toBeUndefined()
  })

  it('keeps the settings, which are in the address', async ({ visit }) => {
    const page = await visit('')
    await page.choose('Connection reset (RST)')
    await page.page.getByRole('combobox', { name: 'Retries' }).selectOption('6')
    await page.page.reload()
    await expect(page.page.getByRole('radio', { name: 'Connection reset (RST)' }).isChecked()).resolves.toBe(
      true,
    )
    await expect(page.page.getByRole('combobox', { name: 'Retries' }).inputValue()).resolves.toBe('6')
  })
})

describe.concurrent('the network', () => {
  it('goes away in the middle and comes back: nothing is lost', async ({ visit }) => {
    const page = await visit(`${ENDS_SOON}&death=clean-end&rate=20&retries=6`)
    await page.start()
    await shows(page, 10)
    await page.page.context().setOffline(true)
    await eventually(async () => expect((await page.attempts()).at(-1)).toContain('connection_failed'))
    expect((await page.status())?.word).toMatch(/^(?:Waiting|Connecting)$/)
    expect(WHOLE.startsWith(await page.text())).toBe(true)
    await page.page.context().setOffline(false)
    await page.until('Whole')
    expect(await page.text()).toBe(WHOLE)
  })

  it('is not there at all: the page says so, and does not hang', async ({ visit }) => {
    const page = await visit('')
    await page.page.context().setOffline(true)
    await page.start()
    await page.page
      .getByRole('alert')
      .filter({ hasText: 'The local server of this page does not answer' })
      .waitFor()
    await page.page.context().setOffline(false)
    await page.start()
    await page.until('Streaming')
    await expect(page.page.getByRole('alert').count()).resolves.toBe(0)
  })
})

it('two tabs of one person are each on their own', async ({ live, visit }) => {
  const one = await visit(`${SLOW}`)
  const second = await one.page.context().newPage()
  await second.goto(`${live.url}/#${ENDS_SOON}&death=clean-end&ids=false`)
  const other = seen(second)
  await one.start()
  await other.start()
  await shows(one, 10)
  await other.until('Failed')
  expect((await one.status())?.word).toBe('Streaming')
  await second.reload()
  await second.getByRole('heading', { name: 'What the model is about to say' }).waitFor()
  expect(await other.status()).toBeUndefined()
  await one.page.reload()
  await one.until('Whole')
  expect(await one.text()).toBe(WHOLE)
  expect(await other.status()).toBeUndefined()
}, 40_000)

describe.concurrent('a person who has set something', () => {
  it('less motion: nothing moves while it streams', async ({ visit }) => {
    const moving = `document.getAnimations().filter(({ playState }) => playState === 'running').length`
    const usual = await visit(SLOW, { reducedMotion: 'no-preference' })
    await usual.start()
    await shows(usual, 10)
    // What blinks at all is the cursor.
    await eventually(async () => expect(await usual.page.evaluate(moving)).toBeGreaterThan(0))

    const calm = await visit(SLOW, { reducedMotion: 'reduce' })
    await calm.start()
    await shows(calm, 10)
    expect(await calm.page.evaluate(moving)).toBe(0)
  })

  const SIZES = [
    ['text of twice the size', { viewport: { width: 1280, height: 800 } }, '200%'],
    ['a zoom of 200 %', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, '100%'],
    ['a zoom of 400 %', { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 }, '100%'],
  ] as const
  it.for(SIZES)(
    '%s: all is there, and nothing is cut or to be scrolled sideways',
    async ([_, options, size], { visit }) => {
      const page = await visit(`${ENDS_SOON}&death=clean-end&ids=false`, options)
      await page.page.evaluate(`document.documentElement.style.fontSize = '${size}'`)
      await page.start()
      await page.until('Failed')
      await eventually(async () => expect(await page.facts()).toMatchObject({ reason: 'clean_end' }))
      expect(
        await page.page.evaluate('document.documentElement.scrollWidth - innerWidth'),
      ).toBeLessThanOrEqual(0)
      const cut =
        await page.page.evaluate(`[...document.querySelectorAll('button, label, h1, h2, h3, dt, dd, p')]
      .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden, .log, svg'))
      .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
      .map(({ textContent }) => textContent)`)
      expect(cut).toEqual([])
      for (const name of ['Start', 'Stop', 'Continue', 'Start again', 'Help']) {
        await page.button(name).scrollIntoViewIfNeeded()
        const box = await page.button(name).boundingBox()
        expect(
          (box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 0) <= options.viewport.width + 1,
          name,
        ).toBe(true)
      }
    },
  )
})
