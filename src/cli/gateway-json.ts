/** A place in a text, as editors count: from 1 up. */
interface Place {
  readonly line: number
  readonly column: number
}

const SPACE = /[ \t\r\n]*/y
const SCALAR =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y

/** Reads JSON [rfc8259] only to find where it stops being JSON: not every message of `JSON.parse` says. */
class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** Moves over it, with the space after it, or stays. */
  take(what: RegExp | string): boolean {
    if (typeof what === 'string') {
      if (!this.text.startsWith(what, this.at)) return false
      this.at += what.length
    } else {
      what.lastIndex = this.at
      if (!what.test(this.text)) return false
      this.at = what.lastIndex
    }
    SPACE.lastIndex = this.at
    SPACE.test(this.text)
    this.at = SPACE.lastIndex
    return true
  }

  value(): boolean {
    if (this.take('{')) return this.members('}', () => this.take(STRING) && this.take(':') && this.value())
    if (this.take('[')) return this.members(']', () => this.value())
    return this.take(SCALAR)
  }

  members(close: string, one: () => boolean): boolean {
    if (this.take(close)) return true
    while (one()) {
      if (this.take(close)) return true
      if (!this.take(',')) return false
    }
    return false
  }
}

/** Where a text that is no JSON stops being it. */
export function placeOfMistake(text: string): Place {
  const reader = new Reader(text)
  reader.take('')
  reader.value()
  const before = text.slice(0, reader.at).split(/\r\n|\r|\n/)
  return { line: before.length, column: (before.at(-1) as string).length + 1 }
}
