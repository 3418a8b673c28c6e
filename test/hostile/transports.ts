import { fetchTransport, undiciTransport } from '../../src/index.ts'
import type { Transport } from '../../src/transport/transport.ts'

/** What a server on a real socket is shown to. */
export const TRANSPORTS: readonly (readonly [name: string, transport: () => Transport])[] = [
  ['undici', () => undiciTransport()],
  ['fetch', () => fetchTransport()],
]

/** Each row with each transport, what it is about first. */
export const overEach = <Row extends readonly unknown[]>(
  rows: readonly Row[],
): [string, () => Transport, ...Row][] =>
  TRANSPORTS.flatMap(([name, transport]) =>
    rows.map((row): [string, () => Transport, ...Row] => [`${row[0]}, over ${name}`, transport, ...row]),
  )
