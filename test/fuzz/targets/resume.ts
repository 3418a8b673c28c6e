import { isDeepStrictEqual } from 'node:util'
import { replay, restart } from '../../../src/index.ts'
import { parseReference } from '../../fixtures/reference-parser.ts'
import type { FuzzInput } from '../fuzz-input.ts'
import { hold, shown } from '../mismatch.ts'
import { type Expected, expectedOf } from '../model.ts'
import { DEATHS, type Death, EVENT_STREAM, play, type Request, type Response, type Seen } from '../play.ts'
import { Random } from '../random.ts'
import { wireNamed } from '../wires.ts'

const HEAD = { status: 200, header: (name: string) => EVENT_STREAM.get(name) }
const MAX_EVENTS = 24

interface Block {
  readonly id: string | undefined
  readonly bytes: Uint8Array
}

/** The events of the body, written anew: with IDs of their own, or some, or none, among comments and other noise. */
function blocksOf(body: Uint8Array, ids: 'all' | 'some' | 'none', random: Random): Block[] {
  const events = parseReference(body).entries.filter((entry) => entry.type === 'event')
  const prefix = random.pick(['', '', 'e-', 'ü'])
  const newline = random.pick(['\n', '\r\n', '\r'])
  let last = random.int(3)
  return events.slice(0, MAX_EVENTS).map(({ event, data }) => {
    const hasId = ids === 'all' || (ids === 'some' && random.chance(0.6))
    last += hasId ? 1 : 0
    const id = hasId ? `${prefix}${last}` : undefined
    const lines = data.split('\n').map((line) => `data: ${line}`)
    if (event !== undefined) lines.unshift(`event: ${event}`)
    if (id !== undefined) lines.splice(random.int(lines.length + 1), 0, `id: ${id}`)
    if (random.chance(0.1)) lines.unshift(': a comment')
    if (random.chance(0.05)) lines.unshift('retry: 5')
    return { id, bytes: Buffer.from([...lines, '', ''].join(newline)) }
  })
}

interface Cut {
  readonly share: number
  readonly death: Death
}

/** A server that breaks its first answers off, and is honest: what it sends is always the same, from where it was asked. */
function serve(
  blocks: readonly Block[],
  cuts: readonly Cut[],
  honoursCursor: boolean,
  random: Random,
  back = 0,
) {
  return ({ cursor }: Request, nth: number): Response => {
    const at = honoursCursor && cursor !== undefined ? blocks.findIndex(({ id }) => id === cursor) : -1
    // Some go back a few events, to be sure: what they send again is what they sent.
    const found = Math.max(-1, at - back)
    const body = Buffer.concat(blocks.slice(found + 1).map(({ bytes }) => bytes))
    const cut = cuts[nth]
    const kept = cut === undefined ? body : body.subarray(0, Math.floor(cut.share * body.length))
    return {
      status: 200,
      headers: EVENT_STREAM,
      body: kept,
      offsets: random.offsets(kept.length),
      death: cut?.death ?? 'clean',
    }
  }
}

const cutsOf = (random: Random): Cut[] =>
  Array.from({ length: random.int(5) }, () => ({ share: random.next(), death: random.pick(DEATHS) }))

const RETRY = { count: 12, delay: 0, jitter: 'none' } as const

/** Whatever is cut, and how often: the values are those of the whole stream, from the first on; complete only with all of them. */
export function runResume({ wire, seed, body }: FuzzInput): string {
  const random = new Random(seed)
  const dialect = wireNamed(wire)
  if (dialect.endless === true) return runFeed({ wire, seed, body, target: 'resume' })
  const way = random.pick(['cursor', 'cursor', 'cursor', 'replay', 'restart', 'never'] as const)
  // An ID in the JSON is one that this server does not know: where there are such, every event has one in its field, which goes first.
  const asksById = way === 'cursor' || way === 'never'
  const some = asksById && dialect.idOf === undefined ? (['all', 'all', 'some'] as const) : (['all'] as const)
  const ids = random.pick(asksById ? some : (['all', 'none'] as const))
  const blocks = blocksOf(body, ids, random)
  const cuts = cutsOf(random)
  const whole = expectedOf(dialect, HEAD, Buffer.concat(blocks.map(({ bytes }) => bytes)))
  const strategies = { cursor: 'auto', never: 'never', replay: replay(), restart: restart() } as const
  const back = ids === 'all' ? random.pick([0, 0, 1, 4]) : 0
  const server = serve(blocks, cuts, asksById, random, back)
  const asked: { readonly body?: object } = random.chance(0.5)
    ? { body: { background: true, stream_resumable: true } }
    : {}
  const seen = play(dialect, { ...asked, retry: RETRY, resume: strategies[way] as never }, server)
  if (isAmbiguous(whole)) return `ambiguous ${seen.completed} ${seen.error?.code}`
  checkWhole(whole, seen, dialect.isWhole !== undefined)
  // A POST that sends what the first event was is taken for one that was carried out again.
  const isSurvivable = ids === 'all' && way === 'cursor' && asked.body === undefined && hasPlainDeaths(cuts)
  const asksByHeader = dialect.resume === undefined && dialect.memory === undefined
  if (isSurvivable && asksByHeader && whole.end === 'done')
    hold(seen.completed, 'with an ID on every event any cut is survived', () => shown(seen))
  return `${way} ${ids} ${cuts.length} ${whole.end} ${seen.completed} ${seen.error?.code} ${seen.requests.length}`
}

/**
 * An event whose first lines alone are JSON, or the marker: cut behind them it cannot be told from one whose blank line is missing,
 * and what followed would have made it another, or none.
 */
