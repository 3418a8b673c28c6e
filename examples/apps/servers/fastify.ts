import fastify from 'fastify'
import { eventStreamSignals, openaiChat } from 'rx-sse'
import { lastEventIdOf, relayResponse } from 'rx-sse/relay'

const { GATEWAY_URL = 'https://gateway.example/v1/chat/completions', GATEWAY_KEY, HEARTBEAT_MS } = process.env

export const app = fastify()

app.post<{ Body: { messages: unknown[] } }>('/chat', (request, reply) => {
  // Not `request.signal`: that of a POST is aborted as soon as its body is read.
  const gone = new AbortController()
  reply.raw.on('close', () => gone.abort())
  const { messages } = request.body
  const answer = eventStreamSignals(GATEWAY_URL, {
    dialect: openaiChat(),
    headers: { authorization: `Bearer ${GATEWAY_KEY}` },
    body: { model: 'm', stream: true, messages },
    lastEventId: lastEventIdOf(request.headers),
  })
  return relayResponse(answer, {
    signal: gone.signal,
    heartbeatMs: Number(HEARTBEAT_MS ?? 15_000),
    onError: (error) => request.log.error(error),
  })
})
