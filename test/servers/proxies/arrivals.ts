import type { TerminationReason } from '../../../src/index.ts'
import type { deaths, http2Deaths } from './deaths.ts'

/** What a client sees of a death: the `reason`, and whether the events that the origin had sent got lost on the way. */
export type Arrival = TerminationReason | `${TerminationReason}, no events` | 'stream_error'

export type DeathName = (typeof deaths)[number]['name']
export type Http2DeathName = (typeof http2Deaths)[number]['name']

/** What comes through every proxy as it was sent: to a transport it is a good end. */
const unchanged = {
  'clean end': 'clean_end',
  'clean end inside an event': 'cut_event',
  'FIN, body unframed': 'clean_end',
  'error page appended': 'clean_end',
  'error as data': 'stream_error',
  'error as an event': 'stream_error',
  'error, then `[DONE]`': 'stream_error',
} as const satisfies Partial<Record<DeathName, Arrival>>

/** Deaths that come through one proxy like this and through another like that. */
const varying = [
  'FIN',
  'SIGKILL',
  'RST',
  'silence',
  'broken chunk size',
  'RST, body unframed',
  'FIN, short of Content-Length',
  'RST, short of Content-Length',
] as const satisfies readonly DeathName[]

type Row = readonly [Arrival, Arrival, Arrival, Arrival, Arrival, Arrival, Arrival, Arrival]

const same = (arrival: Arrival, finLength: Arrival = arrival, rstLength: Arrival = finLength): Row => [
  arrival,
  arrival,
  arrival,
  arrival,
  arrival,
  arrival,
  finLength,
  rstLength,
]

const cut = same('socket_closed')
const reset = same('stream_reset', 'content_length')

/** By way, in the order of {@link varying}. nginx 1.22, HAProxy 2.6, Caddy 2.6, Apache httpd 2.4. */
const rows: Readonly<Record<string, Row>> = {
  // A body that is neither chunked nor of a known length is whole for nginx wherever a FIN ends it.
  'nginx, HTTP/1.0 to the origin, h1 client': [
    'clean_end',
    'clean_end',
    'socket_closed, no events',
    'socket_closed, no events',
    'clean_end',
    'socket_closed, no events',
    'socket_closed',
    'socket_closed, no events',
  ],
  'nginx, HTTP/1.0 to the origin, h2 client': [
    'clean_end',
    'clean_end',
    'stream_reset, no events',
    'stream_reset, no events',
    'clean_end',
    'stream_reset, no events',
    'content_length',
    'content_length, no events',
  ],
  'nginx, HTTP/1.0, buffering off, h1 client': [
    'clean_end',
    'clean_end',
    'socket_closed',
    'socket_closed',
    'clean_end',
    'socket_closed',
    'socket_closed',
    'socket_closed',
  ],
  'nginx, HTTP/1.0, buffering off, h2 client': [
    'clean_end',
    'clean_end',
    'stream_reset',
    'stream_reset',
    'clean_end',
    'stream_reset',
    'content_length',
    'content_length',
  ],
  'nginx, HTTP/1.1, h1 client': [
    'socket_closed',
    'socket_closed',
    'socket_closed',
    'socket_closed',
    'socket_closed',
    'socket_closed, no events',
    'socket_closed',
    'socket_closed, no events',
  ],
  'nginx, HTTP/1.1, h2 client': [
    'stream_reset',
    'stream_reset',
    'stream_reset',
    'stream_reset',
    'stream_reset',
    'stream_reset, no events',
    'content_length',
    'content_length, no events',
  ],
  'nginx, HTTP/1.1, buffering off, h1 client': cut,
  'nginx, HTTP/1.1, buffering off, h2 client': reset,
  'nginx, HTTP/1.1, buffering off, gzip, h1 client': cut,
  // A compressed body has no Content-Length any more.
  'nginx, HTTP/1.1, buffering off, gzip, h2 client': same('stream_reset'),
  'HAProxy, h1 client': [
    'socket_closed',
    'socket_closed',
    'socket_closed',
    'socket_closed',
    'socket_closed',
    'clean_end',
    'socket_closed',
    'socket_closed',
  ],
  'HAProxy, h2 client': same('clean_end', 'content_length'),
  'Caddy, h1 client': same('clean_end', 'socket_closed'),
  'Caddy, h2 client': same('clean_end', 'content_length'),
  'Apache httpd, h1 client': cut,
  'Apache httpd, h2 client': reset,
}

/** With an HTTP/2 origin: Apache appends its own error page to the stream, and ends it well. */
const http2Rows: Readonly<Record<string, Readonly<Record<Http2DeathName, Arrival>>>> = {
  'Apache httpd, HTTP/2 to the origin, h1 client': {
    'connection lost': 'clean_end',
    RST_STREAM: 'clean_end',
    END_STREAM: 'clean_end',
  },
  'Apache httpd, HTTP/2 to the origin, h2 client': {
    'connection lost': 'clean_end',
    RST_STREAM: 'stream_reset',
    END_STREAM: 'clean_end',
  },
}

/** How a death comes through on a way. */
export function arrivalOf(way: string, death: string): Arrival | undefined {
  const http2 = http2Rows[way] as Readonly<Record<string, Arrival>> | undefined
  if (http2 !== undefined) return http2[death]
  const index = (varying as readonly string[]).indexOf(death)
  return index >= 0 ? rows[way]?.[index] : (unchanged as Readonly<Record<string, Arrival>>)[death]
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const table = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [line(['', ...head]), line(['---', ...head.map(() => '---')]), ...body.map(line)].join('\n')

/** The rows as they stand in the README, those that are alike together. */
export function arrivalsTable(): string {
  const alike = new Map<string, string[]>()
  for (const [way, row] of Object.entries(rows)) {
    const cells = row.join(' | ')
    alike.set(cells, [...(alike.get(cells) ?? []), way])
  }
  return table(
    varying,
    [...alike].map(([cells, ways]) => [ways.join('<br>'), ...cells.split(' | ')]),
  )
}

export const unchangedTable = (): string =>
  table(
    ['through any proxy'],
    Object.entries(unchanged).map(([death, arrival]) => [death, arrival]),
  )

export const http2Table = (): string =>
  table(
    Object.keys(Object.values(http2Rows)[0] ?? {}),
    Object.entries(http2Rows).map(([way, row]) => [way, ...Object.values(row)]),
  )
