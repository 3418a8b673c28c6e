type Decoder = InstanceType<typeof TextDecoder>

const createDecoder = (): Decoder => new TextDecoder('utf-8', { ignoreBOM: true })

/** Remembers nothing of lines that are whole: one is enough for all streams. */
const ofLines = /* @__PURE__ */ createDecoder()

/** Whole lines: always UTF-8 [whatwg], whatever the charset parameter says. A BOM stays. */
export const decodeLines = (bytes: Uint8Array): string => ofLines.decode(bytes)

/** The last bytes of all, and what the character stands for that they break off in: U+FFFD, or nothing. */
export function decodeRest(bytes: Uint8Array): readonly [text: string, cutCharacter: string] {
  const decoder = createDecoder()
  return [decoder.decode(bytes, { stream: true }), decoder.decode()]
}

/** Counts the characters of what comes in pieces. */
export class CharacterCount {
  readonly #decoder = createDecoder()
  #total = 0

  /** But for a character that is not whole. */
  get total(): number {
    return this.#total
  }

  add(bytes: Uint8Array): void {
    this.#total += this.#decoder.decode(bytes, { stream: true }).length
  }
}
