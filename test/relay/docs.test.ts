import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gatewayCodes, ownCodes } from '../../src/errors/code-table.ts'
import type { SseErrorCode } from '../../src/errors/codes.ts'
import { createSseError } from '../../src/errors/sse-error.ts'
import { publicErrorOf } from '../../src/relay/public-error.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(resolve(root, 'docs/relay.md'), 'utf8')

const toldOf = (code: SseErrorCode) =>
  publicErrorOf(
    createSseError(
      { kind: 'stream_error', code, message: '' },
      { attempt: 1, events: 0, bytes: 0, lastEventId: undefined, resumable: false },
    ),
  )

const CODES = Object.keys({ ...gatewayCodes, ...ownCodes }) as SseErrorCode[]

/** Names by what they have in common, as rows. */
function rows(keyOf: (code: SseErrorCode) => string | undefined): string[] {
  const grouped = new Map<string, string[]>()
  for (const code of CODES) {
    const key = keyOf(code)
    if (key !== undefined) grouped.set(key, [...(grouped.get(key) ?? []), `\`${code}\``])
  }
  return [...grouped]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, codes]) => `| ${key} | ${codes.join(', ')} |`)
}

const tables = {
  onward: [
    '| told as | what happened on the way to the model |',
    '|---|---|',
    ...rows((code) => (toldOf(code).code === code ? undefined : `\`${toldOf(code).code}\``)),
  ],
  status: [
    '| status | told |',
    '|---|---|',
    ...rows((code) => (toldOf(code).code === code ? String(toldOf(code).status) : undefined)),
  ],
}

describe('docs/relay.md', () => {
  const examples = [...page.matchAll(/<!-- example: (.+?) -->\n```ts\n(.*?)\n```/gs)]

  it('shows examples', () => {
    expect(examples.length).toBe(4)
  })

  it.each(examples.map(([, name, code]) => [name!, code!] as const))(
    'shows %s as it stands',
    (name, code) => {
      expect(code).toBe(readFileSync(resolve(root, 'examples', name), 'utf8').trim())
    },
  )

  it.each(Object.entries(tables))('has the table of the code: %s', (name, lines) => {
    const table = new RegExp(`<!-- table: ${name} -->\\n(.*?)\\n<!-- end -->`, 's').exec(page)?.[1]
    expect(table).toBe(lines.join('\n'))
  })
})
