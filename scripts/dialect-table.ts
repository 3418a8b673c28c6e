import type { Dialect } from '../src/index.ts'
import { DIALECTS, dialectNamed } from '../test/fixtures/fixture.ts'

const LONG = 24
/** Keys whose texts say what an event is. */
const TELLING = /^(?:type|event_type|code|object|status|finish_reason|finishReason|state)$/
/** Keys that are part of a shape, whatever they hold. */
const OF_THE_SHAPE = /error|message|detail|reason|jsonrpc/i

/** The dialects in Markdown, from the code itself. */
export const dialectTable = (): string =>
  [
    '| dialect | API | end marker | an end without it | errors inside the stream | cursor | text, messages | request ID | sources |',
    '|---|---|---|---|---|---|---|---|---|',
    ...Object.keys(DIALECTS).map((name) => rowOf(`${DIALECTS[name]?.name}()`, dialectNamed(name))),
  ].join('\n')

function rowOf(call: string, dialect: Dialect<unknown>): string {
  const { facts } = dialect
  const cells = [
    `\`${call}\``,
    facts?.api,
    listed(facts?.end),
    facts?.withoutEnd,
    listed(facts?.errors),
    facts?.cursor,
    messagesOf(dialect),
    dialect.requestIdHeaders?.map(code).join(', '),
    linked(facts?.sources),
  ]
  return `| ${cells.map((cell) => (cell === undefined || cell === '' ? 'none' : inCell(cell))).join(' | ')} |`
}

/** A bar would end the cell, also inside code. */
const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const code = (text: string): string => `\`${text}\``

const listed = (examples: readonly string[] = []): string =>
  [...new Set(examples.map((lines) => code(short(lines))))].join('<br>')

function messagesOf({ text, accumulate }: Dialect<unknown>): string {
  const has = [text === undefined ? '' : 'text', accumulate === undefined ? '' : 'messages']
  return has.filter((word) => word !== '').join(', ')
}

/** By their sites; further pages of one by their number. */
function linked(urls: readonly string[] = []): string {
  const seen = new Map<string, number>()
  const links = urls.map((url) => {
    const site = siteOf(new URL(url))
    const nth = (seen.get(site) ?? 0) + 1
    seen.set(site, nth)
    return `[${nth === 1 ? site : nth}](${url})`
  })
  return links.join(', ')
}

const siteOf = ({ hostname, pathname }: URL): string =>
  hostname === 'github.com' ? pathname.split('/').slice(1, 3).join('/') : hostname.replace(/^www\./, '')

/** An example with its fields on one line, and of its JSON what tells it from another. */
const short = (lines: string): string =>
  lines
    .split('\n')
    .map((line) => {
      const [, field = '', value = ''] = /^([a-z]+: ?)(.*)$/.exec(line) ?? []
      return field === '' ? shortValue(line) : field + shortValue(value)
    })
    .join(' ⏎ ')

function shortValue(value: string): string {
  try {
    return JSON.stringify(withoutDetails(JSON.parse(value)))
  } catch {
    return shortText(value)
  }
}

const shortText = (text: string): string => (text.length > LONG ? `${text.slice(0, LONG)}…` : text)

function withoutDetails(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return TELLING.test(key) ? shortText(value) : '…'
  if (Array.isArray(value)) return value.slice(0, 1).map((part) => withoutDetails(part))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([, part]) => part !== null && part !== '')
    .map(([name, part]) => [name, withoutDetails(part, name)] as const)
  return Object.fromEntries(
    entries.filter(([name, part]) => TELLING.test(name) || OF_THE_SHAPE.test(name) || isFull(part)),
  )
}

const isFull = (part: unknown): boolean =>
  typeof part === 'object' && part !== null && Object.keys(part).length > 0 && JSON.stringify(part) !== '[{}]'

if (import.meta.main) console.log(dialectTable())
