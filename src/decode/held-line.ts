import { CharacterCount } from './utf8.ts'

const COLON = 58
const BOM = [0xef, 0xbb, 0xbf] as const
const COMMENT_KEPT = 256
/** For the rest of it, which is most often short. */
const ROOM = 256
/** Most bytes of a character that is not whole: what a comment's last ones may be. */
const CUT_CHARACTER = 3

/**
 * The beginning of a line whose end has not come yet. As bytes: pieces of one each would be an object each as text, and
 * what is decoded is whole lines, which no character is cut in.
 */
export class HeldLine {
  #buffer: Uint8Array
  #length = 0
  #isComment = false
  readonly #isFirst: boolean
  #count: CharacterCount | undefined
  #counted = 0

  /** @param isFirst - of the stream: it may begin with a BOM */
  constructor(piece: Uint8Array, isFirst: boolean) {
    this.#buffer = new Uint8Array(piece.length + ROOM)
    this.#isFirst = isFirst
    this.add(piece)
  }

  /** Of a comment its beginning, and its last character if that is cut. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  add(piece: Uint8Array): void {
    if (!this.#isComment) {
      this.#append(piece)
      this.#isComment = this.#beginsComment()
      if (!this.#isComment || this.#length <= COMMENT_KEPT) return
      const rest = this.#buffer.slice(COMMENT_KEPT, this.#length)
      this.#length = COMMENT_KEPT
      this.#addToComment(rest)
    } else {
      this.#addToComment(piece)
    }
  }

  /** Is it longer? A comment is not kept, and may have any length. */
  exceeds(characters: number): boolean {
    if (this.#isComment || this.#length <= characters) return false
    this.#count ??= new CharacterCount()
    const more = this.#buffer.subarray(this.#counted, this.#length)
    this.#counted = this.#length
    return this.#count.add(more) > characters
  }

  #append(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length))
      larger.set(this.bytes)
      this.#buffer = larger
    }
    this.#buffer.set(piece, this.#length)
    this.#length = length
  }

  #beginsComment(): boolean {
    if (this.#buffer[0] === COLON) return true
    return this.#isFirst && BOM.every((byte, at) => this.#buffer[at] === byte) && this.#buffer[3] === COLON
  }

  #addToComment(piece: Uint8Array): void {
    const kept = piece.subarray(0, Math.max(0, COMMENT_KEPT - this.#length))
    this.#append(kept)
    if (kept.length === piece.length) return
    const last = [
      ...this.#buffer.subarray(COMMENT_KEPT, this.#length),
      ...piece.subarray(kept.length).slice(-CUT_CHARACTER),
    ]
    this.#length = COMMENT_KEPT
    this.#append(Uint8Array.from(last.slice(-CUT_CHARACTER)))
  }
}
