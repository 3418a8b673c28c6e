import 'reflect-metadata'
import { Body, Controller, Headers, HttpCode, Module, RequestMethod, Sse } from '@nestjs/common'
import { eventStreamSignals, openaiChat } from 'rx-sse'
import { lastEventIdOf, toRelayEvents } from 'rx-sse/relay'

const { GATEWAY_URL = 'https://gateway.example/v1/chat/completions', GATEWAY_KEY, HEARTBEAT_MS } = process.env

@Controller()
class ChatController {
  // Without it, 201: a POST that creates something. An event stream is a 200.
  @HttpCode(200)
  @Sse('chat', { method: RequestMethod.POST })
  chat(@Body() { messages }: { messages: unknown[] }, @Headers() headers: Record<string, string>) {
    return eventStreamSignals(GATEWAY_URL, {
      dialect: openaiChat(),
      headers: { authorization: `Bearer ${GATEWAY_KEY}` },
      body: { model: 'm', stream: true, messages },
      lastEventId: lastEventIdOf(headers),
    }).pipe(toRelayEvents({ heartbeatMs: Number(HEARTBEAT_MS ?? 15_000), onError: console.error }))
  }
}

@Module({ controllers: [ChatController] })
export class ChatModule {}
