import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apache } from './apache.ts'
import { arrivalOf, arrivalsTable, http2Table, unchangedTable } from './arrivals.ts'
import { caddy } from './caddy.ts'
import { deaths, http2Deaths } from './deaths.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { nameOf, waysOf } from './ways.ts'

describe('the table of how deaths arrive', () => {
  it('knows every death on every way', () => {
    for (const way of waysOf([nginx, haproxy, caddy, apache].flatMap(({ routes }) => routes))) {
      for (const { name } of way.route.includes('HTTP/2 to') ? http2Deaths : deaths) {
        expect(arrivalOf(nameOf(way), name), `${nameOf(way)}: ${name}`).toBeDefined()
      }
    }
  })

  it('is the one in the README', () => {
    const readme = readFileSync(resolve(import.meta.dirname, 'README.md'), 'utf8')
    for (const table of [arrivalsTable(), unchangedTable(), http2Table()]) expect(readme).toContain(table)
  })
})
