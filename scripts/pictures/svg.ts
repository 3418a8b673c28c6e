export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** At most one decimal place: no picture needs more. */
export const px = (value: number): string => String(Math.round(value * 10) / 10)

export const text = (x: number, y: number, content: string, style = ''): string =>
  `<text x="${px(x)}" y="${px(y)}"${style === '' ? '' : ` class="${style}"`}>${escapeXml(content)}</text>`

/** Colours by name, for light pages and dark ones. */
const COLOURS = {
  page: ['#ffffff', '#0d1117'],
  plot: ['#f6f8fa', '#151b23'],
  ink: ['#1f2328', '#e6edf3'],
  faint: ['#59636e', '#9198a1'],
  line: ['#d1d9e0', '#30363d'],
  good: ['#0969da', '#58a6ff'],
  bad: ['#bc4c00', '#f0883e'],
  wait: ['#9a6700', '#d29922'],
} as const

const theme = (index: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([name, shades]) => `--${name}:${shades[index]}`)
    .join(';')

const STYLE = [
  `svg{${theme(0)}}@media (prefers-color-scheme:dark){svg{${theme(1)}}}`,
  'text{font:11.5px ui-sans-serif,system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}',
  '.page{fill:var(--page)}.title{font-size:17px;font-weight:600}.bold{font-weight:600}',
  'text.faint,.faint{fill:var(--faint)}.end{text-anchor:end}.mid{text-anchor:middle}',
].join('\n')

export interface Picture {
  readonly width: number
  readonly height: number
  readonly title: string
  /** For those who cannot see it: what there is to see. */
  readonly about: string
  /** CSS of its own. */
  readonly style: string
  readonly parts: readonly string[]
}

/** A picture without scripts, fonts or links, that follows the reader's light or dark. */
export function svg({ width, height, title, about, style, parts }: Picture): string {
  const size = `viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}"`
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-labelledby="title about">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="about">${escapeXml(about)}</desc>`,
    `<style>\n${STYLE}\n${style}\n</style>`,
    `<rect width="${width}" height="${px(height)}" class="page"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`
}
