import { isDeepStrictEqual } from 'node:util'
import { serialize } from 'node:v8'
import type { Dialect, ServerSentEvent } from '../dialects/dialect.ts'
import { outcomeOf } from './dialect-checks-read.ts'
import type { Stream } from './dialect-checks-stream.ts'
import { shown, thrown } from './dialect-checks-words.ts'

/** What is wrong with the memories of a dialect that has any. */
export function memoryProblem(streams: readonly Stream[]): string | undefined {
  for (const stream of streams) {
    const dialect = stream.dialect()
    if (dialect.memory === undefined) continue
    const problem = freshProblem(dialect) ?? cloneProblem(dialect, stream)
    if (problem !== undefined) return `${problem} (events of "${stream.name}")`
  }
  return growthProblem(streams)
}

function freshProblem(dialect: Dialect<unknown>): string | undefined {
  const one = dialect.memory?.()
  return typeof one === 'object' && one !== null && one === dialect.memory?.()
    ? 'memory() gives the same object twice: each stream needs one of its own'
    : undefined
}

function cloneProblem(dialect: Dialect<unknown>, { body }: Stream): string | undefined {
  const memory = dialect.memory?.()
  for (const event of [undefined, ...body.events]) {
    if (event !== undefined) outcomeOf(dialect, event, memory)
    let clone: unknown
    try {
      clone = structuredClone(memory)
    } catch (error) {
      return `the memory cannot be copied by structuredClone, so that an unfinished last event is read without it: ${thrown(error)}`
    }
    if (!isDeepStrictEqual(clone, memory))
      return `the memory is another once structuredClone has copied it: ${shown(clone)}, not ${shown(memory)}. Plain objects, arrays, Maps and Sets stay what they are, instances of a class do not`
  }
  return undefined
}

const FIRST_READS = 2_000
const MOST_READS = 64_000
const GROWTH = 1.2

/** Feeds all events, again and again, as they are and with other numbers and IDs: what grows at each doubling has no bound. */
function growthProblem(streams: readonly Stream[]): string | undefined {
  const remembering = streams.filter((stream) => stream.dialect().memory !== undefined)
  const events = remembering.flatMap(({ body }) => body.events)
  const dialect = remembering[0]?.dialect()
  if (dialect === undefined || events.length === 0) return undefined
  for (const vary of [undefined, varied]) {
    const memory = dialect.memory?.()
    const sizes: number[] = []
    let reads = 0
    for (let most = FIRST_READS; most <= MOST_READS; most *= 2) {
      for (; reads < most; reads++) {
        const event = events[reads % events.length] as ServerSentEvent
        outcomeOf(dialect, vary === undefined ? event : vary(event, reads), memory)
      }
      sizes.push(serialize(memory).length)
      const [before, now] = sizes.slice(-2)
      if (now !== undefined && before !== undefined && now < before * GROWTH) break
      if (most * 2 > MOST_READS) {
        const how = vary === undefined ? 'the same events' : 'events with ever other numbers and IDs'
        return `the memory grows without a bound: ${sizes[0]} bytes after ${FIRST_READS} events, ${sizes.at(-1)} after ${MOST_READS}, all of them ${how}. A server may send any number`
      }
    }
  }
  return undefined
}

/** Numbers in its JSON are others, and so are words that end in one, as IDs do. */
function varied({ id, event, data }: ServerSentEvent, by: number): ServerSentEvent {
  const other = data.replace(/([:[,]\s*)(\d{1,6})(?=\s*[,}\]])|(\w*\d)(?=")/g, (_, before, number, word) =>
    number === undefined ? `${word}${by}` : `${before}${Number(number) + by}`,
  )
  return {
    ...(id === undefined ? {} : { id: `${id}-${by}` }),
    ...(event === undefined ? {} : { event }),
    data: other,
  }
}
