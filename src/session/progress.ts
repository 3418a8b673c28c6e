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
  /** The {@link fingerprint} of the first event, if that had no id. */
  firstEvent: string | undefined
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
  firstEvent: undefined,
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

/** Enough of a text to know it again, without keeping it. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return `${text.length}:${hash >>> 0}`
}
