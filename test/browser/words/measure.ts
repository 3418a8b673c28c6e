import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { serveFiles } from '../lab/serve-files.ts'
import { startChromium } from '../runtimes/chromium.ts'
import { type CommandName, runCommand, versionOf } from '../runtimes/commands.ts'
import { startFirefox } from '../runtimes/firefox.ts'
import { startWordCases, type WordCase } from './cases.ts'
import { documented } from './documented.ts'
import type { Probed, ProbeRequest } from './probe.ts'
import { writeWordTable } from './table.ts'

/** Writes words.json: in which words each runtime's `fetch` tells each failure. Run it when a runtime is updated. */

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

type Answer = Probed | { readonly step: 'not measured' | 'nothing within 5 s'; readonly message?: string }

interface Measured {
  readonly runtime: string
  readonly version: string
  readonly answers: Record<string, Answer>
}

/** A page that asks, and how to take its network away. */
interface Asker {
  readonly version: string
  ask(request: ProbeRequest): Promise<Probed>
  setOffline(offline: boolean): Promise<unknown>
  close(): Promise<void>
}

type OpenAsker = (url: string, trust: boolean) => Promise<Asker>

const inChromium: OpenAsker = async (url, trust) => {
  const browser = await startChromium()
  const context = await browser.newContext({ ignoreHTTPSErrors: trust })
  const page = await context.newPage()
  await page.goto(url)
  return {
    version: browser.version(),
    ask: (request) => page.evaluate<Probed>(`probe(${JSON.stringify(request)})`),
    setOffline: (offline) => context.setOffline(offline),
    close: () => browser.close(),
  }
}

const inFirefox: OpenAsker = async (url, trust) => {
  const firefox = await startFirefox({ acceptInsecureCerts: trust })
  await firefox.open(url)
  return {
    version: firefox.version,
    ask: (request) => firefox.call('(request) => probe(request)', request) as Promise<Probed>,
    setOffline: (offline) => firefox.setOffline(offline),
    close: () => firefox.close(),
  }
}

async function inPage(
  runtime: string,
  open: OpenAsker,
  cases: readonly WordCase[],
  url: string,
): Promise<Measured> {
  const answers: Measured['answers'] = {}
  let version = ''
  for (const trust of [false, true]) {
    const asker = await open(url, trust)
    version = asker.version
    try {
      for (const { request, offline } of cases.filter((one) => one.trust === trust)) {
        if (offline === 'before') await asker.setOffline(true)
        const asked = Promise.race([
          asker.ask(request),
          wait(5_000).then(() => ({ step: 'nothing within 5 s' }) as const),
        ])
        if (offline === 'during') {
          await wait(500)
          await asker.setOffline(true)
        }
        answers[request.name] = await asked
        if (offline !== undefined) await asker.setOffline(false)
      }
    } finally {
      await asker.close()
    }
  }
  return { runtime, version, answers }
}

/** Measured again: what a browser has not handed on yet when a connection dies, it sometimes forgets. */
async function thrice(measure: () => Promise<Measured>): Promise<Measured> {
  const first = await measure()
  const others = [await measure(), await measure()]
  for (const [name, answer] of Object.entries(first.answers)) {
    const all = [answer, ...others.map(({ answers }) => answers[name] as Answer)] as Probed[]
    const seen = [...new Set(all.map(({ step, bytes }) => `${step} after ${bytes ?? 0} bytes`))]
    if (seen.length > 1) Object.assign(answer, { varies: seen.sort() })
  }
  return first
}

async function inCommand(runtime: string, name: CommandName, cases: readonly WordCase[]): Promise<Measured> {
  const answers: Measured['answers'] = {}
  for (const trusts of [false, true]) {
    const requests = cases.filter((one) => one.trust === trusts && one.offline === undefined)
    Object.assign(
      answers,
      await runCommand(
        name,
        'words/probe-all.ts',
        requests.map(({ request }) => request),
        { trusts },
      ),
    )
  }
  return { runtime, version: await versionOf(name), answers }
}

const { cases, close } = await startWordCases()
await using site = await serveFiles({
  '/': '<!doctype html><title>probe</title><script type="module">import { probe } from "/probe.js"; globalThis.probe = probe</script>',
  '/probe.js': stripTypeScriptTypes(await readFile(path('probe.ts'), 'utf8')),
})
const measured = [
  await thrice(() => inPage('Chromium', inChromium, cases, site.url)),
  await thrice(() => inPage('Firefox', inFirefox, cases, site.url)),
  await inCommand('Deno', 'deno', cases),
  await inCommand('Bun', 'bun', cases),
  await inCommand('Node', 'node', cases),
]
await close()

const rows = cases.flatMap(({ request, about }) =>
  measured.map(({ runtime, version, answers }) => ({
    case: request.name,
    about,
    runtime,
    version,
    ...(answers[request.name] ?? { step: 'not measured' }),
  })),
)
// Ports are another each time.
const json = JSON.stringify({ measured: rows, documented }, undefined, 2).replaceAll(
  /127\.0\.0\.1:\d+/g,
  '127.0.0.1:PORT',
)
await writeFile(path('../words.json'), `${json}\n`)
spawnSync('biome', ['format', '--write', path('../words.json')], { stdio: 'inherit' })
await writeWordTable()
