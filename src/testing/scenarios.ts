import type { Scenario } from './scenario.ts'
import { groups } from './scenario-groups.ts'

type Groups = typeof groups

/** What the scenarios are about, in the order in which a stream meets it. */
export type ScenarioGroup = keyof Groups

export type ScenarioName = { [G in keyof Groups]: keyof Groups[G] & string }[keyof Groups]

/** A named scenario, in words. */
export interface ScenarioEntry {
  readonly name: ScenarioName
  readonly group: ScenarioGroup
  /** What the server does, in a few words. */
  readonly about: string
}

const rows = Object.entries(groups).flatMap(([group, rows]) =>
  Object.entries(rows).map(([name, { about, scenario }]) => ({ name, group, about, scenario })),
)

/** All named scenarios in words, group by group. */
export const scenarioCatalog: readonly ScenarioEntry[] = rows.map(
  ({ scenario: _, ...entry }) => entry,
) as ScenarioEntry[]

/** A scenario for each way in which a stream is known to go wrong, and for the good ways. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = Object.fromEntries(
  rows.map(({ name, scenario }) => [name, scenario]),
) as Record<ScenarioName, Scenario>
