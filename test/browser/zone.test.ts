import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('a view tells each state in the zone in which it was subscribed, also after a resumption', async () => {
  const program = resolve(import.meta.dirname, 'zone/in-a-zone.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 30_000 })
  const told = JSON.parse(stdout) as Record<string, { zones: string[]; last: string }>
  expect(told.value).toEqual({ zones: ['app'], last: 'done abcd 1' })
  // The second run of the same server finds its last answer.
  expect(told.frame).toMatchObject({ zones: ['app'], last: expect.stringMatching(/^done abcd/) })
})
