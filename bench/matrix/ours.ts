import { Agent } from 'undici'
import { fromEventStream, isSseError, openaiChat, type SseError } from '../../src/index.ts'
import { type ScenarioName, scenarios, startFaultServer } from '../../src/testing/index.ts'
import {
  differences,
  honestOutcome,
  patience,
  textOf,
  type WireName,
  wireOptions,
} from '../../test/endings.ts'
import type { OwnCell } from './report.ts'

/** Runs rx-sse on a scenario; `problems` says where the outcome is not the honest one. */
export async function runOurs(
  name: ScenarioName,
  wire: WireName,
): Promise<{ cell: OwnCell; problems: string[] }> {
  const server = await startFaultServer(scenarios[name], wireOptions[wire])
  const dispatcher =
    server.certificate === undefined ? undefined : new Agent({ connect: { ca: server.certificate } })
  const expected = honestOutcome(name, wire)
  let events = 0
  let text = ''
  const error = await new Promise<SseError | undefined>((settle, reject) => {
    fromEventStream(server.url, {
      dialect: openaiChat(),
      ...patience(name),
      ...(dispatcher && { dispatcher }),
    }).subscribe({
      next: ({ choices }) => {
        events++
        text += choices[0]?.delta.content ?? ''
      },
      complete: () => settle(undefined),
      error: (thrown: unknown) => (isSseError(thrown) ? settle(thrown) : reject(thrown)),
    })
  })
  const requests = server.requests.length
  await dispatcher?.destroy()
  await server.close()
  const wanted = expected.requests ?? 1
  return {
    cell: { ending: error === undefined ? 'complete' : endingOf(error), events, requests },
    problems: [
      ...differences(expected.ending, error),
      ...(text === textOf(expected) ? [] : [`delivered ${JSON.stringify(text)}`]),
      ...(requests === wanted ? [] : [`${requests} requests instead of ${wanted}`]),
    ],
  }
}

/** The kind, and what tells most within it. */
function endingOf(error: SseError): string {
  const detail =
    error.kind === 'stream_terminated' && error.code === 'stream_terminated' ? error.reason : error.code
  return `${error.kind}: ${detail}`
}
