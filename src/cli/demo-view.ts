import type { Output } from './io.ts'
import type { Style } from './terminal.ts'

const INDENT = 11
const MAX_WIDTH = 92

/** Lines with a label in the margin, and text that streams into them word by word. Moves no cursor. */
export class DemoView {
  readonly style: Style
  readonly #output: Output
  readonly #width: number
  /** The column in a line of streaming text, or nothing outside of one. */
  #column: number | undefined

  constructor(output: Output, style: Style, columns: number | undefined) {
    this.#output = output
    this.style = style
    this.#width = Math.max(40, Math.min(columns ?? MAX_WIDTH, MAX_WIDTH))
  }

  line(text = ''): void {
    this.#endText()
    this.#output.write(`${text}\n`)
  }

  /** A labelled line, wrapped; `paint` colours it after the wrapping, which counts characters. */
  row(label: string, text: string, paint: (text: string) => string = (same) => same): void {
    this.#endText()
    const lines: string[] = []
    let line = ''
    for (const word of text.split(' ')) {
      if (line !== '' && INDENT + line.length + 1 + word.length > this.#width) {
        lines.push(line)
        line = word
      } else {
        line = line === '' ? word : `${line} ${word}`
      }
    }
    lines.push(line)
    for (const [index, content] of lines.entries()) {
      this.#output.write(`${this.#margin(index === 0 ? label : '')}${paint(content)}\n`)
    }
  }

  /** A piece of streaming text, shown at once. */
  token(text: string): void {
    if (text === '') return
    if (this.#column === undefined) {
      this.#output.write(this.#margin('text'))
      this.#column = INDENT
    }
    if (this.#column > INDENT && this.#column + text.length > this.#width) {
      this.#output.write(`\n${' '.repeat(INDENT)}`)
      this.#column = INDENT
    }
    const shown = this.#column === INDENT ? text.trimStart() : text
    this.#output.write(this.style.cyan(shown))
    this.#column += shown.length
  }

  #margin(label: string): string {
    return `   ${this.style.dim(label.padEnd(INDENT - 3))}`
  }

  #endText(): void {
    if (this.#column !== undefined) this.#output.write('\n')
    this.#column = undefined
  }
}

/** Columns as wide as their widest cell, numbers to the right. `paint` colours a whole line. */
export function table(
  rows: readonly (readonly (string | number)[])[],
  paint: (line: string, row: number) => string,
): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  )
  return rows.map((row, index) => {
    const cells = row.map((cell, column) =>
      typeof cell === 'number' ? String(cell).padStart(widths[column]!) : cell.padEnd(widths[column]!),
    )
    return paint(cells.join('  ').trimEnd(), index)
  })
}
