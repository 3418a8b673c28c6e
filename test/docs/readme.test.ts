import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { errorTable } from '../../scripts/error-table.ts'
import { type ScenarioName, scenarios, startFaultServer } from '../../src/testing/index.ts'

const root = resolve(import.meta.dirname, '../..')
const readme = readFileSync(resolve(root, 'README.md'), 'utf8')

const blocks = (marker: string): [string, string][] =>
  [...readme.matchAll(new RegExp(`<!-- ${marker}: (.+?) -->\\n\`\`\`\\w+\\n(.*?)\\n\`\`\``, 'gs'))].map(
    (match) => [match[1] as string, match[2] as string],
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

describe('the README', () => {
  it('has the table of errors that the code has', () => {
    const table = /<!-- table: codes -->\n(.*?)\n<!-- end -->/s.exec(readme)?.[1]
    expect(table).toBe(errorTable())
  })

  it.each(blocks('example'))(
    'shows the example %s as it stands, which compiles with the rest',
    (name, code) => {
      expect(code).toBe(readFileSync(resolve(root, 'examples', name), 'utf8').trim())
    },
  )

  it.each(blocks('output'))('shows what %s prints', async (run, output) => {
    const [name, scenario] = run.split(' ') as [string, ScenarioName]
    const server = await startFaultServer(scenarios[scenario])
    try {
      expect(await runExample(name, server.url)).toBe(output)
    } finally {
      await server.close()
    }
  })

  it.each(blocks('failure'))('shows how %s fails', async (run, words) => {
    const [name, scenario] = run.split(' ') as [string, ScenarioName]
    const server = await startFaultServer(scenarios[scenario])
    try {
      await expect(runExample(name, server.url)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining(words),
      })
    } finally {
      await server.close()
    }
  })

  it('has examples and outputs to check', () => {
    expect(blocks('example').length).toBeGreaterThanOrEqual(6)
    expect(blocks('output').length).toBeGreaterThanOrEqual(4)
    expect(blocks('failure').length).toBeGreaterThanOrEqual(1)
  })
})

describe('the other examples', () => {
  it('signals.ts tells attempts, waits and the end', async () => {
    const server = await startFaultServer(scenarios['resume-after-fin'])
    const output = await runExample('signals.ts', server.url)
    await server.close()
    expect(output).toContain('attempt 1, after event -')
    expect(output).toMatch(/stream_terminated, again in \d+ ms/)
    expect(output).toContain('attempt 2, after event 5')
    expect(output).toMatch(/complete$/)
    expect(server.requests[1]?.headers.authorization).toBe('Bearer token-2')
  })

  it('pull.ts reads to the end', async () => {
    const server = await startFaultServer()
    const output = await runExample('pull.ts', server.url)
    await server.close()
    expect(output).toMatch(/really proved\.\ncomplete$/)
  })

  it('dialect.ts reads a wire of its own', async () => {
    const events = [
      { event: 'heartbeat', data: '' },
      '{"percent":50}',
      '{"percent":100}',
      { event: 'finished', data: '' },
    ]
    const server = await startFaultServer({ events })
    expect(await runExample('dialect.ts', server.url)).toBe('50 %\n100 %\nfinished')
    server.use({ events: ['{"percent":50}', { event: 'failed', data: 'disk full' }] })
    expect(await runExample('dialect.ts', server.url)).toBe('50 %\nstream_error disk full')
    await server.close()
  })

  it('testing.ts holds what it asserts', async () => {
    expect(await runExample('testing.ts')).toBe('27 events in 2 requests')
  })
})
