import fc from 'fast-check'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../server.ts'
import { isThorough } from '../thorough.ts'
import { type CutServer, flawOf, startCutServer } from './cut-server.ts'
import { cutFrom, flawsIn, LIMITS, PATIENCE_MS, randomCuts } from './random-cuts.ts'
import { type Resumable, withInsertedIds, withOwnIds } from './resumable.ts'

/** For each fixture the streams that it gives: as it is, or with IDs of all kinds. */
const STREAMS: ReadonlyMap<string, readonly Resumable[]> = new Map([
  ...withOwnIds.map((stream) => [stream.name, [stream]] as const),
  ...withInsertedIds,
])

const MOST_CUTS = 20
/** For each fixture and protocol. */
const RUNS = isThorough ? 2 : 1

describe('the streams', () => {
  it('are all fixtures with IDs, and all whole ones with IDs inserted', () => {
    const dialects = [...STREAMS.values()].map(([stream]) => stream?.dialectName)
    for (const name of ['raw', 'openai-chat', 'anthropic-messages', 'event-source'])
      expect(dialects.filter((one) => one === name).length, name).toBeGreaterThan(6)
    expect(withOwnIds.length).toBeGreaterThan(3)
  })
})

describe.each(['http/1.1', 'h2'] as const)('over %s', (protocol) => {
  let server: CutServer

  beforeAll(async () => {
    server = await startCutServer({ protocol, tls: protocol === 'h2' })
  })

  afterAll(() => server.close())

  /** One stream that is cut so; throws what is wrong with it. */
  async function check(stream: Resumable, given: Parameters<typeof cutFrom>[0][]): Promise<void> {
    const script = { stream, cuts: given.map((one) => cutFrom(one, stream.dialectName, protocol)) }
    const { certificate: ca } = server
    // One of its own: what ends a connection of HTTP/2 must not end the other streams.
    const agent = new Agent(ca === undefined ? {} : { connect: { ca } })
    try {
      const flaw = flawOf(script, await server.run(script, agent))
      if (flaw !== undefined) throw new Error(`${stream.name} over ${protocol}: ${flaw}`)
    } finally {
      await agent.destroy()
    }
  }

  it('an uninterrupted stream is what its fixture says', async () => {
    const all = [...STREAMS.values()].flat().filter((_, index) => index % 5 === 0)
    const results = await Promise.allSettled(all.map((stream) => check(stream, [])))
    expect(flawsIn(results)).toEqual([])
    expect(all.length).toBeGreaterThan(100)
  })

  it(
    `a stream that is cut up to ${MOST_CUTS} times, anywhere, in any way, is delivered as if it had never been cut`,
    async () => {
      const properties = [...STREAMS.values()].map((streams) => {
        const [{ dialectName }] = streams as [Resumable]
        const cuts = randomCuts(dialectName, protocol, { minLength: 0, maxLength: MOST_CUTS })
        const pick = fc.nat(streams.length - 1)
        const property = fc.asyncProperty(pick, cuts, (index, given) =>
          check(streams[index] as Resumable, given),
        )
        return fc.assert(property, { numRuns: RUNS, ...LIMITS })
      })
      const flaws = flawsIn(await Promise.allSettled(properties))
      expect(flaws).toEqual([])
    },
    PATIENCE_MS,
  )

  it('an event that was cut is not remembered: the next answer, empty, does not become whole by it', async () => {
    const name = 'openai-chat/finish-reason-policy'
    for (const stream of STREAMS.get(name) ?? []) {
      const pieces = { framing: 'chunked', coding: undefined, writeSize: undefined } as const
      // All of the finish reason's event but its blank line; then nothing at all.
      const inside = { place: 9_990, death: 'FIN', ...pieces }
      const empty = { place: 0, death: 'a clean end', ...pieces }
      await expect(check(stream, [inside, empty]), stream.name).resolves.toBeUndefined()
    }
    expect(STREAMS.get(name)?.length).toBeGreaterThan(0)
  })

  it('and nothing is asked for afterwards, nor any connection left open', async () => {
    await until(() => server.connections === 0, 'the connections to be gone')
    expect(server.strays).toEqual([])
  })
})
