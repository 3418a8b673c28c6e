import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { errorTable } from '../../scripts/error-table.ts'
import {
  type FaultServer,
  type Scenario,
  scenarioCatalog,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { scenarioOf } from '../scenario-of.ts'
import { pageScenarios } from './page-scenarios.ts'

const root = resolve(import.meta.dirname, '../..')
const pageOf = (file: string): string => readFileSync(resolve(root, file), 'utf8')
const readme = pageOf('README.md')

const blocks = (page: string, marker: string): [string, string][] =>
  [...page.matchAll(new RegExp(`<!-- ${marker}: (.+?) -->\\n\`\`\`\\w+\\n(.*?)\\n\`\`\``, 'gs'))].map(
    (match) => [match[1] as string, match[2] as string],
  )

/** Of the headings, as GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...page.replace(/```.*?```/gs, '').matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** Runs an example as a user would, against the server that stands for a gateway. */
async function runExample(name: string, url?: string): Promise<string> {
  const args = [
    '--conditions=rx-sse-source',
    resolve(root, 'examples', name),
    ...(url === undefined ? [] : [url]),
  ]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 20_000 })
  return stdout.trimEnd()
}

/** A fault server for one test. */
async function serving(scenario?: Scenario): Promise<FaultServer> {
  const server = await startFaultServer(scenario)
  onTestFinished(() => server.close())
  return server
}

/** `rx-sse.ts fin`: which example, against which server. */
function runOf(words: string): { name: string; scenario: Scenario } {
  const at = words.indexOf(' ')
  return { name: words.slice(0, at), scenario: scenarioOf(words.slice(at + 1), pageScenarios) }
}

/** With pages whose examples print something, and how many of each there are at least. */
const PAGES: readonly [file: string, examples: number, outputs: number][] = [
  ['README.md', 6, 4],
  ['docs/resume.md', 6, 4],
  ['docs/dialects.md', 6, 4],
  ['docs/view-state.md', 4, 5],
  ['docs/browser.md', 1, 1],
  // Those run in browsers and servers: examples/apps.
  ['docs/frameworks.md', 5, 0],
  ['docs/relay.md', 4, 0],
  ['docs/diagnostics.md', 1, 0],
]

describe.each(PAGES)('%s', (file, exampleCount, outputCount) => {
  const page = pageOf(file)
  const examples = blocks(page, 'example')
  const outputs = blocks(page, 'output')

  it('has examples and outputs to check', () => {
    expect(examples.length).toBeGreaterThanOrEqual(exampleCount)
    expect(outputs.length).toBeGreaterThanOrEqual(outputCount)
  })

  it.each(examples)('shows the example %s as it stands, which compiles with the rest', (name, code) => {
    expect(code).toBe(readFileSync(resolve(root, 'examples', name), 'utf8').trim())
  })

  it.each(outputs)('shows what %s prints', async (words, output) => {
    const { name, scenario } = runOf(words)
    const server = await serving(scenario)
    expect(await runExample(name, `${server.url}/v1`)).toBe(output)
  })

  it('links to what there is', () => {
    const prose = page.replace(/```.*?```/gs, '')
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string)
    const own = links.filter((link) => !/^https?:/.test(link))
    expect(own.length).toBeGreaterThanOrEqual(2)
    for (const link of own) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? resolve(root, file) : resolve(root, dirname(file), path)
      expect(existsSync(target), link).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(readFileSync(target, 'utf8')), link).toContain(anchor)
    }
  })

  it('shows what an example prints only beside the example', () => {
    const names = examples.map(([name]) => name)
    for (const [words] of outputs) expect(names).toContain(words.split(' ')[0])
  })
})

describe('the README', () => {
  it('has the table of errors that the code has', () => {
    const table = /<!-- table: codes -->\n(.*?)\n<!-- end -->/s.exec(readme)?.[1]
    expect(table).toBe(errorTable())
  })

  it('counts the scenarios', () => {
    expect(readme).toMatch(new RegExp(`^${scenarioCatalog.length} ways in which a stream goes`, 'm'))
  })

  const failures = blocks(readme, 'failure')

  it.each(failures)('shows how %s fails', async (words, said) => {
    const { name, scenario } = runOf(words)
    const server = await serving(scenario)
    await expect(runExample(name, server.url)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(said),
    })
  })

  it('shows a failure', () => {
    expect(failures.length).toBeGreaterThanOrEqual(1)
  })
})

