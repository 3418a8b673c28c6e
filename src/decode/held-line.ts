import { CharacterCount } from './utf8.ts'

const COLON = 58
const BOM = [0xef, 0xbb, 0xbf] as const
const COMMENT_KEPT = 256
/** For the rest of it, which is most often short. */
const ROOM = 256
/** Most bytes of a block of small pieces. */
const BLOCK = 65_536
/** Most bytes of a character that is not whole: what a comment's last ones may be. */
const CUT_CHARACTER = 3

/**
 * The beginning of a line whose end has not come yet. As bytes: pieces of one each would be an object each as text, and
 * what is decoded is whole lines, which no character is cut in.
 */
export class HeldLine {
  /** Full ones. Not one that grows: each time it would leave a copy behind, and at the end be up to twice too large. */
  #blocks: Uint8Array[] | undefined
  #last: Uint8Array
  #lastLength = 0
  #length = 0
  #isComment = false
  readonly #isFirst: boolean
  #count: CharacterCount | undefined

  /** @param isFirst - of the stream: it may begin with a BOM */
  constructor(piece: Uint8Array, isFirst: boolean) {
    this.#last = new Uint8Array(piece.length + ROOM)
    this.#isFirst = isFirst
    this.add(piece)
  }

  /** Of a comment its beginning, and its last character if that is cut. */
  get bytes(): Uint8Array {
    const last = this.#last.subarray(0, this.#lastLength)
    if (this.#blocks === undefined) return last
    const all = new Uint8Array(this.#length)
    let at = 0
    for (const block of [...this.#blocks, last]) {
      all.set(block, at)
      at += block.length
    }
    return all
  }

  add(piece: Uint8Array): void {
    if (!this.#isComment) {
      this.#append(piece)
      this.#count?.add(piece)
      this.#isComment = this.#beginsComment()
      if (!this.#isComment || this.#length <= COMMENT_KEPT) return
      this.#keepOfComment(this.bytes)
    } else {
      this.#keepOfComment(joined(this.bytes, piece))
    }
  }

  /** Is it longer? A comment is not kept, and may have any length. */
  exceeds(characters: number): boolean {
    if (this.#isComment || this.#length <= characters) return false
    if (this.#count === undefined) {
      this.#count = new CharacterCount()
      // Not of all at once: that would hold it twice more.
      for (const block of this.#blocks ?? []) this.#count.add(block)
      this.#count.add(this.#last.subarray(0, this.#lastLength))
    }
    return this.#count.total > characters
  }

  clear(): void {
    this.#blocks = undefined
    this.#last = new Uint8Array(0)
    this.#lastLength = 0
    this.#length = 0
  }

  #append(piece: Uint8Array): void {
    // A block is filled before another is begun.
    const fitting = piece.subarray(0, this.#last.length - this.#lastLength)
    this.#last.set(fitting, this.#lastLength)
    this.#lastLength += fitting.length
    this.#length += piece.length
    if (fitting.length === piece.length) return
    const rest = piece.subarray(fitting.length)
    this.#blocks ??= []
    this.#blocks.push(this.#last)
    this.#last = new Uint8Array(Math.max(rest.length, Math.min(2 * this.#last.length, BLOCK)))
    this.#last.set(rest)
    this.#lastLength = rest.length
  }

  #beginsComment(): boolean {
    // The first block has room for all that is looked at, in whatever pieces it comes.
    const first = this.#blocks?.[0] ?? this.#last
    if (first[0] === COLON) return true
    return this.#isFirst && BOM.every((byte, at) => first[at] === byte) && first[3] === COLON
  }

  #keepOfComment(bytes: Uint8Array): void {
    this.clear()
    this.#last = Uint8Array.from(
      bytes.length <= COMMENT_KEPT
        ? bytes
        : [...bytes.subarray(0, COMMENT_KEPT), ...tailOf(bytes.subarray(COMMENT_KEPT))],
    )
    this.#lastLength = this.#last.length
    this.#length = this.#last.length
  }
}

const tailOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(Math.max(0, bytes.length - CUT_CHARACTER))

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
