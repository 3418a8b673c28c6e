import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { budgetOf } from '../bench/size/budget.ts'
import { measureOwn, measurePeers, type OwnMeasure } from '../bench/size/measure.ts'
import { ownTable, peerTable } from '../bench/size/table.ts'
import { buildPackage } from '../test/package/built-package.ts'
import { installed, root } from './run.ts'

/** What a page pays for rx-sse, against its budget, and for other clients. `--write` puts both tables into docs/size.md. */
const page = resolve(root, 'docs/size.md')

/** Has a case outgrown its budget? Says how much of it is used. */
function isOver({ case: { id }, alone, withRxjs }: OwnMeasure): boolean {
  const budget = budgetOf(id)
  const used = (bytes: number, of: number): string =>
    `${bytes} of ${of}${of === 0 ? '' : ` (${((100 * bytes) / of).toFixed(0)} %)`}`
  const over = alone.gzip > budget.gzip || withRxjs.gzip > budget.withRxjs
  const words = `${used(alone.gzip, budget.gzip)}, with RxJS ${used(withRxjs.gzip, budget.withRxjs)}`
  console.log(`${over ? 'OVER' : 'ok'}  ${id}: bytes of gzip: ${words}`)
  return over
}

function versionOf(name: string): string {
  const path = resolve(root, 'bench/node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

const put = (text: string, name: string, table: string): string => {
  const place = new RegExp(`(<!-- table: ${name} -->\n)(?:.*?\n)??(<!-- end -->)`, 's')
  if (!place.test(text)) throw new Error(`docs/size.md has no place for the table "${name}"`)
  return text.replace(place, (_, begin: string, end: string) => `${begin}${table}\n${end}`)
}

if (!installed('bench')) throw new Error('the other clients are not installed: npm ci --prefix bench')
const built = buildPackage()
try {
  const own = await measureOwn(built.project)
  const tables = {
    'size of rx-sse': ownTable(own),
    'size of others': peerTable(own, await measurePeers(resolve(root, 'bench')), versionOf),
  }
  console.log(Object.values(tables).join('\n\n'), '\n')
  if (process.argv.includes('--write')) {
    const written = Object.entries(tables).reduce(
      (text, [name, table]) => put(text, name, table),
      readFileSync(page, 'utf8'),
    )
    writeFileSync(page, written)
  }
  if (own.filter(isOver).length > 0) process.exitCode = 1
} finally {
  built.remove()
}
