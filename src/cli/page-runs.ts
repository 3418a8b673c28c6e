import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { gatewayError, type RecordedRequest, type Scenario } from '../testing/index.ts'
import { listen } from '../testing/listen.ts'
import { type LoadedScenario, loadFixtures } from '../testing/load-fixtures.ts'
import { loadScenario, startRoutedServer, type Turn } from '../testing/server.ts'

/** More runs than this are forgotten, the oldest first: a tab that was left alone for so long starts anew. */
const MAX_RUNS = 100
/** And their scenarios are not to be larger together than this, in characters of JSON. */
const MAX_KEPT = 32 * 1024 * 1024

interface Run {
  readonly scenario: LoadedScenario
  readonly size: number
  requests: number
}

/** The embedded gateway: each run has a URL of its own, so that two tabs do not take each other's answers. */
export interface RunGateway {
  /**
   * Where a scenario is played from its beginning.
   *
   * @param path - below the run: `/v1/chat/completions`
   * @throws TypeError for a wrong scenario, naming the place
   */
  add(scenario: unknown, path: string): string
  close(): Promise<void>
}

const GONE = loadFixtures(
  {
    answers: [
      gatewayError('not_found', {
        message: 'this run is over: the page has begun too many since, or was started again',
      }),
    ],
  },
  '.',
)

/** A file of this machine is nothing that a page should name. */
function refuseFiles(scenario: unknown): void {
  const { fixture, answers } = (scenario ?? {}) as { fixture?: unknown; answers?: unknown }
  const all = [fixture, ...(Array.isArray(answers) ? answers.map((answer) => answer?.fixture) : [])]
  if (all.some((one) => typeof one === 'object' && one !== null)) {
    throw new TypeError('scenario: a fixture that is a file cannot be played here; give its text')
  }
}

/** A port of this machine at which nobody listens: one that was free a moment ago. */
async function freePort(): Promise<string> {
  const listening = await listen(createServer())
  await listening.close()
  return listening.url
}

const WIRE = { cors: true } as const

/** Starts it on a port of its own. */
export async function startRunGateway(): Promise<RunGateway> {
  const runs = new Map<string, Run>()
  let kept = 0

  const turnOf = ({ url }: RecordedRequest): Turn => ({
    answer() {
      const run = runs.get(/^\/([\w-]+)/.exec(url)?.[1] ?? '')
      return run === undefined
        ? { scenario: GONE, ordinal: 0 }
        : { scenario: run.scenario, ordinal: run.requests++ }
    },
  })
  const nobody = await freePort()
  const server = await startRoutedServer(turnOf, WIRE)

  const forget = (): void => {
    for (const [id, { size }] of runs) {
      if (runs.size <= MAX_RUNS && kept <= MAX_KEPT) return
      runs.delete(id)
      kept -= size
    }
  }
  return {
    add(scenario, path) {
      if (scenario === 'nobody') return `${nobody}${path}`
      refuseFiles(scenario)
      const loaded = loadScenario(scenario as Scenario, WIRE)
      const size = JSON.stringify(scenario).length
      const id = randomBytes(9).toString('base64url')
      runs.set(id, { scenario: loaded, size, requests: 0 })
      kept += size
      forget()
      return `${server.url}/${id}${path}`
    },
    close: () => server.close(),
  }
}
