import { type ScenarioEntry, type ScenarioName, scenarioCatalog } from '../../src/testing/index.ts'
import { WIRES } from '../../test/endings.ts'
import { peers } from './peers.ts'
import { countOurs, countPeer, type Report } from './report.ts'
import { STYLE } from './svg-style.ts'
import { VERDICTS, type Verdict } from './verdict.ts'
import { MARKS, MEANINGS, ownVerdict, WIRE_TITLES } from './words.ts'

const WIDTH = 1100
const MARGIN = 16
const GAP = 28
const PANEL = (WIDTH - 2 * MARGIN - GAP) / 2
const CELL = { width: 23, height: 17 }
const GROUP_HEIGHT = 24
/** Room for the slanted titles of the columns. */
const HEAD_HEIGHT = 196
const TITLE_HEIGHT = 34
const LEGEND_HEIGHT = 100

interface Column {
  readonly title: string
  readonly score: string
  readonly isOurs: boolean
  verdictOf(name: ScenarioName): Verdict | undefined
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function columnsOf(report: Report): readonly Column[] {
  const own = WIRES.map((wire): Column => {
    const { honest, of } = countOurs(report, wire)
    return {
      title: `rx-sse, ${wire === 'tls' ? 'TLS' : WIRE_TITLES[wire]}`,
      score: `${honest}/${of}`,
      isOurs: true,
      verdictOf(name) {
        const cell = report.ours[name]?.[wire]
        return cell ? ownVerdict(cell) : undefined
      },
    }
  })
  const others = peers.map((peer): Column => {
    const { honest, of } = countPeer(report.peers[peer.id])
    return {
      title: peer.title,
      score: `${honest}/${of}`,
      isOurs: false,
      verdictOf: (name) => report.peers[peer.id]?.[name]?.verdict,
    }
  })
  return [...own, ...others]
}

const text = (x: number, y: number, content: string, style: string, more = ''): string =>
  `<text x="${x}" y="${y}" class="${style}"${more}>${escapeXml(content)}</text>`

const className = (verdict: Verdict): string => verdict.replace(' ', '-')

/** A colour and a mark for each verdict, drawn once. */
const SYMBOLS = `<defs>${VERDICTS.map(
  (verdict) =>
    `<g id="${className(verdict)}"><rect x="1" y="1" width="${CELL.width - 2}" height="${CELL.height - 2}" rx="3" class="${className(verdict)}"/>${text(CELL.width / 2, CELL.height - 5, MARKS[verdict], `mark on-${className(verdict)}`)}</g>`,
).join('')}</defs>`

const mark = (x: number, y: number, verdict: Verdict | undefined): string =>
  verdict === undefined
    ? text(x + CELL.width / 2, y + CELL.height - 5, '·', 'none')
    : `<use href="#${className(verdict)}" x="${x}" y="${y}"/>`

function drawPanel(x: number, y: number, columns: readonly Column[], groups: readonly Group[]): string {
  const cellsAt = x + PANEL - columns.length * CELL.width - OURS_GAP
  const at = (index: number): number => cellsAt + index * CELL.width + (columns[index]?.isOurs ? 0 : OURS_GAP)
  const parts = columns.map(({ title, score, isOurs }, index) => {
    const [cx, cy] = [at(index) + CELL.width / 2 + 4, y + HEAD_HEIGHT - 6]
    const style = isOurs ? 'head ours' : 'head'
    return `<text transform="translate(${cx} ${cy}) rotate(-90)" class="${style}">${escapeXml(title)} <tspan class="score">${score}</tspan></text>`
  })
  let top = y + HEAD_HEIGHT
  for (const { name, entries } of groups) {
    parts.push(text(x, top + GROUP_HEIGHT - 7, name, 'group'))
    parts.push(
      `<line x1="${x}" x2="${x + PANEL}" y1="${top + GROUP_HEIGHT - 2}" y2="${top + GROUP_HEIGHT - 2}"/>`,
    )
    top += GROUP_HEIGHT
    for (const entry of entries) {
      parts.push(
        `<g><title>${escapeXml(entry.about)}</title>${text(x, top + CELL.height - 5, entry.name, 'name')}</g>`,
        ...columns.map((column, index) => mark(at(index), top, column.verdictOf(entry.name))),
      )
      top += CELL.height
    }
  }
  return parts.join('\n')
}

const OURS_GAP = 6

interface Group {
  readonly name: string
  readonly entries: readonly ScenarioEntry[]
}

const heightOf = (groups: readonly Group[]): number =>
  groups.reduce((sum, { entries }) => sum + GROUP_HEIGHT + entries.length * CELL.height, 0)

/** The groups in two columns of about the same height, in their order. */
function inTwo(groups: readonly Group[]): [readonly Group[], readonly Group[]] {
  const higher = (at: number): number => Math.max(heightOf(groups.slice(0, at)), heightOf(groups.slice(at)))
  const best = groups.map((_, at) => at).reduce((a, b) => (higher(b) < higher(a) ? b : a))
  return [groups.slice(0, best), groups.slice(best)]
}

function drawLegend(y: number): string {
  const perRow = 2
  return VERDICTS.map((verdict, index) => {
    const x = MARGIN + (index % perRow) * ((WIDTH - 2 * MARGIN) / perRow)
    const top = y + Math.floor(index / perRow) * (CELL.height + 5)
    return (
      mark(x, top, verdict) + text(x + CELL.width + 5, top + CELL.height - 5, MEANINGS[verdict], 'legend')
    )
  }).join('\n')
}

export function toSvg(report: Report): string {
  const columns = columnsOf(report)
  const names = [...new Set(scenarioCatalog.map(({ group }) => group))]
  const groups = names.map((name) => ({
    name,
    entries: scenarioCatalog.filter(({ group }) => group === name),
  }))
  const [left, right] = inTwo(groups)
  const top = MARGIN + TITLE_HEIGHT
  const bottom = top + HEAD_HEIGHT + Math.max(heightOf(left), heightOf(right)) + 18
  const height = bottom + LEGEND_HEIGHT
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="How streams that go wrong end, by client: honest endings out of all">`,
    `<style>${STYLE}</style>`,
    SYMBOLS,
    `<rect width="${WIDTH}" height="${height}" class="page"/>`,
    text(MARGIN, MARGIN + 16, 'How a stream ends, and what the client says of it', 'title'),
    text(
      MARGIN,
      MARGIN + 34,
      `${scenarioCatalog.length} scenarios on real sockets. Honest endings, of those that a client can be tried on, beside its name.`,
      'legend',
    ),
    drawPanel(MARGIN, top, columns, left),
    drawPanel(MARGIN + PANEL + GAP, top, columns, right),
    drawLegend(bottom),
    '</svg>',
  ].join('\n')}\n`
}
