import { eventStreamSignals, openaiChat } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()

eventStreamSignals(url, {
  body: { model: 'm', stream: true },
  headers: async ({ attempt }) => ({ authorization: `Bearer ${await freshToken(attempt)}` }),
  dialect: chat,
  timeout: { first: 30_000, idle: 20_000 },
  retry: { count: 5, delay: 300, maxDelay: 20_000 },
}).subscribe({
  next: (signal) => {
    switch (signal.type) {
      case 'connecting':
        return console.log(`attempt ${signal.attempt}, after event ${signal.lastEventId ?? '-'}`)
      case 'open':
        return console.log(`HTTP ${signal.status}`)
      case 'value':
        return process.stdout.write(chat.text(signal.value))
      case 'waiting':
        return console.log(`\n${signal.error.code}; again in a while`) // signal.delayMs, signal.until
    }
  },
  complete: () => console.log('\ncomplete'),
  error: (error) => console.log('\nfailed:', error.code, JSON.stringify(error)),
})

async function freshToken(attempt: number): Promise<string> {
  return `token-${attempt}`
}
