import {
  createParser,
  type EventSourceMessage,
  type EventSourceParser,
  type ParseError,
} from 'eventsource-parser'
import { preview } from '../errors/failure.ts'
import { HeldLine } from './held-line.ts'
import { Utf8Decoder } from './utf8-decoder.ts'

/** Takes what the decoder finds. Any of them may call {@link EventDecoder.stop}. */
export interface DecodeHandler {
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

/** What the last feed of all brings to light. */
interface Found {
  event: EventSourceMessage | undefined
  field: Leftover['field']
}

/** Thrown through the parser to abandon the rest of a chunk. */
const STOP: unique symbol = Symbol('stop')

const PROBE = '\u0001rx-sse-end\u0001'
const SLACK = 64
const COLON = 58
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
export class EventDecoder {
  readonly #handler: DecodeHandler
  readonly #limit: number
  readonly #utf8 = new Utf8Decoder()
  #begun = false
  readonly #parser: EventSourceParser
  readonly #line = new HeldLine()
  #noise = ''
  /** Lines that were no field. */
  #foreign = 0
  #idOfBlock: string | undefined
  #stopped = false
  #finishing: Found | undefined

  constructor(handler: DecodeHandler, limit: number) {
    this.#handler = handler
    this.#limit = limit
    this.#parser = createParser({
      maxBufferSize: limit + SLACK,
      onId: (id) => {
        if (this.#idOfBlock !== undefined) this.#idOnly()
        if (this.#stopped) throw STOP
        this.#idOfBlock = id
      },
      onEvent: (message) => {
        if (this.#finishing !== undefined) {
          this.#finishing.event ??= message
          return
        }
        const { id, event, data } = message
        if (id !== undefined) this.#idOfBlock = undefined
        else if (this.#idOfBlock !== undefined) this.#idOnly()
        if (this.#noise !== '') this.#noise = ''
        const length = data.length + (id?.length ?? 0) + (event?.length ?? 0)
        if (length > limit) this.#tooLarge()
        else handler.onEvent(message)
        // The parser has no way to stop; without this a `take(1)` would decode the rest of the chunk for nobody.
        if (this.#stopped) throw STOP
      },
      onRetry: (ms) => {
        if (this.#finishing === undefined) handler.onRetry(ms)
      },
      onError: (error) => this.#onError(error),
    })
    // The BOM is gone by now; a first blank line makes the parser stop looking for one, so that
    // neither a second U+FEFF nor the characters U+00EF U+00BB U+00BF are taken for it.
    this.#parser.feed('\n')
  }

  /** Ends all decoding, at once: what else the current chunk holds is not looked at. */
  stop(): void {
    this.#stopped = true
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped) return
    let text = this.#utf8.decode(chunk)
    if (text === '') return
    if (!this.#begun) {
      this.#begun = true
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
      if (text === '') return
    }
    const end = endOfLastLine(text)
    if (end === 0) {
      this.#hold(text)
      return
    }
    let start = 0
    if (!this.#line.isEmpty) {
      // Only the line that was held is joined: to join it with all of a chunk would copy the chunk.
      start = endOfFirstLine(text)
      this.#feed(this.#line.take() + text.slice(0, start))
      if (this.#stopped) return
    }
    if (start < end) this.#feed(start === 0 && end === text.length ? text : text.slice(start, end))
    if (end < text.length && !this.#stopped) this.#hold(text.slice(end))
  }

  /** The body has ended: what was left over, or nothing if it ended after a blank line. */
  finish(): Leftover | undefined {
    if (this.#stopped) return undefined
    const cutCharacter = this.#utf8.end()
    const line = this.#line.take() + cutCharacter
    const noise = this.#noise
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

  #hold(text: string): void {
    this.#line.add(text)
    if (this.#line.size > this.#limit + SLACK) this.#tooLarge()
  }

  #feed(lines: string): void {
    // The parser measures a line only if it comes in pieces; how a stream is cut must not decide what it may hold.
    const tooLong = lines.length > this.#limit + SLACK ? startOfLongLine(lines, this.#limit + SLACK) : -1
    this.#parse(tooLong === -1 ? lines : lines.slice(0, tooLong))
    if (tooLong !== -1 && !this.#stopped && this.#finishing === undefined) this.#tooLarge()
  }

  #parse(lines: string): void {
    try {
      if (this.#foreign < TOLERATED) this.#parser.feed(lines)
      else this.#parseApart(lines)
      if (this.#idOfBlock !== undefined) this.#idOnly()
    } catch (error) {
      if (error !== STOP) throw error
    }
  }

  /** The parser makes an Error with a stack of each line that is no field: 2 µs for two bytes. After a few of them it is shown none. */
  #parseApart(lines: string): void {
    let from = 0
    let instead = ''
    for (const { 0: line, index } of lines.matchAll(/[^\r\n]+/g)) {
      if (isField(line)) continue
      this.#parser.feed(instead + lines.slice(from, index))
      const { name, value } = splitField(line)
      if (name !== 'retry') this.#onForeign(name, value, line)
      from = index + line.length
      // Its line end has to follow something, or it would end the event.
      instead = ':'
    }
    this.#parser.feed(instead + lines.slice(from))
  }

  /** The parser reports an id before its event, if there is one: an id still here at the next sign of life had none. */
  #idOnly(): void {
    const id = this.#idOfBlock as string
    this.#idOfBlock = undefined
    if (this.#finishing === undefined) this.#handler.onIdOnly(id)
  }

  #onError(error: ParseError): void {
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
    if (this.#noise.length < REST_KEPT) this.#noise += `${line}\n`
    this.#handler.onUnknownField(field, value)
    if (this.#stopped) throw STOP
  }

  #tooLarge(): void {
    this.#stopped = true
    this.#line.clear()
    this.#handler.onTooLarge()
  }
}

/** Would the parser take this line, which is not empty, without an error? */
const isField = (line: string): boolean => /^(?::|(?:data|event|id)(?:$|:)|retry: ?\d+$)/.test(line)

function splitField(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':')
  if (colon === -1) return { name: line, value: '' }
  return { name: line.slice(0, colon), value: line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1)) }
}

/** Where the last whole line ends: after the last LF or CR, 0 if there is none. A lone CR ends a line [whatwg]. */
function endOfLastLine(text: string): number {
  const last = text.charCodeAt(text.length - 1)
  if (last === 10 || last === 13) return text.length
  // Forwards first: inside a long line a search backwards would walk the whole chunk, and by the character.
  if (text.indexOf('\n') === -1 && text.indexOf('\r') === -1) return 0
  const lf = text.lastIndexOf('\n')
  // Only what follows the last LF can hold a later CR; a whole chunk is not searched for one.
  return lf + 1 + text.slice(lf + 1).lastIndexOf('\r') + 1
}

/** Where the first line ends, of a text that holds a whole one. An LF after its CR is left: the parser knows of it. */
function endOfFirstLine(text: string): number {
  const lf = text.indexOf('\n')
  // Nothing behind the first LF matters; a whole chunk is not searched for a CR.
  const cr = (lf === -1 ? text : text.slice(0, lf)).indexOf('\r')
  return (cr === -1 ? lf : cr) + 1
}

/** Where the first line begins that is longer than the limit and no comment; -1 if there is none. */
function startOfLongLine(text: string, limit: number): number {
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    if (line.length > limit && line.charCodeAt(0) !== COLON) return index
  }
  return -1
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
