import { Hono } from 'hono'
import { eventStreamSignals, openaiChat } from 'rx-sse'
import { lastEventIdOf, relayResponse } from 'rx-sse/relay'

const { GATEWAY_URL = 'https://gateway.example/v1/chat/completions', GATEWAY_KEY, HEARTBEAT_MS } = process.env

export const app = new Hono()

app.post('/chat', async (c) => {
  const { messages } = await c.req.json()
  const answer = eventStreamSignals(GATEWAY_URL, {
    dialect: openaiChat(),
    headers: { authorization: `Bearer ${GATEWAY_KEY}` },
    body: { model: 'm', stream: true, messages },
    lastEventId: lastEventIdOf(c.req.raw.headers),
  })
  return relayResponse(answer, {
    signal: c.req.raw.signal,
    heartbeatMs: Number(HEARTBEAT_MS ?? 15_000),
    onError: console.error,
  })
})
