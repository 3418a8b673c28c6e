interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[]
  readonly error?: { readonly message?: string }
}

/** The server's own word, inside the 200, that it failed. */
export class ServerError extends Error {
  override name = 'ServerError'
}

/**
 * What a careful application makes of an event of a Chat Completion [openai], for the clients that know events but not
 * what is in them: its text; `undefined` for the end marker.
 *
 * @throws ServerError for `event: error` and for `{"error":{…}}`, so that no client is blamed for an event that it
 *   handed on.
 */
export function readChunk(data: string, event?: string): string | undefined {
  if (data === '[DONE]') return undefined
  if (event === 'error') throw new ServerError(data)
  const chunk = JSON.parse(data) as Chunk
  if (chunk.error) throw new ServerError(chunk.error.message)
  return chunk.choices?.[0]?.delta?.content ?? ''
}
