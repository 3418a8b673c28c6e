import { type Act, actOf, type Message, type Row, sumOf } from './sequence-rows.ts'
import type { SeenAttempt } from './sequence-run.ts'
import { escapeXml, px, svg, text } from './svg.ts'

const WIDTH = 840
const MARGIN = 16
const LINES = { subscriber: 104, rxSse: 410, server: 752 } as const
const TOP = 100
const ROW = 32
const NOTE = 14
const BAND = { head: 10, foot: 12 }
const WAIT = 38
const GAP = 10

const STYLE = [
  '.band{fill:var(--plot)}.life{stroke:var(--line);stroke-dasharray:3 3}',
  '.actor{fill:var(--page);stroke:var(--line)}.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:11px}',
  '.small{font-size:10px}.plain{stroke:var(--faint)}.request{stroke:var(--good)}.failure{stroke:var(--bad)}',
  '.arrow{fill:none;stroke-width:1.4}.broken{stroke-dasharray:5 3}',
  'text.of-request .strong,text.of-failure{fill:var(--bad)}text.of-request .strong{fill:var(--good)}.strong{font-weight:600}',
  '.pill{fill:var(--page);stroke:var(--wait)}text.wait{fill:var(--wait)}',
].join('\n')

/** A label, its arrow under it, and what is to be said under that. */
function arrow(from: number, to: number, y: number, message: Message): string {
  const { label, strong, note, tone, isCut = false } = message
  const middle = (from + to) / 2
  const ahead = to > from ? 1 : -1
  // Room at both ends, so that arrows of a row do not meet at a lifeline.
  const [start, end] = [from + ahead * 3, to - ahead * 3]
  const more = strong === undefined ? '' : ` <tspan class="strong">${escapeXml(strong)}</tspan>`
  const parts = [
    `<text x="${px(middle)}" y="${px(y)}" class="mono mid of-${tone}">${escapeXml(label)}${more}</text>`,
  ]
  const at = y + 7
  if (isCut) {
    const tip = start + (end - start) * 0.55
    parts.push(
      `<path d="M${px(start)} ${px(at)}H${px(tip)}" class="arrow broken ${tone}"/>`,
      `<path d="M${px(tip - 4)} ${px(at - 4)}l8 8m0 -8l-8 8" class="arrow ${tone}"/>`,
    )
  } else {
    const head = `M${px(end - ahead * 6)} ${px(at - 4)}L${px(end)} ${px(at)}L${px(end - ahead * 6)} ${px(at + 4)}`
    parts.push(`<path d="M${px(start)} ${px(at)}H${px(end)}${head}" class="arrow ${tone}"/>`)
  }
  if (note !== undefined) parts.push(text(middle, y + 20, note, 'faint small mid'))
  return parts.join('')
}

function drawRow(y: number, { toSubscriber, toServer, fromServer }: Row): string {
  const { subscriber, rxSse, server } = LINES
  const parts: string[] = []
  if (toSubscriber !== undefined) parts.push(arrow(rxSse, subscriber, y, toSubscriber))
  if (toServer !== undefined) parts.push(arrow(rxSse, server, y, toServer))
  if (fromServer !== undefined) parts.push(arrow(server, rxSse, y, fromServer))
  return parts.join('\n')
}

const rowHeight = ({ fromServer }: Row): number => ROW + (fromServer?.note === undefined ? 0 : NOTE)

const bandHeight = ({ rows }: Act): number =>
  BAND.head + rows.reduce((sum, row) => sum + rowHeight(row), 0) + BAND.foot - 6

function drawAct(y: number, act: Act, ordinal: number): string {
  const height = bandHeight(act)
  const parts = [
    `<rect x="${MARGIN}" y="${px(y)}" width="${WIDTH - 2 * MARGIN}" height="${px(height)}" rx="6" class="band"/>`,
    `<text x="${MARGIN + 12}" y="${px(y + 24)}" class="bold faint">request ${ordinal}</text>`,
    ...lifelines(y, y + height),
  ]
  let at = y + BAND.head + 14
  for (const row of act.rows) {
    parts.push(drawRow(at, row))
    at += rowHeight(row)
  }
  return parts.join('\n')
}

function drawWait(y: number, words: string): string {
  const width = 190
  const x = LINES.rxSse - width / 2
  return [
    ...lifelines(y, y + WAIT),
    `<rect x="${px(x)}" y="${px(y + 8)}" width="${width}" height="22" rx="11" class="pill"/>`,
    text(LINES.rxSse, y + 23, `waits ${words}`, 'wait mid'),
  ].join('\n')
}

const lifelines = (from: number, to: number): string[] => [
  `<path d="${Object.values(LINES)
    .map((x) => `M${x} ${px(from)}V${px(to)}`)
    .join('')}" class="life"/>`,
]

function actors(): string[] {
  const names = { subscriber: 'subscriber', rxSse: 'rx-sse', server: 'server' }
  return Object.entries(LINES).flatMap(([who, x]) => [
    `<rect x="${x - 46}" y="${TOP - 34}" width="92" height="24" rx="5" class="actor"/>`,
    text(x, TOP - 18, names[who as keyof typeof names], 'bold mid'),
  ])
}

export function sequenceSvg(seen: readonly SeenAttempt[]): string {
  const title = 'One answer over four requests'
  const acts = seen.map(actOf)
  const parts = [
    text(MARGIN, MARGIN + 16, title, 'title'),
    text(
      MARGIN,
      MARGIN + 36,
      'As recorded from a run over a real socket. What stands on one line happens at once.',
      'faint',
    ),
    ...actors(),
    ...lifelines(TOP - 10, TOP),
  ]
  let y = TOP
  for (const [index, act] of acts.entries()) {
    parts.push(drawAct(y, act, index + 1))
    y += bandHeight(act)
    if (act.wait !== undefined) {
      parts.push(drawWait(y, act.wait))
      y += WAIT
    }
  }
  const sum = sumOf(seen)
  parts.push(text(MARGIN, y + GAP + 16, sum, 'bold'))
  return svg({
    width: WIDTH,
    height: y + GAP + 16 + MARGIN,
    title: `${title}: a sequence diagram of a subscriber, rx-sse and a server`,
    about: `${acts.map(inWords).join(' ')} ${sum}`,
    style: STYLE,
    parts,
  })
}

function inWords({ rows, wait }: Act, index: number): string {
  const said = (who: string, message: Message | undefined): string[] =>
    message === undefined ? [] : [`${who}: ${[message.label, message.strong].filter(Boolean).join(' ')}`]
  const all = rows.flatMap(({ toSubscriber, toServer, fromServer }) => [
    ...said('to the server', toServer),
    ...said('from the server', fromServer),
    ...said('to the subscriber', toSubscriber),
  ])
  return `Request ${index + 1}. ${all.join('; ')}.${wait === undefined ? '' : ` It waits ${wait}.`}`
}
