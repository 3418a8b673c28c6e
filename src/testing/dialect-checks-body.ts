import { EventDecoder, type Leftover } from '../decode/event-decoder.ts'
import { JsonBody } from '../decode/json-body.ts'
import type { ServerSentEvent } from '../dialects/dialect.ts'
import { isJson } from '../errors/http.ts'

const LIMIT = 512 * 1024 * 1024
const CR = 0x0d
const LF = 0x0a
const nothing = (): void => {}

/** The bytes of a response, and what they are made of, whoever reads them. */
export class Body {
  readonly bytes: Uint8Array
  /** One JSON text, and no event stream: it is read when the response is over. */
  readonly isJson: boolean
  /** Where each block begins: at 0, and behind each blank line. */
  readonly #starts: readonly number[]

  constructor(bytes: Uint8Array, contentType?: string) {
    this.bytes = bytes
    this.isJson = isJson(contentType)
    this.#starts = this.isJson ? [0] : blockStarts(bytes)
  }

  /** Where the block begins that holds the byte before this offset; a blank line is part of the block that it ends. */
  blockBefore(offset: number): number {
    return this.#starts.findLast((start) => start < offset) ?? 0
  }

  /** Where the block ends, its blank line included, that holds the byte before this offset. */
  endOfBlock(offset: number): number {
    return this.#starts.find((start) => start >= offset) ?? this.bytes.length
  }

  /** What stands unfinished where the body is cut. */
  leftover(cut: number): Leftover | undefined {
    const decoder = this.isJson
      ? new JsonBody({ onWhole: nothing, onTooLarge: nothing }, LIMIT)
      : decoderFor(nothing)
    decoder.push(this.bytes.subarray(0, cut))
    return decoder.finish()
  }

  /** The events, as a dialect gets them; of an unfinished one nothing. */
  get events(): readonly ServerSentEvent[] {
    if (this.isJson) return [{ data: new TextDecoder().decode(this.bytes) }]
    const events: ServerSentEvent[] = []
    let lastEventId = ''
    const decoder = decoderFor(
      ({ id, event, data }) => {
        lastEventId = id ?? lastEventId
        const named = event === undefined ? { data } : { event, data }
        events.push(lastEventId === '' ? named : { id: lastEventId, ...named })
      },
      (id) => {
        lastEventId = id
      },
    )
    decoder.push(this.bytes)
    return events
  }
}

function decoderFor(
  onEvent: (message: { id?: string | undefined; event?: string | undefined; data: string }) => void,
  onIdOnly: (id: string) => void = nothing,
): EventDecoder {
  return new EventDecoder(
    { onEvent, onIdOnly, onRetry: nothing, onUnknownField: nothing, onTooLarge: nothing },
    LIMIT,
  )
}

function blockStarts(bytes: Uint8Array): number[] {
  const starts = [0]
  let lineStart = 0
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== CR && bytes[i] !== LF) continue
    const isBlank = i === lineStart
    if (bytes[i] === CR && bytes[i + 1] === LF) i++
    lineStart = i + 1
    if (isBlank) starts.push(lineStart)
  }
  return starts
}
