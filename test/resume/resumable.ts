import { type Dialect, rawEvents } from '../../src/index.ts'
import { type Fixture, fixtures } from '../fixtures/fixture.ts'
import { oracleOf } from '../fixtures/oracle.ts'
import { parseReference, type ReferenceEvent } from '../fixtures/reference-parser.ts'

/** A piece of a stream that ends with a blank line, or with the stream. */
export interface Block {
  readonly bytes: Buffer
  /** The ID by which a server finds it again. */
  readonly id: string | undefined
  /** Whether a consumer gets it; no ping, comment or marker. */
  readonly isValue: boolean
}

/** A whole stream, every value of which has an ID of its own. */
export interface Resumable {
  /** The fixture's name, and how it got its IDs. */
  readonly name: string
  readonly dialectName: string
  readonly endless: boolean
  readonly blocks: readonly Block[]
  readonly values: readonly unknown[]
  readonly length: number
  /** From so many bytes on the stream is known to be whole, whatever becomes of the connection. */
  readonly provedAt: number
  /** A cut after at most so many bytes leaves the end marker, or on an endless feed a value, to come. */
  readonly lastOpenCut: number
  dialect(): Dialect<unknown>
}

/** What the inserted IDs look like: a client must not care. */
const idStyles = {
  counting: (n: number) => String(n),
  descending: (n: number) => String(1_000 - n),
  opaque: (n: number) => `evt_${((n * 7_919) % 100_003).toString(36)}`,
  utf8: (n: number) => `żółw-🐢-${n}`,
} as const

type IdStyle = keyof typeof idStyles

/** How a fixture without IDs gets them: a line in each of its blocks. */
interface Numbering {
  readonly style: IdStyle
  /** The first line of a block, or the last before the blank one. */
  readonly line: 'first' | 'last'
  /** Whether what is no value (a ping, `[DONE]`) is numbered too. */
  readonly pings: boolean
}

const LF = 0x0a
const CR = 0x0d
const BOM = [0xef, 0xbb, 0xbf]

const hasBom = (bytes: Uint8Array): boolean => BOM.every((byte, index) => bytes[index] === byte)

/** Where the blocks end: after each blank line, its CRLF taken for one line end; and at the end. */
function blockEnds(bytes: Uint8Array): number[] {
  const ends: number[] = []
  let lineStart = hasBom(bytes) ? BOM.length : 0
  for (let at = lineStart; at < bytes.length; at++) {
    if (bytes[at] !== LF && bytes[at] !== CR) continue
    const isBlank = at === lineStart
    if (bytes[at] === CR && bytes[at + 1] === LF) at++
    lineStart = at + 1
    if (isBlank) ends.push(lineStart)
  }
  return ends.at(-1) === bytes.length ? ends : [...ends, bytes.length]
}

const eventsOf = (bytes: Uint8Array): ReferenceEvent[] =>
  parseReference(bytes).entries.filter((entry) => entry.type === 'event')

/** Which of a fixture's events are its values. */
function valueIndices(fixture: Fixture): Set<number> {
  const events = eventsOf(fixture.bytes)
  const { valueAt } = oracleOf(fixture)
  return new Set(valueAt.map((dispatchedAt) => events.findIndex(({ at }) => at === dispatchedAt)))
}

/** The fixture with an `id` line in each block whose event has none yet; nothing else of its bytes is changed. */
function numbered(fixture: Fixture, { style, line, pings }: Numbering): Buffer {
  const { bytes } = fixture
  const events = eventsOf(bytes)
  const values = valueIndices(fixture)
  const pieces: Uint8Array[] = []
  let start = 0
  let n = 0
  for (const end of blockEnds(bytes)) {
    const index = events.findIndex(({ at }) => at > start && at <= end)
    const block = Buffer.from(bytes.subarray(start, end))
    const isNumbered = index !== -1 && (pings || values.has(index)) && events[index]?.id === undefined
    pieces.push(...(isNumbered ? withId(block, idStyles[style](++n), line, start === 0) : [block]))
    start = end
  }
  return Buffer.concat(pieces)
}

function withId(block: Buffer, id: string, line: Numbering['line'], isFirst: boolean): Buffer[] {
  const text = block.toString('latin1')
  const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? '\n'
  const blank = /(?<=[\r\n])(?:\r\n|\r|\n)$/.exec(text)?.index ?? block.length
  const at = line === 'last' ? blank : isFirst && hasBom(block) ? BOM.length : 0
  return [block.subarray(0, at), Buffer.from(`id: ${id}${lineEnd}`), block.subarray(at)]
}

/**
 * The stream of a fixture, with its own IDs or, given a numbering, with those and inserted ones. Nothing for one that
 * does not end well, or whose values do not have an ID each: it cannot be resumed from everywhere.
 */
