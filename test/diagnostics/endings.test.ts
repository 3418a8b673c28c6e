import { NEVER } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromEventStream, openaiChat, type TimeoutConfig } from '../../src/index.ts'
import { canServe, type ScenarioName, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { honestOutcome, patience } from '../endings.ts'
import { scenarioOf } from '../scenario-of.ts'
import { FACES } from './faces.ts'
import { faultsOf, hear, type Name, record, wordsOf } from './recorder.ts'

interface Ending {
  /** Of a server, in a row. */
  readonly scenario: string
  readonly config?: () => Parameters<(typeof FACES)[string]>[1]
  /** When the reader leaves: at its first value, or inside a message. */
  readonly leaves?: 'value' | Name
  /** The life in words. */
  readonly life: string
  readonly outcome: 'complete' | 'error' | 'unsubscribed'
  readonly code?: string
}

const again = { retry: { delay: 1 } }
const never = { retry: { delay: 60_000, jitter: 'none' } } as const
const oops = (): never => {
  throw new RangeError('oops')
}
const abortedAt = (name: Name): AbortSignal => {
  const controller = new AbortController()
  hear(name, () => controller.abort())
  return controller.signal
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'is whole': { scenario: 'whole', life: 'start open end', outcome: 'complete' },
  'is whole at the second request': {
    scenario: 'overloaded-then-whole',
    config: () => again,
    life: 'start retry open end',
    outcome: 'complete',
  },
  'is whole by a resumption': {
    scenario: 'resume-after-fin',
    config: () => again,
    life: 'start open retry open end',
    outcome: 'complete',
  },
  'is refused': {
    scenario: 'invalid-api-key',
    life: 'start end',
    outcome: 'error',
    code: 'invalid_api_key',
  },
  'reports an error': { scenario: 'in-band-error', life: 'start open end', outcome: 'error' },
  'is cut': {
    scenario: 'fin',
    config: () => again,
    life: 'start open end',
    outcome: 'error',
    code: 'stream_terminated',
  },
  'fails again and again': {
    scenario: 'model-overloaded',
    config: () => ({ retry: { count: 2, delay: 1 } }),
    life: 'start retry retry end',
    outcome: 'error',
    code: 'model_overloaded',
  },
  'has headers that throw': {
    scenario: 'whole',
    config: () => ({ headers: oops }),
    life: 'start end',
    outcome: 'error',
    code: 'request_setup_failed',
  },
  'has headers that never settle': {
    scenario: 'whole',
    config: () => ({ headers: () => new Promise(() => {}), timeout: { first: 20 }, retry: false }),
    life: 'start end',
    outcome: 'error',
  },
  'is out of time': {
    scenario: 'stall',
    config: () => ({ timeout: { total: 50 } }),
    life: 'start open end',
    outcome: 'error',
    code: 'deadline_exceeded',
  },
  'is out of time in a wait': {
    scenario: 'model-overloaded',
    config: () => ({ retry: { delay: () => NEVER }, timeout: { total: 50 } }),
    life: 'start retry end',
    outcome: 'error',
  },
  'was aborted before': {
    scenario: 'whole',
    config: () => ({ signal: AbortSignal.abort() }),
    life: 'start end',
    outcome: 'error',
    code: 'aborted',
  },
  'is aborted as it starts': {
    scenario: 'whole',
    config: () => ({ signal: abortedAt('rx-sse:start') }),
    life: 'start end',
    outcome: 'error',
    code: 'aborted',
  },
  'is aborted as it opens': {
    scenario: 'whole',
    config: () => ({ signal: abortedAt('rx-sse:open') }),
    life: 'start open end',
    outcome: 'error',
    code: 'aborted',
  },
  'is aborted in a wait': {
    scenario: 'model-overloaded',
    config: () => ({ ...never, signal: abortedAt('rx-sse:retry') }),
    life: 'start retry end',
    outcome: 'error',
    code: 'aborted',
  },
  'is left inside its first value': {
    scenario: 'stall',
    leaves: 'value',
    life: 'start open end',
    outcome: 'unsubscribed',
  },
  'is left as it starts': {
    scenario: 'whole',
    leaves: 'rx-sse:start',
    life: 'start end',
    outcome: 'unsubscribed',
  },
  'is left as it opens': {
    scenario: 'whole',
    leaves: 'rx-sse:open',
    life: 'start open end',
    outcome: 'unsubscribed',
  },
  'is left as a wait begins': {
    scenario: 'resume-after-fin',
    config: () => never,
    leaves: 'rx-sse:retry',
    life: 'start open retry end',
    outcome: 'unsubscribed',
  },
}

describe.each(Object.keys(FACES))('%s tells one start and one end of a stream that', (name) => {
  const face = FACES[name] as (typeof FACES)[string]

  it.each(Object.entries(ENDINGS))('%s', async (_, ending) => {
    const server = await startFaultServer(scenarioOf(ending.scenario))
    onTestFinished(() => server.close())
    const recorder = record()
    const reading = face(server.url, ending.config?.() ?? {})
    const { leaves } = ending
    if (leaves !== undefined && leaves !== 'value') hear(leaves, reading.leave)
    await reading.begin(() => {
      if (leaves === 'value') reading.leave()
    })
    const [life = [], ...others] = recorder.lives
    expect(others).toEqual([])
    expect(faultsOf(life)).toEqual([])
    expect(wordsOf(life)).toBe(ending.life)
    const [end] = recorder.of('rx-sse:end')
    expect(end?.outcome).toBe(ending.outcome)
    if (ending.code !== undefined) expect(end?.error?.code).toBe(ending.code)
  })
})

/** What ends by a deadline ends by it also if that is shorter: nobody counts its events here. */
const sooner = (timeout: TimeoutConfig = {}): TimeoutConfig =>
  Object.fromEntries(Object.entries(timeout).map(([name, ms]) => [name, ms === 1_000 ? 200 : ms]))

it('tells the same of every outcome that the scenarios of the kit have, as it ends', async () => {
  const recorder = record()
  const served = (Object.keys(scenarios) as ScenarioName[]).filter((name) => canServe(scenarios[name], {}))
  // Of those that end alike one: each by itself is elsewhere tried on every wire.
  const names = [
    ...new Map(served.map((name) => [JSON.stringify(honestOutcome(name, 'http/1.1')), name])).values(),
  ]
  const byUrl = new Map<string, ScenarioName>()
  await Promise.all(
    names.map(async (name) => {
      const server = await startFaultServer(scenarios[name])
      byUrl.set(`${server.url}/`, name)
      const { retry, timeout } = patience(name)
      const config = { dialect: openaiChat(), retry, timeout: sooner(timeout) }
      await collect(fromEventStream(server.url, config))
      await server.close()
    }),
  )
  expect(names.length).toBeGreaterThan(30)
  expect(recorder.lives).toHaveLength(names.length)
  for (const life of recorder.lives) {
    const last = life.at(-1)
    const name = byUrl.get(last?.message.stream.url ?? '') as ScenarioName
    expect(faultsOf(life), name).toEqual([])
    const { ending } = honestOutcome(name, 'http/1.1')
    const expected =
      ending === 'complete' ? { outcome: 'complete' } : { outcome: 'error', error: { code: ending.code } }
    expect(last?.message, name).toMatchObject(expected)
  }
})
