import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  COMPLETION_TEXT,
  type FaultServer,
  type Scenario,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { startTabs, type Tab, type Tabs } from './lab/tabs.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const DONE = "tab.states.at(-1)?.status === 'done'"
const LONG_WAIT = { retry: { delay: 60_000, jitter: 'none' } }
/** A second and more, with IDs. */
const SLOW: Scenario = { ids: true, answers: [{ paceMs: 60 }] }

let tabs: Tabs
const servers: FaultServer[] = []
const pages: Tab[] = []

async function serve(scenario: Scenario): Promise<FaultServer> {
  const server = await startFaultServer(scenario, { cors: true })
  servers.push(server)
  return server
}

async function open(): Promise<Tab> {
  const tab = await tabs.open()
  pages.push(tab)
  return tab
}

/** Another tab in front of it. */
async function hide(tab: Tab): Promise<void> {
  await open()
  await tab.until("document.visibilityState === 'hidden'")
}

async function show(tab: Tab): Promise<void> {
  await tab.page.bringToFront()
  await tab.until("document.visibilityState === 'visible'")
}

beforeAll(async () => {
  tabs = await startTabs()
})
afterAll(async () => {
  await tabs?.[Symbol.asyncDispose]()
})
afterEach(async () => {
  for (const { page } of pages.splice(0)) await page.close()
  for (const server of servers.splice(0)) await server.close()
})

describe('a tab that is hidden', () => {
  it('goes on with its stream, and sends no other request, hidden or shown again', async () => {
    const server = await serve(SLOW)
    const tab = await open()
    await tab.start(server.url)
    await tab.until('tab.states.at(-1)?.values >= 3')
    await hide(tab)
    await tab.until(DONE)
    await show(tab)
    await sleep(300)
    expect(await tab.state()).toMatchObject({ value: COMPLETION_TEXT, attempt: 1 })
    expect(await tab.events()).toEqual([
      'pageshow false',
      'visibilitychange hidden',
      'visibilitychange visible',
    ])
    expect(server.requests).toHaveLength(1)
  })

  it('sends nothing while it waits; the wait is over when somebody looks again', async () => {
    const server = await serve(scenarios['overloaded-then-whole'])
    const tab = await open()
    await tab.start(server.url, LONG_WAIT)
    await tab.until("tab.states.at(-1)?.status === 'waiting'")
    await hide(tab)
    await sleep(700)
    expect(server.requests).toHaveLength(1)
    await show(tab)
    await tab.until(DONE)
    expect(server.requests).toHaveLength(2)
  })

  it('paints whole text although it has no frames', async () => {
    const server = await serve(SLOW)
    const tab = await open()
    await tab.start(server.url, { emit: 'frame' })
    await tab.until('tab.states.at(-1)?.values >= 2')
    await hide(tab)
    await tab.until(DONE)
    expect(await tab.page.locator('output').textContent()).toBe(COMPLETION_TEXT)
  })

  it('is frozen and thawed in the middle of a stream: the rest comes, with the same request', async () => {
    const server = await serve(SLOW)
    const tab = await open()
    await tab.start(server.url)
    await tab.until('tab.states.at(-1)?.values >= 3')
    await hide(tab)
    await tab.cdp.send('Page.setWebLifecycleState', { state: 'frozen' })
    await sleep(1_000)
    await tab.cdp.send('Page.setWebLifecycleState', { state: 'active' })
    await show(tab)
    await tab.until(DONE)
    expect(await tab.events()).toContain('freeze hidden')
    expect(await tab.state()).toMatchObject({ value: COMPLETION_TEXT })
    expect(server.requests).toHaveLength(1)
  })
})

describe('a page that is left', () => {
  it('ends its request', async () => {
    const server = await serve(scenarios.stall)
    const tab = await open()
    await tab.start(server.url)
    await server.received(1)
    pages.splice(pages.indexOf(tab), 1)
    await tab.page.close()
    await expect(server.abandoned(1)).resolves.toMatchObject({ url: '/' })
  })

  it('resumes after a reload from the cursor that it has stored', async () => {
    const server = await serve(SLOW)
    const tab = await open()
    await tab.start(server.url)
    await tab.until('tab.states.at(-1)?.values >= 6')
    await tab.page.reload()
    await tab.start(server.url)
    await tab.until(DONE)
    expect(await tab.page.locator('output').textContent()).toBe(COMPLETION_TEXT)
    expect(server.requests).toHaveLength(2)
    const [first, second] = server.requests
    expect(first?.headers['last-event-id']).toBeUndefined()
    expect(Number(second?.headers['last-event-id'])).toBeGreaterThanOrEqual(6)
  })

  it('says the whole text, once, when one comes back to it', async () => {
    const server = await serve(SLOW)
    const tab = await open()
    await tab.start(server.url, { retry: { delay: 1 } })
    await tab.until('tab.states.at(-1)?.values >= 3')
    await tab.page.goto(`${tabs.url}/elsewhere`)
    await sleep(300)
    // A page of the back/forward cache is not loaded again.
    await tab.page.goBack({ waitUntil: 'commit' })
    await tab.until('document.visibilityState')
    const events = await tab.events()
    if (!events.includes('pageshow true')) await tab.start(server.url)
    await tab.until(DONE)
    expect(await tab.page.locator('output').textContent()).toBe(COMPLETION_TEXT)
  })
})

describe('without a network', () => {
  it('says so, and goes on at once when it is back', async () => {
    const server = await serve({})
    const tab = await open()
    await tabs.context.setOffline(true)
    await tab.start(server.url, LONG_WAIT)
    await tab.until("tab.states.at(-1)?.status === 'waiting'")
    const { error } = await tab.state()
    expect(error).toMatchObject({ code: 'connection_failed' })
    expect(error?.message).toContain('offline')
    expect(server.requests).toHaveLength(0)
    await tabs.context.setOffline(false)
    await tab.until(DONE)
    expect(server.requests).toHaveLength(1)
  })

  it('has its wait ended early by the network that comes back', async () => {
    const server = await serve(scenarios['overloaded-then-whole'])
    const tab = await open()
    await tab.start(server.url, LONG_WAIT)
    await tab.until("tab.states.at(-1)?.status === 'waiting'")
    await tabs.context.setOffline(true)
    await sleep(300)
    expect(server.requests).toHaveLength(1)
    await tabs.context.setOffline(false)
    await tab.until(DONE)
    expect(server.requests).toHaveLength(2)
  })
})

it('two tabs stream at once, each its own', async () => {
  const server = await serve(SLOW)
  const [one, other] = [await open(), await open()]
  await Promise.all([one.start(server.url), other.start(server.url)])
  await Promise.all([one.until(DONE), other.until(DONE)])
  for (const tab of [one, other])
    expect(await tab.state()).toMatchObject({ value: COMPLETION_TEXT, attempt: 1 })
  expect(server.requests).toHaveLength(2)
})
