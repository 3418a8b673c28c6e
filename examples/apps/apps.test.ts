import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  COMPLETION_TEXT,
  chatCompletion,
  type FaultServer,
  type Scenario,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { type AppBrowser, type AppPage, startAppBrowser } from './app-page.ts'
import { apps, buildApps, installRxSse } from './build.ts'

const PARTIAL = 'A stream that stops'
const stall = { type: 'stall', after: { events: 5 } } as const

let browser: AppBrowser

beforeAll(async () => {
  installRxSse()
  await buildApps('development')
  await buildApps('production')
  browser = await startAppBrowser()
}, 60_000)

afterAll(() => browser?.[Symbol.asyncDispose]())

afterEach(async () => {
  expect(await browser.leave()).toEqual([])
})

async function serving(scenario: Scenario): Promise<FaultServer> {
  const server = await startFaultServer(scenario, { cors: true })
  onTestFinished(() => server.close())
  return server
}

async function opened(name: string, scenario: Scenario): Promise<{ page: AppPage; server: FaultServer }> {
  const server = await serving(scenario)
  return { server, page: await browser.open(name, server.url) }
}

/** Never anything but the beginning of the whole, and never less than before. */
function expectOnlyGrowth(texts: readonly string[], whole = COMPLETION_TEXT): void {
  expect(texts.length).toBeGreaterThan(1)
  for (const [index, text] of texts.entries()) {
    expect(whole.startsWith(text), text).toBe(true)
    expect(text.length).toBeGreaterThanOrEqual(texts[index - 1]?.length ?? 0)
  }
}

describe.each(apps)('the chat with %s', (app) => {
  it('shows a whole answer as it comes, and says that it is whole', async () => {
    const { page, server } = await opened(`${app}/index`, { answers: [{ paceMs: 20 }] })
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(COMPLETION_TEXT)
    expectOnlyGrowth(await page.texts())
    expect(await page.error.textContent()).toBe('')
    expect(server.requests).toMatchObject([{ method: 'POST', body: '{"model":"m","stream":true}' }])
    expect(await page.button('Stop').isDisabled()).toBe(true)
    expect(await page.button('Start again').isEnabled()).toBe(true)
  })

  it('shows a whole answer as it is built for production', async () => {
    const server = await serving({})
    const page = await browser.open(`${app}/index`, server.url, 'production')
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(COMPLETION_TEXT)
  })

  it('says what an error in the middle of an answer was, and keeps what there is', async () => {
    const { page } = await opened(`${app}/index`, scenarios['in-band-error'])
    await page.reaches('failed')
    expect((await page.error.textContent())?.trim()).toBe('model_overloaded: the model is overloaded')
    expect(await page.text.textContent()).toBe(PARTIAL)
    expect(await page.button('Continue').isDisabled()).toBe(true)
  })

  it('goes on by the IDs after a cut, and shows nothing twice', async () => {
    // Before the cut, half an event: a browser may drop what stands right before it.
    const fault = { type: 'fin', after: { events: 5, bytes: 10 } } as const
    const { page, server } = await opened(`${app}/index`, { ids: true, answers: [{ paceMs: 40, fault }, {}] })
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(COMPLETION_TEXT)
    expectOnlyGrowth(await page.texts())
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '5'])
  })

  it('stops: the text stays, the request ends', async () => {
    const { page, server } = await opened(`${app}/index`, { answers: [{ fault: stall }] })
    await page.shows(PARTIAL)
    await page.button('Stop').click()
    await page.reaches('cancelled')
    await server.abandoned(1)
    expect(await page.text.textContent()).toBe(PARTIAL)
    expect(server.requests.length).toBe(1)
  })

  it('ends a long wait at once when told to', async () => {
    const { page, server } = await opened(`${app}/index`, {
      answers: [{ status: 503, headers: { 'retry-after': '50' } }, {}],
    })
    await page.reaches('waiting')
    expect((await page.error.textContent())?.trim()).toMatch(/^service_unavailable: /)
    await page.button('Retry now').click()
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(COMPLETION_TEXT)
    expect((await page.error.textContent())?.trim()).toBe('')
    expect(server.requests.length).toBe(2)
  })

  it('continues where it was stopped', async () => {
    const { page, server } = await opened(`${app}/index`, { ids: true, answers: [{ fault: stall }, {}] })
    await page.shows(PARTIAL)
    await page.button('Stop').click()
    await page.button('Continue').click()
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(COMPLETION_TEXT)
    expectOnlyGrowth(await page.texts())
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '5'])
  })

  it('starts again with an empty text', async () => {
    const { page, server } = await opened(`${app}/index`, {
      answers: [{ fault: { type: 'in-band-error', after: { events: 5 } } }, { delayMs: 50 }],
    })
    await page.reaches('failed')
    await page.button('Start again').click()
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(COMPLETION_TEXT)
    const texts = await page.texts()
    expectOnlyGrowth(texts.slice(texts.lastIndexOf('')))
    expect(texts.lastIndexOf('')).toBeGreaterThan(texts.indexOf(PARTIAL))
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, undefined])
  })

  it('ends the request when it is taken from the page', async () => {
    const { page, server } = await opened(`${app}/index`, { answers: [{ fault: stall }] })
    await page.shows(PARTIAL)
    await page.button('Close').click()
    await server.abandoned(1)
    expect(server.requests.length).toBe(1)
  })

  it('loses nothing of an answer that is faster than the screen', async () => {
    const tokens = Array.from({ length: 4000 }, (_, index) => `${index}🌊 `)
    const { page } = await opened(`${app}/index`, { events: chatCompletion(tokens) })
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(tokens.join(''))
    const texts = await page.texts()
    expectOnlyGrowth(texts, tokens.join(''))
    expect(texts.length).toBeLessThan(tokens.length / 2)
  })
})

describe('React', () => {
  it('asks once under StrictMode, which mounts everything twice in a development build', async () => {
    const { page, server } = await opened('react/index', { answers: [{ paceMs: 10 }] })
    await page.reaches('done')
    expect(page.notes.join()).toContain('React DevTools')
    expect(server.requests.length).toBe(1)
    expectOnlyGrowth(await page.texts())
  })

  it('works with observable-hooks as well', async () => {
    const { page, server } = await opened('react/observable-hooks', {
      answers: [{ paceMs: 10 }, { fault: stall }],
    })
    await page.reaches('done')
    expect(await page.text.textContent()).toBe(COMPLETION_TEXT)
    expectOnlyGrowth(await page.texts())

    const second = await browser.open('react/observable-hooks', server.url)
    await second.shows(PARTIAL)
    await second.button('Close').click()
    await server.abandoned(2)
    expect(server.requests.length).toBe(2)
  })
})

describe('the examples', () => {
  it.each([
    ['TypeScript, as plain DOM and React need it', ['../../node_modules/typescript/bin/tsc', '-p', '.']],
    ['vue-tsc', ['node_modules/vue-tsc/bin/vue-tsc.js', '-p', 'vue']],
    [
      'svelte-check',
      [
        'node_modules/svelte-check/bin/svelte-check',
        '--workspace',
        'svelte',
        '--tsconfig',
        './tsconfig.json',
        '--fail-on-warnings',
      ],
    ],
  ])('are right in their types, says %s', async (_, args) => {
    const run = promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
    expect(
      await run.then(
        () => 'right',
        ({ stdout, stderr }) => stdout + stderr,
      ),
    ).toBe('right')
  })
})
