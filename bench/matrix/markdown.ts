import { type ScenarioName, scenarioCatalog } from '../../src/testing/index.ts'
import { WIRES } from '../../test/endings.ts'
import { type Peer, peers } from './peers.ts'
import {
  type Count,
  countOurs,
  countPeer,
  type OwnCell,
  outdone,
  type PeerCell,
  type Report,
} from './report.ts'
import { isHonest, VERDICTS } from './verdict.ts'
import { fact, MARKS, MEANINGS, ownWords, WIRE_TITLES } from './words.ts'

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n')

/** A table a group of scenarios, so that its head is never far. */
function grouped(
  head: readonly string[],
  cellsOf: (name: (typeof scenarioCatalog)[number]) => string[],
): string {
  const groups = [...new Set(scenarioCatalog.map(({ group }) => group))]
  return groups
    .map((group) => {
      const rows = scenarioCatalog.filter((entry) => entry.group === group)
      return `### ${group[0]?.toUpperCase()}${group.slice(1)}\n\n${table(head, rows.map(cellsOf))}`
    })
    .join('\n\n')
}

function ownCell(cell: OwnCell | null | undefined): string {
  if (cell === undefined) return '?'
  if (cell === null) return '·'
  const [ending, numbers] = ownWords(cell)
  return `${ending.replace(/^(\w+)/, '`$1`')}<br>${numbers}`
}

function peerCell(cell: PeerCell | null | undefined): string {
  if (cell === undefined) return '?'
  if (cell === null) return '·'
  const said = fact(cell)
  return said === '' ? MARKS[cell.verdict] : `${MARKS[cell.verdict]} ${said}`
}

const heading = ({ id, title }: Peer): string => `[${title}](../bench/peers/${id}.ts)`

const versionsOf = (peer: Peer, versions: Report['versions']): string =>
  peer.packages.map((name) => `${name} ${versions[name] ?? '?'}`).join(', ')

const score = ({ honest, whole, of }: Count): [string, string] => [`${honest} of ${of}`, String(whole)]

export function toMarkdown(report: Report): string {
  const { versions, ours } = report
  return `${[
    '# The matrix',
    INTRODUCTION,
    '![The same outcomes as a picture](matrix.svg)',
    '## Honest endings',
    table(
      ['client', 'honest', 'whole texts', 'version', 'to know'],
      [
        ...WIRES.map((wire) => [
          `[rx-sse](../bench/matrix/ours.ts), ${WIRE_TITLES[wire]}`,
          ...score(countOurs(report, wire)),
          'this one',
          'two retries (3 by default); where only `timeout.first`, `idle` or `stall` ends a stream, that is 1 s (300 s, 120 s and 300 s by default)',
        ]),
        ...peers.map((peer) => [
          heading(peer),
          ...score(countPeer(report.peers[peer.id])),
          versionsOf(peer, versions),
          peer.note,
        ]),
      ],
    ),
    table(
      ['mark', 'outcome', 'honest'],
      VERDICTS.map((verdict) => [MARKS[verdict], MEANINGS[verdict], isHonest(verdict) ? 'yes' : 'no']),
    ),
    '`·`: there is no such thing on that wire, or to that client.',
    `${METHOD} Node ${versions.node ?? '?'}.`,
    '## Where rx-sse is not the better one',
    [
      ...asHonest(report),
      ...outdone(report).map((name) => `- \`${name}\`: ${OUTDONE[name] ?? '?'}`),
      ...NO_BETTER,
    ].join('\n'),
    '## rx-sse',
    'How it ended, the events delivered, the requests made.',
    grouped(['scenario', 'the server', ...WIRES.map((wire) => WIRE_TITLES[wire])], ({ name, about }) => [
      `\`${name}\``,
      about,
      ...WIRES.map((wire) => ownCell(ours[name]?.[wire])),
    ]),
    '## The others',
    'The mark; for an error its name; for a false `complete` how many of the 24 words were delivered. All that was seen is in [matrix.json](matrix.json).',
    grouped(['scenario', ...peers.map(heading)], ({ name }) => [
      `\`${name}\``,
      ...peers.map(({ id }) => peerCell(report.peers[id]?.[name])),
    ]),
  ].join('\n\n')}\n`
}

const INTRODUCTION =
  'Written by `npm run matrix` (with `-- --ours` without the other clients). The same behaviour gives the same bytes, so that a change in this file is a change in behaviour. Every stream is real, on a socket, by the scenarios of `rx-sse/testing`; what is honest for each is [written down](../test/endings.ts), and `rx-sse` fails its tests where it is not.'

const METHOD =
  'Each of the others is used as its own documentation says; the link at its name leads to all of that code. Each of their cells is a process of its own, on a server of its own: plain HTTP/1.1 where that has the fault, else TLS, else HTTP/2. One that has done nothing for 8 s hangs; one that still makes requests after 13.5 s loops. Clients that know events but not what is in them are given [an application](../bench/peers/application.ts) that knows `[DONE]`, `event: error` and `{"error":…}`.'

const asHonest = (report: Report): string[] =>
  peers.flatMap((peer) => {
    const { honest, of } = countPeer(report.peers[peer.id])
    return honest === of && of > 0
      ? [`- ${heading(peer)}, used like this, ends each of its ${of} scenarios honestly too.`]
      : []
  })

/** Why another client brought the whole text where rx-sse did not. */
export const OUTDONE: Readonly<Partial<Record<ScenarioName, string>>> = {
  'no-done':
    'all of the text and its finish reason are there, only `[DONE]` is not. Clients that do not look for `[DONE]` say `complete`, which is true here. So does `openaiChat({ endMarker: "finish_reason" })`; the default asks for the marker.',
  'unknown-coding':
    'the header lies: the body is not coded. Clients that ignore a coding they do not know read it; `rx-sse` refuses it.',
}

const NO_BETTER: readonly string[] = [
  '- `resume-repeats`, `resume-ignored`: after a resumption the server sends the last event once more, or begins anew. `rx-sse` passes over what it has had, as long as it is the same. An event that is meant to come twice, with the same ID and the same data, would be lost with it.',
  '- `duplicate-id`, `skipped-id`: within one response the server sends an event twice, or leaves one out. No client here looks at that, and `rx-sse` does not either.',
  '- A stream without IDs that dies after its first event ends in an error at best. `rx-sse` saves none that another client loses; what it adds there is which error it was, and whether to try again.',
]
