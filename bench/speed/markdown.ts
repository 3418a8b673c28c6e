import type { Contender } from './contender.ts'
import { contenderOf, contenders } from './contenders.ts'
import { Figures } from './figures.ts'
import { afterwords, foreword } from './page-words.ts'
import type { Results } from './results.ts'
import { EVENT_COUNTS, EVENT_MIB, PIECES, STREAM_COUNTS } from './scenarios.ts'
import { targetLines } from './targets.ts'

const NONE = '·'

/** As many digits as were measured. */
function number(value: number | undefined): string {
  if (value === undefined) return NONE
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en')
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

const table = (heads: readonly string[], lines: readonly (readonly string[])[]): string =>
  [heads, heads.map((_, index) => (index === 0 ? '---' : '--:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

const titleOf = ({ title, isOurs }: Contender): string => (isOurs === true ? `**${title}**` : title)

/** What cannot be had in a run of some scenarios, or of some clients, is left out. */
class Page {
  readonly #figures: Figures

  constructor(figures: Figures) {
    this.#figures = figures
  }

  #measured(scenario: string, metric: string): readonly Contender[] {
    return contenders.filter(({ id }) => this.#figures.value(scenario, id, metric) !== undefined)
  }

  #ratio(scenario: string, contender: string, metric: string): string {
    const ratio = this.#figures.ratio(scenario, contender, metric)
    return ratio === undefined ? NONE : `${ratio.median.toFixed(2)} ×`
  }

  #span(scenario: string, contender: string, metric: string): string {
    const ratio = this.#figures.ratio(scenario, contender, metric)
    return ratio === undefined ? NONE : `${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}`
  }

  burst(): string {
    const lines = (base: string): readonly (readonly string[])[] =>
      this.#measured('burst', 'cpu')
        .filter(({ against }) => against === base)
        .map((contender) => [
          titleOf(contender),
          number(this.#figures.value('burst', contender.id, 'cpu')),
          this.#ratio('burst', contender.id, 'cpu'),
          this.#span('burst', contender.id, 'cpu'),
          number(this.#figures.value('burst', contender.id, 'wall')),
          this.#ratio('burst', contender.id, 'wall'),
        ])
    const heads = [
      '',
      'CPU, µs an event',
      'to its floor',
      'least to most',
      'wall, µs an event',
      'to its floor',
    ]
    return [
      table(heads, lines('floor')),
      'Without JSON:',
      table(heads, lines('floor-text')),
      'On the wire of Anthropic Messages, an `event` line more, each divided by the floor on that wire:',
      table(heads, lines('floor-anthropic')),
    ].join('\n\n')
  }

  /** A client a line, a scenario a column: the value, and its ratio. */
  #across(columns: readonly (readonly [title: string, scenario: string, metric: string])[]): string {
    const all = contenders.filter(({ id }) =>
      columns.some(([, scenario, metric]) => this.#figures.value(scenario, id, metric) !== undefined),
    )
    return table(
      ['', ...columns.flatMap(([title]) => [title, 'to its floor'])],
      all.map((contender) => [
        titleOf(contender),
        ...columns.flatMap(([, scenario, metric]) => [
          number(this.#figures.value(scenario, contender.id, metric)),
          this.#ratio(scenario, contender.id, metric),
        ]),
      ]),
    )
  }

  trickle(): string {
    return this.#across([
      ['300 streams, every 20 ms', 'trickle-300-20', 'cpu'],
      ['300, every 200 ms', 'trickle-300-200', 'cpu'],
      ['3,000, every 20 ms', 'trickle-3000-20', 'cpu'],
      ['3,000, every 200 ms', 'trickle-3000-200', 'cpu'],
    ])
  }

  memory(): string {
    return this.#across([
      ['RSS, kB, of 300', 'memory-300', 'rss'],
      ['heap, kB, of 300', 'memory-300', 'heap'],
      ['RSS, kB, of 3,000', 'memory-3000', 'rss'],
      ['heap, kB, of 3,000', 'memory-3000', 'heap'],
    ])
  }

  latency(): string {
    const columns = [
      ['latency-rest', 'p50'],
      ['latency-rest', 'p99'],
      ['latency-load', 'p50'],
      ['latency-load', 'p99'],
    ] as const
    const cells = (id: string): readonly string[] =>
      columns.map(([scenario, metric]) => {
        const value = this.#figures.value(scenario, id, metric)
        const base = this.#figures.value(scenario, 'socket', metric)
        if (value === undefined || base === undefined || id === 'socket') return number(value)
        const more = value - base
        return `${more < 0 ? '−' : '+'}${number(Math.abs(more))}`
      })
    const all = [contenderOf('socket'), ...this.#measured('latency-rest', 'p50')]
    return table(
      ['µs', 'at rest, p50', 'p99', 'at load, p50', 'p99'],
      all.map((contender) => [titleOf(contender), ...cells(contender.id)]),
    )
  }

  first(): string {
    return this.#across([
      ['warm, p50, µs', 'first-warm', 'p50'],
      ['warm, p99, µs', 'first-warm', 'p99'],
      ['cold, p50, µs', 'first-cold', 'p50'],
      ['cold, p99, µs', 'first-cold', 'p99'],
    ])
  }

  resume(): string {
    return table(
      ['', 'p50, µs', 'to undici', 'p99, µs', 'to undici'],
      ['undici-resume', 'rx-sse-resume'].map((id) => [
        titleOf(contenderOf(id)),
        number(this.#figures.value('resume', id, 'p50')),
        this.#ratio('resume', id, 'p50'),
        number(this.#figures.value('resume', id, 'p99')),
        this.#ratio('resume', id, 'p99'),
      ]),
    )
  }

  #grown(head: string, steps: readonly (readonly [string, string])[], ids: readonly string[]): string {
    return table(
      [
        head,
        ...ids.flatMap((id) => [titleOf(contenderOf(id)), ...(contenderOf(id).isOurs ? ['ratio'] : [])]),
      ],
      steps.map(([title, scenario]) => [
        title,
        ...ids.flatMap((id) => [
          number(this.#figures.value(scenario, id, 'cpu')),
          ...(contenderOf(id).isOurs ? [this.#ratio(scenario, id, 'cpu')] : []),
        ]),
      ]),
    )
  }

  streams(): string {
    return this.#grown(
      'open streams',
      STREAM_COUNTS.map((count) => [count.toLocaleString('en'), `streams-${count}`]),
      ['floor', 'rx-sse'],
    )
  }

  events(): string {
    return this.#grown(
      'events on one stream',
      EVENT_COUNTS.map((count) => [count.toLocaleString('en'), `events-${count}`]),
      ['floor', 'rx-sse', 'floor-text', 'rx-sse-raw'],
    )
  }

  heap(): string {
    const shares = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    return table(
      ['MB alive after', ...shares.map((share) => `${share} %`)],
      ['floor', 'rx-sse'].map((id) => [
        titleOf(contenderOf(id)),
        ...shares.map((share) => number(this.#figures.value('heap', id, `heap-${share}`))),
      ]),
    )
  }

  bytes(): string {
    return table(
      ['ns of CPU time a byte', ...EVENT_MIB.map((mib) => `${mib} MiB`)],
      PIECES.flatMap((piece) =>
        ['floor-text', 'rx-sse-raw'].map((id) => [
          `${titleOf(contenderOf(id))}, pieces of ${piece === 1 ? '1 byte' : '64 KiB'}`,
          ...EVENT_MIB.map((mib) => number(this.#figures.value(`event-${mib}-${piece}`, id, 'cpu'))),
        ]),
      ),
    )
  }

  transport(): string {
    return table(
      ['50 streams that trickle', 'CPU, µs an event', 'to dispatch'],
      ['floor', 'request-events', 'request-iterator'].map((id) => [
        id === 'floor' ? 'dispatch' : contenderOf(id).title,
        number(this.#figures.value('transport', id, 'cpu')),
        this.#ratio('transport', id, 'cpu'),
      ]),
    )
  }

  targets(): string {
    return ['| | at most | measured | held |', '|---|--:|--:|---|', ...targetLines(this.#figures)].join('\n')
  }

  does(): string {
    return table(
      ['', 'with an event it does', 'events in a burst'],
      contenders.map((contender) => [
        titleOf(contender),
        contender.does,
        contender.burst.toLocaleString('en'),
      ]),
    )
  }
}

/** The page of the docs. @param findings - what the profiles showed, as it is written down beside this */
export function toMarkdown(results: Results, findings: string): string {
  const figures = new Figures(results)
  const page = new Page(figures)
  const sections: readonly (readonly [string, string, string])[] = [
    ['Bounds', 'What `rx-sse` may cost beside the floor. Medians of the rounds.', page.targets()],
    ['Burst', foreword.burst, page.burst()],
    ['Trickle', foreword.trickle, page.trickle()],
    ['Memory of an open stream', foreword.memory, page.memory()],
    ['Added latency', foreword.latency, page.latency()],
    ['Time to the first event', foreword.first, page.first()],
    ['After a cut', foreword.resume, page.resume()],
    ['Growth', foreword.streams, page.streams()],
    ['', foreword.events, page.events()],
    ['', foreword.heap, page.heap()],
    ['', foreword.bytes, page.bytes()],
    ['`dispatch` and `request`', foreword.transport, page.transport()],
    ['What each client does', foreword.does, page.does()],
  ]
  return [
    ...foreword.page(results, figures),
    ...sections.flatMap(([title, words, body]) => [...(title === '' ? [] : [`## ${title}`]), words, body]),
    `## What was found\n\n${findings.trim()}`,
    ...afterwords,
  ]
    .join('\n\n')
    .concat('\n')
}
