import { contenderOf } from './contenders.ts'
import { baseOf } from './measure.ts'
import type { Results, Row } from './results.ts'
import { scenarios } from './scenarios.ts'
import { median, ratios, type Spread } from './statistics.ts'

/** What the tables and the chart ask of the results. */
export class Figures {
  readonly #rows: ReadonlyMap<string, Row>

  constructor({ rows }: Results) {
    this.#rows = new Map(rows.map((row) => [keyOf(row.scenario, row.contender, row.metric), row]))
  }

  /** The median of the rounds. */
  value(scenario: string, contender: string, metric: string): number | undefined {
    const row = this.#rows.get(keyOf(scenario, contender, metric))
    return row && median(row.rounds)
  }

  /** To what the contender is divided by, round by round. */
  ratio(scenario: string, contender: string, metric: string): Spread | undefined {
    const found = scenarios.find(({ id }) => id === scenario)
    if (found === undefined) return undefined
    const base = baseOf(contenderOf(contender), found)
    const row = this.#rows.get(keyOf(scenario, contender, metric))
    const baseRow = this.#rows.get(keyOf(scenario, base.id, metric))
    return row && baseRow && ratios(row.rounds, baseRow.rounds)
  }

  /** Rounds that counted; 0: it was not measured. */
  rounds(scenario: string): number {
    for (const row of this.#rows.values()) if (row.scenario === scenario) return row.rounds.length
    return 0
  }
}

const keyOf = (scenario: string, contender: string, metric: string): string =>
  `${scenario} ${contender} ${metric}`
