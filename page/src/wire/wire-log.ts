import type { TraceEntry, WireLine, WireLineKind, WireLogView } from './types.ts'
import { visibleText } from './visible-text.ts'

/** More lines than this are forgotten, the oldest first. */
export const MAX_LINES = 5_000
/** What is kept of a line. */
const MAX_KEPT = 1_200
/** What is shown of it. */
const MAX_SHOWN = 400

const LF = 0x0a

interface Kept {
  readonly at: number
  readonly attempt: number
  readonly kind: WireLineKind
  /** The line as it came; decoded when it is looked at. */
  readonly raw: Uint8Array | string
  readonly bytes: number
  shown?: WireLine
}

/** The log of the wire: a ring of lines that are decoded when they are looked at. */
export interface WireLog extends WireLogView {
  /** Takes what the transport told of the attempt of this number. */
  take(entry: TraceEntry, attempt: number): void
  /** Takes what the library said. */
  note(at: number, attempt: number, kind: WireLineKind, text: string): void
}

const starts = (line: Uint8Array, word: string): boolean => {
  for (let at = 0; at < word.length; at++) if (line[at] !== word.charCodeAt(at)) return false
  const next = line[word.length]
  return next === undefined || next === 0x3a || next === 0x0d
}

/** What field it is [whatwg section 9.2.6]; `foreign`: none. */
function kindOf(line: Uint8Array): WireLineKind {
  if (line.length === 0 || (line.length === 1 && line[0] === 0x0d)) return 'blank'
  if (line[0] === 0x3a) return 'comment'
  for (const field of ['data', 'event', 'id', 'retry'] as const) if (starts(line, field)) return field
  return 'foreign'
}

/** At most so many characters, with neither control characters nor those that turn the direction of writing. */
const visible = (text: string): string =>
  visibleText(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)

const decoder = new TextDecoder()

function textOf(raw: Uint8Array | string): string {
  if (typeof raw === 'string') return visible(raw)
  const end = raw.at(-1) === 0x0d ? raw.length - 1 : raw.length
  return visible(decoder.decode(raw.subarray(0, end)))
}

const bytesInWords = (count: number): string => `${count.toLocaleString('en')} byte${count === 1 ? '' : 's'}`

export function createWireLog(): WireLog {
  const ring: Kept[] = []
  let first = 0
  let end = 0
  /** The line that has begun, without its end. */
  let pending: Uint8Array = new Uint8Array()
  let pendingBytes = 0
  let pendingSince = 0

  const push = (kept: Kept): void => {
    ring[end % MAX_LINES] = kept
    end++
    if (end - first > MAX_LINES) first++
  }
  const note: WireLog['note'] = (at, attempt, kind, text) => push({ at, attempt, kind, raw: text, bytes: 0 })
  const begin = (piece: Uint8Array, at: number): void => {
    if (pendingBytes === 0) pendingSince = at
    pendingBytes += piece.length
    const room = MAX_KEPT - pending.length
    if (room <= 0 || piece.length === 0) return
    const grown = new Uint8Array(pending.length + Math.min(room, piece.length))
    grown.set(pending)
    grown.set(piece.subarray(0, room), pending.length)
    pending = grown
  }
  const finish = (attempt: number, kind: WireLineKind): void => {
    push({ at: pendingSince, attempt, kind, raw: pending, bytes: pendingBytes })
    pending = new Uint8Array()
    pendingBytes = 0
  }
  const chunk = (bytes: Uint8Array, at: number, attempt: number): void => {
    let from = 0
    for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, from)) {
      begin(bytes.subarray(from, lf), at)
      pendingBytes++
      if (pendingBytes === 1) pendingSince = at
      finish(attempt, kindOf(pending))
      from = lf + 1
    }
    if (from < bytes.length) begin(bytes.subarray(from), at)
  }
  const over = (at: number, attempt: number, kind: WireLineKind, text: string): void => {
    if (pendingBytes > 0) finish(attempt, 'unfinished')
    note(at, attempt, kind, text)
  }

  return {
    get first() {
      return first
    },
    get end() {
      return end
    },
    slice(from, to) {
      const lines: WireLine[] = []
      for (let number = Math.max(from, first); number < Math.min(to, end); number++) {
        const kept = ring[number % MAX_LINES] as Kept
        const { at, attempt, kind, bytes } = kept
        kept.shown ??= { number, at, attempt, kind, bytes, text: textOf(kept.raw) }
        lines.push(kept.shown)
      }
      return lines
    },
    note,
    take(entry, attempt) {
      const { at } = entry
      switch (entry.type) {
        case 'request': {
          const { method, url, bodyBytes, headers } = entry.request
          const cursor = headers.find(([name]) => name === 'last-event-id')?.[1]
          const more = `${bodyBytes > 0 ? `, ${bytesInWords(bodyBytes)}` : ''}${cursor === undefined ? '' : `, Last-Event-ID: ${cursor}`}`
          note(at, attempt, 'request', `${method} ${url}${more}`)
          break
        }
        case 'connected':
          note(at, attempt, 'connected', 'connected')
          break
        case 'connecting':
          note(at, attempt, 'connected', 'a redirect: another connection')
          break
        case 'head':
          note(
            at,
            attempt,
            'head',
            `HTTP ${entry.status}${entry.contentType === undefined ? '' : `, ${entry.contentType}`}`,
          )
          break
        case 'chunk':
          chunk(entry.bytes, at, attempt)
          break
        case 'end':
          over(at, attempt, 'end', 'the body ended as its framing says it should')
          break
        case 'failure':
          over(at, attempt, 'failure', entry.failure.message)
          break
        case 'abort':
          over(at, attempt, 'abort', 'ended by the client')
          break
        case 'release':
          over(at, attempt, 'end', 'left by the client, which has all it wants')
      }
    },
  }
}
