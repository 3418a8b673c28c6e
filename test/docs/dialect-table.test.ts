import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dialectTable } from '../../scripts/dialect-table.ts'
import { type Dialect, fromEventStream } from '../../src/index.ts'
import { collect } from '../fixtures/collect.ts'
import { DIALECTS, dialectNamed } from '../fixtures/fixture.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'
import type { Seen } from '../fixtures/oracle.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/dialects.md'), 'utf8')

const dialects = Object.keys(DIALECTS).map((name) => [name, dialectNamed(name)] as const)

/** The example alone, as the body of a response that ends cleanly. */
function read(dialect: Dialect<unknown>, lines: string): Promise<Seen> {
  const chunks = [Buffer.from(`${lines}\n\n`)]
  const transport = scriptedTransport(() => ({ chunks, death: 'clean' }))
  return collect(fromEventStream('http://example.test/', { dialect, transport, retry: false }))
}

const examples = (kind: 'end' | 'errors') =>
  dialects.flatMap(([name, dialect]) =>
    (dialect.facts?.[kind] ?? []).map(
      (lines) => [`${name}: ${lines.split('\n')[0]}`, dialect, lines] as const,
    ),
  )

describe('the page of the dialects', () => {
  it('has the table that the code has: print it with node scripts/dialect-table.ts', () => {
    const table = /<!-- table: dialects -->\n(.*?)\n<!-- end -->/s.exec(page)?.[1]
    expect(table).toBe(dialectTable())
  })

  it('has a row for each dialect, with cells for all that is said of them', () => {
    const [, line = '', ...rows] = dialectTable().split('\n')
    expect(rows).toHaveLength(dialects.length)
    const bars = (row: string): number => row.replaceAll('\\|', '').split('|').length
    for (const row of rows) expect(bars(row), row).toBe(bars(line))
  })
})

describe('the facts of a dialect', () => {
  it.each(dialects)(
    'of fixtures/%s say where they are from, and how to read an end without a marker',
    (_, { facts }) => {
      expect(facts).toBeDefined()
      expect(facts?.sources.length).toBeGreaterThan(0)
      for (const source of facts?.sources ?? []) expect(new URL(source).protocol).toBe('https:')
      expect([facts?.api, facts?.withoutEnd, facts?.cursor]).not.toContain('')
    },
  )

  it('have examples', () => {
    expect(examples('end').length).toBeGreaterThan(5)
    expect(examples('errors').length).toBeGreaterThan(20)
  })

  it.each(examples('end'))('%s completes', async (_, dialect, lines) => {
    const { completed, error } = await read(dialect, lines)
    expect(error).toBeUndefined()
    expect(completed).toBe(true)
  })

  it.each(examples('errors'))('%s is an error of the server', async (_, dialect, lines) => {
    const { completed, error } = await read(dialect, lines)
    expect(completed).toBe(false)
    expect(error?.kind).toBe('stream_error')
  })

  it.each(dialects)(
    'of fixtures/%s, without a marker, are of one that completes in another way',
    (_, dialect) => {
      const { facts, isWhole, endless } = dialect
      if (facts?.end.length === 0) expect(isWhole !== undefined || endless === true).toBe(true)
      else expect(facts?.end.length).toBeGreaterThan(0)
    },
  )
})
