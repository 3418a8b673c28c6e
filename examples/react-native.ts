import { fetch } from 'expo/fetch'
import { eventStreamSignals, fetchTransport, openaiChat, viewStore } from 'rx-sse'

const chat = openaiChat()

export const ask = (question: string) =>
  viewStore(
    eventStreamSignals('https://app.example/chat', {
      body: { question },
      dialect: chat,
      transport: fetchTransport({ fetch }),
    }),
    { seed: '', reduce: (text, chunk) => text + chat.text(chunk) },
  )
