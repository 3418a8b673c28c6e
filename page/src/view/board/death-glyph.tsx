import type { DeathKind } from '../../wire/types.ts'

/**
 * Each failure as a marble diagram has it. `o` an event, `h` half of one, `e` one that is an error, `p` foreign text; `x` a cross: the
 * transport says so; `|` a bar: a proved end; `)` the line just ends; `.` silence; `:` comments; `-` line; `s` an answer that is no stream.
 */
const DRAWN: Readonly<Record<DeathKind, string>> = {
  whole: 'ooo|',
  'refused-connection': 'x',
  'reset-before-head': '-x',
  'refused-status': '-sx',
  'not-event-stream': '-s)',
  'clean-end': 'oo)',
  'no-marker': 'ooo)',
  fin: 'oox',
  rst: 'oox',
  'cut-in-event': 'ooh)',
  'cut-in-character': 'ooh)',
  'short-length': 'oox',
  'bad-chunk': 'oopx',
  'error-page': 'oop)',
  'in-band-error': 'ooe)',
  stall: 'oo..',
  comments: 'oo::',
}

const STEP = 11

export function DeathGlyph({ kind }: { kind: DeathKind }) {
  const signs = [...DRAWN[kind]]
  const solid = signs.findIndex((sign) => sign === '.' || sign === ':')
  const end = (solid === -1 ? signs.length - 1 : solid - 1) * STEP + 6
  return (
    <svg class="glyph" viewBox="0 0 46 14" aria-hidden="true" focusable="false">
      <path d={`M1 7H${end}`} />
      {signs.map((sign, index) => (
        <Sign key={index} sign={sign} x={index * STEP + 6} />
      ))}
    </svg>
  )
}

function Sign({ sign, x }: { sign: string; x: number }) {
  switch (sign) {
    case 'o':
      return <circle class="marble" cx={x} cy="7" r="3" />
    case 'h':
      return <path class="marble" d={`M${x} 4a3 3 0 0 0 0 6z`} />
    case 'e':
      return <path class="bad" d={`M${x - 2.5} 4.5l5 5M${x + 2.5} 4.5l-5 5M${x - 4} 3h8v8h-8z`} />
    case 'p':
      return <path class="bad" d={`M${x - 3} 4h6M${x - 3} 7h6M${x - 3} 10h4`} />
    case 's':
      return <path d={`M${x - 3} 4h6v6h-6z`} />
    case 'x':
      return <path class="bad" d={`M${x - 3} 4l6 6M${x + 3} 4l-6 6`} />
    case ')':
      return <path class="open-end" d={`M${x - 1} 3.5a4 4 0 0 1 0 7`} />
    case '|':
      return <path class="good" d={`M${x} 2v10`} />
    case '.':
      return <path class="silent" d={`M${x - 4} 7h.1M${x} 7h.1M${x + 4} 7h.1`} />
    case ':':
      return <path class="silent" d={`M${x - 2} 5v.1M${x - 2} 9v.1M${x + 3} 5v.1M${x + 3} 9v.1`} />
    default:
      return null
  }
}
