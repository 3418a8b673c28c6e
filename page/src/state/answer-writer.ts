/** Where an answer was gone on with after a break. */
export interface Seam {
  /** Characters before it. */
  readonly at: number
  /** The seam in words, such as `Attempt 2 went on here, after event 15`. */
  readonly words: string
}

/** Longer lines are laid out anew with each piece. */
const LONGEST_LINE = 2000

/**
 * Writes a text that grows into the document: what stands there is never touched again, so a frame costs what it adds and not what
 * there is. Text nodes only: nothing of the wire becomes markup.
 */
export class AnswerWriter {
  readonly #host: HTMLElement
  #written = 0
  #seams = 0
  #line: HTMLElement | undefined
  #text: Text | undefined
  #lineLength = 0

  constructor(host: HTMLElement) {
    this.#host = host
  }

  /** @param seams - in order, none before what is written already */
  write(text: string, seams: readonly Seam[]): void {
    if (text.length < this.#written || seams.length < this.#seams) this.clear()
    while (this.#written < text.length) {
      const seam = seams[this.#seams]
      if (seam !== undefined && seam.at <= this.#written) {
        this.#seam(seam)
        continue
      }
      const end = Math.min(text.length, seam?.at ?? text.length)
      this.#append(text.slice(this.#written, end))
      this.#written = end
    }
  }

  clear(): void {
    this.#host.replaceChildren()
    this.#written = 0
    this.#seams = 0
    this.#line = undefined
    this.#text = undefined
    this.#lineLength = 0
  }

  #append(piece: string): void {
    for (let start = 0; start < piece.length; ) {
      const newline = piece.indexOf('\n', start)
      const end = newline === -1 ? piece.length : newline
      if (end > start) this.#put(piece.slice(start, end))
      if (newline === -1) return
      this.#newLine()
      start = newline + 1
    }
  }

  #put(characters: string): void {
    const room = LONGEST_LINE - this.#lineLength
    if (characters.length > room) {
      const space = characters.indexOf(' ', Math.max(0, room))
      if (space !== -1) {
        this.#into(characters.slice(0, space))
        this.#newLine()
        this.#put(characters.slice(space + 1))
        return
      }
    }
    this.#into(characters)
  }

  #into(characters: string): void {
    if (characters === '') return
    if (this.#line === undefined) this.#newLine()
    if (this.#text === undefined) {
      this.#text = document.createTextNode(characters)
      this.#line?.append(this.#text)
    } else {
      this.#text.appendData(characters)
    }
    this.#lineLength += characters.length
  }

  #newLine(): void {
    this.#line = document.createElement('p')
    this.#host.append(this.#line)
    this.#text = undefined
    this.#lineLength = 0
  }

  #seam({ words }: Seam): void {
    this.#seams++
    if (this.#line === undefined) this.#newLine()
    const mark = document.createElement('span')
    mark.className = 'seam'
    mark.title = words
    mark.setAttribute('role', 'img')
    mark.setAttribute('aria-label', words)
    this.#line?.append(mark)
    this.#text = undefined
  }
}
