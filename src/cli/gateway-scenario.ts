import { dirname, resolve } from 'node:path'
import {
  type FaultServerOptions,
  type Scenario,
  type ScenarioName,
  scenarioCatalog,
  scenarios,
} from '../testing/index.ts'
import type { LoadedScenario } from '../testing/load-fixtures.ts'
import { loadScenario } from '../testing/server.ts'
import { FileReader, shownFile } from './files.ts'
import { placeOfMistake } from './gateway-json.ts'
import type { CliIo } from './io.ts'
import { harmlessLine, shorten } from './terminal.ts'
import { nearest, UsageError } from './usage.ts'

export const SCENARIO_NAMES: readonly ScenarioName[] = scenarioCatalog.map(({ name }) => name)

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(scenarios, name)

/** What was probably meant, as the end of a sentence. */
export function didYouMean(name: string): string {
  const near = nearest(name.toLowerCase(), SCENARIO_NAMES)
  return near === undefined ? '' : `; did you mean ${near}?`
}

/** A name as it may be shown, whoever typed it. */
export const shownName = (name: string): string => `"${shorten(harmlessLine(name), 60)}"`

export function namedScenario(name: string, option: string): Scenario {
  if (isScenarioName(name)) return scenarios[name]
  throw new UsageError(
    `${option}: there is no scenario ${shownName(name)}${didYouMean(name) || '; rx-sse gateway --list has them all'}`,
  )
}

/** A scenario that was chosen, ready to be played. */
export interface ChosenScenario {
  /** Its name, or that of its file; as it was typed. */
  readonly title: string
  readonly scenario: LoadedScenario
}

const LOOKS_LIKE_FILE = /[./\\]/

/** The scenario that an option names: by its name, as a file, or `-`. */
export async function chooseScenario(
  given: string,
  options: FaultServerOptions,
  io: CliIo,
): Promise<ChosenScenario> {
  if (isScenarioName(given)) {
    // Again and again: whoever reloads a page wants to see it once more.
    const scenario = { ...scenarios[given], cycle: true }
    return { title: given, scenario: loaded(scenario, options, given) }
  }
  const bytes = await new FileReader(io).read(given, '--scenario').catch((error: unknown) => {
    if (!(error instanceof UsageError) || given === '' || LOOKS_LIKE_FILE.test(given)) throw error
    const advice = didYouMean(given) || '; rx-sse gateway --list has them all'
    throw new UsageError(`--scenario: there is neither a scenario nor a file ${shownName(given)}${advice}`)
  })
  const shown = given === '-' ? 'stdin' : shownFile(given)
  const baseDirectory = given === '-' ? process.cwd() : dirname(resolve(given))
  const scenario = parse(textOf(bytes, shown), shown)
  return {
    title: given === '-' ? 'stdin' : given,
    scenario: loaded(scenario, { ...options, baseDirectory }, shown),
  }
}

/** A byte that is no UTF-8 would become another one unseen. */
function textOf(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`--scenario ${shown} is no JSON: it is not UTF-8`)
  }
}

function parse(text: string, shown: string): Scenario {
  try {
    return JSON.parse(text) as Scenario
  } catch {
    if (text.trim() === '') throw new UsageError(`--scenario ${shown} is empty`)
    const { line, column } = placeOfMistake(text)
    throw new UsageError(`--scenario ${shown} is no JSON: a mistake at line ${line}, column ${column}`)
  }
}

/** The kit's message names the place in the scenario. */
function loaded(scenario: Scenario, options: FaultServerOptions, shown: string): LoadedScenario {
  try {
    return loadScenario(scenario, options)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const advice = error.message.endsWith('needs HTTP/2')
      ? ': add --http2'
      : error.message.endsWith('needs TLS')
        ? ': add --tls'
        : error.message.endsWith('needs HTTP/1.1')
          ? ': leave out --http2'
          : ''
    throw new UsageError(`--scenario ${shown}: ${harmlessLine(error.message)}${advice}`)
  }
}
