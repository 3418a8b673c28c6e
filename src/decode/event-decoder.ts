import type { EventSourceMessage, ParseError } from 'eventsource-parser'
import { preview } from '../errors/failure.ts'
import { HeldLine } from './held-line.ts'
import { borrowParser, giveBack, type LentParser, type ParserHandler } from './lent-parser.ts'
import { endOfFirstLine, endOfLastLine, endsEvent, isField, splitField, startOfLongLine } from './lines.ts'
import { decodeLines, decodeRest } from './utf8.ts'

/** Takes what the decoder finds. Any of them may call {@link EventDecoder.stop}. */
export interface DecodeHandler {
  /**
   * Whole lines, before what they hold is told.
   *
   * @param isFresh - no event is unfinished: all that the next events are made of is in these lines, and in those that follow
   */
  onLines?(lines: string, isFresh: boolean): void
  /** A whole event. `message.id` is its own `id` field, if it had one. */
  onEvent(message: EventSourceMessage): void
  /** A block with an `id` but without data: no event, yet its id counts [whatwg]. */
  onIdOnly(id: string): void
  /** A valid `retry` field, in milliseconds. */
  onRetry(ms: number): void
  /** A whole line with a field name that the format does not know. */
  onUnknownField(field: string, value: string): void
  /** An event, or a line of one, outgrew the limit. The decoder has stopped. */
  onTooLarge(): void
}

/** What stood undispatched when the body ended. */
export interface Leftover {
  /** `character`: inside a UTF-8 sequence; `event`: inside an event; `text`: foreign text only. */
  readonly cut: 'character' | 'event' | 'text'
  /** The unfinished event, as if its blank line had come; only if it has data. An `event` or `id` line that was cut is left out. */
  readonly event: EventSourceMessage | undefined
  /** An unfinished line with a field name that the format does not know. */
  readonly field: { readonly name: string; readonly value: string } | undefined
  /** The last line has no line end: it may have been longer. */
  readonly isOpen: boolean
  /** All that stands behind the last event and belongs to none, up to 16 Ki characters. */
  readonly rest: string
  /** There is something in it that is neither the beginning of a field nor a comment: not the server's own, as likely as not. */
  readonly isForeign: boolean
  readonly preview: string
}

/** Nothing was held. */
const NOTHING = ['', ''] as const

const withoutBom = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)

/** What the last feed of all brings to light. */
interface Found {
  event: EventSourceMessage | undefined
  field: Leftover['field']
}

/** Thrown through the parser to abandon the rest of a chunk. */
const STOP: unique symbol = Symbol('stop')

const PROBE = '\u0001rx-sse-end\u0001'
const SLACK = 64
const REST_KEPT = 16_384
/** Lines that are no field. */
const TOLERATED = 32

/**
 * Bytes to events: UTF-8 over any chunking, then eventsource-parser.
 *
 * Only whole lines are handed to the parser. It drops an unfinished line early when no field can come of
 * it, without telling; held back here, `error: {…}` (an in-band error of old llama.cpp servers) is seen
 * however it is cut, and what is left over at the end is known to the byte.
 */
export class EventDecoder implements ParserHandler {
  readonly #handler: DecodeHandler
  readonly #limit: number
  #begun = false
  /** While an event is unfinished, or being fed. */
  #parser: LentParser | undefined
  /** What the chunk holds are events that can be told as they come. */
  #isPlain = false
  /** Of itself alone it holds no event that is too large. */
  #isShort = false
  #line: HeldLine | undefined
  #noise = ''
  /** Lines that were no field. */
  #foreign = 0
  #idOfBlock: string | undefined
  #stopped = false
  #finishing: Found | undefined

  constructor(handler: DecodeHandler, limit: number) {
    this.#handler = handler
    this.#limit = limit
  }

