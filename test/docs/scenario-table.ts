import { canServe, type ScenarioName, scenarioCatalog, scenarios } from '../../src/testing/index.ts'

function needOf(name: ScenarioName): string {
  const scenario = scenarios[name]
  if (!canServe(scenario)) return canServe(scenario, { tls: true }) ? ' Needs TLS.' : ' Needs HTTP/2.'
  return canServe(scenario, { protocol: 'h2' }) ? '' : ' Needs HTTP/1.1.'
}

/** The named scenarios in Markdown, from the code itself. */
export const scenarioTable = (): string =>
  [
    '| scenario | what the server does |',
    '|---|---|',
    ...scenarioCatalog.flatMap(({ name, group, about }, index) => [
      ...(group === scenarioCatalog[index - 1]?.group ? [] : [`| **${group}** | |`]),
      `| \`${name}\` | ${about}.${needOf(name)} |`,
    ]),
  ].join('\n')

if (import.meta.main) console.log(scenarioTable())
