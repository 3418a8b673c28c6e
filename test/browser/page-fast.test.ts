import { mkdir, writeFile } from 'node:fs/promises'
import type { CDPSession } from 'playwright-core'
import { expect } from 'vitest'
import { answerText } from '../../page/src/wire/answers.ts'
import { startFastModel } from './lab/fast-model.ts'
import { traceMainThread } from './lab/main-thread.ts'
import { plain } from './page/seen.ts'
import { eventually, it, type Visited } from './page/visiting.ts'

const TOKENS = 10_000
const PER_SECOND = 2_000

/** Milliseconds of the processor's time: a task that takes longer is one that a person feels, on a machine that has time for it. */
const LONG_TASK = 50

/** Presses a button, and settles once the title of the tab says that the answer is whole. */
const untilWhole = (button: string): string => `(async () => {
  globalThis.rxSseTestLong = []
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) rxSseTestLong.push(Math.round(duration))
  })
  observer.observe({ type: 'longtask' })
  const startedAt = performance.now()
  const buttons = [...document.querySelectorAll('button')]
  buttons.find(({ textContent }) => textContent.startsWith('${button}')).click()
  while (!document.title.startsWith('Whole')) await new Promise((resolve) => setTimeout(resolve, 25))
  observer.disconnect()
  return { ms: Math.round(performance.now() - startedAt), long: rxSseTestLong }
})()`

interface Streamed {
  readonly ms: number
  /** Tasks of 50 ms and more by the clock, which goes on while a busy machine does something else: for the record. */
  readonly long: readonly number[]
}

async function note(name: string, figures: object): Promise<void> {
  await mkdir('artifacts/browser', { recursive: true })
  await writeFile(`artifacts/browser/${name}.json`, `${JSON.stringify(figures, undefined, 2)}\n`)
}

async function pointAt({ page, watch }: Visited, url: string): Promise<void> {
  watch.allow(url)
  await page.getByRole('textbox', { name: 'URL', exact: true }).fill(url)
  await page.getByRole('combobox', { name: 'Sent by' }).selectOption({ label: 'This browser' })
}

it('10,000 tokens at 2,000 a second: no task of the page is long', async ({ visit }) => {
  await using model = await startFastModel(TOKENS, PER_SECOND)
  const seen = await visit('own')
  await pointAt(seen, model.url)
  const idle = await traceMainThread(seen.page, 'new Promise((resolve) => setTimeout(resolve, 1000))')
  const { result, ...mainThread } = await traceMainThread<Streamed>(seen.page, untilWhole('Watch'))
  const figures = { tokens: TOKENS, perSecond: PER_SECOND, ...result, ...mainThread, idle }
  await note('page-fast', figures)
  expect(await seen.text()).toBe(plain(model.text))
  // Not faster than the model: what is measured is a stream, not a file.
  expect(result.ms).toBeGreaterThan((TOKENS / PER_SECOND) * 1_000 - 500)
  expect(mainThread.longestWork, JSON.stringify(figures)).toBeLessThanOrEqual(LONG_TASK)
}, 90_000)

/** To make 10,000 events of words is one task of it: what answers a press of a button within this feels immediate [rail]. */
const IMMEDIATE = 100

it('10,000 words of the embedded gateway, all at once: the page answers', async ({ visit }) => {
  const seen = await visit('length=10000&rate=all&death=whole&thinks=0')
  const { result, ...mainThread } = await traceMainThread<Streamed>(seen.page, untilWhole('Start'))
  const figures = { words: TOKENS, ...result, ...mainThread }
  await note('page-all-at-once', figures)
  expect(await seen.text()).toBe(plain(answerText({ length: '10000' })))
  expect(mainThread.longestWork, JSON.stringify(figures)).toBeLessThanOrEqual(IMMEDIATE)
}, 90_000)

const MIB = 1024 * 1024

interface Held {
  readonly pieces: number
  /** Bytes of JavaScript, after a collection of garbage. */
  readonly heap: number
  /** Elements of the document that are not lines of the answer. */
  readonly elements: number
}

const ELEMENTS = `document.querySelectorAll('body *').length
  - document.querySelectorAll('[aria-label="Text of the answer"] *').length`

async function piecesOf(seen: Visited): Promise<number> {
  const { sentence = '' } = (await seen.status()) ?? {}
  return Number(/([\d,]+) pieces/.exec(sentence)?.[1]?.replaceAll(',', '') ?? 0)
}

async function held(seen: Visited, cdp: CDPSession): Promise<Held> {
  const pieces = await piecesOf(seen)
  await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
  return { pieces, heap, elements: await seen.page.evaluate<number>(ELEMENTS) }
}

it('the page holds no more of a long stream than of a short one, but for its text', async ({ visit }) => {
  await using model = await startFastModel(TOKENS, PER_SECOND)
  const seen = await visit('own')
  await pointAt(seen, model.url)
  const cdp = await seen.page.context().newCDPSession(seen.page)
  await cdp.send('Performance.enable')
  await seen.button('Watch').click()
  const taken: Held[] = []
  for (const pieces of [3_000, 6_000]) {
    await eventually(async () => expect(await piecesOf(seen)).toBeGreaterThanOrEqual(pieces))
    taken.push(await held(seen, cdp))
  }
  await seen.ended()
  taken.push(await held(seen, cdp))
  await note('page-memory', taken)
  const [first, middle, last] = taken as [Held, Held, Held]
  const figures = JSON.stringify(taken)
  expect(last.pieces).toBe(TOKENS + 1)
  // The text is a tenth of it; the page keeps it twice, for itself and for the loop. To keep the events would be seven times that.
  expect(last.heap - first.heap, figures).toBeLessThan(MIB)
  // In the middle of it some of what comes is still on its way.
  expect(middle.heap - first.heap, figures).toBeLessThan(2 * MIB)
  expect(last.elements - first.elements, figures).toBeLessThan(100)
}, 90_000)
