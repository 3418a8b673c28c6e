import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { budgetOf, budgets } from '../../bench/size/budget.ts'
import { bundle } from '../../bench/size/bundle.ts'
import { OWN, PEERS } from '../../bench/size/cases.ts'
import { bytesOf, gzipBytesOf } from '../../bench/size/weigh.ts'
import { BUILD_TIMEOUT, type BuiltPackage, buildPackage } from './built-package.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/size.md'), 'utf8')
const rowsOf = (table: string): string[] =>
  (new RegExp(`<!-- table: ${table} -->\n(.*?)\n<!-- end -->`, 's').exec(page)?.[1] ?? '')
    .split('\n')
    .slice(2)

/** Without RxJS. */
interface Size {
  readonly minified: number
  readonly gzip: number
}

let built: BuiltPackage
const sizes = new Map<string, Size>()
const sizeOf = (id: string): Size => sizes.get(id) as Size

beforeAll(async () => {
  built = buildPackage()
  for (const { id, program } of OWN) {
    const { code } = await bundle(program, { project: built.project, external: ['rxjs'] })
    sizes.set(id, { minified: bytesOf(code), gzip: gzipBytesOf(code) })
  }
}, BUILD_TIMEOUT)
afterAll(() => built?.remove())

const cases = OWN.map(({ id, title }) => [title, id] as const)

/** What a cell says, in bytes. */
function bytesIn(cell = ''): number {
  const [, number, unit] = /^([\d.]+) (k?B)$/.exec(cell) ?? []
  return Number(number) * (unit === 'kB' ? 1000 : 1)
}

describe('the size of rx-sse', () => {
  it('has a budget for each case, and no budget for what is none', () => {
    expect(Object.keys(budgets)).toEqual(OWN.map(({ id }) => id))
  })

  it.each(cases)('is within its budget: %s', (_, id) => {
    expect(sizeOf(id).gzip).toBeLessThanOrEqual(budgetOf(id).gzip)
  })

  it('grows with what is imported alone: a dialect brings no other', () => {
    const [nothing = 0, guard = 0, raw = 0, chat = 0, view = 0, all = 0] = OWN.map(
      ({ id }) => sizeOf(id).minified,
    )
    expect(nothing).toBe(0)
    for (const [less, more] of [
      [nothing, guard],
      [guard, raw],
      [raw, chat],
      [chat, view],
      [view, all],
    ]) {
      expect(less).toBeLessThan(Number(more))
    }
    expect(chat - raw).toBeLessThan((all - raw) / 4)
  })
})

describe('the page of sizes', () => {
  it.each(cases)('says within 3 %% what it is: %s (npm run size -- --write)', (title, id) => {
    const row = rowsOf('size of rx-sse').find((line) => line.startsWith(`| ${title} |`)) ?? ''
    const [minified, gzip] = row.split(' | ').slice(1).map(bytesIn)
    const near = (said: number | undefined, bytes: number): void =>
      expect(Math.abs(Number(said) - bytes), `it says ${said}, not ${bytes}`).toBeLessThanOrEqual(
        bytes * 0.03,
      )
    near(minified, sizeOf(id).minified)
    near(gzip, sizeOf(id).gzip)
  })

  it('has a row for each of the other clients', () => {
    const rows = rowsOf('size of others')
    for (const { title } of PEERS) expect(rows.filter((row) => row.includes(title))).toHaveLength(1)
  })
})
