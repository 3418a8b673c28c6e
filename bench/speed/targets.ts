import type { Figures } from './figures.ts'

/** What rx-sse may cost, as a multiple of what it is divided by. */
interface Target {
  readonly what: string
  readonly scenario: string
  readonly contender: string
  readonly metric: string
  readonly limit: number
}

const trickle = (scenario: string, streams: string): Target => ({
  what: `trickle, ${streams}: CPU time of an event`,
  scenario,
  contender: 'rx-sse',
  metric: 'cpu',
  limit: 1.1,
})

const memory = (streams: number, metric: string, words: string): Target => ({
  what: `${words} of an open stream, of ${streams.toLocaleString('en')}`,
  scenario: `memory-${streams}`,
  contender: 'rx-sse',
  metric,
  limit: 1.15,
})

const targets: readonly Target[] = [
  {
    what: 'burst with `openaiChat()`: CPU time of an event',
    scenario: 'burst',
    contender: 'rx-sse',
    metric: 'cpu',
    limit: 1.1,
  },
  {
    what: 'burst without JSON: CPU time of an event',
    scenario: 'burst',
    contender: 'rx-sse-raw',
    metric: 'cpu',
    limit: 1.25,
  },
  trickle('trickle-300-20', '300 streams, every 20 ms'),
  trickle('trickle-300-200', '300 streams, every 200 ms'),
  trickle('trickle-3000-20', '3,000 streams, every 20 ms'),
  trickle('trickle-3000-200', '3,000 streams, every 200 ms'),
  memory(300, 'heap', 'heap'),
  memory(3_000, 'rss', 'resident memory'),
  memory(3_000, 'heap', 'heap'),
]

/** The bounds, what was measured, and whether it is inside. */
export function targetLines(figures: Figures): readonly string[] {
  return targets.map(({ what, scenario, contender, metric, limit }) => {
    const ratio = figures.ratio(scenario, contender, metric)?.median
    const verdict = ratio === undefined ? 'not measured' : ratio <= limit ? 'yes' : '**no**'
    return `| ${what} | ${limit.toFixed(2)} × | ${ratio === undefined ? '·' : `${ratio.toFixed(2)} ×`} | ${verdict} |`
  })
}