describe('what an example asks for', () => {
  const asked = async (name: string, words: string) => {
    const server = await serving(scenarioOf(words, pageScenarios))
    await runExample(name, `${server.url}/v1`)
    return server.requests
  }

  it('signals.ts: a fresh token, and the rest after the cursor', async () => {
    const [, second] = await asked('signals.ts', 'resume-after-fin')
    expect(second?.headers).toMatchObject({ authorization: 'Bearer token-2', 'last-event-id': '5' })
  })

  it('resume-replay.ts: the same once more', async () => {
    const [first, second, ...more] = await asked('resume-replay.ts', 'fin then whole')
    expect(second?.body).toBe(first?.body)
    expect(more).toEqual([])
  })

  it('resume-continue.ts: the rest of what there is, under a key of its own', async () => {
    const [first, second] = await asked('resume-continue.ts', 'fin then rest')
    expect(first?.headers['idempotency-key']).toBe('answer-7')
    expect(second?.headers['idempotency-key']).toBe('answer-7-5')
    expect(JSON.parse(second?.body ?? '')).toMatchObject({
      continue_final_message: true,
      messages: [{ role: 'user' }, { role: 'assistant', content: 'A stream that stops' }],
    })
  })

  it('resume-own.ts: from the number of events on', async () => {
    const requests = await asked('resume-own.ts', 'lines then more-lines')
    expect(requests.map(({ url }) => url)).toEqual(['/v1', '/v1?from=3'])
  })

  it('resume-either.ts: after the cursor where there is one, else from the start', async () => {
    const cursors = async (words: string) =>
      (await asked('resume-either.ts', words)).map(({ headers }) => headers['last-event-id'])
    expect(await cursors('resume-after-fin')).toEqual([undefined, '5'])
    expect(await cursors('fin then whole')).toEqual([undefined, undefined])
  })

  it('resume-dialect.ts: what comes after the number that its JSON gave', async () => {
    const requests = await asked('resume-dialect.ts', 'log-lines then more-log-lines')
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v1', 'GET /v1?after=2'])
    expect(requests[1]?.headers['last-event-id']).toBeUndefined()
  })

  it('responses.ts: a GET of the response, after the number that its JSON gave', async () => {
    const requests = await asked('responses.ts', 'response then rest-of-response')
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /v1',
      'GET /v1/resp_7?stream=true&starting_after=2',
    ])
    expect(requests[1]?.headers['last-event-id']).toBeUndefined()
  })

  it('resume-mcp.ts: a GET without the body of the POST', async () => {
    const requests = await asked('resume-mcp.ts', 'tool-call then rest-of-tool-call')
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
    expect(requests[1]).toMatchObject({ body: '', headers: { 'last-event-id': 'a2' } })
  })

  it('resume-reload.ts: the rest, from the page that comes after', async () => {
    const requests = await asked('resume-reload.ts', 'numbered')
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '5'])
  })

  it('resume-delay.ts: at once when the button is pressed', async () => {
    expect(await asked('resume-delay.ts', 'overloaded-then-whole')).toHaveLength(2)
  })
})

describe('the other examples', () => {
  it('pull.ts reads to the end', async () => {
    const server = await serving()
    expect(await runExample('pull.ts', server.url)).toMatch(/really proved\.\ncomplete$/)
  })

  it('signals.ts says what it cannot repair', async () => {
    const server = await serving(scenarios.fin)
    expect(await runExample('signals.ts', server.url)).toMatch(
      /\nfailed: stream_terminated \{"name":"SseError".*"resumable":false.*\}$/,
    )
  })

  it('testing.ts holds what it asserts', async () => {
    expect(await runExample('testing.ts')).toBe('27 events in 2 requests')
  })
})