const isAmbiguous = ({ reference }: Expected): boolean =>
  reference.entries.some((entry) => {
    if (entry.type !== 'event') return false
    if (/^\s*\[DONE\]\s*\S/.test(entry.data)) return true
    const lines = entry.data.split('\n')
    return lines.slice(1).some((_, nth) => isJson(lines.slice(0, nth + 1).join('\n')))
  })

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A broken coding is not tried again. */
const hasPlainDeaths = (cuts: readonly Cut[]): boolean => cuts.every(({ death }) => death !== 'encoding')

/** @param mayEndEarly - its wire has no marker, and a rule instead that cannot see every cut */
function checkWhole(
  whole: Expected,
  { standing, completed, error, requests }: Seen,
  mayEndEarly: boolean,
): void {
  const how = (): string =>
    shown({
      whole: whole.values,
      got: standing,
      completed,
      error,
      cursors: requests.map(({ cursor }) => cursor),
    })
  hold(
    isDeepStrictEqual(standing, whole.values.slice(0, standing.length)),
    'the values are those of the whole stream, none lost, doubled or mixed',
    how,
  )
  if (!completed) return
  const isAll = standing.length === whole.values.length
  hold(isAll || mayEndEarly, 'complete only with all of the values', how)
  hold(whole.end === 'done' || mayEndEarly, 'complete only by the end marker', how)
}

/** An endless feed: the end of a response is a reason to ask again, 204 its end. */
function runFeed({ wire, seed, body }: FuzzInput): string {
  const random = new Random(seed + 1)
  const dialect = wireNamed(wire)
  const blocks = blocksOf(body, 'all', random)
  const cuts = cutsOf(random).filter(({ death }) => death !== 'encoding')
  const whole = expectedOf(dialect, HEAD, Buffer.concat(blocks.map(({ bytes }) => bytes)))
  const server = serve(blocks, cuts, true, random)
  const seen = play(dialect, { timeout: { idle: 1_000 } as never }, (request, nth) =>
    nth <= cuts.length
      ? server(request, nth)
      : { status: 204, headers: new Map(), body: Buffer.alloc(0), offsets: [], death: 'clean' },
  )
  const how = (): string => shown({ whole: whole.values, got: seen.standing, seen })
  hold(
    isDeepStrictEqual(seen.standing, whole.values.slice(0, seen.standing.length)),
    'the values of a feed are its own, none lost, doubled or mixed',
    how,
  )
  if (whole.end === 'open') {
    hold(seen.completed, '204 completes a feed', how)
    hold(seen.standing.length === whole.values.length, 'a feed is read on where it was left', how)
  }
  return `feed ${cuts.length} ${whole.end} ${seen.completed} ${Math.min(5, seen.standing.length)}`
}

const STATUSES = [
  200, 200, 200, 200, 200, 204, 206, 301, 400, 401, 408, 409, 413, 418, 429, 500, 502, 503, 529, 599,
]
const NAMES = [
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-request-id',
  'x-ratelimit-reset',
  'x-ratelimit-remaining',
  'location',
  'mcp-session-id',
]
const TYPES = [
  'text/event-stream',
  'text/event-stream; charset=utf-8',
  'TEXT/EVENT-STREAM;',
  'application/json',
  'text/html',
  'text/event-streams',
]

/** A server that answers anything to anything: the promise still holds, and no event is delivered twice. */
export function runHostile({ wire, seed, body }: FuzzInput): string {
  const random = new Random(seed)
  const dialect = wireNamed(wire)
  const bytes = Buffer.from(body)
  const splits = Array.from({ length: random.int(4) }, () => random.int(bytes.length + 1)).sort(
    (a, b) => a - b,
  )
  const pieces = [...splits, bytes.length].map((to, nth) => bytes.subarray(splits[nth - 1] ?? 0, to))
  const responses = pieces.map((piece): Response => {
    const status = random.pick(STATUSES)
    const headers = new Map<string, string>()
    if (random.chance(0.95))
      headers.set('content-type', random.chance(0.8) ? (TYPES[0] as string) : random.pick(TYPES))
    for (const name of NAMES) if (random.chance(0.08)) headers.set(name, headerValue(piece, random))
    return { status, headers, body: piece, offsets: random.offsets(piece.length), death: random.pick(DEATHS) }
  })
  const seen = play(
    dialect,
    {
      retry: { count: random.int(4), delay: random.pick([0, 100]), maxDelay: 60_000 },
      timeout: { connect: 0, first: 0, idle: 1_000, stall: 0, total: random.pick([600_000, 1_500]) } as never,
      resume: random.pick(['auto', 'auto', 'never', replay(), restart()]) as never,
      ...(random.chance(0.2) ? { method: 'POST', body: '{}' } : {}),
      ...(random.chance(0.2) ? { lastEventId: '3' } : {}),
      ...(random.chance(0.2) ? { maxEventSize: 64 } : {}),
      ...(random.chance(0.2) ? { maxErrorBody: 16 } : {}),
    },
    (_request, nth) => responses[nth] ?? (responses.at(-1) as Response),
    () => random.next(),
  )
  return `${seen.signals.length > 9 ? 9 : seen.signals.length} ${seen.completed} ${seen.error?.code} ${seen.error?.kind} ${Math.min(4, seen.values.length)}`
}

const VALUES = [
  '0',
  '1',
  '30',
  '99999999999999',
  '-1',
  '1.5',
  'Fri, 31 Dec 9999 23:59:59 GMT',
  'true',
  'false',
  '1e9',
  '/runs/1',
  '2s',
  '',
]

function headerValue(piece: Uint8Array, random: Random): string {
  if (random.chance(0.7)) return random.pick(VALUES)
  // What a parser of HTTP lets through: no control characters.
  return Buffer.from(piece.subarray(0, 40))
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
}
