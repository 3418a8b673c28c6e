import { dialectNamed } from './dialects.ts'
import { type Dialect, eventStreamSignals, isSseError, type StreamSignal, type Transport } from './library.ts'
import type { DialectName, FixtureFile, TraceEntry } from './types.ts'

/** Most bytes that are kept of a response, and of all together. */
const MAX_RESPONSE = 4 * 1024 * 1024
const MAX_ALL = 16 * 1024 * 1024

interface Recorded {
  readonly chunks: Uint8Array[]
  bytes: number
  cut: boolean
}

/** Keeps the bodies of the responses that are event streams. */
export interface FixtureRecorder {
  take(entry: TraceEntry): void
  fixtures(name: string): Promise<readonly FixtureFile[]>
}

const isEventStream = (contentType: string | undefined): boolean =>
  /^text\/event-stream\s*(?:;|$)/i.test(contentType ?? '')

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

const LF = 0x0a

/** The lines of a body, each with its end. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, from)) {
    yield bytes.subarray(from, at + 1)
    from = at + 1
  }
  if (from < bytes.length) yield bytes.subarray(from)
}

/** Plays a body line by line, then ends it cleanly; knows the last line that was wanted. */
class Playback implements Transport {
  readonly name = 'playback'
  /** The line that ended the stream. */
  endLine: string | undefined
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  send(_: unknown, sink: Parameters<Transport['send']>[1]): ReturnType<Transport['send']> {
    let over = false
    const stop = (): void => {
      over = true
    }
    const play = (): void => {
      sink.onConnected()
      sink.onHead({
        status: 200,
        header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
      })
      let said = ''
      for (const line of linesOf(this.#bytes)) {
        if (over) break
        const text = new TextDecoder().decode(line).trimEnd()
        if (text !== '') said = text
        sink.onChunk(line)
        if (over) this.endLine = said
      }
      if (!over) sink.onEnd()
    }
    queueMicrotask(play)
    // What is paused here has come all the same: it is in memory.
    return { pause: () => {}, resume: () => {}, abort: stop, release: stop }
  }
}

/** The fields of an error that a fixture states. */
function outcomeOf(error: unknown): object | undefined {
  if (!isSseError(error)) return undefined
  const { kind, code, message, retryable } = error
  if (error.kind !== 'stream_terminated') return { kind, code, message, retryable }
  const { reason, leftover } = error
  return { kind, code, reason, ...(leftover === undefined ? {} : { leftover }) }
}

interface Played {
  readonly signals: readonly StreamSignal<unknown>[]
  readonly outcome: unknown
  /** The line that ended the stream: its end marker, or an error. */
  readonly end: string | undefined
}

/** What comes of a body that ends cleanly after its last byte, by the library's own word. */
function play(bytes: Uint8Array, dialect: Dialect<unknown>): Promise<Played> {
  const transport = new Playback(bytes)
  const signals: StreamSignal<unknown>[] = []
  const url = 'http://recorded.invalid/'
  return new Promise((resolve) => {
    const over = (outcome: unknown): void => resolve({ signals, outcome, end: transport.endLine })
    eventStreamSignals(url, { transport, dialect, retry: false, resume: 'never' }).subscribe({
      next: (signal) => signals.push(signal),
      complete: () => queueMicrotask(() => over('complete')),
      error: (error: unknown) => queueMicrotask(() => over(outcomeOf(error) ?? null)),
    })
  })
}

/** The reconnection time that a body asks for last [whatwg section 9.2.6]. */
const retryOf = (bytes: Uint8Array): number | undefined => {
  const last = [...new TextDecoder().decode(bytes).matchAll(/^retry: ?(\d+)\r?$/gm)].at(-1)
  return last === undefined ? undefined : Number(last[1])
}

async function fixtureOf(
  bytes: Uint8Array,
  {
    name,
    source,
    dialect,
  }: { readonly name: string; readonly source: string; readonly dialect: DialectName },
): Promise<string> {
  const { signals, outcome, end } = await play(bytes, dialectNamed(dialect).make())
  const cursors = signals.flatMap((signal) =>
    signal.type === 'value' || signal.type === 'cursor' ? [signal.lastEventId] : [],
  )
  const lastEventId = cursors.findLast((id) => id !== undefined)
  const retry = retryOf(bytes)
  const json = {
    source: `recorded: ${source}`,
    shows: `${name}, on the wire ${dialect}`,
    values: signals.flatMap((signal) => (signal.type === 'value' ? [signal.value] : [])),
    outcome,
    ...(lastEventId === undefined ? {} : { lastEventId }),
    ...(end === undefined ? {} : { end }),
    ...(retry === undefined ? {} : { retry }),
  }
  return `${JSON.stringify(json, null, 2)}\n`
}

/**
 * Keeps the bodies of event streams, as they came, coding undone.
 *
 * Keeps neither the request nor a header of the response. What a server says in its events is in the fixture: look through it
 * before you hand it on.
 *
 * @param source - where they come from, in words: the host, say
 */
export function fixtureRecorder(dialect: DialectName, source: string): FixtureRecorder {
  const responses: Recorded[] = []
  let open: Recorded | undefined
  let kept = 0
  const keep = (bytes: Uint8Array): void => {
    if (open === undefined) return
    if (open.cut || open.bytes + bytes.length > MAX_RESPONSE || kept + bytes.length > MAX_ALL) {
      open.cut = true
      return
    }
    open.chunks.push(bytes)
    open.bytes += bytes.length
    kept += bytes.length
  }
  return {
    take(entry) {
      if (entry.type === 'request') open = undefined
      else if (entry.type === 'chunk') keep(entry.bytes)
      else if (entry.type === 'head' && entry.status === 200 && isEventStream(entry.contentType)) {
        open = { chunks: [], bytes: 0, cut: false }
        responses.push(open)
      }
    },
    fixtures: (name) =>
      Promise.all(
        responses.map(async ({ chunks, cut }, index) => {
          const sse = joined(chunks)
          const own = index === 0 ? name : `${name}.${index + 1}`
          return { name: own, sse, cut, json: await fixtureOf(sse, { name: own, source, dialect }) }
        }),
      ),
  }
}
