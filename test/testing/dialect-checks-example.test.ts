import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** As its user does, who imports `rx-sse` and `rx-sse/testing`: both have to know the same verdicts. */
it('the example passes under node:test', async () => {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' }
  // What belongs to the run that this test is part of.
  for (const name of ['NODE_OPTIONS', 'NODE_TEST_CONTEXT', 'VITEST', 'FORCE_COLOR']) delete env[name]
  const example = resolve(root, 'examples/testing/dialect.test.ts')
  const args = ['--conditions=rx-sse-source', '--test', '--test-reporter=tap', example]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: 60_000 })
  expect(stdout).toContain('# pass 24\n# fail 0\n')
})
