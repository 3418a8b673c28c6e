import { expect, it } from 'vitest'
import { wordTables } from './words/table.ts'

it('docs/browser.md has the table of what was measured', async () => {
  const { written, due } = await wordTables()
  expect(written).toBe(due)
})
