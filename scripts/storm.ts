import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { FIXED_MS, figuresOf, runFixed, runSessions, type StormRun } from './pictures/storm-run.ts'
import { count, type StormRuns, seconds, stormSvg } from './pictures/storm-svg.ts'
import { RETRY_AFTER_S, type Storm, storms } from './pictures/storms.ts'
import { root } from './run.ts'

/** Cuts a thousand clients at once, in a simulation, and shows how they come back: docs/storm.svg and a table. */
export const simulate = (): readonly StormRuns[] =>
  storms.map((storm) => ({ storm, ours: runSessions(storm), fixed: runFixed(storm) }))

const fixedTime = ({ blow }: Storm): string => `always ${blow === 'ask' ? RETRY_AFTER_S : FIXED_MS / 1_000} s`

/** The figures in Markdown. */
export function stormTable(runs: readonly StormRuns[]): string {
  const cells = (storm: Storm, run: StormRun): string => {
    const { peak, back99, requests } = figuresOf(storm, run)
    return `${count(peak)} | ${seconds(back99)} | ${count(requests)}`
  }
  return [
    '| what happens to 1,000 clients | client | most requests per 100 ms | 99 % back after | requests |',
    '|---|---|---|---|---|',
    ...runs.flatMap(({ storm, ours, fixed }) => [
      `| **${storm.title}** ${storm.about} | rx-sse | ${cells(storm, ours)} |`,
      `| | ${fixedTime(storm)} | ${cells(storm, fixed)} |`,
    ]),
  ].join('\n')
}

if (import.meta.main) {
  const runs = simulate()
  writeFileSync(resolve(root, 'docs/storm.svg'), stormSvg(runs))
  console.log(stormTable(runs))
}
