import type { KilledReport } from './killed.ts'
import type { SoakReport } from './run.ts'

/** A run in words: for a terminal, and as Markdown for the page. */

const MIB = 2 ** 20
const count = (number: number): string => Math.round(number).toLocaleString('en-US')
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
]

const verdict = (off: readonly string[], told: readonly string[]): readonly string[] =>
  off.length === 0
    ? ['Nothing was lost, doubled, out of order, silent or untyped, and nothing was left behind.']
    : ['OFF:', ...off.map((line) => `- ${line}`), ...told.map((line) => `  ${line}`)]

/** What was made, and how it ended. */
export function soakWords(report: SoakReport): readonly string[] {
  const { settings, ledger, before, after, peak, server, delay, off } = report
  const { lots } = settings
  const perSecond = ledger.values / report.seconds
  return [
    `${count(settings.streams)} concurrent streams for ${count(settings.seconds)} s, ${lots.failing * 100} % of them failing, seed ${lots.seed}; Node ${report.node}.`,
    '',
    `${count(ledger.streams)} streams, ${count(ledger.values)} values (${count(perSecond)} a second), ${count(ledger.requests)} requests;`,
    `at most ${count(report.most)} streams at a time, ${count(server.mostOpen)} of them being answered. ${count(ledger.resumed)} streams were cut and resumed, with ${count(server.resumptions)} requests that had a \`Last-Event-ID\`.`,
    `CPU of the client: ${report.cpu.toFixed(0)} s in ${report.seconds.toFixed(0)} s.`,
    '',
    ...table(
      ['how they ended', 'streams'],
      Object.entries(ledger.endings).map(([ending, streams]) => [`\`${ending}\``, count(streams)]),
    ),
    '',
    ...table(
      ['what the client held', 'before', 'most', 'after'],
      [
        ['heap', mib(before.heap), mib(peak.heap), mib(after.heap)],
        ['resident memory', mib(before.rss), mib(peak.rss), mib(after.rss)],
        ['descriptors', `${before.descriptors}`, `${peak.descriptors}`, `${after.descriptors}`],
        ['active sockets', `${before.sockets}`, '', `${after.sockets}`],
        ['timers', `${before.timers}`, '', `${after.timers}`],
        ['listeners', `${before.listeners}`, '', `${after.listeners}`],
      ],
    ),
    '',
    ...table(
      ['event loop late by, ms', 'p50', 'p99', 'most'],
      [
        ['client', ...[delay.p50, delay.p99, delay.max].map((ms) => ms.toFixed(1))],
        ['server', ...[server.delay.p50, server.delay.p99, server.delay.max].map((ms) => ms.toFixed(1))],
      ],
    ),
    '',
    ...verdict(off, ledger.told),
  ]
}

/** What the kills met, and what came back. */
export function killedWords({ kills, ledger, off }: KilledReport): readonly string[] {
  return [
    ...table(
      ['the server was killed under', 'resumed at the next one'],
      kills.map(({ streams, resumptions }) => [`${count(streams)} streams`, count(resumptions)]),
    ),
    '',
    `${count(ledger.streams)} streams, half of them with IDs, ${count(ledger.values)} values:`,
    '',
    ...table(
      ['how they ended', 'streams'],
      Object.entries(ledger.endings).map(([ending, streams]) => [`\`${ending}\``, count(streams)]),
    ),
    '',
    ...verdict(off, ledger.told),
  ]
}
