import type { WireName } from '../../endings.ts'
import type { LotSettings } from './lot.ts'

/** How a server process is told what to be: as JSON, its only argument. */
export interface ServerSettings {
  readonly lots: LotSettings
  /** Of the server of HTTP/1.1; 0: one that is free. */
  readonly port: number
}

export interface Ready {
  readonly type: 'ready'
  readonly urls: Readonly<Record<WireName, string>>
  readonly certificates: Readonly<Record<WireName, string | undefined>>
}

/** What the server saw of one stream. */
export interface ServerRecord {
  readonly stream: number
  readonly requests: number
  /** The `Last-Event-ID` of each request, `null` for none: JSON has no `undefined`. */
  readonly cursors: readonly (string | null)[]
  /** Requests that the client left before their answer was whole. */
  readonly left: number
  /** When the last of them was over, by `Date.now()`; 0: not yet. */
  readonly overAt: number
  /** Requests that are not over yet. */
  readonly open: number
}

export interface ServerState {
  readonly connections: number
  /** Requests that are being answered, and the most that ever were at a time. */
  readonly open: number
  readonly mostOpen: number
  readonly requests: number
  /** Requests with a `Last-Event-ID`. */
  readonly resumptions: number
  readonly rss: number
  /** Of its event loop, in milliseconds. */
  readonly delay: Delay
}

export interface Delay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Each question has a number, which its answer has too. */
export type Question =
  | {
      readonly type: 'records'
      readonly number: number
      readonly streams: readonly number[]
      readonly forget: readonly number[]
    }
  | { readonly type: 'state'; readonly number: number }

export type Reply =
  | { readonly type: 'records'; readonly number: number; readonly records: readonly ServerRecord[] }
  | { readonly type: 'state'; readonly number: number; readonly state: ServerState }
