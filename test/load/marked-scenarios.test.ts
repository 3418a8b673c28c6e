import { Agent } from 'undici'
import { describe, expect, it } from 'vitest'
import { fetchTransport, openaiChat } from '../../src/index.ts'
import { canServe, type ScenarioName, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { patience, WIRES, wireOptions } from '../endings.ts'
import { marked, markedUrl, marks, told } from '../secrets/marked-request.ts'
import { leaksIn } from '../secrets/marks.ts'

const names = Object.keys(scenarios) as ScenarioName[]
const ways = [
  ...WIRES.map((wire) => ({ wire, over: 'undici' })),
  { wire: 'http/1.1', over: 'fetch' },
] as const

describe.each(ways)('a marked request over $wire and $over', ({ wire, over }) => {
  const servable = names.filter((name) => canServe(scenarios[name], wireOptions[wire]))

  it.concurrent.each(servable)('is told without its marks: %s', async (name) => {
    const server = await startFaultServer(scenarios[name], wireOptions[wire])
    const { certificate: ca } = server
    const dispatcher = ca === undefined ? undefined : new Agent({ connect: { ca } })
    const stream = await told(markedUrl(server.url), {
      ...marked,
      dialect: openaiChat() as never,
      ...patience(name),
      ...(dispatcher && { dispatcher }),
      ...(over === 'fetch' && { transport: fetchTransport() }),
    })
    expect(stream.signals[0]?.type).toBe('connecting')
    expect(leaksIn(stream, marks)).toEqual([])
    await server.close()
    await dispatcher?.destroy()
  })
})
