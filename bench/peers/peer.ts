/**
 * One client, used as its documentation says: reads the stream at `url` and hands each piece of text on as it comes.
 * Resolves where the client says that the stream is complete; rejects with the error that the client tells.
 */
export type Run = (url: string, deliver: (text: string) => void) => Promise<void>
