import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Bytes of gzip; RxJS is not in the first. */
export interface Budget {
  readonly gzip: number
  readonly withRxjs: number
}

export const budgets = JSON.parse(
  readFileSync(resolve(import.meta.dirname, 'budget.json'), 'utf8'),
) as Readonly<Record<string, Budget>>

export function budgetOf(id: string): Budget {
  const budget = budgets[id]
  if (budget === undefined) throw new Error(`budget.json has no "${id}"`)
  return budget
}
