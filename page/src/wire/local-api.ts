import { pageProblem } from './page-problem.ts'
import type { ApiRefusal, ScenarioOrder, ScenarioPlace, Surroundings } from './types.ts'

/** The header that proves that a request comes from the page that the local server has served. */
export const TOKEN_HEADER = 'x-rx-sse-token'

/** What the local server has written into the page; `''` where another server has served it. */
export const tokenOf = (page: {
  querySelector(selector: string): { getAttribute(name: string): string | null } | null
}): string => page.querySelector('meta[name="rx-sse-token"]')?.getAttribute('content') ?? ''

const GONE = 'The local server of this page does not answer.'
const START = 'Start it again (rx-sse page), and reload this page.'

export interface LocalApi {
  /**
   * Has the embedded gateway play a scenario at a URL of its own.
   *
   * Rejects with a {@link PageProblem}.
   */
  scenario(order: ScenarioOrder): Promise<ScenarioPlace>
}

async function refusalOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as ApiRefusal).error.message
  } catch {
    return `HTTP ${response.status}`
  }
}

export function localApi({ fetch, token }: Pick<Surroundings, 'fetch' | 'token'>): LocalApi {
  return {
    async scenario(order) {
      let response: Response
      try {
        response = await fetch('/api/scenario', {
          method: 'POST',
          headers: { 'content-type': 'application/json', [TOKEN_HEADER]: token },
          body: JSON.stringify(order),
        })
      } catch {
        throw pageProblem(GONE, START)
      }
      if (response.ok) return (await response.json()) as ScenarioPlace
      const why = await refusalOf(response)
      if (response.status === 403) {
        throw pageProblem('This page was served by another run of the local server.', 'Reload it.')
      }
      throw pageProblem(`The local server refused: ${why}.`, 'Change the settings.')
    },
  }
}
