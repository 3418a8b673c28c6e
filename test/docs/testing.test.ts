import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Agent, fetch } from 'undici'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  assertScenario,
  canServe,
  type FaultServerOptions,
  type Scenario,
  type ScenarioName,
  scenarioCatalog,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { scenarioTable } from './scenario-table.ts'

const root = resolve(import.meta.dirname, '../..')
const examples = resolve(root, 'examples/testing')
const page = readFileSync(resolve(root, 'docs/testing.md'), 'utf8')

const shown = [...page.matchAll(/<!-- example: (\S+) -->\n```\w+\n(.*?)\n```/gs)].map(
  (match) => [match[1] as string, match[2] as string] as const,
)

const table = (name: string): string =>
  new RegExp(`<!-- table: ${name} -->\\n(.*?)\\n<!-- end -->`, 's').exec(page)?.[1] ?? ''

/** The cells of a table in Markdown, without its head. */
const cells = (text: string): string[][] =>
  text
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )

/** What the kit's own message says there is. */
function namesFor(scenario: unknown): string[] {
  try {
    assertScenario(scenario)
  } catch (error) {
    return /there are (.*)$/.exec((error as Error).message)?.[1]?.split(', ') ?? []
  }
  throw new Error('a wrong scenario was taken for a right one')
}

const node = async (...args: readonly string[]): Promise<string> => {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' }
  // What belongs to the run that this test is part of.
  for (const name of ['NODE_OPTIONS', 'NODE_TEST_CONTEXT', 'VITEST', 'FORCE_COLOR']) delete env[name]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env,
    timeout: 60_000,
  })
  return stdout + stderr
}

const SOURCE = '--conditions=rx-sse-source'

describe('the page of the test kit', () => {
  it('shows examples', () => {
    expect(shown.length).toBeGreaterThanOrEqual(10)
  })

  it.each(shown)('shows the example %s as it stands', (name, code) => {
    expect(code).toBe(readFileSync(resolve(examples, name), 'utf8').trim())
  })

  it('has the table of scenarios that the code has', () => {
    expect(table('scenarios')).toBe(scenarioTable())
  })

  it('has a row for every fault, and its keys', () => {
    const rows = cells(table('faults'))
    const types = namesFor({ answers: [{ fault: { type: 'x' } }] })
    expect(rows.map(([type]) => /`(.*?)`/.exec(type ?? '')?.[1]).sort()).toEqual([...types].sort())
    for (const [type = '', keys = '', needs = ''] of rows) {
      const name = /`(.*?)`/.exec(type)?.[1] as string
      const after = { events: 0 }
      for (const key of namesFor({ answers: [{ fault: { type: name, after, text: undefined, x: 1 } }] })) {
        if (key !== 'type' && key !== 'after') expect(keys, `${name}: ${key}`).toContain(`\`${key}\``)
      }
      const answer = { fault: { type: name, after, ...(name === 'append' ? { text: 'x' } : {}) } }
      const scenario = { answers: [answer] } as Scenario
      expect(canServe(scenario), name).toBe(needs === '' || needs === 'HTTP/1.1')
      expect(canServe(scenario, { tls: true }), name).toBe(needs !== 'HTTP/2')
      expect(canServe(scenario, { protocol: 'h2', tls: true }), name).toBe(needs !== 'HTTP/1.1')
      const early = { answers: [{ fault: { ...answer.fault, after: 'request' } }] }
      if (type.endsWith('*')) expect(() => assertScenario(early), name).not.toThrow()
      else expect(() => assertScenario(early), name).toThrow('after')
    }
  })

  it('names every key of a scenario, an answer and an error', () => {
    const keys = [...namesFor({ x: 1 }), ...namesFor({ answers: [{ x: 1 }] })]
    expect(keys.length).toBeGreaterThan(10)
    for (const key of keys) expect(page, key).toMatch(new RegExp(`^\\|[^|]*\`${key}\``, 'm'))
    const fault = { type: 'in-band-error', after: { events: 0 }, shape: 'x' }
    for (const shape of namesFor({ answers: [{ fault }] })) expect(page).toContain(`\`${shape}\``)
  })

  it('names only scenarios that there are, one that its wire can have', () => {
    const section = /## As real proxies do it\n(.*?)<!-- table/s.exec(page)?.[1] as string
    const rows = cells(section.slice(section.indexOf('|')))
    let named = 0
    for (const [front, , h1, h2] of rows) {
      if (front === undefined) continue
      for (const [cell, options] of [
        [h1, {}],
        [h2, { protocol: 'h2' }],
      ] as const) {
        const name = /^`(.*?)`/.exec(cell ?? '')?.[1] as ScenarioName | undefined
        if (name === undefined) continue
        named++
        expect(scenarioCatalog.map((entry) => entry.name)).toContain(name)
        expect(canServe(scenarios[name], options), `${front}: ${name}`).toBe(true)
      }
    }
    expect(named).toBeGreaterThan(25)
  })

  it.each(cells(table('client')).map(([name = '', words = '']) => [name.slice(1, -1), words] as const))(
    'says what fetch says of %s',
    async (name, words) => {
      const scenario = scenarios[name as ScenarioName]
      const options: FaultServerOptions = canServe(scenario) ? {} : { protocol: 'h2', tls: true }
      const server = await startFaultServer(scenario, options)
      const dispatcher = new Agent({ connect: { ca: server.certificate } })
      try {
        const response = await fetch(server.url, { dispatcher })
        const said = await response.text().then(
          () => 'nothing',
          (error: TypeError) => {
            const { code } = error.cause as { code?: string }
            const cause = code === undefined ? 'cause without a code' : `cause \`${code}\``
            return `\`${error.name}: ${error.message}\`, ${cause}`
          },
        )
        expect(words.replace(/: an end like any other$/, '')).toBe(said)
      } finally {
        await dispatcher.destroy()
        await server.close()
      }
    },
  )
})

