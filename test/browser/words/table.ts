import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

interface Row {
  readonly case: string
  readonly about: string
  readonly runtime: string
  readonly version: string
  readonly step: string
  readonly name?: string
  readonly message?: string
  readonly code?: string | number
  readonly cause?: readonly {
    readonly name: string
    readonly message: string
    readonly code?: string | number
  }[]
  readonly status?: number
  readonly type?: string
  readonly varies?: readonly string[]
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const DOC = path('../../../docs/browser.md')
const BEGIN = '<!-- words: written by test/browser/words/measure.ts -->'
const END = '<!-- end of words -->'

const STEPS: Readonly<Record<string, string>> = {
  'fetch rejects': 'fetch',
  'read rejects': 'read',
  'not measured': '–',
  'nothing within 5 s': 'nothing happens',
}

const STANDING: Readonly<Record<string, string>> = {
  'Failed to fetch': 'F',
  'NetworkError when attempting to fetch resource.': 'F',
  'network error': 'R',
  'Error in input stream': 'R',
}

function cell(row: Row | undefined): string {
  if (row === undefined) return '–'
  const { step, message = '', code, cause, varies, type, status } = row
  if (step === 'clean end') {
    return type === 'opaqueredirect' ? 'opaque, status 0' : `clean end${status === 200 ? '' : `, ${status}`}`
  }
  if (!step.endsWith('rejects')) return STEPS[step] ?? step
  const standing = STANDING[message]
  if (standing !== undefined) return varies === undefined ? standing : `${standing}*`
  const deepest = cause?.at(-1)
  const words = deepest?.code ?? (typeof code === 'string' ? code : undefined) ?? deepest?.message ?? message
  return `${STEPS[step]}: ${shorten(String(words))}`
}

function shorten(words: string): string {
  const text = words
    .replace(/^error sending request.*client error \((\w+)\): /, '')
    .replace(/\. For more information.*/, '')
    .replaceAll('|', '\\|')
  return text.length > 72 ? `${text.slice(0, 70)}…` : text
}

/** The table of what was measured, as Markdown. */
function wordTable(rows: readonly Row[]): string {
  const runtimes = [...new Set(rows.map(({ runtime }) => runtime))]
  const versions = runtimes.map(
    (runtime) =>
      `${runtime} ${rows
        .find((row) => row.runtime === runtime)
        ?.version.split('.')
        .slice(0, 2)
        .join('.')}`,
  )
  const cases = [...new Set(rows.map((row) => row.case))]
  return [
    `| | ${versions.join(' | ')} |`,
    `|---|${runtimes.map(() => '---|').join('')}`,
    ...cases.map((name) => {
      const cells = runtimes.map((runtime) =>
        cell(rows.find((row) => row.case === name && row.runtime === runtime)),
      )
      return `| ${name} | ${cells.join(' | ')} |`
    }),
  ].join('\n')
}

const between = (table: string): string => `${BEGIN}\n\n${table === '' ? '' : `${table}\n\n`}${END}`

interface Documented {
  readonly runtime: string
  readonly case: string
  readonly name: string
  readonly message: string
  readonly note?: string
  readonly sources: readonly string[]
}

const linked = (url: string): string =>
  `[${url
    .replace('https://github.com/', '')
    .replace(/\/(?:issues|pull)\//, '#')
    .replace(/\/blob.*/, '')}](${url})`

/** The table of what others say, as Markdown. */
const documentedTable = (rows: readonly Documented[]): string =>
  [
    '| not measured | when | words | who says so |',
    '|---|---|---|---|',
    ...rows.map(({ runtime, case: when, name, message, note, sources }) => {
      const words = `${name}: ${message}${note === undefined ? '' : ` (${note})`}`
      return `| ${runtime} | ${when} | ${words} | ${sources.map(linked).join(', ')} |`
    }),
  ].join('\n')

/** What stands in docs/browser.md, and what is to stand there. */
export async function wordTables(): Promise<{
  readonly doc: string
  readonly written: string
  readonly due: string
}> {
  const doc = await readFile(DOC, 'utf8')
  const { measured, documented } = JSON.parse(await readFile(path('../words.json'), 'utf8')) as {
    measured: readonly Row[]
    documented: readonly Documented[]
  }
  const [before = '', rest = ''] = doc.split(BEGIN)
  const [written = ''] = rest.split(END)
  if (before === doc) throw new Error(`docs/browser.md has no place for the table: ${BEGIN}`)
  return { doc, written: written.trim(), due: `${wordTable(measured)}\n\n${documentedTable(documented)}` }
}

export async function writeWordTable(): Promise<void> {
  const { doc, written, due } = await wordTables()
  await writeFile(
    DOC,
    doc.replace(between(written), () => between(due)),
  )
}