function resumable(fixture: Fixture, numbering?: Numbering): Resumable | undefined {
  const endless = fixture.dialectName === 'event-source'
  if (fixture.outcome !== 'complete' && !endless) return undefined
  const indices = valueIndices(fixture)
  const bytes = numbering === undefined ? Buffer.from(fixture.bytes) : numbered(fixture, numbering)
  const events = eventsOf(bytes)
  const ids = idsIn(bytes).map(({ id }) => id)
  const isUnique = new Set(ids).size === ids.length && !ids.includes('')
  if (!isUnique || ![...indices].every((index) => events[index]?.id !== undefined)) return undefined
  const isPlain = endless || fixture.dialectName === 'raw'
  const values = isPlain
    ? [...indices].map((index) => plainValue(events[index] as ReferenceEvent))
    : fixture.values
  const proved = provedAt({ ...fixture, bytes, values })
  const lastValueAt = Math.max(0, ...[...indices].map((index) => events[index]?.at ?? 0))
  return {
    name: numbering === undefined ? fixture.name : `${fixture.name}/${Object.values(numbering).join('-')}`,
    dialectName: fixture.dialectName,
    endless,
    blocks: blocksOf(bytes, events, indices),
    values,
    length: bytes.length,
    provedAt: proved,
    lastOpenCut: (endless ? lastValueAt : proved) - 1,
    dialect: fixture.dialect,
  }
}

/** Also of blocks that have nothing else. */
const idsIn = (bytes: Uint8Array): { readonly at: number; readonly id: string }[] =>
  parseReference(bytes).entries.flatMap((entry) =>
    (entry.type === 'event' || entry.type === 'id') && entry.id !== undefined
      ? [{ at: entry.at, id: entry.id }]
      : [],
  )

const plainValue = ({ id, event, data }: ReferenceEvent): unknown =>
  event === undefined ? { id, data } : { id, event, data }

function blocksOf(bytes: Buffer, events: readonly ReferenceEvent[], values: ReadonlySet<number>): Block[] {
  const ids = idsIn(bytes)
  const blocks: Block[] = []
  let start = 0
  for (const end of blockEnds(bytes)) {
    const isHere = ({ at }: { readonly at: number }): boolean => at > start && at <= end
    const isValue = values.has(events.findIndex(isHere))
    blocks.push({ bytes: bytes.subarray(start, end), id: ids.find(isHere)?.id, isValue })
    start = end
  }
  return blocks
}

/** The marker counts as soon as its line is whole, without its line end even. */
function provedAt(fixture: Fixture): number {
  const { end, wholeAt } = oracleOf(fixture)
  if (fixture.outcome !== 'complete') return Number.POSITIVE_INFINITY
  const line = fixture.end?.trimEnd() ?? ''
  return Math.min(wholeAt, end === undefined ? wholeAt : end.begin + Buffer.byteLength(line))
}

/** Whose IDs go back in `Last-Event-ID`, and nothing else: what a dialect asks for by itself has tests of its own. */
const ofPlainWires = fixtures.filter((fixture) => fixture.dialect().resume === undefined)

/** Fixtures whose values all have IDs of their own, as they are. */
export const withOwnIds: readonly Resumable[] = ofPlainWires.flatMap((fixture) => {
  const stream = resumable(fixture)
  return stream === undefined || stream.values.length === 0 ? [] : [stream]
})

const NUMBERINGS: readonly Numbering[] = (Object.keys(idStyles) as IdStyle[]).flatMap((style) =>
  (['first', 'last'] as const).flatMap((line) => [true, false].map((pings) => ({ style, line, pings }))),
)

/** Every fixture that is whole, by its name, each in all the ways in which it can be given IDs. */
export const withInsertedIds: ReadonlyMap<string, readonly Resumable[]> = new Map(
  ofPlainWires
    .map((fixture) => {
      const all = NUMBERINGS.flatMap((numbering) => resumable(fixture, numbering) ?? [])
      return [fixture.name, all] as const
    })
    .filter(
      ([name, all]) =>
        all.some(({ values }) => values.length > 0) && !withOwnIds.some((own) => own.name === name),
    ),
)

/** One of them. */
export function inserted(fixtureName: string, style: IdStyle, line: Numbering['line']): Resumable {
  const fixture = fixtures.find(({ name }) => name === fixtureName)
  const stream = fixture && resumable(fixture, { style, line, pings: true })
  if (stream === undefined) throw new Error(`${fixtureName} cannot be given IDs`)
  return stream
}

/** Longer than any fixture: to go far back in. */
export function longStream(length: number): Resumable {
  const all = Array.from({ length }, (_, index) => ({ id: idStyles.opaque(index), data: `token ${index}` }))
  const blocks = all.map(({ id, data }) => ({
    bytes: Buffer.from(`id: ${id}\ndata: ${data}\n\n`),
    id,
    isValue: true,
  }))
  const before = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const marker = Buffer.from('data: [DONE]\n\n')
  const proved = before + marker.length - '\n\n'.length
  return {
    name: `${length} events`,
    dialectName: 'raw',
    endless: false,
    blocks: [...blocks, { bytes: marker, id: undefined, isValue: false }],
    values: all,
    length: before + marker.length,
    provedAt: proved,
    lastOpenCut: proved - 1,
    dialect: rawEvents,
  }
}
