import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { eventStreamSignals, openaiChat } from 'rx-sse'
import { lastEventIdOf, relayResponse } from 'rx-sse/relay'

const { GATEWAY_URL = 'https://gateway.example/v1/chat/completions', GATEWAY_KEY, HEARTBEAT_MS } = process.env

/** The same for Express, but for its own way to read a body. */
async function chat(req: IncomingMessage, res: ServerResponse) {
  const gone = new AbortController()
  res.on('close', () => gone.abort())
  const { messages } = (await json(req)) as { messages: unknown[] }
  const answer = eventStreamSignals(GATEWAY_URL, {
    dialect: openaiChat(),
    headers: { authorization: `Bearer ${GATEWAY_KEY}` },
    body: { model: 'm', stream: true, messages },
    lastEventId: lastEventIdOf(req.headers),
  })
  const response = await relayResponse(answer, {
    signal: gone.signal,
    heartbeatMs: Number(HEARTBEAT_MS ?? 15_000),
    onError: console.error,
  })
  res.writeHead(response.status, Object.fromEntries(response.headers))
  await pipeline(response.body ?? [], res).catch(() => {
    // The reader has gone.
  })
}

export const server = createServer((req, res) => {
  // A body that is no JSON, say. Unheard, a rejection ends the process; Express 5 hears it.
  chat(req, res).catch((error) => {
    console.error(error)
    res.writeHead(400).end()
  })
})
