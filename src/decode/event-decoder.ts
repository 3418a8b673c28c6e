import {
  createParser,
  type EventSourceMessage,
  type EventSourceParser,
  type ParseError,
} from 'eventsource-parser'
import { preview } from '../errors/failure.ts'

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
const COMMENT_KEPT = 256
const REST_KEPT = 16_384

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
  // [whatwg] always UTF-8, whatever the charset parameter says; one leading BOM is stripped.
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  #begun = false
  readonly #parser: EventSourceParser
  #line: string[] = []
  #lineLength = 0
  #noise = ''
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
      onEvent: (message) => this.#onEvent(message),
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
    let text = this.#utf8.decode(chunk, { stream: true })
    if (text === '') return
    if (!this.#begun) {
      this.#begun = true
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
      if (text === '') return
    }
    const end = endOfLastLine(text)
    if (end === text.length && this.#lineLength === 0) {
      this.#feed(text)
      return
    }
    if (end === 0) {
      this.#hold(text)
      return
    }
    const whole = text.slice(0, end)
    const rest = text.slice(end)
    if (this.#lineLength === 0) {
      this.#feed(whole)
    } else {
      this.#line.push(whole)
      const lines = this.#line.join('')
      this.#line = []
      this.#lineLength = 0
      this.#feed(lines)
    }
    if (rest !== '' && !this.#stopped) this.#hold(rest)
  }

  /** The body has ended: what was left over, or nothing if it ended after a blank line. */
  finish(): Leftover | undefined {
    if (this.#stopped) return undefined
    const cutCharacter = this.#utf8.decode()
    const line = this.#line.join('') + cutCharacter
    this.#line = []
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
    const cutType = /^ev?e?n?t?(?::|$)/.test(line)
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
      preview: preview(event === undefined ? (noise + line).trim() : render(event, line)),
    }
  }

  #hold(text: string): void {
    const isComment = (this.#lineLength === 0 ? text : (this.#line[0] as string)).charCodeAt(0) === COLON
    // Of a comment only the colon matters, and what a preview may show.
    const kept = isComment ? text.slice(0, Math.max(0, COMMENT_KEPT - this.#lineLength)) : text
    if (kept === '') return
    this.#line.push(kept)
    this.#lineLength += kept.length
    if (!isComment && this.#lineLength > this.#limit + SLACK) this.#tooLarge()
  }

  #feed(lines: string): void {
    // The parser measures a line only if it comes in pieces; how a stream is cut must not decide what it may hold.
    const tooLong = lines.length > this.#limit + SLACK ? startOfLongLine(lines, this.#limit + SLACK) : -1
    this.#parse(tooLong === -1 ? lines : lines.slice(0, tooLong))
    if (tooLong !== -1 && !this.#stopped && this.#finishing === undefined) this.#tooLarge()
  }

  #parse(lines: string): void {
    try {
      this.#parser.feed(lines)
      if (this.#idOfBlock !== undefined) this.#idOnly()
    } catch (error) {
      if (error !== STOP) throw error
    }
  }

  #onEvent(message: EventSourceMessage): void {
    if (this.#finishing !== undefined) {
      this.#finishing.event ??= message
      return
    }
    const { id, event, data } = message
    if (id === undefined) {
      if (this.#idOfBlock !== undefined) this.#idOnly()
    } else {
      this.#idOfBlock = undefined
    }
    if (this.#noise !== '') this.#noise = ''
    if (data.length > this.#limit || data.length + (id?.length ?? 0) + (event?.length ?? 0) > this.#limit) {
      this.#tooLarge()
    } else {
      this.#handler.onEvent(message)
    }
    // The parser has no way to stop; without this a `take(1)` would decode the rest of the chunk for nobody.
    if (this.#stopped) throw STOP
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
    if (error.type !== 'unknown-field') return
    if (this.#finishing !== undefined) {
      this.#finishing.field = { name: error.field ?? '', value: error.value ?? '' }
      return
    }
    if (this.#idOfBlock !== undefined) this.#idOnly()
    if (this.#stopped) throw STOP
    if (this.#noise.length < REST_KEPT) this.#noise += `${error.line ?? ''}\n`
    this.#handler.onUnknownField(error.field ?? '', error.value ?? '')
    if (this.#stopped) throw STOP
  }

  #tooLarge(): void {
    this.#stopped = true
    this.#line = []
    this.#handler.onTooLarge()
  }
}

/** Where the last whole line ends: after the last LF or CR, 0 if there is none. A lone CR ends a line [whatwg]. */
function endOfLastLine(text: string): number {
  const last = text.charCodeAt(text.length - 1)
  if (last === 10 || last === 13) return text.length
  const lf = text.lastIndexOf('\n')
  // Only what follows the last LF can hold a later CR; a whole chunk is not searched for one.
  return lf + 1 + text.slice(lf + 1).lastIndexOf('\r') + 1
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
