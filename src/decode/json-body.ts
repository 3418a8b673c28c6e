import { preview } from '../errors/failure.ts'
import type { Leftover } from './event-decoder.ts'

/**
 * A body that is one JSON text and no event stream: it is given out at the end, like an event whose blank line is missing.
 * Whether it is whole, JSON itself says.
 */
export class JsonBody {
  readonly #onTooLarge: () => void
  readonly #limit: number
  readonly #utf8 = new TextDecoder()
  #pieces: string[] = []
  #length = 0
  #stopped = false

  /** @param limit - most characters */
  constructor(onTooLarge: () => void, limit: number) {
    this.#onTooLarge = onTooLarge
    this.#limit = limit
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped) return
    const text = this.#utf8.decode(chunk, { stream: true })
    this.#pieces.push(text)
    this.#length += text.length
    if (this.#length <= this.#limit) return
    this.stop()
    this.#onTooLarge()
  }

  stop(): void {
    this.#stopped = true
    this.#pieces = []
  }

  finish(): Leftover | undefined {
    if (this.#stopped) return undefined
    const data = this.#pieces.join('') + this.#utf8.decode()
    this.stop()
    if (data.trim() === '') return undefined
    return { cut: 'event', event: { data, event: undefined }, field: undefined, preview: preview(data) }
  }
}
