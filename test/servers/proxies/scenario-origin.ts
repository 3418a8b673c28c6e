import { type RecordedRequest, type Scenario, startFaultServer } from '../../../src/testing/index.ts'
import type { Origin } from './listen.ts'

export interface ScenarioOrigin extends Origin {
  readonly recorded: readonly RecordedRequest[]
}

/** The fault server behind a proxy. */
export async function scenarioOrigin(scenario: Scenario): Promise<ScenarioOrigin> {
  const server = await startFaultServer(scenario)
  return {
    port: Number(new URL(server.url).port),
    recorded: server.requests,
    get requests() {
      return server.requests.map(({ headers }) => headers)
    },
    close: () => server.close(),
  }
}
