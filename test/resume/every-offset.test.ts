import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../server.ts'
import { isThorough } from '../thorough.ts'
import { type CutServer, flawOf, type Script, startCutServer } from './cut-server.ts'
import { type Death, deathsOf, type Protocol } from './deaths.ts'
import { inserted, type Resumable, withOwnIds } from './resumable.ts'

/** One of each dialect at least. Small ones: each is cut after every one of its bytes, in every way. */
const STREAMS: readonly Resumable[] = [
  inserted('raw/crlf', 'utf8', 'last'),
  inserted('openai-chat/finish-length', 'counting', 'last'),
  inserted('anthropic-messages/ping-by-data', 'opaque', 'first'),
  ...withOwnIds.filter(({ name }) => name === 'event-source/nchan' || name === 'event-source/non-ascii-id'),
]

/** Streams at a time. One that stalls, or waits for its reset, costs nothing but its wait. */
const LIVE = 48
const WAITING = 512

const FRAMINGS = ['chunked', 'content-length', 'unframed'] as const

/** One in three is enough to see that it works at all. */
const isTried = (at: number): boolean => isThorough || at % 3 === 0

/** Between two blocks there are few places, and a cut elsewhere would only be moved there. */
function cutsOf(stream: Resumable, death: Death): number[] {
  if (!death.isInBand) return Array.from({ length: stream.length + 1 }, (_, at) => at).filter(isTried)
  let at = 0
  const starts = stream.blocks.map(({ bytes }) => {
    at += bytes.length
    return at - bytes.length
  })
  return starts.filter((start) => start < stream.provedAt)
}

interface Case {
  readonly name: string
  readonly script: Script
  readonly isAlone: boolean
}

function casesOf(stream: Resumable, death: Death, turn: number): Case[] {
  return cutsOf(stream, death).map((at) => {
    // Neighbouring offsets have different ones, and come in other pieces.
    const framing = FRAMINGS[(at + turn) % FRAMINGS.length] as (typeof FRAMINGS)[number]
    const cut = { death, framing, place: () => at, writeSize: [1 + ((at * 7) % 40)] }
    return {
      name: `${stream.name}, ${death.name} after ${at} bytes`,
      script: { stream, cuts: [cut] },
      isAlone: death.endsConnection,
    }
  })
}

describe.each(['http/1.1', 'h2'] as const)('over %s, cut once, a stream goes on where it was', (protocol) => {
  let server: CutServer
  /** The first is for streams that may share a connection, if the protocol can; the others are for one at a time. */
  const agents: Agent[] = Array.from(
    { length: 1 + WAITING },
    // With prior knowledge; undici's types do not know the option.
    () => new Agent({ useH2c: protocol === 'h2' } as Agent.Options),
  )

  beforeAll(async () => {
    server = await startCutServer({ protocol })
  })

  afterAll(() => server.close())

  /** Runs all cases, so many at a time; returns what went wrong. */
  async function flawsOver(list: readonly Case[], atATime: number): Promise<string[]> {
    const flaws: string[] = []
    const queue = list.values()
    const work = async (_: unknown, worker: number): Promise<void> => {
      for (const { name, script, isAlone } of queue) {
        const agent = agents[isAlone ? 1 + worker : 0] as Agent
        const flaw = flawOf(script, await server.run(script, agent))
        if (flaw !== undefined) flaws.push(`${name}: ${flaw}`)
      }
    }
    await Promise.all(Array.from({ length: atATime }, work))
    return flaws
  }

  const deaths = (at: Protocol): Death[] => [
    ...new Set(STREAMS.flatMap(({ dialectName }) => deathsOf(dialectName, at))),
  ]

  it.each(deaths(protocol))(`after $name at every ${isThorough ? '' : 'third '}offset`, async (death) => {
    const turn = deaths(protocol).indexOf(death)
    const list = STREAMS.filter(({ dialectName }) => deathsOf(dialectName, protocol).includes(death)).flatMap(
      (stream) => casesOf(stream, death, turn),
    )
    expect(list.length).toBeGreaterThan(death.isInBand ? 5 : isThorough ? 500 : 160)
    const flaws = await flawsOver(list, death.isSlow ? WAITING : LIVE)
    expect(flaws.slice(0, 20), `${flaws.length} of ${list.length} cuts`).toEqual([])
  })

  it('and nothing is asked for afterwards, nor any connection left open', async () => {
    await Promise.all(agents.map((agent) => agent.destroy()))
    await until(() => server.connections === 0, 'the connections to be gone')
    expect(server.strays).toEqual([])
  })
})
