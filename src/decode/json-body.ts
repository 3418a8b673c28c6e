import { preview } from '../errors/failure.ts'
import type { Leftover } from './event-decoder.ts'

/** Takes what a body of JSON comes to. */
export interface JsonHandler {
  /** The whole text. Whether it is whole, JSON itself says, and not the transport. */
  onWhole(data: string): void
  onTooLarge(): void
}

/** A body that is one JSON text and no event stream. */
export class JsonBody {
  readonly #handler: JsonHandler
  readonly #limit: number
  readonly #utf8 = new TextDecoder()
  #pieces: string[] = []
  #length = 0
  #stopped = false

  /** @param limit - most characters */
  constructor(handler: JsonHandler, limit: number) {
    this.#handler = handler
    this.#limit = limit
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped) return
    const text = this.#utf8.decode(chunk, { stream: true })
    this.#pieces.push(text)
    this.#length += text.length
    if (this.#length <= this.#limit) return
    this.stop()
    this.#handler.onTooLarge()
  }

  stop(): void {
    this.#stopped = true
    this.#pieces = []
  }

  /** The body has ended: what there is of it, if that is not whole. */
  finish(): Leftover | undefined {
    if (this.#stopped) return undefined
    const data = this.#pieces.join('') + this.#utf8.decode()
    this.stop()
    if (data.trim() === '') return undefined
    if (!isJson(data))
      return {
        cut: 'event',
        event: undefined,
        field: undefined,
        isOpen: true,
        rest: '',
        isForeign: false,
        preview: preview(data),
      }
    this.#handler.onWhole(data)
    return undefined
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
