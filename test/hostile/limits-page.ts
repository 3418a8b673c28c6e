import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A row of the table of docs/limits.md. */
export interface Row {
  readonly what: string
  readonly standard: string
  readonly option: string
  readonly ending: string
}

export function rows(): readonly Row[] {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/limits.md'), 'utf8')
  const table = page.split('<!-- table: limits -->\n')[1]?.split('\n\n')[0] ?? ''
  return table
    .split('\n')
    .slice(2)
    .map((line) => {
      const [, what = '', , standard = '', option = '', ending = ''] = line
        .split('|')
        .map((cell) => cell.trim())
      return { what, standard, option, ending }
    })
}

/** The first number of a cell. */
export const numberOf = (cell: string): number => Number(/\d[\d,]*/.exec(cell)?.[0].replaceAll(',', ''))
