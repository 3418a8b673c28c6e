import { BUCKET_MS, bucketsOf, CLIENTS, figuresOf, LATENCY, type StormRun } from './storm-run.ts'
import type { Storm } from './storms.ts'
import { px, svg, text } from './svg.ts'

export interface StormRuns {
  readonly storm: Storm
  readonly ours: StormRun
  readonly fixed: StormRun
}

const MARGIN = 16
/** Room for the numbers of the vertical axis. */
const AXIS = 26
const BAR = 2.4
const SECONDS = 16
const PLOT = { width: (SECONDS * 1_000 * BAR) / BUCKET_MS, height: 64 }
const GAP = 20
const WIDTH = 2 * (MARGIN + AXIS + PLOT.width) + GAP
/** Requests per tenth of a second; a higher bar leaves the plot. */
const TOP = 200
/** What the number beside a bar takes. */
const LABEL = 44
const HEAD = 112
const ROW = 136
const FOOT = 30

const STYLE = [
  '.plot{fill:var(--plot)}.shut{fill:var(--line);opacity:.7}',
  '.grid{stroke:var(--line);fill:none}.cut{stroke:var(--page);stroke-width:2;fill:none}',
  '.served{fill:var(--good)}.others{fill:var(--bad)}',
  '.small{font-size:10px}.ours{font-weight:600;fill:var(--good)}.them{font-weight:600}',
  '.row{font-size:13px}',
].join('\n')

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
export const count = (value: number): string => value.toLocaleString('en-US')

const yOf = (value: number): number => PLOT.height * (1 - Math.min(value, TOP) / TOP)

function plot(x: number, y: number, storm: Storm, run: StormRun): string {
  const parts = [`<g transform="translate(${px(x)} ${px(y)})">`]
  parts.push(`<rect width="${px(PLOT.width)}" height="${PLOT.height}" class="plot"/>`)
  if (storm.shut !== undefined) {
    const width = px((storm.shut.until / BUCKET_MS) * BAR)
    parts.push(`<rect width="${width}" height="${PLOT.height}" class="shut"/>`)
    parts.push(text(5, 12, storm.shut.why, 'faint small'))
  }
  parts.push(`<path d="M0 0h${px(PLOT.width)}M0 ${yOf(TOP / 2)}h${px(PLOT.width)}" class="grid"/>`)
  for (const value of [0, TOP / 2, TOP])
    parts.push(text(-5, yOf(value) + 3.5, String(value), 'faint small end'))
  for (let second = 0; second <= SECONDS; second += 2) {
    const at = (second * 1_000 * BAR) / BUCKET_MS
    parts.push(
      text(at, PLOT.height + 13, second === SECONDS ? `${second} s` : String(second), 'faint small mid'),
    )
  }
  parts.push(...bars(storm, run))
  return [...parts, '</g>'].join('\n')
}

/** One path for each colour, and what is beyond the top as a number. */
function bars(storm: Storm, run: StormRun): string[] {
  const shown = bucketsOf(storm, run).slice(0, (SECONDS * 1_000) / BUCKET_MS)
  const paths = { served: '', others: '' }
  const parts: string[] = []
  for (const [index, { served, others }] of shown.entries()) {
    const x = px(index * BAR)
    const bar = (from: number, to: number): string =>
      from === to ? '' : `M${x} ${px(yOf(from))}V${px(yOf(to))}h${BAR - 0.4}V${px(yOf(from))}z`
    paths.served += bar(0, Math.min(served, TOP))
    paths.others += bar(Math.min(served, TOP), Math.min(served + others, TOP))
  }
  for (const [style, path] of Object.entries(paths)) {
    if (path !== '') parts.push(`<path d="${path}" class="${style}"/>`)
  }
  for (const [index, { served, others }] of shown.entries()) {
    const value = served + others
    const before = shown[index - 1]
    const after = shown[index + 1]
    const isHighest =
      value > TOP &&
      value >= (before === undefined ? 0 : before.served + before.others) &&
      value > (after === undefined ? 0 : after.served + after.others)
    if (!isHighest) continue
    const x = index * BAR
    parts.push(`<path d="M${px(x - 4)} 11l${px(BAR + 8)} -5" class="cut"/>`)
    if (x > PLOT.width - LABEL) parts.push(text(x - 6, 12, count(value), 'bold end'))
    else parts.push(text(x + BAR + 6, 12, count(value), 'bold'))
  }
  return parts
}

