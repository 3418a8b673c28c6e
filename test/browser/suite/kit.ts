import type { RecordedRequest, Scenario, ScenarioName } from '../../../src/testing/index.ts'
import type * as Library from '../../../src/web.ts'
import type { LabRequests } from '../lab/lab.ts'

/** rx-sse as a consumer imports it. */
export type Sse = typeof Library

/** Where the suite runs. */
export type RuntimeName = 'chromium' | 'chromium worker' | 'firefox' | 'deno' | 'bun' | 'node'

/** A fault server, seen from a runtime that is not its own. */
interface RemoteServer {
  readonly url: string
  use(scenario: ScenarioName | Scenario): Promise<void>
  requests(): Promise<readonly RecordedRequest[]>
  /** Settles with a request once it has been read, from 1 up. */
  received(number: number): Promise<RecordedRequest>
  /** The same, once its client has gone before the answer was whole. */
  abandoned(number: number): Promise<RecordedRequest>
  connections(): Promise<number>
  /** From then on connections are refused. */
  close(): Promise<void>
}

/** What a case has to do with. */
export interface Kit {
  readonly sse: Sse
  readonly runtime: RuntimeName
  /** Fetch as [fetch] has it: CORS, cookies, forbidden headers, redirects that are not shown. */
  readonly isBrowser: boolean
  /** What the fault server's default completion says. */
  readonly completion: string
  serve(
    scenario: ScenarioName | Scenario,
    options?: Omit<LabRequests['serve'], 'scenario'>,
  ): Promise<RemoteServer>
  /** A server without an end, and how much it has sent. */
  flood(): Promise<{ readonly url: string; seen(): Promise<{ bytes: number; open: number }> }>
}

export interface SuiteCase {
  readonly name: string
  run(kit: Kit): Promise<void>
}

/** Of one kit, whose servers end with it. */
export function remoteKit(
  lab: string,
  given: Pick<Kit, 'sse' | 'runtime' | 'isBrowser' | 'completion'>,
): Kit & { close(): Promise<void> } {
  const ask = async <N extends keyof LabRequests>(name: N, request: LabRequests[N]): Promise<unknown> => {
    const response = await fetch(`${lab}/${name}`, { method: 'POST', body: JSON.stringify(request) })
    const answer = (await response.json()) as unknown
    if (!response.ok) throw new Error(`the lab, asked to ${name}: ${answer}`)
    return answer
  }
  const open: number[] = []
  return {
    ...given,
    async serve(scenario, more) {
      const { id, url } = (await ask('serve', { scenario, ...more })) as { id: number; url: string }
      open.push(id)
      return {
        url,
        use: async (next) => void (await ask('use', { id, scenario: next })),
        requests: () => ask('requests', { id }) as Promise<readonly RecordedRequest[]>,
        received: (number) => ask('received', { id, number }) as Promise<RecordedRequest>,
        abandoned: (number) => ask('abandoned', { id, number }) as Promise<RecordedRequest>,
        connections: () => ask('connections', { id }) as Promise<number>,
        close: async () => void (await ask('close', { id })),
      }
    },
    async flood() {
      const { id, url } = (await ask('flood', {})) as { id: number; url: string }
      open.push(id)
      return { url, seen: () => ask('flooded', { id }) as Promise<{ bytes: number; open: number }> }
    },
    async close() {
      await Promise.all(open.map((id) => ask('close', { id })))
    },
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for a fact, not for a time. */
export async function until<T>(look: () => T | Promise<T>, what: string): Promise<T> {
  const end = Date.now() + 10_000
  for (;;) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > end) throw new Error(`waited 10 s for ${what}`)
    await sleep(10)
  }
}
