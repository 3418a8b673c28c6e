import {
  type Answer,
  canServe,
  type FaultServerOptions,
  gatewayError,
  scenarioCatalog,
  scenarios,
} from '../testing/index.ts'
import { didYouMean, SCENARIO_NAMES, shownName } from './gateway-scenario.ts'

/** What a scenario needs of the wire; `undefined` if plain HTTP/1.1 will do. */
export function needOf(name: keyof typeof scenarios): 'HTTP/2' | 'TLS' | 'HTTP/1.1' | undefined {
  const scenario = scenarios[name]
  if (!canServe(scenario)) return canServe(scenario, { tls: true }) ? 'TLS' : 'HTTP/2'
  return canServe(scenario, { protocol: 'h2' }) ? undefined : 'HTTP/1.1'
}

/** What to add so that the wire has it. */
const ADVICE = {
  'HTTP/2': 'start the gateway with --http2',
  TLS: 'start the gateway with --tls',
  'HTTP/1.1': 'start the gateway without --http2',
} as const

interface Listed {
  readonly name: keyof typeof scenarios
  readonly about: string
  /** With what it needs, if it is not had. */
  readonly note: string
}

/** The named scenarios by group. `wire`: only what this one lacks is noted. */
function groups(wire?: FaultServerOptions): [group: string, rows: Listed[]][] {
  const byGroup = new Map<string, Listed[]>()
  for (const { name, group, about } of scenarioCatalog) {
    const need = needOf(name)
    const told = need !== undefined && (wire === undefined || !canServe(scenarios[name], wire))
    const rows = byGroup.get(group) ?? []
    rows.push({ name, about, note: told ? ` (needs ${need})` : '' })
    byGroup.set(group, rows)
  }
  return [...byGroup]
}

const NAME_WIDTH = Math.max(...SCENARIO_NAMES.map(({ length }) => length))

export const scenarioList = (wire?: FaultServerOptions): string =>
  groups(wire)
    .map(
      ([group, rows]) =>
        `${group}\n${rows.map(({ name, about, note }) => `  ${name.padEnd(NAME_WIDTH)}  ${about}${note}\n`).join('')}`,
    )
    .join('\n')

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')

const page = (wire: FaultServerOptions): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>rx-sse gateway</title>
<link rel="icon" href="data:,">
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
td{padding:.1rem 1rem .1rem 0;vertical-align:top}td:first-child{width:18rem}code{font-size:14px}
</style>
<h1>rx-sse gateway</h1>
<p>Base URL of a client: <code>/NAME/v1</code>, always the scenario of that name; or <code>/v1</code>, the scenario whose name the request gives as its <code>model</code>. Below <code>/v1/messages</code> it speaks Anthropic Messages.</p>
${groups(wire)
  .map(
    ([group, rows]) =>
      `<h2>${escaped(group)}</h2>\n<table>\n${rows
        .map(
          ({ name, about, note }) =>
            `<tr><td><a href="/${name}/"><code>${name}</code></a><td>${escaped(about + note)}\n`,
        )
        .join('')}</table>`,
  )
  .join('\n')}
</html>
`

/** All named scenarios: as a page where one is asked for, else as text. */
export const listAnswer = (accept: string, wire: FaultServerOptions): Answer =>
  accept.includes('text/html')
    ? { headers: { 'content-type': 'text/html; charset=utf-8' }, body: page(wire) }
    : {
        body: `Base URL of a client: /NAME/v1, or /v1 with NAME as the model.\n\n${scenarioList(wire)}`,
      }

/** The models of an OpenAI-compatible API, so that a UI can offer them. */
export function modelsAnswer(names: readonly string[]): Answer {
  const data = names.map((id) => ({ id, object: 'model', created: 1_767_225_600, owned_by: 'rx-sse' }))
  return {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ object: 'list', data }),
  }
}

/** What follows the base URL in the paths of the APIs that clients of it speak. */
const OF_API: ReadonlySet<string> = new Set(['chat', 'completions', 'messages', 'models', 'responses'])

export const unknownScenario = (name: string): Answer =>
  gatewayError('not_found', {
    message: OF_API.has(name)
      ? `the path begins with ${shownName(name)}: the base URL of the client should end in /v1`
      : `there is no scenario ${shownName(name)}${didYouMean(name) || '.'} / lists them`,
  })

export const unknownModel = (model: unknown): Answer =>
  gatewayError('unknown_model', {
    message:
      typeof model === 'string'
        ? `the model names the scenario, and there is none ${shownName(model)}${didYouMean(model) || '.'} / lists them`
        : 'the model names the scenario, and the request gives none. / lists them',
  })

/** Not a 5xx: a client would ask again. */
export const unservable = (name: keyof typeof scenarios): Answer => {
  const need = needOf(name) ?? 'HTTP/1.1'
  return gatewayError('not_found', { message: `the scenario ${name} needs ${need}: ${ADVICE[need]}` })
}

export const unspeakable = (name: keyof typeof scenarios): Answer =>
  gatewayError('not_found', { message: `Anthropic Messages has no words for what the scenario ${name} does` })
