import type { Contender } from './contender.ts'
import { contenders } from './contenders.ts'
import { Figures } from './figures.ts'
import type { Results } from './results.ts'
import { STYLE } from './svg-style.ts'

const WIDTH = 1_000
const MARGIN = 16
const NAMES = 218
const GAP = 52
const ROW = 22
const BAR = 13
const TOP = 92
const FOOT = 34
/** Room behind the longest bar for its figure. */
const VALUE = 40
/** Less than the floor is no bar at all; this is where one begins. */
const LEAST = 0.9

const PANELS = [
  { title: 'CPU time of an event, burst', scenario: 'burst', metric: 'cpu' },
  { title: 'CPU time, 300 streams that trickle', scenario: 'trickle-300-20', metric: 'cpu' },
  { title: 'memory of each of 3,000 streams', scenario: 'memory-3000', metric: 'rss' },
] as const

const FINE = [1, 2, 5, 10, 20]
const COARSE = [1, 3, 10, 30, 100, 300, 1_000]

const PANEL = (WIDTH - 2 * MARGIN - NAMES - (PANELS.length - 1) * GAP) / PANELS.length

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const text = (x: number, y: number, content: string, style: string): string =>
  `<text x="${round(x)}" y="${round(y)}" class="${style}">${escapeXml(content)}</text>`

const round = (value: number): number => Math.round(value * 10) / 10

const line = (x: number, y1: number, y2: number, style = ''): string =>
  `<line x1="${round(x)}" y1="${y1}" x2="${round(x)}" y2="${y2}"${style && ` class="${style}"`}/>`

const figure = (ratio: number): string => (ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2))

/** One measure of all clients, on a scale of its own that is logarithmic: a client of 1.1 and one of 30 are both read. */
function drawPanel(
  x: number,
  panel: (typeof PANELS)[number],
  rows: readonly Contender[],
  figures: Figures,
): string {
  const { title, scenario, metric } = panel
  const found = rows.map(({ id }) => figures.ratio(scenario, id, metric)?.median)
  const most = Math.max(2, ...found.map((ratio) => ratio ?? 0))
  const ticks = most > 20 ? COARSE : FINE
  const end = ticks.find((tick) => tick >= most) ?? most
  const at = (ratio: number): number =>
    x + (Math.log(Math.max(ratio, LEAST) / LEAST) / Math.log(end / LEAST)) * (PANEL - VALUE)
  const bottom = TOP + rows.length * ROW
  const grid = ticks
    .filter((tick) => tick <= end)
    .map(
      (tick) =>
        line(at(tick), TOP - 4, bottom, tick === 1 ? 'floor' : '') +
        text(at(tick), TOP - 9, tick === 1 ? 'floor' : `${tick} ×`, 'tick faint'),
    )
  const bars = rows.map(({ isOurs }, index) => {
    const ratio = found[index]
    const y = TOP + index * ROW
    if (ratio === undefined) return text(x + 4, y + 15, '·', 'value faint')
    const width = Math.max(1.5, round(at(ratio) - x))
    return `<rect x="${round(x)}" y="${y + 4}" width="${width}" height="${BAR}" rx="2" class="${isOurs ? 'bar-ours' : 'bar'}"/>${text(x + width + 5, y + 15, figure(ratio), isOurs ? 'value ours' : 'value')}`
  })
  return [text(x, TOP - 28, title, 'panel'), ...grid, ...bars].join('\n')
}

/** The chart that the README shows: what each client costs, as a multiple of the floor. */
export function toSvg(results: Results): string {
  const figures = new Figures(results)
  const rows = contenders.filter(
    ({ id, against }) =>
      id !== against && PANELS.some((panel) => figures.ratio(panel.scenario, id, panel.metric)),
  )
  const height = TOP + rows.length * ROW + FOOT
  const names = rows.map(({ title, isOurs }, index) =>
    text(MARGIN + NAMES - 10, TOP + index * ROW + 15, title, isOurs ? 'name ours' : 'name'),
  )
  const panels = PANELS.map((panel, index) =>
    drawPanel(MARGIN + NAMES + index * (PANEL + GAP), panel, rows, figures),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU time and memory of each client, as multiples of the floor">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" rx="8" class="page"/>
${text(MARGIN, 32, 'What an event costs, as a multiple of the floor', 'title')}
${names.join('\n')}
${panels.join('\n')}
${text(MARGIN, height - 13, `The floor: bare undici, eventsource-parser, JSON.parse; for raw events without JSON, for Anthropic’s on its wire. Logarithmic. Node ${results.versions.node}.`, 'faint')}
</svg>
`
}
