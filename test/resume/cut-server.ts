import { isDeepStrictEqual } from 'node:util'
import type { Dispatcher } from 'undici'
import { fromEventStream } from '../../src/index.ts'
import type { Coding, FaultServerOptions, Framing } from '../../src/testing/index.ts'
import type { LoadedAnswer } from '../../src/testing/load-fixtures.ts'
import { startRoutedServer } from '../../src/testing/server.ts'
import { collect } from '../fixtures/collect.ts'
import type { Seen } from '../fixtures/oracle.ts'
import { parseReference } from '../fixtures/reference-parser.ts'
import type { Death } from './deaths.ts'
import type { Block, Resumable } from './resumable.ts'

/** How one answer is broken off. */
export interface Cut {
  readonly death: Death
  /** Bytes of the answer's body; given the last place that leaves something to come. */
  place(lastOpenCut: number): number
  readonly framing?: Framing
  readonly coding?: Coding | undefined
  readonly writeSize?: readonly number[] | undefined
}

export interface Script {
  readonly stream: Resumable
  /** Of the first answer, the second, …; the one after them is whole. */
  readonly cuts: readonly Cut[]
  /** What a request with the cursor of this block gets (-1: without one). Default: what comes after it. */
  rest?(found: number): readonly Block[]
}

/** What was asked, and what was answered. */
export interface Outcome {
  readonly seen: Seen
  /** `Last-Event-ID` of each request. */
  readonly cursors: readonly (string | undefined)[]
  /** The bytes of the stream in each answer. */
  readonly sent: readonly Uint8Array[]
}

export interface CutServer {
  /** The certificate to trust, over TLS. */
  readonly certificate: string | undefined
  /** Open connections, now. */
  readonly connections: number
  /** Requests that came after their stream had ended. */
  readonly strays: readonly string[]
  /** One subscription, and all the requests that it makes. */
  run(script: Script, dispatcher: Dispatcher): Promise<Outcome>
  close(): Promise<void>
}

/** Far above what a busy machine is late by. */
const NEVER_MS = 60_000
/** The server writes all that it has at once: who is silent for that long has stalled. */
const IDLE_MS = 600

/**
 * The fault server, with answers that depend on the request's cursor: it goes on after the event that `Last-Event-ID`
 * names, and from the beginning where there is none. A feed that has nothing more is over: 204 [whatwg].
 */
export async function startCutServer(options: FaultServerOptions): Promise<CutServer> {
  const runs = new Map<string, (cursor: string | undefined) => LoadedAnswer>()
  const strays: string[] = []
  let count = 0
  const server = await startRoutedServer(({ url, headers }) => {
    const answer = runs.get(url)
    if (answer === undefined) strays.push(url)
    return {
      answer: () => ({
        scenario: { answers: [answer?.(cursorOf(headers['last-event-id'])) ?? { status: 404 }] },
        ordinal: 0,
      }),
    }
  }, options)
  return {
    certificate: server.certificate,
    get connections() {
      return server.connections
    },
    strays,
    async run(script, dispatcher) {
      const path = `/${count++}`
      const cursors: (string | undefined)[] = []
      const sent: Uint8Array[] = []
      runs.set(path, (cursor) => {
        const cut = script.cuts[cursors.length]
        cursors.push(cursor)
        return answerTo(script, cursor, cut, sent)
      })
      const { stream, cuts } = script
      const seen = await collect(
        fromEventStream(`${server.url}${path}`, {
          dialect: stream.dialect(),
          dispatcher,
          retry: { count: 30, delay: 0, maxDelay: 1, jitter: 'none' },
          timeout: { first: NEVER_MS, idle: cuts.some(({ death }) => death.isSilent) ? IDLE_MS : NEVER_MS },
        }),
      )
      runs.delete(path)
      return { seen, cursors, sent }
    },
    close: () => server.close(),
  }
}

/** [whatwg] sends the ID as UTF-8, and Node reads every header as Latin-1. */
const cursorOf = (header: string | string[] | undefined): string | undefined =>
  header === undefined
    ? undefined
    : new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(String(header), 'latin1'))

