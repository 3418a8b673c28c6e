import type { WireName } from '../../test/endings.ts'
import type { OwnCell, PeerCell } from './report.ts'
import type { Verdict } from './verdict.ts'

/** A mark for each verdict, so that none is told by its colour alone. */
export const MARKS: Readonly<Record<Verdict, string>> = {
  whole: '✓',
  told: '!',
  silent: 'S',
  doubled: 'D',
  hangs: 'H',
  loops: 'L',
  crashes: 'C',
  'false alarm': 'F',
}

export const MEANINGS: Readonly<Record<Verdict, string>> = {
  whole: 'complete, as what the server sent is',
  told: 'an error, and there was one',
  silent: 'says complete, though text is missing or the server said that it failed',
  doubled: 'text delivered again, or mixed',
  hangs: 'no ending within 8 s',
  loops: 'asks again and again, without an ending',
  crashes: 'an error past every handler ends the process',
  'false alarm': 'an error, although the stream was whole',
}

export const WIRE_TITLES: Readonly<Record<WireName, string>> = {
  'http/1.1': 'HTTP/1.1',
  tls: 'HTTP/1.1 over TLS',
  h2: 'HTTP/2',
}

export const ownVerdict = ({ ending }: OwnCell): Verdict => (ending === 'complete' ? 'whole' : 'told')

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** The ending, and the numbers. */
export const ownWords = ({ ending, events, requests }: OwnCell): [string, string] => [
  ending,
  `${plural(events, 'event')}, ${plural(requests, 'request')}`,
]

/** What tells most about an outcome. */
export function fact({ verdict, words, error, requests = 1 }: PeerCell): string {
  switch (verdict) {
    case 'whole':
      return requests > 1 ? plural(requests, 'request') : ''
    case 'told':
    case 'crashes':
    case 'false alarm':
      return error === undefined ? '' : error.name
    case 'silent':
      return plural(words, 'word')
    case 'doubled':
    case 'hangs':
    case 'loops':
      return ''
  }
}
