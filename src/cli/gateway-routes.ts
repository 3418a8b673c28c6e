import {
  type Answer,
  canServe,
  defaultCompletion,
  type FaultServerOptions,
  inAnthropicWords,
  type RecordedRequest,
  type Scenario,
  type ScenarioName,
  scenarios,
} from '../testing/index.ts'
import { type LoadedAnswer, type LoadedScenario, loadFixtures } from '../testing/load-fixtures.ts'
import { answerAt } from '../testing/plan.ts'
import { identify } from '../testing/render.ts'
import { lastEventIdOf } from '../testing/server.ts'
import {
  listAnswer,
  modelsAnswer,
  unknownModel,
  unknownScenario,
  unservable,
  unspeakable,
} from './gateway-pages.ts'
import { type ChosenScenario, isScenarioName, SCENARIO_NAMES } from './gateway-scenario.ts'
import { answerInWords } from './gateway-words.ts'

/** What a request gets, and in words. */
export interface Routed {
  readonly scenario: LoadedScenario
  readonly words: string
  /** The named scenario, where the request chose one. */
  readonly name?: ScenarioName
}

/** Decides on a request that has been read. */
export type Route = (request: RecordedRequest) => Routed

const pathOf = ({ url }: RecordedRequest): string => url.split('?', 1)[0] as string

/** Whose words a request wants: those of Anthropic Messages, or of Chat Completions. */
const wantsAnthropic = (request: RecordedRequest): boolean => /\/v1\/messages\/?$/.test(pathOf(request))

function page(answer: Answer, request: RecordedRequest, words = answerInWords(answer)): Routed {
  const scenario: Scenario = { answers: [answer] }
  const spoken = wantsAnthropic(request) ? (inAnthropicWords(scenario) ?? scenario) : scenario
  return { scenario: loadFixtures(spoken, '.'), words }
}

/** Clients ask it before anything else, and it is no part of what a scenario says. */
const asksForModels = (request: RecordedRequest): boolean =>
  request.method === 'GET' && /\/v1\/models\/?$/.test(pathOf(request))

/** Hands out the answers of a scenario, one after the other. */
function player(scenario: LoadedScenario): (request: RecordedRequest) => Omit<Routed, 'name'> {
  let ordinal = 0
  return (request) => {
    const answer = answerAt(scenario, ordinal++)
    return {
      scenario: { ...scenario, answers: [answer] },
      words: answerInWords(answer, cursorOf(request, scenario, answer)),
    }
  }
}

/** The ID that the request continues after, if this answer knows it. */
function cursorOf(
  { headers }: RecordedRequest,
  { ids, events }: LoadedScenario,
  answer: LoadedAnswer,
): string | undefined {
  if (ids !== true || answer.body !== undefined) return undefined
  const asked = lastEventIdOf(headers)
  const known = identify(answer.events ?? events ?? defaultCompletion, true)
  return known.some((event) => 'id' in event && event.id === asked) ? asked : undefined
}

/** Every request gets the next answer of this scenario. */
export function routeToOne({ scenario }: ChosenScenario): Route {
  const play = player(scenario)
  return (request) =>
    asksForModels(request)
      ? page(modelsAnswer(['test-model']), request, '200, the list of models')
      : play(request)
}

/** A scenario by the first segment of the path; below `/v1` by the model. */
export function routeByName(wire: FaultServerOptions): Route {
  const players = new Map<string, ReturnType<typeof player>>()
  const play = (name: ScenarioName, request: RecordedRequest): Routed => {
    if (!canServe(scenarios[name], wire)) return page(unservable(name), request)
    const anthropic = wantsAnthropic(request)
    const scenario = anthropic ? inAnthropicWords(scenarios[name]) : scenarios[name]
    if (scenario === undefined) return page(unspeakable(name), request)
    const key = `${name} ${anthropic}`
    let next = players.get(key)
    if (next === undefined) {
      next = player({ ...loadFixtures(scenario, '.'), cycle: true })
      players.set(key, next)
    }
    return { ...next(request), name }
  }
  const servable = SCENARIO_NAMES.filter((name) => canServe(scenarios[name], wire))
  return (request) => {
    const first = decoded(pathOf(request).split('/')[1] ?? '')
    if (first === '') {
      return page(
        listAnswer(String(request.headers.accept ?? ''), wire),
        request,
        '200, the list of scenarios',
      )
    }
    const named = isScenarioName(first)
    if (!named && first !== 'v1') {
      return page(unknownScenario(first), request, '404, there is no such scenario')
    }
    if (asksForModels(request)) {
      return page(modelsAnswer(named ? ['test-model'] : servable), request, '200, the list of models')
    }
    if (named) return play(first, request)
    const model = modelOf(request.body)
    return typeof model === 'string' && isScenarioName(model)
      ? play(model, request)
      : page(unknownModel(model), request, '404, the model names no scenario')
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function modelOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { model?: unknown } | null)?.model
  } catch {
    return undefined
  }
}
