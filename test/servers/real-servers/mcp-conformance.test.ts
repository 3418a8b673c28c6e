import { describe, expect, it } from 'vitest'
import { needs } from '../installed.ts'
import { runToEnd } from './child.ts'
import type { Fault } from './mcp-faults.ts'

/** What the package writes of each thing that it has seen (`INFO`) or checked. */
interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'WARNING' | 'FAILURE' | 'INFO' | 'SKIPPED'
  readonly errorMessage?: string
  readonly details?: Readonly<Record<string, unknown>>
}

interface Verdict {
  readonly status: number | null
  readonly checks: readonly Check[]
}

const CLI = `${import.meta.dirname}/../node_modules/@modelcontextprotocol/conformance/dist/index.js`

/** Lets the package run its server of that scenario, and our client against it. */
async function conformance(scenario: string, ...flags: string[]): Promise<Verdict> {
  // A shell reads the command.
  const client = [`"${process.execPath}"`, `"${import.meta.dirname}/mcp-client.ts"`, ...flags].join(' ')
  const args = [CLI, 'client', '--scenario', scenario, '--command', client, '--timeout', '20000', '--verbose']
  const { status, stdout, stderr } = await runToEnd({ command: process.execPath, args })
  try {
    return { status, checks: JSON.parse(stdout) }
  } catch {
    throw new Error(`${scenario}: no report, but ${stdout}${stderr}`)
  }
}

const verdicts = (checks: readonly Check[]): [id: string, status: string, error: string | undefined][] =>
  checks
    .filter(({ status }) => status !== 'INFO')
    .map(({ id, status, errorMessage }) => [id, status, errorMessage])
const succeeded = (...ids: string[]) => ids.map((id) => [id, 'SUCCESS', undefined])
const details = (checks: readonly Check[], id: string) => checks.find((check) => check.id === id)?.details

const here = needs({ packages: ['@modelcontextprotocol/conformance'] })

describe.runIf(here)('the conformance package of MCP', () => {
  // The package allows 200 ms above the reconnection time, a warning beyond: on a busy machine that is not always enough.
  it('finds that a stream which ended is asked for again at the told time, by GET, after the last event', {
    retry: 2,
  }, async () => {
    const { status, checks } = await conformance('sse-retry')
    expect(verdicts(checks)).toEqual(
      succeeded('client-sse-graceful-reconnect', 'client-sse-retry-timing', 'client-sse-last-event-id'),
    )
    expect(status).toBe(0)
    expect(details(checks, 'client-sse-retry-timing')).toMatchObject({
      expectedRetryMs: 500,
      minAcceptableMs: 450,
      maxAcceptableMs: 700,
      getConnectionCount: 1,
    })
    expect(details(checks, 'client-sse-last-event-id')).toMatchObject({ lastEventIds: ['event-1'] })
  })

  it('finds that a tool is called, its response a stream', async () => {
    const { status, checks } = await conformance('tools_call')
    expect(verdicts(checks)).toEqual(succeeded('tool-add-numbers'))
    expect(status).toBe(0)
    const call = checks.find((check) => details([check], 'outgoing-response')?.mcpMethod === 'tools/call')
    expect(call?.details?.headers).toMatchObject({ 'content-type': 'text/event-stream' })
  })

  it("finds that the server's own requests arrive on a stream beside the call, and are answered", async () => {
    const { status, checks } = await conformance('elicitation-sep1034-client-defaults', '--listen')
    expect(verdicts(checks)).toEqual(
      succeeded(
        'client-elicitation-sep1034-string-default',
        'client-elicitation-sep1034-integer-default',
        'client-elicitation-sep1034-number-default',
        'client-elicitation-sep1034-enum-default',
        'client-elicitation-sep1034-boolean-default',
      ),
    )
    expect(status).toBe(0)
  })

  it.concurrent.each<[Fault, string, string, RegExp]>([
    ['early', 'client-sse-retry-timing', 'FAILURE', /too early/],
    ['late', 'client-sse-retry-timing', 'FAILURE', /very late/],
    ['without-id', 'client-sse-last-event-id', 'WARNING', /did not send Last-Event-ID/],
    ['by-post', 'client-sse-graceful-reconnect', 'FAILURE', /did not attempt GET/],
  ])('does not pass a client that comes again %s', async (fault, id, status, error) => {
    const verdict = await conformance('sse-retry', '--fault', fault)
    expect(verdicts(verdict.checks)).toContainEqual([id, status, expect.stringMatching(error)])
    expect(verdict.status).toBe(1)
  })
})