  /** Ends all decoding, at once: what else the current chunk holds is not looked at. */
  stop(): void {
    this.#stopped = true
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped || chunk.length === 0) return
    const end = endOfLastLine(chunk)
    if (end === 0) {
      this.#hold(chunk)
      return
    }
    let start = 0
    if (this.#line !== undefined) {
      // Only the line that was held is joined: to join it with all of a chunk would copy the chunk.
      start = endOfFirstLine(chunk)
      this.#line.add(chunk.subarray(0, start))
      const line = this.#textOf(this.#line.bytes)
      this.#line = undefined
      this.#feed(line)
      if (this.#stopped) return
    }
    if (start < end)
      this.#feed(this.#textOf(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end)))
    if (end < chunk.length && !this.#stopped) this.#hold(chunk.subarray(end))
  }

  /** Decoded before it is cut, and not after: a slice of a text takes a half more to go through than a text of its own. */
  #textOf(lines: Uint8Array): string {
    const text = decodeLines(lines)
    if (this.#begun) return text
    this.#begun = true
    return withoutBom(text)
  }

  /** The body has ended: what was left over, or nothing if it ended after a blank line. */
  finish(): Leftover | undefined {
    if (this.#stopped) return undefined
    const [rest, cutCharacter] = this.#line === undefined ? NOTHING : decodeRest(this.#line.bytes)
    const line = (this.#begun ? rest : withoutBom(rest)) + cutCharacter
    const noise = this.#noise
    if (this.#parser === undefined && line === '' && noise === '') {
      this.#stopped = true
      return undefined
    }
    const found: Found = { event: undefined, field: undefined }
    this.#finishing = found
    // A probing data line makes the parser show a block that has an event type or an id but no data yet.
    this.#feed(`${line === '' ? '' : `${line}\n`}data:${PROBE}\n\n`)
    this.#stopped = true
    const event = withoutProbe(found.event)
    const isFieldOf = /^(?:(?:d|da|dat|e|ev|eve|even|i|r|re|ret|retr)$|(?:data|event|id|retry)(?:$|:))/.test(
      line,
    )
    if (event === undefined && !isFieldOf && line === '' && noise === '') return undefined
    const cutType = /^(?:e|ev|eve|even)$|^event(?::|$)/.test(line)
    return {
      cut: cutCharacter !== '' ? 'character' : event !== undefined || isFieldOf ? 'event' : 'text',
      event:
        event?.data === undefined
          ? undefined
          : {
              id: /^id?(?::|$)/.test(line) ? undefined : event.id,
              event: cutType ? undefined : event.event,
              data: event.data,
            },
      field: found.field,
      isOpen: line !== '',
      rest: event === undefined ? noise + line : '',
      isForeign: event === undefined && (noise !== '' || !(isFieldOf || line === '' || line[0] === ':')),
      preview: preview(event === undefined ? (noise + line).trim() : render(event, line)),
    }
  }

  #hold(piece: Uint8Array): void {
    if (this.#line === undefined) this.#line = new HeldLine(piece, !this.#begun)
    else this.#line.add(piece)
    if (this.#line.exceeds(this.#limit + SLACK)) this.#tooLarge()
  }

  #feed(lines: string): void {
    // The parser measures a line only if it comes in pieces; how a stream is cut must not decide what it may hold.
    const tooLong = lines.length > this.#limit + SLACK ? startOfLongLine(lines, this.#limit + SLACK) : -1
    this.#parse(tooLong === -1 ? lines : lines.slice(0, tooLong))
    if (tooLong !== -1 && !this.#stopped && this.#finishing === undefined) this.#tooLarge()
  }

  #parse(lines: string): void {
    this.#isShort = lines.length <= this.#limit && this.#finishing === undefined
    this.#isPlain = this.#isShort && this.#parser === undefined && this.#noise === ''
    this.#handler.onLines?.(lines, this.#parser === undefined)
    const parser = this.#parser ?? borrowParser(this, this.#limit + SLACK)
    this.#parser = parser
    let isAbandoned = false
    try {
      if (this.#foreign < TOLERATED) parser.feed(lines)
      else this.#parseApart(parser, lines)
      if (this.#idOfBlock !== undefined) this.#idOnly()
    } catch (error) {
      if (error !== STOP) throw error
      isAbandoned = true
    }
    // Also one that was abandoned at the last look of all: it would refuse the next stream.
    if (isAbandoned || this.#stopped) parser.reset()
    else if (!endsEvent(lines)) return
    this.#parser = undefined
    giveBack(parser)
  }

  onMessage(message: EventSourceMessage): void {
    if (this.#isPlain) this.#handler.onEvent(message)
    else this.#onUnusual(message)
    // The parser has no way to stop; without this a `take(1)` would decode the rest of the chunk for nobody.
    if (this.#stopped) throw STOP
  }

  #onUnusual(message: EventSourceMessage): void {
    if (this.#finishing !== undefined) {
      this.#finishing.event ??= message
      return
    }
    const { id, event, data } = message
    if (id !== undefined) this.#idOfBlock = undefined
    else if (this.#idOfBlock !== undefined) this.#idOnly()
    if (this.#noise !== '') this.#noise = ''
    const length = data.length + (id?.length ?? 0) + (event?.length ?? 0)
    if (length > this.#limit) {
      this.#tooLarge()
      return
    }
    this.#isPlain = this.#isShort
    this.#handler.onEvent(message)
  }

  onId(id: string): void {
    if (this.#idOfBlock !== undefined) this.#idOnly()
    if (this.#stopped) throw STOP
    this.#idOfBlock = id
    this.#isPlain = false
  }

  onRetry(ms: number): void {
    if (this.#finishing === undefined) this.#handler.onRetry(ms)
  }

  /** The parser makes an Error with a stack of each line that is no field: 2 µs for two bytes. After a few of them it is shown none. */
  #parseApart(parser: LentParser, lines: string): void {
    let from = 0
    let instead = ''
    for (const { 0: line, index } of lines.matchAll(/[^\r\n]+/g)) {
      if (isField(line)) continue
      parser.feed(instead + lines.slice(from, index))
      const { name, value } = splitField(line)
      if (name !== 'retry') this.#onForeign(name, value, line)
      from = index + line.length
      // Its line end has to follow something, or it would end the event.
      instead = ':'
    }
    parser.feed(instead + lines.slice(from))
  }

  /** The parser reports an id before its event, if there is one: an id still here at the next sign of life had none. */
  #idOnly(): void {
    const id = this.#idOfBlock as string
    this.#idOfBlock = undefined
    if (this.#finishing === undefined) this.#handler.onIdOnly(id)
  }

  onParseError(error: ParseError): void {
    if (error.type === 'max-buffer-size-exceeded') {
      if (this.#finishing === undefined) this.#tooLarge()
      throw STOP
    }
    this.#foreign++
    if (error.type === 'unknown-field')
      this.#onForeign(error.field ?? '', error.value ?? '', error.line ?? '')
  }

  #onForeign(field: string, value: string, line: string): void {
    if (this.#finishing !== undefined) {
      this.#finishing.field = { name: field, value }
      return
    }
    if (this.#idOfBlock !== undefined) this.#idOnly()
    if (this.#stopped) throw STOP
    this.#isPlain = false
    if (this.#noise.length < REST_KEPT) this.#noise += `${line}\n`
    this.#handler.onUnknownField(field, value)
    if (this.#stopped) throw STOP
  }

  #tooLarge(): void {
    this.#stopped = true
    this.#line?.clear()
    this.#line = undefined
    this.#handler.onTooLarge()
  }
}

type Unfinished = Omit<EventSourceMessage, 'data'> & { data: string | undefined }

function withoutProbe(found: EventSourceMessage | undefined): Unfinished | undefined {
  if (found === undefined) return undefined
  const data = found.data === PROBE ? undefined : found.data.slice(0, -PROBE.length - 1)
  if (data === undefined && found.event === undefined && found.id === undefined) return undefined
  return { id: found.id, event: found.event, data }
}

function render(event: Unfinished, line: string): string {
  const fields = [
    event.id === undefined ? '' : `id: ${event.id}`,
    event.event === undefined ? '' : `event: ${event.event}`,
    event.data === undefined || event.data === '' ? '' : `data: ${event.data}`,
  ].filter((field) => field !== '')
  return fields.length === 0 ? line : fields.join('\n')
}
