import { describe, expect, it } from 'vitest'
import { type DialectFixture, dialectChecks } from '../../src/testing/index.ts'
import { DIALECTS, dialectNamed, fixtures } from '../fixtures/fixture.ts'

/** The tests of the fixtures cut the larger ones as well. */
const LARGEST = 900

const fixturesOf = (name: string): DialectFixture[] =>
  fixtures
    .filter(({ dialectName, bytes }) => dialectName === name && bytes.length <= LARGEST)
    .map(({ name, bytes, values, outcome, dialect }) => ({ name, body: bytes, values, outcome, dialect }))

describe.each(Object.keys(DIALECTS))('the dialect of fixtures/%s', (dialectName) => {
  const given = fixturesOf(dialectName)
  const checks = dialectChecks(() => dialectNamed(dialectName), given)

  it('has fixtures to be checked with', () => {
    expect(given.length).toBeGreaterThan(5)
    expect(checks.length).toBe(4 + given.length * 10)
  })

  it.each(checks)('$name', ({ run }) => {
    expect(run).not.toThrow()
  })
})
