import { type Scenario, scenarioCatalog, scenarios } from '../src/testing/index.ts'

/** Answers that no named scenario gives, for pages that show more than one server. */
export type OwnScenarios = Readonly<Record<string, Scenario>>

/**
 * A scenario by its name, or the answers of several in a row: `fin then whole`.
 *
 * @throws Error if there is none of that name, or if one says more than its answers
 */
export function scenarioOf(words: string, own: OwnScenarios = {}): Scenario {
  const all: OwnScenarios = { ...scenarios, ...own }
  const named = words.split(' then ').map((name) => {
    const scenario = all[name]
    if (scenario === undefined) {
      const names = [...scenarioCatalog.map((entry) => entry.name), ...Object.keys(own)]
      throw new Error(`no scenario "${name}"; there are ${names.join(', ')}`)
    }
    return { name, scenario }
  })
  const [first] = named
  if (first !== undefined && named.length === 1) return first.scenario
  const answers = named.flatMap(({ name, scenario: { answers = [{}], ...rest } }) => {
    if (Object.keys(rest).length > 0) throw new Error(`"${name}" is more than its answers`)
    return answers
  })
  return { answers }
}
