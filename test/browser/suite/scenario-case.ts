import type { FaultServerOptions, Scenario, ScenarioName } from '../../../src/testing/index.ts'
import type { EventStreamConfig, SseError } from '../../../src/web.ts'
import { collect } from './collect.ts'
import { equal, like, ok } from './expect.ts'
import type { Kit, Sse, SuiteCase } from './kit.ts'

/** A scenario of the fault server, and what is honest to make of it over `fetch`. As JSON. */
export interface ScenarioPlan {
  readonly name: ScenarioName
  readonly scenario: Scenario
  readonly options: FaultServerOptions
  readonly config: Pick<EventStreamConfig<unknown>, 'retry' | 'timeout'>
  readonly expected: ExpectedEnding
}

export interface ExpectedEnding {
  /** `undefined`: complete. */
  readonly error?: {
    readonly fields: Readonly<Record<string, unknown>>
    readonly reasons?: readonly string[]
  }
  readonly text: string
  readonly requests: number | undefined
  /** Pieces that came together with the end of the connection may be lost: in Chromium even the head. */
  readonly loses: boolean
}

/** How often a case is played that has shown nothing of itself. */
const TRIES = 4

/** With `openaiChat()`. */
export const scenarioCase = (plan: ScenarioPlan): SuiteCase => ({
  name: `scenario ${plan.name}`,
  async run(kit) {
    for (let tries = 1; ; tries++) {
      if (await playScenario(plan, kit)) return
      ok(tries < TRIES, `all that came before the end of the connection was lost, ${TRIES} times`)
    }
  },
})

/** `false`: the runtime has lost all of the first answer, so that this was another case. */
async function playScenario(
  { name, scenario, options, config, expected }: ScenarioPlan,
  { sse, serve }: Kit,
): Promise<boolean> {
  const server = await serve(scenario, { options })
  const chat = sse.openaiChat()
  const { values, error } = await collect(sse.fromEventStream(server.url, { dialect: chat, ...config }))
  const requests = await server.requests()
  if (expected.loses && expected.text !== '') {
    const isLost = name.startsWith('resume-')
      ? requests[1]?.headers['last-event-id'] === undefined
      : expected.requests === 1 && requests.length > 1
    if (isLost) return false
  }
  checkError(expected, error, sse)
  const text = values.map((chunk) => chat.text(chunk)).join('')
  if (expected.loses && error !== undefined)
    ok(expected.text.startsWith(text), `text ${JSON.stringify(text)}`)
  else equal(text, expected.text, 'text')
  if (expected.requests !== undefined) equal(requests.length, expected.requests, 'requests')
  return true
}

function checkError(expected: ExpectedEnding, error: SseError | undefined, sse: Sse): void {
  if (expected.error === undefined) {
    equal(error, undefined, 'error')
    return
  }
  ok(error !== undefined, 'completed')
  ok(sse.isSseError(error), `no SseError: ${error}`)
  if (expected.loses && expected.text === '' && error.kind === 'request_failed') {
    // Of an answer of which nothing was told it cannot be known that it had begun.
    like(error, { code: 'connection_failed', retryable: true }, 'error')
    return
  }
  const { fields, reasons } = expected.error
  like(error, fields, 'error')
  const reason = error.kind === 'stream_terminated' ? error.reason : ''
  ok(
    reasons === undefined || reasons.includes(reason),
    `reason ${reason} instead of ${reasons?.join(' or ')} (${error.message})`,
  )
}
