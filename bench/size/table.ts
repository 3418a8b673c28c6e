import { OWN_WORDS } from './cases.ts'
import type { OwnMeasure, PeerMeasure } from './measure.ts'

/** 1 kB is 1000 bytes. */
const kilobytes = (bytes: number): string => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`)

const ownRow = ({ case: { title }, alone, withRxjs }: OwnMeasure): string =>
  row([title, ...[alone.minified, alone.gzip, alone.brotli, withRxjs.gzip, withRxjs.brotli].map(kilobytes)])

export const ownTable = (measures: readonly OwnMeasure[]): string =>
  [
    '| program | minified | gzip | Brotli | gzip, with RxJS | Brotli, with RxJS |',
    '|---|--:|--:|--:|--:|--:|',
    ...measures.map(ownRow),
  ].join('\n')

/** The smallest first. */
export function peerTable(
  own: readonly OwnMeasure[],
  peers: readonly PeerMeasure[],
  versionOf: (name: string) => string,
): string {
  const ours = own.flatMap(({ case: { id, title }, withRxjs }) => {
    const words = OWN_WORDS[id]
    if (words === undefined) return []
    return [{ name: `**rx-sse**: ${title}, with RxJS`, weight: withRxjs, words: [words.does, words.doesNot] }]
  })
  const theirs = peers.map(({ peer, weight }) => ({
    name:
      peer.package === undefined ? peer.title : `${peer.title} (${peer.package} ${versionOf(peer.package)})`,
    weight,
    words: [peer.does, peer.doesNot],
  }))
  const rows = [...ours, ...theirs].sort((a, b) => a.weight.gzip - b.weight.gzip)
  return [
    '| client | minified | gzip | Brotli | does | does not |',
    '|---|--:|--:|--:|---|---|',
    ...rows.map(({ name, weight: { minified, gzip, brotli }, words }) =>
      row([name, ...[minified, gzip, brotli].map(kilobytes), ...words]),
    ),
  ].join('\n')
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
