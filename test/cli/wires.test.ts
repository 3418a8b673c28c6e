import { describe, expect, it } from 'vitest'
import { WIRES } from '../../src/cli/wires.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { DIALECTS, fixtures } from '../fixtures/fixture.ts'
import { call, faultServer } from './command.ts'

const wholeOf = (name: string): Fixture => {
  const found = fixtures.find((fixture) => fixture.name === `${name}/whole`)
  if (found === undefined) throw new Error(`${name} has no whole fixture`)
  return found
}

const told = (name: string) =>
  fixtures.filter(
    ({ dialectName, outcome, message, options }) =>
      dialectName === name && outcome === 'complete' && options === undefined && message?.text !== undefined,
  )

const bodyOf = ({ bytes }: Fixture): string => Buffer.from(bytes).toString()

describe('the dialects of the command', () => {
  it('are those of the library', () => {
    expect(WIRES.map(({ name }) => name).sort()).toEqual(Object.keys(DIALECTS).sort())
  })

  it('are named in the help', async () => {
    const { stdout } = await call(['--help'])
    const words = stdout.replace(/\s+/g, ' ')
    for (const { name } of WIRES) expect(words).toContain(name)
  })

  it.each(WIRES.filter(({ name }) => name !== 'event-source').map(({ name }) => name))(
    '--dialect %s reads a whole stream to its end',
    async (name) => {
      const fixture = wholeOf(name)
      const server = await faultServer({ fixture: bodyOf(fixture) })
      const { code, stdout } = await call([server.url, '--dialect', name, '--json'])
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(lines.filter(({ type }) => type === 'value').map(({ value }) => value)).toEqual(fixture.values)
      expect(lines.at(-1).type).toBe('complete')
      expect(code).toBe(0)
    },
  )

  const withText = WIRES.filter(({ textOf }) => textOf !== undefined).map(({ name }) => name)

  it('know the text of every language model', () => {
    expect(withText.length).toBeGreaterThanOrEqual(9)
  })

  it.each(withText)('--dialect %s --text prints the text, with a refusal', async (name) => {
    const some = told(name)
    expect(some.length).toBeGreaterThan(0)
    for (const { message, ...fixture } of some) {
      const server = await faultServer({ fixture: bodyOf(fixture as Fixture) })
      const { code, stdout } = await call([server.url, '--dialect', name, '--text', '--silent'])
      expect(stdout).toBe(`${message?.text}${message?.refusal ?? ''}`)
      expect(code).toBe(0)
    }
  })
})
