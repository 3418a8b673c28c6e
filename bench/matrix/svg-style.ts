/** Colours that can be read on light and on dark, and told apart without them by their marks. */
const LIGHT = {
  page: '#ffffff',
  ink: '#1f2328',
  faint: '#818b98',
  line: '#d1d9e0',
  ours: '#0a3069',
  whole: ['#2da44e', '#ffffff'],
  told: ['#b4e3c0', '#0f5323'],
  silent: ['#cf222e', '#ffffff'],
  doubled: ['#8250df', '#ffffff'],
  hangs: ['#bc4c00', '#ffffff'],
  loops: ['#e3a008', '#3d2b00'],
  crashes: ['#1f2328', '#ffffff'],
  'false-alarm': ['#bf3989', '#ffffff'],
} as const

const DARK: Record<keyof typeof LIGHT, string | readonly [string, string]> = {
  page: '#0d1117',
  ink: '#e6edf3',
  faint: '#7d8590',
  line: '#30363d',
  ours: '#79c0ff',
  whole: ['#2ea043', '#ffffff'],
  told: ['#14401f', '#7ee787'],
  silent: ['#da3633', '#ffffff'],
  doubled: ['#8957e5', '#ffffff'],
  hangs: ['#bd561d', '#ffffff'],
  loops: ['#d29922', '#1c1400'],
  crashes: ['#e6edf3', '#0d1117'],
  'false-alarm': ['#bf4b8a', '#ffffff'],
}

const colours = (theme: Record<string, string | readonly string[]>): string =>
  Object.entries(theme)
    .map(([name, colour]) => {
      if (typeof colour !== 'string') return `.${name}{fill:${colour[0]}}.on-${name}{fill:${colour[1]}}`
      if (name === 'page') return `.page{fill:${colour}}`
      if (name === 'ink') return `text{fill:${colour}}`
      if (name === 'faint') return `.none{fill:${colour}}`
      if (name === 'line') return `line{stroke:${colour}}`
      return `.${name}{fill:${colour}}`
    })
    .join('')

export const STYLE: string = [
  'text{font:11px ui-sans-serif,system-ui,-apple-system,"Segoe UI",sans-serif}',
  '.name,.mark,.score{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}',
  '.name{font-size:10.5px}.title{font-size:17px;font-weight:600}.group{font-weight:600}',
  '.mark{font-weight:700;text-anchor:middle}.none{text-anchor:middle}.ours{font-weight:600}.score{font-size:10px}',
  colours(LIGHT),
  `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
].join('')
