/** Read on light and on dark; ours and theirs are told apart by weight too. */
const LIGHT = {
  page: '#ffffff',
  ink: '#1f2328',
  faint: '#59636e',
  line: '#d1d9e0',
  ours: '#0969da',
  theirs: '#afb8c1',
}
const DARK: typeof LIGHT = {
  page: '#0d1117',
  ink: '#e6edf3',
  faint: '#9198a1',
  line: '#30363d',
  ours: '#4493f8',
  theirs: '#656c76',
}

const colours = ({ page, ink, faint, line, ours, theirs }: typeof LIGHT): string =>
  `.page{fill:${page}}text{fill:${ink}}.faint{fill:${faint}}line{stroke:${line}}.floor{stroke:${ink}}.bar-ours{fill:${ours}}.bar{fill:${theirs}}`

export const STYLE: string = [
  'text{font:12px ui-sans-serif,system-ui,-apple-system,"Segoe UI",sans-serif}',
  '.title{font-size:17px;font-weight:600}.panel{font-weight:600}.ours{font-weight:600}',
  '.tick,.value{font-size:11px;font-variant-numeric:tabular-nums}.tick{text-anchor:middle}.name{text-anchor:end}',
  '.floor{stroke-width:1.5}',
  colours(LIGHT),
  `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
].join('')
