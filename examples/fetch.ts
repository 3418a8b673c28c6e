import { accumulate, fetchTransport, fromEventStream, openaiChat } from 'rx-sse'

const url = process.argv[2] ?? '/api/chat'

const chat = openaiChat()
let text = ''
fromEventStream(url, {
  body: { model: 'm', stream: true },
  dialect: chat,
  // The default anywhere but under Node. Only for options of its own: cookies for another origin, say.
  transport: fetchTransport({ credentials: 'include' }),
})
  .pipe(accumulate(chat))
  .subscribe({
    next: (message) => (text = message.text),
    complete: () => console.log('complete:', text),
    error: (error) => console.log(`${error.kind} (${error.reason}) after: ${text}`, error.hint ?? ''),
  })
