import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  type FaultServer,
  type FaultServerOptions,
  inAnthropicWords,
  type Scenario,
  type ScenarioName,
  scenarios,
  startFaultServer,
} from '../../../src/testing/index.ts'
import { type Flood, startFlood } from './flood.ts'

/** What a runtime asks of {@link startLab}: a fault server of its own, and what that has seen. */
export interface LabRequests {
  serve: {
    readonly scenario: ScenarioName | Scenario
    readonly options?: FaultServerOptions
    /** In the words of Anthropic Messages. */
    readonly anthropic?: boolean
  }
  use: { readonly id: number; readonly scenario: ScenarioName | Scenario }
  requests: { readonly id: number }
  received: { readonly id: number; readonly number: number }
  abandoned: { readonly id: number; readonly number: number }
  connections: { readonly id: number }
  flood: Record<string, never>
  flooded: { readonly id: number }
  close: { readonly id: number }
}

export interface Lab extends AsyncDisposable {
  /** `POST /<name>` with the request as JSON; the answer is JSON. Of any origin. */
  readonly url: string
}

/** Servers that break streams, for runtimes that cannot start one. */
export async function startLab(): Promise<Lab> {
  const servers = new Map<number, FaultServer>()
  const floods = new Map<number, Flood>()
  let last = 0
  const scenarioOf = (given: ScenarioName | Scenario): Scenario =>
    typeof given === 'string' ? scenarios[given] : given
  const serverOf = (id: number): FaultServer => {
    const server = servers.get(id)
    if (server === undefined) throw new Error(`there is no server ${id}`)
    return server
  }
  const handlers: { [N in keyof LabRequests]: (request: LabRequests[N]) => Promise<unknown> } = {
    async serve({ scenario, options, anthropic = false }) {
      const plain = scenarioOf(scenario)
      const server = await startFaultServer(anthropic ? inAnthropicWords(plain) : plain, {
        cors: true,
        ...options,
      })
      servers.set(++last, server)
      return { id: last, url: server.url }
    },
    async use({ id, scenario }) {
      serverOf(id).use(scenarioOf(scenario))
    },
    async requests({ id }) {
      return serverOf(id).requests
    },
    async received({ id, number }) {
      return serverOf(id).received(number)
    },
    async abandoned({ id, number }) {
      return serverOf(id).abandoned(number)
    },
    async connections({ id }) {
      return serverOf(id).connections
    },
    async flood() {
      const flood = await startFlood()
      floods.set(++last, flood)
      return { id: last, url: flood.url }
    },
    async flooded({ id }) {
      const flood = floods.get(id)
      return { bytes: flood?.bytes, open: flood?.open }
    },
    async close({ id }) {
      const server = servers.get(id) ?? floods.get(id)
      servers.delete(id)
      floods.delete(id)
      await server?.close()
    },
  }
  const control = createServer((request, response) => {
    answer(handlers as Record<string, (request: never) => Promise<unknown>>, request, response).catch(
      (error: Error) => {
        response.statusCode = 500
        response.end(JSON.stringify(error.message))
      },
    )
  })
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(control.address() as { port: number }).port}`,
    async [Symbol.asyncDispose]() {
      control.close()
      control.closeAllConnections()
      await Promise.allSettled([...servers.values(), ...floods.values()].map((server) => server.close()))
    },
  }
}

async function answer(
  handlers: Readonly<Record<string, (request: never) => Promise<unknown>>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('content-type', 'application/json')
  // Neither a runtime's idle connections nor its limit on them are to matter.
  response.setHeader('connection', 'close')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const handler = handlers[(request.url ?? '').slice(1)]
  if (handler === undefined) throw new Error(`the lab knows no ${request.url}`)
  const answered = await handler(JSON.parse(Buffer.concat(chunks).toString() || '{}') as never)
  response.end(JSON.stringify(answered ?? null))
}
