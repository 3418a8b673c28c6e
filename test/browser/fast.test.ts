import { mkdir, writeFile } from 'node:fs/promises'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundle } from './lab/bundle.ts'
import { type FastModel, startFastModel } from './lab/fast-model.ts'
import { traceMainThread } from './lab/main-thread.ts'
import { type FileServer, serveFiles } from './lab/serve-files.ts'
import { startWindow, type Window } from './runtimes/chromium.ts'

const TOKENS = 10_000
const PER_SECOND = 2_000
const PAGE =
  '<!doctype html><meta charset="utf-8"><title>Fast</title><output style="white-space: pre-wrap"></output><script type="module" src="/fast.js"></script>'

interface Streamed {
  readonly emitted: number
  readonly values: number
  readonly text: string
  readonly ms: number
}

let window: Window
let site: FileServer
let model: FastModel
let page: Page
let cdp: CDPSession

beforeAll(async () => {
  window = await startWindow()
  site = await serveFiles({ '/': PAGE, '/fast.js': await bundle('consumer/fast.mjs') })
  model = await startFastModel(TOKENS, PER_SECOND)
  page = await window.context.newPage()
  await page.goto(site.url)
  await page.bringToFront()
  cdp = await window.context.newCDPSession(page)
  await cdp.send('Performance.enable')
})
afterAll(async () => {
  await window?.[Symbol.asyncDispose]()
  await site?.[Symbol.asyncDispose]()
  await model?.[Symbol.asyncDispose]()
})

async function heap(): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
}

it('10,000 tokens at 2,000 a second keep a page responsive, and its memory flat', async () => {
  const blocked = await traceMainThread(page, 'fast.block(300)')
  expect(blocked.longestWork, 'a long task is seen').toBeGreaterThan(50)
  const source = `fast.stream(${JSON.stringify(model.url)})`
  const { result, ...mainThread } = await traceMainThread<Streamed>(page, source)
  expect(result.values).toBe(TOKENS + 1)
  expect(result.text).toBe(model.text)
  // Not one a value: as many as there were frames.
  expect(result.emitted).toBeLessThan(result.ms / 10)
  const before = await heap()
  await page.evaluate<Streamed>(source)
  const after = await heap()
  const { emitted, ms } = result
  const figures = { tokens: TOKENS, perSecond: PER_SECOND, emitted, ms, ...mainThread, before, after }
  await mkdir('artifacts/browser', { recursive: true })
  await writeFile('artifacts/browser/fast.json', `${JSON.stringify(figures, undefined, 2)}\n`)
  // By the processor's time: on a busy machine the clock goes on while the page has to wait.
  expect(mainThread.longestWork, JSON.stringify(figures)).toBeLessThanOrEqual(50)
  expect(after - before, JSON.stringify(figures)).toBeLessThan(512 * 1024)
}, 60_000)
