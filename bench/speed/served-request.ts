import type { WireName } from './wires.ts'

/**
 * What a contender asks the server for, as the beginning of a path: a client that adds `/chat/completions` to its base URL
 * asks for the same.
 */
export type Served =
  /** As fast as the socket takes them. */
  | { readonly kind: 'burst'; readonly events: number }
  /**
   * One event at once; once so many streams are open the rest of them, each in a write of its own, every `ms` and evenly
   * spread over that time. `stamped`: the text is the time of the write.
   */
  | {
      readonly kind: 'trickle' | 'stamped'
      readonly events: number
      readonly streams: number
      readonly ms: number
    }
  /** Events 20 ms apart, and then silence. */
  | { readonly kind: 'hold'; readonly events: number }
  /** One event with the head, and the end of the stream. `close`: the connection ends with it. */
  | { readonly kind: 'first' | 'close' }
  /** `events` with IDs, then a cut. After `Last-Event-ID` the time of the cut as an event, and the end. */
  | { readonly kind: 'cut'; readonly events: number }

export function pathOf(served: Served, wire: WireName): string {
  const { kind, events = 0, streams = 0, ms = 0 } = served as Partial<Extract<Served, { ms: number }>>
  return `/${kind}/${events}/${streams}/${ms}/${wire}`
}

export function servedOf(path: string): { served: Served; wire: WireName } {
  const [, kind, events, streams, ms, wire] = path.split('/')
  const served = { kind, events: Number(events), streams: Number(streams), ms: Number(ms) } as Served
  return { served, wire: wire as WireName }
}