function answerTo(
  { stream, rest }: Script,
  cursor: string | undefined,
  cut: Cut | undefined,
  sent: Uint8Array[],
): LoadedAnswer {
  const found = cursor === undefined ? -1 : stream.blocks.findIndex(({ id }) => id === cursor)
  const blocks = rest?.(found) ?? stream.blocks.slice(found + 1)
  if (stream.endless && !blocks.some(({ isValue }) => isValue)) return { status: 204 }
  const body = Buffer.concat(blocks.map(({ bytes }) => bytes))
  if (cut === undefined) {
    sent.push(body)
    return { fixture: body }
  }
  const { death, framing, coding, writeSize } = cut
  const wanted = cut.place(stream.lastOpenCut - stream.length + body.length)
  const { at, next } = death.isInBand ? boundaryBefore(blocks, wanted) : { at: wanted, next: undefined }
  sent.push(body.subarray(0, at))
  const strike = death.strike({ stream, at, nextId: next?.id })
  const how = { ...(coding && { coding }), ...(writeSize && { writeSize }) }
  if ('says' in strike)
    return { ...how, fixture: Buffer.concat([body.subarray(0, at), Buffer.from(strike.says)]) }
  const isFree = strike.type !== 'short-content-length' && strike.type !== 'bad-chunk-size'
  return { ...how, ...(isFree && framing && { framing }), fixture: body, fault: strike }
}

/** The last place between two blocks, and the block after it. */
function boundaryBefore(blocks: readonly Block[], wanted: number): { at: number; next: Block | undefined } {
  let at = 0
  for (const next of blocks) {
    if (at + next.bytes.length > wanted) return { at, next }
    at += next.bytes.length
  }
  return { at, next: undefined }
}

/** The first way in which a stream was not delivered as if it had never been cut, or nothing. */
export function flawOf({ stream, cuts }: Script, { seen, cursors, sent }: Outcome): string | undefined {
  for (const [index, cursor] of cursors.entries()) {
    const due = cursorsAfter(stream, sent.slice(0, index))
    if (!due.includes(cursor))
      return `request ${index + 1} had the cursor ${shown(cursor)}, not ${due.map(shown).join(' or ')}`
  }
  const { values, error, completed } = seen
  if (error !== undefined) return `it ended with ${error.code} (${error.message})`
  if (!completed) return 'it did not complete'
  const wrong = stream.values.findIndex((value, index) => !isDeepStrictEqual(values[index], value))
  if (wrong !== -1) return `value ${wrong + 1} is ${shown(values[wrong])}, not ${shown(stream.values[wrong])}`
  if (values.length !== stream.values.length) return `${values.length} values, not ${stream.values.length}`
  const due = requestsDue(stream, sent.slice(0, cuts.length))
  return cursors.length === due ? undefined : `${cursors.length} requests, not ${due}`
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'none'

/**
 * Which cursors a request may have after these answers, by the reference parser: the last value's; or that of a block
 * without a value (a ping) behind it, since to have passed it loses nothing.
 */
function cursorsAfter({ blocks }: Resumable, sent: readonly Uint8Array[]): (string | undefined)[] {
  const seen = sent
    .flatMap((bytes) => parseReference(bytes).entries)
    .flatMap((entry) => (entry.type === 'event' || entry.type === 'id' ? [entry.id] : []))
    .map((id) => (id === undefined ? -1 : blocks.findIndex((block) => block.id === id)))
  const last = Math.max(-1, ...seen.filter((index) => blocks[index]?.isValue))
  const passed = seen.filter((index) => index > last)
  return [...new Set([last, ...passed])].map((index) => blocks[index]?.id)
}

/** One for each answer that was cut, and one for the rest; a feed is asked once more, unless nothing was left for that. */
function requestsDue(stream: Resumable, cut: readonly Uint8Array[]): number {
  if (cut.some((bytes) => bytes.length >= stream.provedAt)) return cut.length
  const { id } = stream.blocks.findLast(({ isValue }) => isValue) as Block
  const [last] = cursorsAfter(stream, cut)
  return cut.length + (stream.endless && last !== id ? 2 : 1)
}
