import type { Locator, Page } from 'playwright-core'

const STATES = [
  'Ready',
  'Connecting',
  'Streaming',
  'Silent',
  'Waiting',
  'Whole',
  'Failed',
  'Stopped',
] as const

/** The word of the status line. */
type StateWord = (typeof STATES)[number]

const ENDED: readonly StateWord[] = ['Whole', 'Failed', 'Stopped']

/** White space as a person reads it. */
export const plain = (text: string): string => text.replace(/\s+/gu, ' ').trim()

/** The page as a person finds their way on it: by roles, names and words. */
export interface Seen {
  readonly page: Page
  readonly chat: Locator
  readonly wire: Locator
  readonly answer: Locator
  button(name: string): Locator
  /** Presses Start, and settles once the new run stands in the place of the one before. */
  start(): Promise<void>
  /** Chooses a failure of the switchboard by its words. */
  choose(failure: string): Promise<void>
  /** The text of the answer. */
  text(): Promise<string>
  /** The word and the sentence of the status line; `undefined`: there is none. */
  status(): Promise<{ readonly word: StateWord; readonly sentence: string } | undefined>
  /** Settles once the status line has one of these words. */
  until(...words: readonly StateWord[]): Promise<void>
  /** Settles at the end of the run; a wait on the way is cut short by `Retry now` if so wished. */
  ended(hurry?: boolean): Promise<void>
  /** The facts of the failure, by their names. */
  facts(): Promise<Readonly<Record<string, string>>>
  /** The words below the answer about how it ended. */
  ending(): Promise<string>
  /** One side of the comparison. */
  side(title: 'rx-sse' | 'fetch and a loop'): Promise<Side>
  /** The attempts as the timeline tells them. */
  attempts(): Promise<readonly string[]>
}

interface Side {
  readonly says: string
  readonly text: string
  readonly lost: string
  readonly words: string
}

const STATUS = new RegExp(`^(${STATES.join('|')})`)
const LOST = 'Never arrived: '

export function seen(page: Page): Seen {
  const chat = page.getByRole('region', { name: /^(?:Chat|The stream)$/ })
  const wire = page.getByRole('region', { name: 'The wire', exact: true })
  const answer = page.getByRole('region', { name: 'Text of the answer' })
  const statusLine = chat.getByRole('paragraph').filter({ hasText: STATUS }).first()
  const failure = chat.getByRole('region', { name: 'How it ended' })
  const comparison = chat.getByRole('region', { name: 'The same bytes, told twice' })
  const paragraphs = chat.getByRole('paragraph')
  const stateOf = (words: readonly StateWord[]): Locator =>
    paragraphs.filter({ hasText: new RegExp(`^(${words.join('|')})`) }).first()

  const one: Seen = {
    page,
    chat,
    wire,
    answer,
    async start() {
      await one.button('Start').click()
      // Until then it is called otherwise.
      await one.button('Start').waitFor()
    },
    choose: (failure) =>
      page.getByRole('group', { name: 'Kind of death' }).getByText(failure, { exact: true }).click(),
    button: (name) => page.getByRole('button', { name, exact: true }),
    async text() {
      // Paragraphs out of view are not laid out, but they are there.
      return plain((await answer.locator('p').allTextContents()).join('\n'))
    },
    async status() {
      if ((await statusLine.count()) === 0) return undefined
      const text = plain((await statusLine.textContent()) ?? '')
      const word = STATUS.exec(text)?.[1] as StateWord
      return { word, sentence: text.slice(word.length) }
    },
    until: (...words) => stateOf(words).waitFor(),
    async ended(hurry = false) {
      for (;;) {
        await stateOf(hurry ? [...ENDED, 'Waiting'] : ENDED).waitFor()
        const state = await one.status()
        if (state !== undefined && ENDED.includes(state.word)) return
        // The wait may be over before the button is reached.
        await one
          .button('Retry now')
          .click({ timeout: 500 })
          .catch(() => {})
      }
    },
    async facts() {
      const [names, values] = await Promise.all([
        failure.getByRole('term').allTextContents(),
        failure.getByRole('definition').allTextContents(),
      ])
      return Object.fromEntries(names.map((name, index) => [name, plain(values[index] ?? '')]))
    },
    async ending() {
      if ((await failure.count()) > 0) return plain(await failure.innerText())
      return plain(await chat.innerText())
    },
    async side(title) {
      const side = comparison
        .locator('div')
        .filter({ has: page.getByRole('heading', { name: title, exact: true }) })
        .last()
      await side.getByRole('paragraph').first().waitFor()
      const [says = '', text = '', words = ''] = await side.getByRole('paragraph').allTextContents()
      const [shown = '', lost = ''] = text.split(LOST)
      return { says: plain(says), text: plain(shown), lost: plain(lost), words: plain(words) }
    },
    async attempts() {
      const items = wire.getByRole('list', { name: 'Attempts' }).getByRole('listitem')
      return (await items.allInnerTexts()).map(plain)
    },
  }
  return one
}
