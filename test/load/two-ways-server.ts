import { scenarios } from '../../src/testing/index.ts'
import { loadScenario, startRoutedServer } from '../../src/testing/server.ts'

/** At `/stalls` a stream that never ends, at any other path one that does: both at one address. */
export function startTwoWaysServer(port = 0): ReturnType<typeof startRoutedServer> {
  const stalls = loadScenario(scenarios.stall, {})
  const ends = loadScenario(scenarios.whole, {})
  return startRoutedServer(
    ({ url }) => ({ answer: () => ({ scenario: url === '/stalls' ? stalls : ends, ordinal: 0 }) }),
    { port },
  )
}
