import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isThorough } from '../thorough.ts'
import { type CutServer, flawOf, type Outcome, type Script, startCutServer } from './cut-server.ts'
import { cutFrom, flawsIn, LIMITS, PATIENCE_MS, randomCuts } from './random-cuts.ts'
import { type Block, longStream, type Resumable, withInsertedIds } from './resumable.ts'

/** A feed promises no exactness: what it sends again is delivered again [whatwg]. */
const STREAMS: readonly (readonly Resumable[])[] = [...withInsertedIds.values()].flatMap((streams) => {
  const cuttable = streams.filter(({ endless, values }) => !endless && values.length > 1)
  return cuttable.length === 0 ? [] : [cuttable]
})

/** For each fixture and protocol. */
const RUNS = isThorough ? 2 : 1
const MOST_CUTS = 8

/** The index of the block that is so many blocks with IDs before the one after the cursor's. */
function indexBack(blocks: readonly Block[], found: number, events: number): number {
  let index = found + 1
  for (let left = events; left > 0 && index > 0; left--) {
    do index--
    while (index > 0 && blocks[index]?.id === undefined)
  }
  return index
}

/** The block with other data under its ID. */
function changed(block: Block): Block {
  const lines = block.bytes.toString('utf8').split(/\r\n|\r|\n/)
  const data = lines.flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? []).join('\n')
  const others = lines.filter((line) => line !== '' && !line.startsWith('data'))
  return { ...block, bytes: Buffer.from([...others, ...otherData(data), '', ''].join('\n')) }
}

/** Of the same form: a dialect can read it, if it could read what it was. */
function otherData(data: string): string[] {
  try {
    const parsed: unknown = JSON.parse(data)
    const isObject = typeof parsed === 'object' && parsed !== null
    return [`data: ${JSON.stringify(isObject ? { ...parsed, changed: true } : [parsed, 'changed'])}`]
  } catch {
    // No JSON: a text.
  }
  return `${data}, changed`.split('\n').map((line) => `data: ${line}`)
}

describe.each(['http/1.1', 'h2'] as const)('over %s, a server that sends known events again', (protocol) => {
  let server: CutServer

  beforeAll(async () => {
    server = await startCutServer({ protocol })
  })

  afterAll(() => server.close())

  async function run(script: Script): Promise<Outcome> {
    // One of its own: what ends a connection of HTTP/2 must not end the other streams. With prior knowledge; undici's
    // types do not know the option.
    const agent = new Agent({ useH2c: protocol === 'h2' } as Agent.Options)
    try {
      return await server.run(script, agent)
    } finally {
      await agent.destroy()
    }
  }

  it(
    'going back by any number of them, doubles none',
    async () => {
      const properties = STREAMS.map((streams) => {
        const [{ dialectName }] = streams as [Resumable]
        const given = fc.record({
          stream: fc.nat(streams.length - 1),
          cuts: randomCuts(dialectName, protocol, { minLength: 1, maxLength: MOST_CUTS }),
          /** Events, in turn. */
          back: fc.array(fc.nat(8), { minLength: 1, maxLength: MOST_CUTS }),
        })
        const property = fc.asyncProperty(given, async ({ stream: index, cuts, back }) => {
          const stream = streams[index] as Resumable
          let turn = 0
          const script: Script = {
            stream,
            cuts: cuts.map((one) => cutFrom(one, dialectName, protocol)),
            rest: (found) => {
              const events = back[turn++ % back.length] as number
              return stream.blocks.slice(indexBack(stream.blocks, found, events))
            },
          }
          const flaw = flawOf(script, await run(script))
          if (flaw !== undefined) throw new Error(`${stream.name} over ${protocol}: ${flaw}`)
        })
        return fc.assert(property, { numRuns: RUNS, ...LIMITS })
      })
      expect(properties.length).toBeGreaterThan(20)
      expect(flawsIn(await Promise.allSettled(properties))).toEqual([])
    },
    PATIENCE_MS,
  )

  it('going back by 1,000 of 1,300, doubles none', async () => {
    const stream = longStream(1_300)
    const late = {
      place: 9_990,
      death: 'FIN',
      framing: 'chunked',
      coding: undefined,
      writeSize: undefined,
    } as const
    const script: Script = {
      stream,
      cuts: [cutFrom(late, stream.dialectName, protocol)],
      rest: (found) => stream.blocks.slice(indexBack(stream.blocks, found, found === -1 ? 0 : 1_000)),
    }
    expect(flawOf(script, await run(script))).toBeUndefined()
  })

  it(
    'and one of them with other data, is found out, and nothing is mixed',
    async () => {
      const properties = STREAMS.map((streams) => {
        const [{ dialectName }] = streams as [Resumable]
        const given = fc.record({
          stream: fc.nat(streams.length - 1),
          /** Of the delivered values: up to which one, and which one is changed, in thousandths. */
          delivered: fc.nat(999),
          changed: fc.nat(999),
          /** How many more the server goes back. */
          further: fc.nat(3),
          cut: randomCuts(dialectName, protocol, { minLength: 1, maxLength: 1 }),
        })
        const property = fc.asyncProperty(given, async (choice) => {
          const stream = streams[choice.stream] as Resumable
          const { blocks } = stream
          const values = blocks.flatMap(({ isValue }, index) => (isValue ? [index] : []))
          // The end marker may be a value: it is never delivered before a cut.
          const most = values.filter((index) => endOf(blocks, index) < stream.provedAt).length
          // Whole from its first value on: nothing is asked for after a cut.
          if (most === 0) return
          const count = 1 + Math.floor((choice.delivered * most) / 1_000)
          const victim = values[Math.floor((choice.changed * count) / 1_000)] as number
          const [cut] = choice.cut.map((one) => cutFrom(one, dialectName, protocol))
          const script: Script = {
            stream,
            cuts:
              cut === undefined ? [] : [{ ...cut, place: () => endOf(blocks, values[count - 1] as number) }],
            rest: (found) =>
              found === -1
                ? blocks
                : blocks
                    .map((block, index) => (index === victim ? changed(block) : block))
                    .slice(indexBack(blocks, victim, 1 + choice.further)),
          }
          const flaw = spliceIn(stream, count, await run(script))
          if (flaw !== undefined)
            throw new Error(
              `${stream.name} over ${protocol}, ${count} delivered, ${blocks[victim]?.id} changed: ${flaw}`,
            )
        })
        return fc.assert(property, { numRuns: RUNS, ...LIMITS })
      })
      expect(flawsIn(await Promise.allSettled(properties))).toEqual([])
    },
    PATIENCE_MS,
  )
})

/** What is wrong with a stream that was to end in a mismatch after so many of its values, or nothing. */
function spliceIn({ values }: Resumable, count: number, { seen }: Outcome): string | undefined {
  if (seen.completed) return 'it completed'
  if (seen.error?.code !== 'resume_mismatch')
    return `it ended with ${seen.error?.code} (${seen.error?.message})`
  return isDeepStrictEqual(seen.values, values.slice(0, count))
    ? undefined
    : `${JSON.stringify(seen.values)} was delivered`
}

const endOf = (blocks: readonly Block[], index: number): number =>
  blocks.slice(0, index + 1).reduce((sum, { bytes }) => sum + bytes.length, 0)
