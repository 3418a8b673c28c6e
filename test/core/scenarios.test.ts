import { map } from 'rxjs'
import { Agent } from 'undici'
import { describe, expect, it } from 'vitest'
import { fromEventStream, openaiChat } from '../../src/index.ts'
import { canServe, type ScenarioName, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { differences, honestOutcome, patience, textOf, WIRES, wireOptions } from '../endings.ts'

const names = Object.keys(scenarios) as ScenarioName[]

describe.each(WIRES)('the honest ending over %s', (wire) => {
  const servable = names.filter((name) => canServe(scenarios[name], wireOptions[wire]))

  it('is known for nearly every scenario', () => {
    expect(servable.length).toBeGreaterThan(names.length - 12)
  })

  it.concurrent.each(servable)('of %s', async (name) => {
    const server = await startFaultServer(scenarios[name], wireOptions[wire])
    const { certificate: ca } = server
    const dispatcher = ca === undefined ? undefined : new Agent({ connect: { ca } })
    const outcome = honestOutcome(name, wire)
    const stream = fromEventStream(server.url, {
      dialect: openaiChat(),
      ...patience(name),
      ...(dispatcher && { dispatcher }),
    }).pipe(map((chunk) => chunk.choices[0]?.delta.content ?? ''))
    const { values, error } = await collect(stream)
    expect(differences(outcome.ending, error)).toEqual([])
    expect(values.join('')).toBe(textOf(outcome))
    expect(server.requests).toHaveLength(outcome.requests ?? 1)
    expect(new Set(server.requests.map(({ protocol }) => protocol))).toEqual(
      new Set([wireOptions[wire].protocol ?? 'http/1.1']),
    )
    await server.close()
    await dispatcher?.destroy()
  })
})
