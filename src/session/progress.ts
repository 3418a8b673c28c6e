/**
 * What outlives an attempt: how far the consumer has come. The cursor is the last event that was
 * delivered (or passed over as a ping), never one of an unfinished block or of a reported error.
 */
export interface Progress {
  /** The last event ID; `''` for none [whatwg]. */
  cursor: string
  /** Values delivered since the event that the cursor names: those a server would send again. */
  sinceCursor: number
  /** The first ID of the stream: to see it again means that the server began anew. */
  firstId: string
  /** Values delivered, by all attempts. */
  events: number
  bytes: number
  /** The server's reconnection time, in milliseconds [whatwg]. */
  reconnectionTime: number | undefined
}

export const createProgress = (lastEventId: string): Progress => ({
  cursor: lastEventId,
  sinceCursor: 0,
  firstId: '',
  events: 0,
  bytes: 0,
  reconnectionTime: undefined,
})

/** A block with an `id` field has been passed on to the consumer, or counts without data. */
export function advance(progress: Progress, id: string): void {
  progress.cursor = id
  progress.sinceCursor = 0
  if (progress.firstId === '') progress.firstId = id
}

/** Can the stream be continued exactly where the consumer stands? */
export const hasExactCursor = (progress: Progress): boolean =>
  progress.cursor !== '' && progress.sinceCursor === 0
