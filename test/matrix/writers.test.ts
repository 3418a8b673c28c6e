import { describe, expect, it } from 'vitest'
import { toMarkdown } from '../../bench/matrix/markdown.ts'
import { peers } from '../../bench/matrix/peers.ts'
import { countOurs, countPeer, outdone, type PeerCell, type Report } from '../../bench/matrix/report.ts'
import { renderReport } from '../../bench/matrix/report-file.ts'
import { toSvg } from '../../bench/matrix/svg.ts'
import { STYLE } from '../../bench/matrix/svg-style.ts'
import { VERDICTS } from '../../bench/matrix/verdict.ts'
import { MARKS } from '../../bench/matrix/words.ts'

const told: PeerCell = {
  wire: 'http/1.1',
  verdict: 'told',
  words: 4,
  requests: 1,
  error: { name: 'SadError', message: '' },
}

const report: Report = {
  versions: { node: '26.0.0', openai: '7.0.0' },
  ours: {
    whole: { 'http/1.1': { ending: 'complete', events: 27, requests: 1 }, tls: null },
    fin: { 'http/1.1': { ending: 'stream_terminated: socket_closed', events: 5, requests: 1 } },
    'no-done': { 'http/1.1': { ending: 'stream_terminated: clean_end', events: 27, requests: 1 } },
  },
  peers: {
    'openai-create': {
      whole: { wire: 'http/1.1', verdict: 'whole', words: 24, requests: 1 },
      fin: told,
      'clean-end': { wire: 'http/1.1', verdict: 'silent', words: 4, requests: 1 },
      'no-done': { wire: 'http/1.1', verdict: 'whole', words: 24, requests: 1 },
      'in-band-text': null,
    },
  },
}

describe('the count', () => {
  it('leaves out what a client cannot be tried on', () => {
    expect(countPeer(report.peers['openai-create'])).toEqual({ honest: 3, whole: 2, of: 4 })
    expect(countOurs(report, 'http/1.1')).toEqual({ honest: 3, whole: 1, of: 3 })
    expect(countOurs(report, 'tls')).toEqual({ honest: 0, whole: 0, of: 0 })
  })

  it('names where another client brought the whole text and rx-sse did not', () => {
    expect(outdone(report)).toEqual(['no-done'])
  })
})

describe('the Markdown', () => {
  const lines = toMarkdown(report).split('\n')
  const rowsOf = (name: string) => lines.filter((line) => line.startsWith(`| \`${name}\` |`))

  it('shows the ending, the events and the requests of rx-sse, wire by wire', () => {
    expect(rowsOf('fin')[0]).toBe(
      '| `fin` | FIN between two events | `stream_terminated`: socket_closed<br>5 events, 1 request | ? | ? |',
    )
    expect(rowsOf('whole')[0]).toContain('| `complete`<br>27 events, 1 request | · | ? |')
  })

  it('shows a mark and a fact for each of the others, and what has not been run', () => {
    expect(rowsOf('clean-end')[1]).toMatch(/^\| `clean-end` \| S 4 words \| \? \|/)
    expect(rowsOf('in-band-text')[1]).toMatch(/^\| `in-band-text` \| · \|/)
  })

  it('links each adapter, and names the version', () => {
    for (const { id } of peers) expect(lines.join('\n')).toContain(`(../bench/peers/${id}.ts)`)
    expect(lines.join('\n')).toContain('openai 7.0.0')
  })

  it('shows each mark with its meaning', () => {
    for (const verdict of VERDICTS) {
      expect(lines.some((line) => line.startsWith(`| ${MARKS[verdict]} |`))).toBe(true)
    }
  })

  it('has as many cells in a row as in its head', () => {
    const widths = lines.map((line) => (line.startsWith('|') ? line.split(/(?<!\\)\|/).length : 0))
    for (const [index, width] of widths.entries()) {
      const before = widths[index - 1] ?? 0
      if (width > 0 && before > 0) expect(width).toBe(before)
    }
  })
})

describe('the picture', () => {
  const svg = toSvg(report)

  it('tells each verdict by a mark of its own, not by colour alone', () => {
    expect(new Set(Object.values(MARKS)).size).toBe(VERDICTS.length)
  })

  it('has a colour for each verdict, on light and on dark', () => {
    for (const verdict of VERDICTS) {
      const name = verdict.replace(' ', '-')
      expect(STYLE.split(`.${name}{fill:`)).toHaveLength(3)
      expect(STYLE.split(`.on-${name}{fill:`)).toHaveLength(3)
    }
    expect(STYLE).toContain('prefers-color-scheme:dark')
  })

  it('is well-formed', () => {
    const open = [...svg.matchAll(/<(\w+)(?: [^>]*)?(?<!\/)>/g)].map(([, tag]) => tag)
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, tag]) => tag)
    expect(open.toSorted()).toEqual(closed.toSorted())
  })

  it('scores a client by what it could be tried on', () => {
    expect(svg).toContain('openai create() <tspan class="score">3/4</tspan>')
  })
})

describe('the files', () => {
  it('are the same bytes for the same outcomes, in whatever order they came', () => {
    const backwards = <T extends object>(value: T): T =>
      Object.fromEntries(Object.entries(value).toReversed()) as T
    const shuffled: Report = {
      versions: backwards(report.versions),
      ours: backwards(report.ours),
      peers: { 'openai-create': backwards(report.peers['openai-create'] as object) },
    }
    expect(renderReport(shuffled)).toEqual(renderReport(report))
  })
})
