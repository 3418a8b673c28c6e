import { accumulate, fromEventStream, openaiChat } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()
let text = ''
fromEventStream(url, { body: { model: 'm', stream: true }, dialect: chat })
  .pipe(accumulate(chat))
  .subscribe({
    next: (message) => (text = message.text),
    complete: () => console.log('complete:', text),
    error: (error) => console.log(`${error.kind} (${error.reason}) after: ${text}`),
  })
