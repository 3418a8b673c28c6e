const COLON = 58
const COMMENT_KEPT = 256
/** Pieces of a few bytes each would take many times what they say. */
const PIECES = 1_024

/** The beginning of a line whose end has not come yet, in the pieces in which it came. */
export class HeldLine {
  #pieces: string[] = []
  #blocks: string[] = []
  #length = 0
  #isComment = false

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** How many characters of it count against a limit: a comment is not kept, whatever its length. */
  get size(): number {
    return this.#isComment ? 0 : this.#length
  }

  add(text: string): void {
    if (this.#length === 0) this.#isComment = text.charCodeAt(0) === COLON
    // Of a comment only the colon matters, and what a preview may show.
    const kept = this.#isComment ? text.slice(0, Math.max(0, COMMENT_KEPT - this.#length)) : text
    if (kept === '') return
    this.#length += kept.length
    if (this.#pieces.push(kept) < PIECES) return
    this.#blocks.push(this.#pieces.join(''))
    this.#pieces = []
  }

  /** All of it, which is then held no more. */
  take(): string {
    const pieces = this.#pieces.join('')
    const text = this.#blocks.length === 0 ? pieces : this.#blocks.join('') + pieces
    this.clear()
    return text
  }

  clear(): void {
    this.#pieces = []
    this.#blocks = []
    this.#length = 0
  }
}