function sums(x: number, y: number, storm: Storm, run: StormRun): string {
  const { peak, back99, requests } = figuresOf(storm, run)
  const rest = `at most · 99 % back after ${seconds(back99)} · ${count(requests)} requests`
  const last = run.tries.at(-1)?.at ?? 0
  const beyond = last > SECONDS * 1_000 ? `until ${Math.ceil(last / 1_000)} s →` : ''
  return `<text x="${px(x)}" y="${px(y)}"><tspan class="bold">${count(peak)}</tspan> ${rest}</text>${text(x + PLOT.width, y, beyond, 'faint small end')}`
}

export function stormSvg(runs: readonly StormRuns[]): string {
  const left = MARGIN + AXIS
  const right = left + PLOT.width + GAP + AXIS
  const parts = [
    text(MARGIN, MARGIN + 16, `${count(CLIENTS)} clients need their feed at the same moment`, 'title'),
    text(
      MARGIN,
      MARGIN + 37,
      `Requests that reach the server, per ${BUCKET_MS} ms, over the seconds since. A bar beyond ${TOP} is cut off, with its number beside it.`,
      'faint',
    ),
    legend(MARGIN, MARGIN + 58),
    text(left, HEAD - 8, 'rx-sse as it comes', 'ours row'),
    text(right, HEAD - 8, 'A fixed time: 3 s, or Retry-After', 'them row'),
    `<path d="M${MARGIN} ${HEAD}H${WIDTH - MARGIN}" class="grid"/>`,
  ]
  for (const [index, { storm, ours, fixed }] of runs.entries()) {
    const y = HEAD + index * ROW
    parts.push(
      `<text x="${MARGIN}" y="${y + 24}" class="row"><tspan class="bold">${storm.title}</tspan> <tspan class="faint">${storm.about}</tspan></text>`,
      sums(left, y + 44, storm, ours),
      sums(right, y + 44, storm, fixed),
      plot(left, y + 52, storm, ours),
      plot(right, y + 52, storm, fixed),
    )
  }
  const height = HEAD + runs.length * ROW + FOOT
  parts.push(
    text(
      MARGIN,
      height - 14,
      `Simulated by scripts/storm.ts: the library’s own sessions on a virtual clock, each client ${LATENCY.least} to ${LATENCY.least + LATENCY.spread} ms away from the server.`,
      'faint small',
    ),
  )
  return svg({
    width: WIDTH,
    height,
    title: `${count(CLIENTS)} clients need their feed at the same moment: how they come back, with rx-sse and after a fixed time`,
    about: runs.map(({ storm, ours, fixed }) => inWords(storm, ours, fixed)).join(' '),
    style: STYLE,
    parts,
  })
}

function inWords(storm: Storm, ours: StormRun, fixed: StormRun): string {
  const words = (run: StormRun): string => {
    const { peak, back99 } = figuresOf(storm, run)
    return `at most ${count(peak)} requests per ${BUCKET_MS} ms, 99 % back after ${seconds(back99)}`
  }
  return `${storm.title} ${storm.about} rx-sse: ${words(ours)}. Fixed: ${words(fixed)}.`
}

function legend(x: number, y: number): string {
  const square = (at: number, style: string, words: string): string =>
    `<rect x="${at}" y="${y - 9}" width="10" height="10" class="${style}"/>${text(at + 16, y, words)}`
  return (
    square(x, 'served', 'gets the feed') +
    square(x + 120, 'others', 'is turned away: port closed, or 503') +
    square(x + 350, 'shut', 'nobody can get in')
  )
}
