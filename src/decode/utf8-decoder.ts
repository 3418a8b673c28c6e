/**
 * UTF-8 over any chunking [whatwg: always UTF-8, whatever the charset parameter says]. A BOM stays.
 *
 * A chunk between two ASCII bytes is whole by itself and is not decoded as a piece of something: that takes three fifths of
 * the time for a chunk with one event.
 */
export class Utf8Decoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** The last byte was not ASCII: a sequence may be open. */
  #isOpen = false

  decode(chunk: Uint8Array): string {
    const last = chunk[chunk.length - 1]
    if (last === undefined) return ''
    const isOpen = last > 0x7f
    if (!isOpen && !this.#isOpen) return this.#decoder.decode(chunk)
    this.#isOpen = isOpen
    return this.#decoder.decode(chunk, { stream: true })
  }

  /** No byte follows. Returns what an unfinished sequence stands for: U+FFFD, or nothing if there is none. */
  end(): string {
    return this.#decoder.decode()
  }
}
