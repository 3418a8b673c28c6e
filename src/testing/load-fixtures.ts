import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { refuse } from './check.ts'
import type { Answer, Fixture, Scenario } from './scenario.ts'

/** An answer whose fixture is at hand. */
export type LoadedAnswer = Omit<Answer, 'fixture'> & { readonly fixture?: Uint8Array }

/** A scenario that needs no file any more. */
export type LoadedScenario = Omit<Scenario, 'fixture' | 'answers'> & {
  readonly fixture?: Uint8Array
  readonly answers?: readonly LoadedAnswer[]
}

/**
 * Reads the files of a valid scenario.
 *
 * @throws TypeError naming the place in the scenario for one that cannot be read.
 */
export function loadFixtures(scenario: Scenario, baseDirectory: string): LoadedScenario {
  const load = <T extends { readonly fixture?: Fixture }>({ fixture, ...others }: T, path: string) => ({
    ...others,
    ...(fixture === undefined ? {} : { fixture: bytesOf(fixture, baseDirectory, `${path}.fixture`) }),
  })
  const { answers, ...others } = scenario
  return {
    ...load(others, 'scenario'),
    ...(answers === undefined
      ? {}
      : { answers: answers.map((answer, index) => load(answer, `scenario.answers[${index}]`)) }),
  }
}

function bytesOf(fixture: Fixture, baseDirectory: string, path: string): Uint8Array {
  if (typeof fixture === 'string') return Buffer.from(fixture)
  const file = resolve(baseDirectory, fixture.file)
  const refused = (why: string): never =>
    refuse(`${path}.file`, `${JSON.stringify(fixture.file)}: ${why}; looked for it in ${baseDirectory}`)
  try {
    // A device has no end, and a pipe may keep everything waiting.
    if (statSync(file).isFile()) return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return refused(code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`)
  }
  return refused('is no regular file')
}