describe('what the page shows', () => {
  it.each(['scenario.ts', 'recording.ts', 'fixture.ts', 'tls.ts'])(
    '%s holds what it asserts',
    async (name) => {
      expect(shown.map(([example]) => example)).toContain(name)
      await expect(node(SOURCE, resolve(examples, name))).resolves.toBe('')
    },
  )

  it('scenario.json does what the page says of it', async () => {
    const scenario: unknown = JSON.parse(readFileSync(resolve(examples, 'scenario.json'), 'utf8'))
    assertScenario(scenario)
    const server = await startFaultServer(scenario)
    try {
      expect((await fetch(server.url)).status).toBe(503)
      await expect((await fetch(server.url)).text()).rejects.toThrow('terminated')
      const rest = await (await fetch(server.url, { headers: { 'last-event-id': '2' } })).text()
      expect(rest).toBe('id: 3\nevent: progress\ndata: {"percent":100}\n\ndata: [DONE]\n\n')
    } finally {
      await server.close()
    }
  })

  it.each([
    ['first.test.ts', 1],
    ['node-test.test.ts', 8],
    ['dialect.test.ts', 24],
  ])('%s passes under node:test', async (name, tests) => {
    const out = await node(SOURCE, '--test', '--test-reporter=tap', resolve(examples, name))
    expect(out).toContain(`# pass ${tests}\n# fail 0\n`)
  })

  it('vitest.test.ts passes under vitest', async () => {
    const vitest = resolve(root, 'node_modules/vitest/vitest.mjs')
    const out = await node(vitest, 'run', '--root', examples)
    expect(out).toMatch(/Tests\s+7 passed \(7\)/)
  })

  describe('jest.test.mjs', () => {
    const artifacts = resolve(root, 'artifacts/jest')
    let built: string

    beforeAll(() => {
      mkdirSync(artifacts, { recursive: true })
      // jest knows no condition of ours: it gets the package as it would be installed.
      built = mkdtempSync(resolve(artifacts, 'rx-sse-'))
      const tsc = resolve(root, 'node_modules/typescript/bin/tsc')
      const out = resolve(built, 'dist')
      execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out], { cwd: root })
      cpSync(resolve(root, 'package.json'), resolve(built, 'package.json'))
      return () => rmSync(built, { recursive: true })
    }, 60_000)

    it('passes under jest with the configuration that the page shows', async () => {
      const config = resolve(built, 'jest.config.json')
      const shownConfig = JSON.parse(readFileSync(resolve(examples, 'jest.config.json'), 'utf8')) as object
      const moduleNameMapper = { '^rx-sse/testing$': resolve(built, 'dist/testing/index.js') }
      writeFileSync(config, JSON.stringify({ ...shownConfig, rootDir: examples, moduleNameMapper }))
      const jest = resolve(
        dirname(createRequire(import.meta.url).resolve('jest/package.json')),
        'bin/jest.js',
      )
      const out = await node('--experimental-vm-modules', jest, '--config', config, '--no-cache')
      expect(out).toMatch(/^Tests:\s+6 passed, 6 total$/m)
      expect(out).not.toContain('did not exit')
    })
  })
})
