import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ACTS } from '../src/cli/demo-acts.ts'
import { main } from '../src/cli/main.ts'
import { root } from './run.ts'

/** Runs `rx-sse demo` and draws what a terminal showed, and when, as an animated picture for the README. */
const COLUMNS = 92
const CHAR = 8.4
const LINE = 19
const PAD = 16
const HEAD = 34

interface Cell {
  readonly char: string
  readonly style: string
  /** Seconds since the start. */
  readonly at: number
}

const CLASSES: Readonly<Record<string, string>> = { 1: 'b', 2: 'd', 31: 'r', 32: 'g', 33: 'y', 36: 'c' }
const OFF: Readonly<Record<string, RegExp>> = { 22: /[bd]/g, 39: /[rgyc]/g, 0: /[bdrgyc]/g }

/** As much of a terminal as the demo needs: lines, and SGR colours. */
class Screen {
  readonly lines: Cell[][] = [[]]
  #style = ''

  write(text: string, at: number): void {
    for (const [part, codes] of text.matchAll(/\u001b\[([\d;]*)m|[^\u001b]/gu)) {
      if (codes !== undefined) this.#sgr(codes)
      else if (part === '\n') this.lines.push([])
      else this.lines.at(-1)?.push({ char: part, style: this.#style, at })
    }
  }

  #sgr(codes: string): void {
    for (const code of codes.split(';')) {
      this.#style = this.#style.replace(OFF[code] ?? /(?!)/, '')
      if (CLASSES[code] !== undefined) this.#style += CLASSES[code]
    }
  }
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** Runs of one style that appeared together. */
function draw(line: readonly Cell[], row: number): string {
  const y = HEAD + PAD + row * LINE
  let drawn = ''
  for (let start = 0; start < line.length; ) {
    const { style, at } = line[start] as Cell
    let end = start
    while (end < line.length && line[end]?.style === style && line[end]?.at === at) end++
    const text = line
      .slice(start, end)
      .map(({ char }) => char)
      .join('')
    if (text.trim() !== '') {
      const width = ((end - start) * CHAR).toFixed(1)
      const classes = [...new Set(style)].join(' ')
      drawn += `<text x="${(PAD + start * CHAR).toFixed(1)}" y="${y}" textLength="${width}"${classes === '' ? '' : ` class="${classes}"`} style="animation-duration:${at.toFixed(2)}s">${escaped(text)}</text>`
    }
    start = end
  }
  return drawn
}

function picture(lines: readonly (readonly Cell[])[]): string {
  const width = Math.ceil(COLUMNS * CHAR + 2 * PAD)
  const height = HEAD + PAD * 2 + (lines.length - 1) * LINE
  const dots = ['#ff5f57', '#febc2e', '#28c840']
    .map((fill, i) => `<circle cx="${PAD + 6 + i * 18}" cy="17" r="5.5" fill="${fill}"/>`)
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="rx-sse demo: a completion is cut in mid-sentence; the typed error, the wait, the resumption, the identical text; then how nine broken streams ended">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d8dee9;white-space:pre;animation:hide 0s step-end}
@keyframes hide{from,to{visibility:hidden}}
@media (prefers-reduced-motion:reduce){text{animation:none}}
.b{font-weight:700}.d{fill:#7f8c9d}.r{fill:#ff7b86}.g{fill:#8fd19e}.y{fill:#f2c879}.c{fill:#7fd0e0}
</style>
<rect width="${width}" height="${height}" rx="10" fill="#161b22"/>${dots}
${lines
  .map(draw)
  .filter((line) => line !== '')
  .join('\n')}
</svg>
`
}

const screen = new Screen()
const started = performance.now()
const stdout = {
  isTTY: true,
  columns: COLUMNS,
  write(text: string, callback?: () => void): boolean {
    screen.write(text, (performance.now() - started) / 1000)
    callback?.()
    return true
  },
  on: () => stdout,
}
const stdin = (async function* nothing(): AsyncGenerator<Uint8Array> {})()
const code = await main(['demo'], { stdout, stderr: stdout, stdin, env: { TERM: 'xterm' } })
if (code !== 0) throw new Error(`the demo failed with ${code}`)

// The first act whole, then the summary at once after it: nobody waits through all acts for a picture.
const text = (line: readonly Cell[]): string => line.map(({ char }) => char).join('')
const second = screen.lines.findIndex((line) => text(line).startsWith(' 2 '))
const table = screen.lines.findIndex((line) => text(line).startsWith(' act '))
const first = screen.lines.slice(0, second)
const lastAt = Math.max(...first.flat().map(({ at }) => at))
const rest = screen.lines.slice(table, -2).map((line) => line.map((cell) => ({ ...cell, at: lastAt + 0.8 })))
const note = [...` … ${ACTS.length - 1} more acts …`].map((char) => ({ char, style: 'd', at: lastAt + 0.8 }))
writeFileSync(resolve(root, 'docs/demo.svg'), picture([...first, note, [], ...rest]))
