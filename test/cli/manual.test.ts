import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OPTIONS } from '../../src/cli/options.ts'
import { scenarioOf } from '../scenario-of.ts'
import { call, faultServer, normalised, typed } from './command.ts'

const manual = readFileSync(resolve(import.meta.dirname, '../../docs/command.md'), 'utf8')

const shown = [...manual.matchAll(/<!-- typed: (.+?) -->\n```console\n(.*?\n)```/gs)].map(
  (match) => [match[1] as string, match[2] as string] as const,
)

describe('the manual', () => {
  it('has examples to check', () => {
    expect(shown.length).toBeGreaterThanOrEqual(6)
  })

  it.each(shown)('shows what is seen of the scenario %s', async (scenario, block) => {
    const server = await faultServer(scenarioOf(scenario))
    const line = /^\$ (.*)\n/.exec(block)?.[1] ?? ''
    expect(normalised(await typed(line, server))).toBe(normalised(block))
  })

  it('has the help as it is', async () => {
    const { stdout } = await call(['--help'])
    expect(/<!-- help -->\n```text\n(.*?)```/s.exec(manual)?.[1]).toBe(stdout)
  })

  it('says something of every option', () => {
    const prose = manual.replace(/<!-- help -->.*?\n```\n/s, '')
    for (const [name, row] of Object.entries(OPTIONS)) {
      const short = 'short' in row ? `-${row.short}` : ''
      expect(prose.includes(`--${name}`) || (short !== '' && prose.includes(`\`${short}\``)), name).toBe(true)
    }
  })
})
