import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { eventStreamSignals, openaiChat } from 'rx-sse'
import { lastEventIdOf, relayResponse } from 'rx-sse/relay'

const { GATEWAY_URL = 'https://gateway.example/v1/chat/completions', GATEWAY_KEY, HEARTBEAT_MS } = process.env

/** The same for Express, but for its own way to read a body. */
export const server = createServer(async (req, res) => {
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
})
